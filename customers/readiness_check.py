"""Keeping the reasons why customers are not ready: evaluated where data or set-up changed, never for a page.

A customer is evaluated again when its row changed, all of a store when the set-up did; `customers.left_over` looks when
any of that, a shopper, a link or a decision is another. A beat task sees to it; the button reads the company first.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers import bulk, left_over
from customers.adding import Adding
from customers.business_central_mirror import record_of
from customers.models import BusinessCentralCustomer, NotReady, ReadinessCheck
from customers.models.readiness import BLOCKED, OF_OTHERS
from customers.parking import setup_stamp
from customers.store_definitions import Definitions
from mapping.evaluate import evaluate
from mapping.readiness import Reason, readiness
from stores.models import Store

CHUNK = 500
COLUMNS = ["store", "business_central_customer", "number", "code", "field", "page", "text", "first", "only"]
DEFAULT = Reason("default-customer", "No.", "Customer Card",
                 "It is the default customer that shoppers are assigned to.")  # fmt: skip
BLOCKED_IN = "Blocked is {}: Add Customers leaves blocked customers out, unless its filter asks for them."


def check_of(store: Store) -> ReadinessCheck:
    return ReadinessCheck.objects.get_or_create(store=store)[0]


def is_stale(store: Store, check: ReadinessCheck) -> bool:
    """Whether Business Central was read, or the set-up, links, shoppers or decisions changed, since the reasons were
    made."""
    read_at = store.company.refreshed_at
    if read_at is None:
        return False
    own = check.mirror_read_at != read_at or check.stamp != setup_stamp(store)
    return own or bool(check.pending.get("search")) or check.others_stamp != left_over.stamp(store)


def bring_up_to_date(store: Store, go_on: Callable[[int], bool] = lambda looked_at: True) -> int | None:
    """Evaluate who may have changed. go_on is asked after each chunk; when it says no, the next call goes on there.

    Returns how many were looked at in all, or None when it was interrupted. One caller at a time per store.
    """
    check, read_at, stamp = check_of(store), store.company.refreshed_at, setup_stamp(store)
    kept = ReadinessCheck.objects.filter(pk=check.pk)
    others = left_over.stamp(store)
    pending = _pending(check, read_at, stamp)
    adding = Adding(store)
    if not pending["own"]:
        if not _evaluate(store, adding, pending, kept, go_on):
            return None
        NotReady.objects.filter(store=store, business_central_customer__gone_at__isnull=False).delete()
        pending |= {"own": True, "search": _search(store, check, pending, others)}
        kept.update(pending=pending, stamp=stamp, mirror_read_at=read_at)
    if search := pending["search"]:
        place = left_over.look(store, adding, search["after"], go_on)
        if place is not None:
            pending["search"] = {**search, "after": place}
            kept.update(pending=pending, counts_stamp=[])
            return None
        others = search["stamp"]
    kept.update(pending={}, checked_at=timezone.now(), counts_stamp=[], others_stamp=others)
    return int(pending["looked_at"])


def _evaluate(
    store: Store,
    adding: Adding,
    pending: dict[str, Any],
    kept: QuerySet[ReadinessCheck],
    go_on: Callable[[int], bool],
) -> bool:
    """The reasons of their own of whoever may have changed, from the pending place on; whether the end was reached."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    if pending["since"]:
        rows = rows.filter(written_at__gte=datetime.fromisoformat(pending["since"]))
    while chunk := list(rows.filter(pk__gt=pending["after"]).order_by("pk")[:CHUNK]):
        pending["after"], pending["looked_at"] = chunk[-1].pk, pending["looked_at"] + len(chunk)
        with transaction.atomic():
            replace(store, chunk, adding)
            kept.update(pending=pending)
        if not go_on(len(chunk)):
            return False
    return True


def _search(store: Store, check: ReadinessCheck, pending: dict[str, Any], others: list[Any]) -> dict[str, Any] | None:
    """{stamp, after}: the search for who is left over that is to be made or gone on with; None where nothing of what
    it looks at is another. One under way goes on to its end, and is made once more where it has passed what changed."""
    touched = bool(pending["looked_at"])
    if not touched and pending["since"]:
        gone = BusinessCentralCustomer.objects.filter(company=store.company, gone_at__gte=pending["since"])
        touched = gone.exists()
    if search := pending["search"]:
        return {**search, "stamp": []} if touched else dict(search)
    return {"stamp": others, "after": 0} if touched or check.others_stamp != others else None


def _pending(check: ReadinessCheck, read_at: datetime | None, stamp: str) -> dict[str, Any]:
    """Where to go on: an evaluation that was interrupted, when nothing changed meanwhile, else a new one."""
    made_of = [stamp, read_at.isoformat() if read_at else ""]
    if check.pending.get("made_of") == made_of:
        return {"own": False, "search": None, **check.pending}
    # Rows are stamped with the moment they were asked for: whatever came since the last reading is looked at again.
    since = check.mirror_read_at.isoformat() if check.mirror_read_at and check.stamp == stamp else ""
    search = check.pending.get("search") if since else None
    return {"made_of": made_of, "since": since, "after": 0, "looked_at": 0, "own": False, "search": search}


def replace(store: Store, chunk: list[BusinessCentralCustomer], adding: Adding) -> None:
    """Store these customers' reasons of their own instead of those they had. With one, no other is looked for; without,
    what others gave them stands until `left_over` has looked again."""
    old, rows = NotReady.objects.filter(store=store, business_central_customer__in=chunk), []
    old.exclude(code__in=OF_OTHERS).delete()
    for row in chunk:
        reasons = reasons_of(row, adding.defined, adding.defaults)
        for place, reason in enumerate(reasons):
            words = reason.field[:100], reason.page[:60], reason.text
            rows.append([store.pk, row.pk, row.number, reason.code[:60], *words, not place, len(reasons) == 1])
    old.filter(business_central_customer__in={row[1] for row in rows}).delete()
    bulk.insert(NotReady, COLUMNS, rows)


def reasons_of(row: BusinessCentralCustomer, defined: Definitions, defaults: Iterable[str]) -> list[Reason]:
    """Every reason of its own why Add Customers would not create this customer, as it says them itself."""
    blocked = [Reason(BLOCKED, "Blocked", "Customer Card", BLOCKED_IN.format(row.blocked))] if row.blocked else []
    if row.number in defaults:
        return [*blocked, DEFAULT]
    record = record_of(row)
    target = evaluate(record, defined.facts, defined.rows)
    return [*blocked, *readiness(record, target, defined.facts, defined.setup.required)]
