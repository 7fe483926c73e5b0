"""Runs a run in this process until it rests: for commands that wait, and for tests."""

import time
from collections.abc import Callable

from customers import engine
from customers.lease import Lease
from customers.models import Run


def to_rest(
    run: Run, *, on_progress: Callable[[Run], None] | None = None, sleep: Callable[[float], None] = time.sleep
) -> Run:
    """Work on the run slice by slice until nobody has to; waits where a vendor asks for it. Returns it as it rests."""
    while True:
        run.refresh_from_db()
        if on_progress:
            on_progress(run)
        if not run.is_active:
            return run
        lease = Lease.take(run, status__in=Run.ACTIVE)
        if lease is None:
            # Somebody else works on it: a worker that was quicker.
            sleep(0.5)
            continue
        with lease:
            again_in = engine.advance(run, lease)
        if again_in:
            sleep(again_in)
