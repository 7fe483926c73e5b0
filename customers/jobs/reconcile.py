"""Check for drift: both systems are read whole and every linked pair is compared; nothing changes, here or there.

Records tell what differs, field by field, and why; Plan Update of the run's page mends it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from customers import business_central_mirror, drift, second_look
from customers.context import Context
from customers.drift import Difference
from customers.fresh_pairs import Spool, fresh, pages
from customers.models import Customer, Link, RunRecord
from customers.planning import pairs
from customers.records import record_for_customer, settle, write_planned

WRITES_TO_VENDOR = False
CHUNK = 500
Outcome = RunRecord.Outcome


def plan(ctx: Context) -> bool:
    """Read Business Central and the metafields aside, then walk the store's customers and compare each pair."""
    ctx.restart_plan()
    ctx.save(cursor={"began": timezone.now().isoformat()}, message="Reading both systems.")
    before = ctx.calls_so_far()
    if business_central_mirror.probe(ctx) and ctx.company.remote_id is None:
        ctx.business_central.company()
    spool = Spool()
    try:
        spool.read_business_central(ctx)
        spool.read_metafields(ctx)
        ctx.save(message="", total=_linked(ctx).count())
        seen: set[int] = set()
        for items in pages(ctx):
            seen.update(_compare(ctx, spool, items))
        _unseen(ctx, seen)
    finally:
        spool.close()
    # Everything is read once, in the largest pages.
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))
    ctx.save("cursor")
    return True


def look_again(ctx: Context) -> None:
    """There are no records that wait."""


def apply(ctx: Context) -> bool:
    """There is nothing to apply."""
    return True


def _linked(ctx: Context) -> Any:
    """The pairs that jobs work on; one that is known to rest, or whom somebody skipped, is no drift."""
    links = pairs(ctx.store).filter(customer__gone_at=None, business_central_customer__gone_at=None)
    return links.exclude(customer__status=Customer.Status.SKIPPED)


def _compare(ctx: Context, spool: Spool, items: list[dict[str, Any]]) -> list[int]:
    """Compare the linked customers of one page; the keys of their links."""
    by_id = {item["id"]: item for item in items}
    links = list(_linked(ctx).filter(customer__remote_id__in=by_id))
    records = spool.records(str(link.business_central_customer.remote_id) for link in links)
    metafields = spool.metafields(link.customer.remote_id for link in links)
    told: list[tuple[Link, list[Difference], str]] = []
    agree, gone = 0, []
    for link in links:
        record = records.get(str(link.business_central_customer.remote_id))
        if record is None:
            gone.append(link)
            continue
        id = link.customer.remote_id
        now = fresh(link, by_id[id], metafields.get(id, ()), record)
        differ = drift.differences(ctx.store, ctx.definitions, now, link)
        agree += not differ
        if differ:
            told.append((link, differ, ""))
    for link in second_look.not_in_business_central(ctx, gone):
        number = link.business_central_customer.number
        found = [Difference("core", "customer", link.customer.email, "", drift.BUSINESS_GONE)]
        told.append((link, found, f"Business Central customer {number} was deleted there."))
    _write(ctx, told, agree, of=len(links))
    return [link.pk for link in links]


def _unseen(ctx: Context, seen: set[int]) -> None:
    """Linked customers that the store's list does not have, and that it does not have by their id either, were deleted
    there."""
    missing = [pk for pk in _linked(ctx).values_list("pk", flat=True) if pk not in seen]
    for start in range(0, len(missing), CHUNK):
        told = []
        links = list(pairs(ctx.store).filter(pk__in=missing[start : start + CHUNK]))
        for link in second_look.not_in_bigcommerce(ctx, links):
            found = [Difference("core", "customer", "", link.business_central_customer.number, drift.SHOPPER_GONE)]
            told.append((link, found, f"{link.customer.email} was deleted in BigCommerce."))
        _write(ctx, told, 0, of=len(links))


def _record(ctx: Context, link: Link, found: Iterable[Difference], reason: str = "") -> RunRecord:
    found = list(found)
    record = record_for_customer(ctx, link.customer, parts=drift.parts_of(found))
    record.business_central_customer, record.cause = link.business_central_customer, drift.gravest_cause(found)
    settle(record, Outcome.DIFFERS, reason or "; ".join(dict.fromkeys(each.cause for each in found)))
    ctx.run.cursor["causes"] = drift.tally(ctx.run.cursor.get("causes", {}), [record.cause])
    ctx.run.cursor["fields"] = drift.tally(
        ctx.run.cursor.get("fields", {}), (f"{each.part}: {each.field}" for each in found)
    )
    return record


def _write(ctx: Context, told: list[tuple[Link, list[Difference], str]], agree: int, *, of: int) -> None:
    """Tell what differs, but for pairs that were written meanwhile: half of what was read of them is older than that.

    of: how many pairs were looked at; who is neither told of nor agrees is counted as left out.
    """
    moved = second_look.written_since(ctx, [link for link, *_ in told], datetime.fromisoformat(ctx.run.cursor["began"]))
    records = [_record(ctx, *each) for each in told if each[0].pk not in moved]
    ctx.run.cursor["left_out"] = ctx.run.cursor.get("left_out", 0) + of - agree - len(records)
    if records or agree:
        write_planned(ctx, records, unchanged=agree, cursor=ctx.run.cursor)
