"""What Celery runs: one slice of a run, and the beat tasks that keep runs alive and old details purged."""

import logging

from django.utils import timezone

# The application itself: a shared task in a process that never met it would be sent to nobody.
from bcsync.celery import app
from customers import engine, retention
from customers.lease import Lease
from customers.models import Run

logger = logging.getLogger("bcsync.tasks")


@app.task
def execute(run_id: int) -> None:
    """Work on a run for one slice, then queue the next. Twice at once is harmless: only one gets the lease."""
    run = Run.objects.select_related("store__company").filter(pk=run_id).first()
    if run is None or not run.is_active:
        return
    lease = Lease.take(run, status__in=Run.ACTIVE)
    if lease is None:
        return
    with lease:
        run.refresh_from_db()
        again_in = engine.advance(run, lease)
    if again_in is not None:
        Run.objects.filter(pk=run_id).update(queued_at=timezone.now())
        execute.apply_async([run_id], countdown=again_in)


@app.task
def rescue() -> int:
    """Queue the active runs that nobody works on: their worker died, or their message was lost."""
    now = timezone.now()
    abandoned = Run.objects.filter(status__in=Run.ACTIVE, lease_until__lt=now)
    unclaimed = Run.objects.filter(status__in=Run.ACTIVE, lease_until=None, queued_at__lt=now - engine.CLAIM_PATIENCE)
    runs = [*abandoned, *unclaimed]
    for run in runs:
        logger.warning("run %s was left by its worker, queued again", run.pk)
        Run.objects.filter(pk=run.pk).update(queued_at=now)
        execute.delay(run.pk)
    return len(runs)


@app.task
def purge() -> dict[str, int]:
    """Nightly: remove run details and before-images that are older than each store keeps them."""
    return retention.purge(timezone.now())
