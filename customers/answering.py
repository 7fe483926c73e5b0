"""Events that wait become runs: one per store, whatever their number; started by beat every few seconds."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from bcsync.celery import app
from customers import pending, runs
from customers.models import Run
from stores import inbox
from stores.models import Store, WebhookEvent

logger = logging.getLogger("bcsync.tasks")
# What a run had claimed that crashed waits so long before another one tries; twice as long after each that crashed.
AGAIN, AGAIN_AT_MOST = timedelta(minutes=1), timedelta(hours=1)
# A run claims by its number, see `customers.jobs.sync_changes`.
CLAIMED = "run-"
STUCK = (Run.Status.CRASHED, Run.Status.STOPPED)


@app.task
def answer_events() -> int:
    """Start Sync changes where events wait long enough. A store that is busy, read-only, without our app or
    with its webhooks off waits.

    Returns how many runs were started.
    """
    now = timezone.now()
    _release(now)
    stores = Store.objects.filter(pk__in=inbox.stores_with_ripe_events(now))
    started = 0
    for store in stores.filter(webhook_endpoint__wanted=True, writes_enabled=True, uninstalled_at=None):
        try:
            runs.start(store, Run.Kind.SYNC_CHANGES, trigger=Run.Trigger.EVENT)
        except runs.CannotStart as reason:
            logger.info("store %s: events wait: %s", store.hash, reason)
        else:
            started += 1
    return started


def _release(now: datetime) -> None:
    """Let the events wait again that a run had claimed and not done when it crashed or a configuration stopped it. One
    that a person stopped is that person's to resume."""
    claimed = WebhookEvent.objects.filter(done_at=None).exclude(claimed_by="")
    tokens = claimed.order_by().values_list("claimed_by", flat=True).distinct()
    ids = [int(token.removeprefix(CLAIMED)) for token in tokens if token.removeprefix(CLAIMED).isdigit()]
    ended = Run.objects.filter(pk__in=ids, status__in=STUCK).exclude(message__contains=pending.STOPPED)
    for run in ended:
        if run.finished_at is None or now >= run.finished_at + _patience(run):
            number = inbox.release(f"{CLAIMED}{run.pk}")
            logger.warning("run %s ended without its %s events; they wait again", run.pk, number)


def _patience(run: Run) -> timedelta:
    """How long after the end of this run the next one may try: longer with each that ended so before it, in a row."""
    syncs = Run.objects.filter(store=run.store_id, kind=run.kind, mode=Run.Mode.APPLY, pk__lt=run.pk).order_by("-pk")
    before = list(syncs.values_list("status", flat=True)[:6])
    in_a_row = next((number for number, status in enumerate(before) if status not in STUCK), len(before))
    return min(AGAIN * 2**in_a_row, AGAIN_AT_MOST)
