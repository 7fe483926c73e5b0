"""The watchdog at work, each minute: look, keep what was found, tell who asked. Beat starts it, a worker does it."""

import logging
from datetime import datetime, timedelta

from celery.signals import beat_init
from django.utils import timezone

from bcsync.celery import app
from customers import alarms, digest, engine, watchdog, watchdog_reading
from customers.models import Look
from customers.watchdog_kinds import KINDS, SLOW

logger = logging.getLogger("bcsync.watchdog")

# Beat comes a little early or late.
SLOW_EVERY = timedelta(minutes=5) - timedelta(seconds=10)


@beat_init.connect
def beat_starts(**kwargs: object) -> None:
    """Beat starts; the first look comes within a minute or so."""
    try:
        Look.beat_starts(timezone.now())
    except engine.DATABASE_AWAY as error:
        logger.warning("when beat started could not be noted: %s", error)


@app.task
def watch() -> int:
    """Look once. Returns how many alarms are open; a database that is away is seen by the pages."""
    try:
        return look(timezone.now())
    except engine.DATABASE_AWAY as error:
        logger.warning("the watchdog could not look: %s", error)
        return 0


def look(now: datetime, *, slow: bool | None = None) -> int:
    """The same at a moment given. slow: whether to count over days, too; None: when it is time."""
    row = Look.row()
    if slow is None:
        slow = row.slowly_looked_at is None or now - row.slowly_looked_at >= SLOW_EVERY
    watchdog_reading.take_uninstalled(now)
    facts = watchdog_reading.read(row, now, slow=slow)
    kinds = [kind for kind in KINDS if slow or kind not in SLOW]
    found = [finding for finding in watchdog.judge(facts, now) if finding.kind in kinds]
    alarms.keep(found, kinds, now)
    row.looked_at = now
    if slow:
        row.slowly_looked_at = now
        alarms.purge(now)
    row.save()
    digest.send(now)
    return len(alarms.open_alarms())
