"""How far an inbox may grow that nobody works on: events of one customer become one, and a week later none.

A read-only store, or one with its webhooks turned off, keeps what arrives for the day when it is turned on.
"""

import logging
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils import timezone

from stores.inbox import KEPT
from stores.models import Store, WebhookEvent

logger = logging.getLogger("bcsync.webhooks")
CHUNK = 5_000


def keep_small(now: datetime) -> tuple[int, int]:
    """How many waiting events were folded into a newer one of the same customer, and how many were given up."""
    return _fold(), _give_up(now)


def _fold() -> int:
    """An event only says that its customer is to be read again: the newest says that as well as all of them."""
    same = {name: OuterRef(name) for name in ("store", "scope", "remote_id")}
    newer = WebhookEvent.objects.filter(claimed_by="", pk__gt=OuterRef("pk"), **same)
    waiting = WebhookEvent.objects.filter(claimed_by="").exclude(remote_id="")
    return _delete(waiting.filter(Exists(newer)))


def _give_up(now: datetime) -> int:
    """Changes older than that are found by their stamps, deletions by the lists of ids, the rest by comparing all."""
    old = WebhookEvent.objects.filter(claimed_by="", received_at__lt=now - KEPT)
    counts = list(old.order_by().values_list("store_id").annotate(Count("pk")))
    for store_id, number in counts:
        Store.objects.filter(pk=store_id).update(
            events_given_up=F("events_given_up") + number, events_given_up_at=timezone.now()
        )
        logger.warning("store %s: %s waiting events are older than %s and were given up", store_id, number, KEPT)
    return _delete(old)


def _delete(events: QuerySet[WebhookEvent]) -> int:
    number = 0
    while pks := list(events.order_by().values_list("pk", flat=True)[:CHUNK]):
        number += WebhookEvent.objects.filter(pk__in=pks, claimed_by="").delete()[0]
    return number
