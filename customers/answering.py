"""Events that wait become runs: one per store, whatever their number; started by beat every few seconds."""

import logging

from django.utils import timezone

from bcsync.celery import app
from customers import runs
from customers.models import Run
from stores import inbox
from stores.models import Store

logger = logging.getLogger("bcsync.tasks")


@app.task
def answer_events() -> int:
    """Start Sync changes where events wait long enough. A store that is busy, read-only or has its webhooks off waits.

    Returns how many runs were started.
    """
    stores = Store.objects.filter(pk__in=inbox.stores_with_ripe_events(timezone.now()))
    started = 0
    for store in stores.filter(webhook_endpoint__wanted=True, writes_enabled=True):
        try:
            runs.start(store, Run.Kind.SYNC_CHANGES, trigger=Run.Trigger.EVENT)
        except runs.CannotStart as reason:
            logger.info("store %s: events wait: %s", store.hash, reason)
        else:
            started += 1
    return started
