"""The care of connections: a store that nothing has reached for a day is tested, so that a refused token is noticed."""

import datetime
import logging

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bcsync.celery import app
from customers import engine
from customers.models import Run
from stores import connect
from stores.models import Store

logger = logging.getLogger("bcsync.tasks")
PROVEN_FOR = datetime.timedelta(days=1)
# Jobs that call both vendors; one that ended shows that both let us in.
PROOF = (Run.Kind.SYNC_CHANGES, Run.Kind.UPDATE_CUSTOMERS, Run.Kind.ADD_CUSTOMERS)
WORKED = (Run.Status.SUCCEEDED, Run.Status.WITH_ERRORS, Run.Status.PLANNED)


@app.task
def care_for_connections() -> list[str]:
    """Each hour: Test Connection for the stores that need it. Returns their hashes. Reads only, at both vendors."""
    try:
        stores = unproven(timezone.now())
        for store in stores:
            connect.test_connection(store)
    except engine.DATABASE_AWAY as error:
        logger.warning("care_for_connections: the database does not answer: %s", error)
        return []
    return [store.hash for store in stores]


def unproven(now: datetime.datetime) -> list[Store]:
    """Stores that neither a run nor a test has reached for a day, and those whose last test found something bad.

    One whose app was uninstalled waits for a person.
    """
    proven = Run.objects.filter(kind__in=PROOF, status__in=WORKED, finished_at__gt=now - PROVEN_FOR)
    stores = Store.objects.filter(uninstalled_at=None).exclude(pk__in=proven.values("store")).select_related("company")
    return [store for store in stores if _needs_test(store, now)]


def _needs_test(store: Store, now: datetime.datetime) -> bool:
    test = store.last_test or {}
    at = parse_datetime(test.get("at") or "")
    return at is None or now - at > PROVEN_FOR or not test.get("ok")
