"""Leases: who works on a run, or alone in a company. Held by a token in the row, kept alive by a heartbeat.

A write is only sent while its holder's lease outlasts the write's whole time-out, so when a lease has run out no write
of its last holder is under way any more.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import Model, Q
from django.utils import timezone

from bcsync.clients.transport import WRITE_TIMEOUT

logger = logging.getLogger("bcsync.lease")

# A write is sent only while the lease outlasts its time-out, so beats come well within the difference of the two.
BEAT_SECONDS = 1.0
# A company that is busy a little longer than this is asked again by the run's next slice.
COMPANY_PATIENCE = 1.0


class LeaseLost(Exception):
    """Somebody else works on this row now; whoever reads this stops at once and leaves everything as it is."""


class CompanyBusy(Exception):
    """Another run works in the company just now: the slice is given back, and the run asks again in a moment."""


class Lease:
    """A lease on one row that has `lease_token` and `lease_until`. Use `take`, then as a context manager."""

    def __init__(self, row: Model, token: str) -> None:
        self.model: Any = type(row)
        self.pk = row.pk
        self.token = token
        self.lost = False
        self._valid_until = time.monotonic() + settings.RUN_LEASE_SECONDS
        self._stop = threading.Event()

    @classmethod
    def take(cls, row: Model, **conditions: Any) -> "Lease | None":
        """The lease, or None when somebody holds it or a condition on the row is no longer true."""
        token, now = uuid.uuid4().hex, timezone.now()
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        model: Any = type(row)
        taken = model.objects.filter(free, pk=row.pk, **conditions).update(lease_token=token, lease_until=_until(now))
        return cls(row, token) if taken else None

    def renew(self) -> None:
        before = time.monotonic()
        mine = self.model.objects.filter(pk=self.pk, lease_token=self.token)
        if not mine.update(lease_until=_until(timezone.now())):
            self.lost = True
            raise LeaseLost(f"{self.model.__name__} {self.pk}")
        self._valid_until = before + settings.RUN_LEASE_SECONDS

    def fence(self) -> None:
        """Called right before a write is sent, from any thread; raises LeaseLost."""
        if self.lost or time.monotonic() > self._valid_until - WRITE_TIMEOUT:
            raise LeaseLost(f"{self.model.__name__} {self.pk}")

    def release(self) -> None:
        """Give the row free. A broken connection is replaced once; a database that is away keeps the row ours until the
        lease runs out."""
        mine = self.model.objects.filter(pk=self.pk, lease_token=self.token)
        for _ in range(2):
            try:
                mine.update(lease_token="", lease_until=None)
                return
            except Error as error:
                logger.warning("lease of %s %s not given back: %s", self.model.__name__, self.pk, error)
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()

    def __enter__(self) -> "Lease":
        if settings.RUN_HEARTBEAT:
            threading.Thread(target=self._beat, name=f"lease-{self.pk}", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self.release()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS):
                self._try_to_renew()
        except LeaseLost:
            self.lost = True
        finally:
            connection.close()

    def _try_to_renew(self) -> None:
        """A database that does not answer just now is asked again at the next beat; until then the fence holds."""
        try:
            self.renew()
        except Error as error:
            logger.warning("lease of %s %s not renewed: %s", self.model.__name__, self.pk, error)
            connection.close()


def _until(now: Any) -> Any:
    return now + timedelta(seconds=settings.RUN_LEASE_SECONDS)


@contextmanager
def alone_in(company: Model) -> Iterator[Lease]:
    """Hold the company's lease. Raises CompanyBusy when another run has it: nobody blocks a worker by waiting."""
    gives_up = time.monotonic() + COMPANY_PATIENCE
    while (lease := Lease.take(company)) is None:
        if time.monotonic() > gives_up:
            raise CompanyBusy(str(company))
        time.sleep(0.1)
    with lease:
        yield lease
