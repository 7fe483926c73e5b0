"""What Celery runs: one slice of a run, and the beat tasks that keep runs alive and old details purged."""

import logging
import time
from datetime import datetime, timedelta

from django.utils import timezone
from kombu.exceptions import OperationalError

# The application itself: a shared task in a process that never met it would be sent to nobody.
from bcsync.celery import app
from customers import engine, readiness_check, retention
from customers.lease import Lease
from customers.models import Run
from stores.models import Store

logger = logging.getLogger("bcsync.tasks")


@app.task
def execute(run_id: int) -> None:
    """Work on a run for one slice, then queue the next. Twice at once is harmless: only one gets the lease."""
    try:
        again_in = _slice(run_id)
        if again_in is not None:
            Run.objects.filter(pk=run_id).update(queued_at=timezone.now() + timedelta(seconds=again_in))
            queue(run_id, countdown=again_in)
    except engine.DATABASE_AWAY as error:
        # The next slice is asked for by rescue, as for a worker that died.
        logger.warning("run %s: the database does not answer: %s", run_id, error)


def _slice(run_id: int) -> float | None:
    run = Run.objects.select_related("store__company").filter(pk=run_id).first()
    if run is None or not run.is_active:
        return None
    lease = Lease.take(run, status__in=Run.ACTIVE)
    if lease is None:
        return None
    with lease:
        run.refresh_from_db()
        return engine.advance(run, lease)


def queue(run_id: int, *, countdown: float = 0.0) -> None:
    """Ask a worker to work on the run. When the queue does not answer the run says so, and `rescue` asks again."""
    try:
        execute.apply_async([run_id], countdown=countdown, retry=False)
    except OperationalError as error:
        logger.error("run %s could not be queued: %s", run_id, error)
        Run.objects.filter(pk=run_id, status=Run.Status.WAITING).update(
            message="The queue (Redis) does not answer. The run begins by itself once it does."
        )


@app.task
def rescue() -> int:
    """Queue the active runs that nobody works on: their worker died, or their message was lost."""
    try:
        return _rescue(timezone.now())
    except engine.DATABASE_AWAY as error:
        logger.warning("rescue: the database does not answer: %s", error)
        return 0


def _rescue(now: datetime) -> int:
    abandoned = Run.objects.filter(status__in=Run.ACTIVE, lease_until__lt=now)
    unclaimed = Run.objects.filter(status__in=Run.ACTIVE, lease_until=None, queued_at__lt=now - engine.CLAIM_PATIENCE)
    runs = [*abandoned, *unclaimed]
    for run in runs:
        logger.warning("run %s was left by its worker, queued again", run.pk)
        Run.objects.filter(pk=run.pk).update(queued_at=now)
        queue(run.pk)
    return len(runs)


@app.task
def check_readiness() -> int:
    """Each minute: where Business Central was read or the set-up changed, note anew who is not ready. No vendor call.

    Works for half a minute and goes on at the next beat. Returns how many stores were brought up to date.
    """
    until, done = time.monotonic() + 30, 0
    for store in Store.objects.select_related("company").exclude(company__refreshed_at=None):
        check = readiness_check.check_of(store)
        if not readiness_check.is_stale(store, check):
            continue
        lease = Lease.take(check)
        if lease is None:
            continue
        with lease:
            looked_at = readiness_check.bring_up_to_date(store, lambda _: time.monotonic() < until)
        done += looked_at is not None
        if time.monotonic() > until:
            break
    return done


@app.task
def purge() -> dict[str, int]:
    """Nightly: remove run details and before-images that are older than each store keeps them."""
    return retention.purge(timezone.now())
