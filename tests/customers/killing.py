"""A worker that dies at its nth write, before or after the vendor has it, and the next one that goes on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.clients.transport import Transport
from customers import engine
from customers.lease import Lease
from customers.models import Run
from stores.models import BusinessCentralCompany

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Killed(BaseException):
    """No `except Exception` sees it, as no code sees a kill -9."""


class Death:
    """Counts writes; at the `at`th the worker dies: before it is sent, or right after the vendor has done it."""

    def __init__(self, at: int, after: bool) -> None:
        self.at, self.after = at, after
        self.writes = 0
        self.dead = False
        self._lock = threading.Lock()

    def strikes(self, write: bool) -> bool:
        with self._lock:
            if self.dead:
                raise Killed
            self.writes += write
            return write and self.writes == self.at

    def strike(self) -> None:
        self.dead = True
        raise Killed


@contextmanager
def dying(at: int, *, after: bool, methods: tuple[str, ...] = WRITES) -> Iterator[Death]:
    """While the block runs, workers die at their `at`th such call; nothing that a dead worker would do is done."""
    death, patch = Death(at, after), pytest.MonkeyPatch()
    send, release = Transport._send, Lease.release

    def mortal_send(self: Transport, attempt: Any, *rest: Any) -> Any:
        token_request = self.vendor == "Microsoft Entra"
        now = death.strikes(attempt.method in methods and not token_request)
        if now and not death.after:
            death.strike()
        answer = send(self, attempt, *rest)
        if now:
            death.strike()
        return answer

    def mortal_release(self: Lease) -> None:
        if not death.dead:
            release(self)

    patch.setattr(Transport, "_send", mortal_send)
    patch.setattr(Lease, "release", mortal_release)
    try:
        yield death
    finally:
        patch.undo()


def work_until_death(run: Run, at: int, *, after: bool, methods: tuple[str, ...] = WRITES) -> bool:
    """Work on the run with a worker that dies at its `at`th such call. False when the run ended before that."""
    with dying(at, after=after, methods=methods) as death:
        while not death.dead:
            run.refresh_from_db()
            if not run.is_active:
                return False
            lease = Lease.take(run)
            assert lease is not None
            with suppress(Killed), lease:
                engine.advance(run, lease)
    return True


def leases_run_out() -> None:
    """The time goes by after which everybody knows that the worker is dead."""
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.exclude(lease_token="").update(lease_until=past)
    BusinessCentralCompany.objects.exclude(lease_token="").update(lease_until=past)
