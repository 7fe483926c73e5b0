"""What a job works with: its run, the clients, and the one way to save progress."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings

from bcsync.clients.bigcommerce import BigCommerce
from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.transport import Call
from customers import pace
from customers.lease import Lease, LeaseLost
from customers.models import Run
from customers.set_up_version import set_up_of
from customers.store_definitions import Definitions, definitions
from stores import connect
from stores.models import Store

# The wish to stop is looked up at most so often, in seconds.
STOP_ASKED_EVERY = 0.5
# What a run has stored of itself; in memory it may be ahead when a transaction was rolled back.
STORED = ("status", "step", "message", "cursor", "total", "looked_at", "counts", "to_do", "least_calls",
          "stop_requested")  # fmt: skip

T = TypeVar("T")


class Stopped(Exception):
    """Nothing more is to be begun, and nothing is under way: the engine ends the run."""


class Context:
    """One slice of one run. writes: whether the job writes to a vendor."""

    def __init__(self, run: Run, lease: Lease, *, writes: bool = False) -> None:
        self.run = run
        self.store = run.store
        self.company = run.store.company
        self.lease = lease
        self._until = time.monotonic() + settings.RUN_SLICE_SECONDS
        self._calls: Counter[str] = Counter(run.calls)
        self._lock = threading.Lock()
        self._writes, self._read_only = writes, False
        self._stopping, self._ask_again = False, 0.0

    @cached_property
    def bigcommerce(self) -> BigCommerce:
        return connect.bigcommerce(self.store, run_id=str(self.run.pk), on_call=self._counted, fence=self.lease.fence)

    @cached_property
    def business_central(self) -> BusinessCentral:
        return connect.business_central(
            self.company, run_id=str(self.run.pk), on_call=self._counted, fence=self.lease.fence
        )

    @cached_property
    def definitions(self) -> Definitions:
        """The store's set-up and facts, read once per slice."""
        return definitions(self.store)

    @cached_property
    def set_up(self) -> str:
        """The version of the set-up that this slice works by; ask it before anything reads the set-up."""
        return set_up_of(self.store)

    def forget_definitions(self) -> None:
        """The store's definitions changed: read them again when they are next needed."""
        self.__dict__.pop("definitions", None)

    def _counted(self, call: Call) -> None:
        with self._lock:
            self._calls[f"{call.vendor} {call.family}"] += 1

    def calls_so_far(self) -> dict[str, int]:
        """Vendor calls of this run, per call."""
        with self._lock:
            return dict(self._calls)

    def count(self, outcomes: Sequence[str], *, unchanged: int = 0) -> None:
        """Add to the run's counts; `save` stores them."""
        counts = Counter(self.run.counts)
        counts.update(outcomes)
        if unchanged:
            counts["unchanged"] += unchanged
        self.run.counts = {name: number for name, number in counts.items() if number}

    def least(self, call: str, number: int) -> None:
        """Add to the least possible number of calls, for comparison with those made."""
        if not number:
            return
        self.run.least_calls[call] = self.run.least_calls.get(call, 0) + number

    def save(self, *names: str, **fields: Any) -> None:
        """Store these fields of the run, if the lease is still ours. Raises LeaseLost."""
        for name, value in fields.items():
            setattr(self.run, name, value)
        self.run.calls = self.calls_so_far()
        wanted = {*names, *fields, "calls", "least_calls"}
        if wanted & {"looked_at", "to_do"}:
            done = self.run.looked_at - (self.run.to_do if self.run.step == "apply" else 0)
            calls = sum(self.run.calls.values())
            self.run.pace = pace.noted(self.run.pace, self.run.step, time.time(), done, calls)
            wanted.add("pace")
        values = {name: getattr(self.run, name) for name in wanted}
        if not Run.objects.filter(pk=self.run.pk, lease_token=self.lease.token).update(**values):
            raise LeaseLost(f"Run {self.run.pk}")

    def restart_plan(self) -> None:
        """A plan only writes run records, so one that was interrupted begins again from nothing."""
        self.run.records.all().delete()
        self.save(counts={}, looked_at=0, to_do=0, least_calls={}, total=None)

    def reload(self) -> None:
        """Forget what was changed in memory but not stored: after a transaction that was rolled back."""
        self.run.refresh_from_db(fields=STORED)

    def slice_is_over(self) -> bool:
        """Whether this task has worked long enough: it queues the next one, which goes on from the cursor."""
        return time.monotonic() > self._until

    def stop_requested(self) -> bool:
        return Run.objects.filter(pk=self.run.pk, stop_requested=True).exists()

    def read_only(self) -> bool:
        """Whether this job may not write because an administrator turned the store's writing off, asked anew each time.

        Once seen it holds for the slice: what was left unsent for it is not begun again in between.
        """
        if self._writes and not self._read_only:
            self._read_only = not Store.objects.filter(pk=self.store.pk, writes_enabled=True).exists()
        return self._read_only

    def stopping(self) -> bool:
        """Whether to begin nothing more: an operator asked to stop, or what is applied may not be written any more.
        Cheap enough to be asked per item."""
        if not self._stopping and time.monotonic() >= self._ask_again:
            self._stopping = self.stop_requested() or (self.run.step == "apply" and self.read_only())
            self._ask_again = time.monotonic() + STOP_ASKED_EVERY
        return self._stopping

    def until_stopped(self, items: Iterable[T]) -> Iterator[T]:
        """The items until `stopping`: what a client takes its batches from, so that none begins after."""
        for item in items:
            if self.stopping():
                return
            yield item

    def heed_stop(self) -> None:
        """Called between the pages of a long reading or planning. Raises Stopped."""
        if self.stopping():
            raise Stopped
