"""The inbox of events: one insert when one arrives; later its ids, each customer once, for whoever works on them.

sync_changes: `claim` when `pending_ids` says that it is time, then `settle` when done or `release` when not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from bcsync.clients.bigcommerce_webhooks import CUSTOMER_SCOPES
from stores.models import Store, WebhookEvent

# Events of one customer come in bursts; so long after the first of them they are taken together.
COALESCE = timedelta(seconds=5)
# At most so many events in one claim; the rest is the next one's.
MOST_PER_CLAIM = 50_000
ROWS_PER_STATEMENT = 500
FIELDS = [field for field in WebhookEvent._meta.concrete_fields if not field.primary_key]
INSERT = (
    f"INSERT INTO {WebhookEvent._meta.db_table} ({', '.join(str(field.column) for field in FIELDS)}) VALUES {{marks}} "
    "ON CONFLICT (store_id, hash, created_at) DO UPDATE SET "
    "received_at = excluded.received_at, claimed_by = '', done_at = NULL"
)
KEPT = timedelta(days=7)
# A store that stays read-only starts no run for its events; what they tell, the cursors and the daily sweep bring.
WAITS_AT_MOST = timedelta(days=30)
BUSINESS_CENTRAL = "business_central/customers/"


@dataclass(frozen=True)
class Pending:
    """What a store's events name. Ids of customers, each once; deleted ones, and those of whom a metafield was deleted,
    are also among the changed.

    since: Business Central told only "everything changed after" (a collection: deletions are not in it, so the ids must
    be swept, too). events: how many events it stands for. ripe: the first of them is old enough to begin.
    """

    bigcommerce: frozenset[int] = frozenset()
    bigcommerce_deleted: frozenset[int] = frozenset()
    metafields_deleted: frozenset[int] = frozenset()
    business_central: frozenset[str] = frozenset()
    business_central_deleted: frozenset[str] = frozenset()
    since: datetime | None = None
    events: int = 0
    ripe: bool = False
    other: frozenset[str] = field(default_factory=frozenset)


def receive(events: Iterable[WebhookEvent]) -> None:
    """One statement. An event that is there already waits again: two changes may share a hash, so none is dropped.

    In SQL of our own: bulk_create would put a transaction around it, three round trips instead of one.
    """
    rows = list({(event.store_id, event.hash, event.created_at): event for event in events}.values())
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        some = rows[start : start + ROWS_PER_STATEMENT]
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in some for field in FIELDS]
        marks = ", ".join([f"({', '.join(['%s'] * len(FIELDS))})"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(INSERT.format(marks=marks), values)


def event(store_id: int, now: datetime, **fields: Any) -> WebhookEvent:
    """A new row, not saved."""
    return WebhookEvent(store_id=store_id, first_received_at=now, received_at=now, **fields)


def pending_ids(store: Store, now: datetime | None = None) -> Pending:
    """What waits in this store's inbox; nothing is claimed."""
    waiting = WebhookEvent.objects.filter(store=store, claimed_by="")
    return _named(waiting, now or timezone.now())


def stores_with_ripe_events(now: datetime) -> list[int]:
    """Stores whose first waiting event is old enough: one query, for the beat."""
    waiting = WebhookEvent.objects.filter(claimed_by="").order_by()
    firsts = waiting.values("store_id").annotate(first=Min("received_at"))
    return [row["store_id"] for row in firsts if row["first"] <= now - COALESCE]


def claim(store: Store, token: str) -> Pending:
    """Take what waits, for the run that `token` names; a second claimer gets nothing. Again: the same ids."""
    waiting = WebhookEvent.objects.filter(store=store, claimed_by="").order_by("received_at", "pk")
    last = waiting.values_list("received_at", flat=True)[MOST_PER_CLAIM - 1 : MOST_PER_CLAIM].first()
    taken = WebhookEvent.objects.filter(store=store, claimed_by="")
    if last is not None:
        taken = taken.filter(received_at__lte=last)
    taken.update(claimed_by=token)
    return _named(WebhookEvent.objects.filter(store=store, claimed_by=token, done_at=None), timezone.now())


def settle(token: str) -> int:
    """The work on what was claimed is done. What arrived again meanwhile waits on. Returns how many events."""
    return WebhookEvent.objects.filter(claimed_by=token, done_at=None).update(done_at=timezone.now())


def release(token: str) -> int:
    """The work was not done: the events wait again. Returns how many."""
    return WebhookEvent.objects.filter(claimed_by=token, done_at=None).update(claimed_by="")


def take_back(store: Store) -> int:
    """Let everything of this store wait again that somebody claimed and never did. Returns how many."""
    claimed = WebhookEvent.objects.filter(store=store, done_at=None).exclude(claimed_by="")
    return claimed.update(claimed_by="")


def purge(now: datetime) -> int:
    """Forget what was done a week ago, and what nobody took for a month."""
    stale = Q(claimed_by="", received_at__lt=now - WAITS_AT_MOST)
    return WebhookEvent.objects.filter(Q(done_at__lt=now - KEPT) | stale).delete()[0]


@dataclass(frozen=True)
class Counts:
    """waiting: now. The rest of the last day; twice: delivered more than once; unverified: by their signature."""

    waiting: int
    received: int
    twice: int
    unverified: int


def counts(store: Store, now: datetime | None = None) -> Counts:
    """What a page tells of the inbox, in two queries that each have an index."""
    events = WebhookEvent.objects.filter(store=store)
    day = events.filter(received_at__gte=(now or timezone.now()) - timedelta(days=1)).aggregate(
        received=Count("pk"),
        twice=Count("pk", filter=Q(received_at__gt=F("first_received_at"))),
        unverified=Count("pk", filter=Q(signature__in=("stale", "wrong", "absent"))),
    )
    return Counts(waiting=events.filter(claimed_by="").count(), **day)


def _named(events: Any, now: datetime) -> Pending:
    shopper: set[int] = set()
    gone: set[int] = set()
    metafields_deleted: set[int] = set()
    customers: dict[str, set[str]] = {"changed": set(), "deleted": set()}
    since: datetime | None = None
    other: set[str] = set()
    count, first = 0, None
    rows = events.order_by().values_list("scope", "remote_id", "received_at", "detail")
    for scope, id, received_at, detail in rows.iterator(chunk_size=5000):
        count += 1
        first = received_at if first is None else min(first, received_at)
        if scope.startswith(BUSINESS_CENTRAL):
            if scope.endswith("collection"):
                since = _earlier(since, detail)
            elif id:
                customers["deleted" if scope.endswith("deleted") else "changed"].add(id)
        elif scope in CUSTOMER_SCOPES and id:
            shopper.add(int(id))
            if scope == "store/customer/deleted":
                gone.add(int(id))
            elif scope == "store/metafield/deleted":
                metafields_deleted.add(int(id))
        else:
            other.add(scope)
    return Pending(
        bigcommerce=frozenset(shopper),
        bigcommerce_deleted=frozenset(gone),
        metafields_deleted=frozenset(metafields_deleted),
        business_central=frozenset(customers["changed"] | customers["deleted"]),
        business_central_deleted=frozenset(customers["deleted"]),
        since=since,
        events=count,
        ripe=first is not None and first <= now - COALESCE,
        other=frozenset(other),
    )


def _earlier(since: datetime | None, detail: Mapping[str, Any]) -> datetime:
    """The earlier of two collections' beginnings; one that says none concerns everything."""
    said = datetime.fromisoformat(detail["since"]) if detail.get("since") else datetime.fromtimestamp(0, UTC)
    return said if since is None else min(since, said)
