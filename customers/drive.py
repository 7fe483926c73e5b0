"""Runs a run in this process until it rests: for commands that wait, and for tests."""

import time
from collections.abc import Callable

from customers import engine
from customers.lease import Lease
from customers.models import Run

# So often in a row, with so many seconds between, is a database asked that does not answer.
MOST_AWAY = 60
AWAY_SECONDS = 5.0


def to_rest(
    run: Run, *, on_progress: Callable[[Run], None] | None = None, sleep: Callable[[float], None] = time.sleep
) -> Run:
    """Work on the run slice by slice until nobody has to; waits where a vendor asks for it. Returns it as it rests.

    Raises OperationalError when the database stays away.
    """
    away = 0
    while True:
        try:
            wait, away = _one_slice(run, on_progress), 0
        except engine.DATABASE_AWAY:
            away += 1
            if away > MOST_AWAY:
                raise
            engine.reconnect()
            wait = AWAY_SECONDS
        if wait is None:
            return run
        if wait:
            sleep(wait)


def _one_slice(run: Run, on_progress: Callable[[Run], None] | None) -> float | None:
    """In how many seconds to go on; None when the run rests."""
    run.refresh_from_db()
    if on_progress:
        on_progress(run)
    if not run.is_active:
        return None
    lease = Lease.take(run, status__in=Run.ACTIVE)
    if lease is None:
        # Somebody else works on it: a worker that was quicker.
        return 0.5
    with lease:
        return engine.advance(run, lease) or 0.0
