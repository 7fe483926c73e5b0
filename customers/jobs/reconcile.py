"""Check for drift: both systems are read whole and every linked pair is compared; nothing changes, here or there.

Records tell what differs, field by field, and why; Plan Update of the run's page mends it. Works in slices: Business
Central is read in one, metafields and customers page by page, and any worker goes on where the last one ended.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bcsync.clients.bigcommerce import Page
from customers import business_central_mirror, drift, fresh_pairs, second_look
from customers.context import Context
from customers.drift import Difference
from customers.models import Customer, DriftReading, Link, RunRecord
from customers.planning import pairs
from customers.records import record_for_customer, settle, write_planned

WRITES_TO_VENDOR = False
CHUNK = 500
BUSINESS, METAFIELDS, CUSTOMERS = "business central", "metafields", "customers"
Outcome = RunRecord.Outcome
Told = list[tuple[Link, list[Difference], str]]


def plan(ctx: Context) -> bool:
    """Go on: Business Central, then the metafields, then the customers, each compared. True at the end."""
    if "feed" not in ctx.run.cursor:
        _begin(ctx)
    before, feed = ctx.calls_so_far(), ctx.run.cursor["feed"]
    ended = False
    if feed == BUSINESS:
        fresh_pairs.read_business_central(ctx)
        # By the vendors' clock, which goes by whole seconds.
        date = (ctx.business_central.first_date or timezone.now()) + timedelta(seconds=1)
        _next(ctx, METAFIELDS, since=date.isoformat())
    elif feed == METAFIELDS:
        if fresh_pairs.read_metafields(ctx):
            _next(ctx, CUSTOMERS)
            ctx.save(message="", total=_linked(ctx).count())
    else:
        ended = _compare_pages(ctx)
    # Everything is read once, in the largest pages.
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))
    ctx.save("cursor")
    if ended:
        _judge_again(ctx)
        ctx.run.readings.all().delete()
    return ended


def look_again(ctx: Context) -> None:
    """There are no records that wait."""


def apply(ctx: Context) -> bool:
    """There is nothing to apply."""
    return True


def _begin(ctx: Context) -> None:
    DriftReading.forget(ctx.store)
    ctx.run.readings.all().delete()
    ctx.restart_plan()
    began = timezone.now().isoformat()
    ctx.save(cursor={"began": began, "feed": BUSINESS}, message="Reading both systems.")
    if business_central_mirror.probe(ctx) and ctx.company.remote_id is None:
        ctx.business_central.company()


def _next(ctx: Context, feed: str, **more: Any) -> None:
    """Go over to the next feed, which begins at its beginning."""
    ctx.save(cursor={**ctx.run.cursor, "feed": feed, "after": "", "last_id": 0, "unordered": False, **more})


def _linked(ctx: Context) -> Any:
    """The pairs that jobs work on; one that is known to rest, or whom somebody skipped, is no drift."""
    links = pairs(ctx.store).filter(customer__gone_at=None, business_central_customer__gone_at=None)
    return links.exclude(customer__status=Customer.Status.SKIPPED)


def _compare_pages(ctx: Context) -> bool:
    """Compare page by page from where the check stands, each stored with its place. True at the end."""
    for page in fresh_pairs.pages(ctx):
        _compare(ctx, page)
        if page.after and ctx.slice_is_over():
            return False
    return True


def _compare(ctx: Context, page: Page) -> None:
    """Compare the linked customers of one page, and tell of those whom it should list and does not."""
    by_id = {item["id"]: item for item in page.items}
    links = list(_linked(ctx).filter(customer__remote_id__in=by_id))
    records = fresh_pairs.records(ctx, links)
    metafields = fresh_pairs.metafields(ctx, [link.customer for link in links])
    told: Told = []
    agree, gone = 0, []
    for link in links:
        record, item = records[link.pk], by_id[link.customer.remote_id]
        if record is None:
            gone.append(link)
            continue
        now = fresh_pairs.fresh(link, item, metafields[link.customer_id], record)
        differ = drift.differences(ctx.store, ctx.definitions, now, link)
        agree += not differ
        if differ and not _just_changed(ctx, now, differ):
            told.append((link, differ, ""))
    for link in second_look.not_in_business_central(ctx, gone):
        number = link.business_central_customer.number
        found = [Difference("core", "customer", link.customer.email, "", drift.BUSINESS_GONE)]
        told.append((link, found, f"Business Central customer {number} was deleted there."))
    missing = _unlisted(ctx, page)
    for link in second_look.not_in_bigcommerce(ctx, missing):
        found = [Difference("core", "customer", "", link.business_central_customer.number, drift.SHOPPER_GONE)]
        told.append((link, found, f"{link.customer.email} was deleted in BigCommerce."))
    place = {"after": page.after, **fresh_pairs.moved_on(ctx, page)}
    _write(ctx, told, agree, of=len(links) + len(missing), place=place)


def _unlisted(ctx: Context, page: Page) -> list[Link]:
    """Linked customers that the page should list and does not. Where ids come in no order nobody is called missing."""
    listed = fresh_pairs.range_of(ctx, page)
    if listed is None:
        return []
    links = _linked(ctx).filter(**{f"customer__{name}": value for name, value in listed.items()})
    return list(links.exclude(customer__remote_id__in=[item["id"] for item in page.items]))


def _just_changed(ctx: Context, now: Link, differ: Sequence[Difference]) -> bool:
    """Whether a vendor stamped a change of this pair since the check began: no webhook and no schedule missed it."""
    since, causes = datetime.fromisoformat(ctx.run.cursor["since"]), {each.cause for each in differ}
    stamps = [row.date_modified for row in now.customer.metafields.all()]
    theirs = [parse_datetime(str(now.customer.data.get("date_modified"))), *stamps]
    ours = [now.business_central_customer.last_modified]
    found = [*(theirs if drift.STORE_MISSED in causes else ()), *(ours if drift.BUSINESS_MISSED in causes else ())]
    return any(stamp is not None and stamp > since for stamp in found)


def _record(ctx: Context, link: Link, found: Iterable[Difference], reason: str = "") -> RunRecord:
    found = list(found)
    record = record_for_customer(ctx, link.customer, parts=drift.parts_of(found))
    record.business_central_customer, record.cause = link.business_central_customer, drift.gravest_cause(found)
    settle(record, Outcome.DIFFERS, reason or "; ".join(dict.fromkeys(each.cause for each in found)))
    _tally(ctx, [record], 1)
    return record


def _tally(ctx: Context, records: Iterable[RunRecord], sign: int) -> None:
    """Add these records to what the run's page counts by cause and by field, or take them away."""
    cursor = ctx.run.cursor
    for record in records:
        fields = [f"{part['part']}: {change[0]}" for part in record.parts for change in part["changes"]]
        cursor["causes"] = drift.tally(cursor.get("causes", {}), [record.cause], sign)
        cursor["fields"] = drift.tally(cursor.get("fields", {}), fields, sign)


def _write(ctx: Context, told: Told, agree: int, *, of: int, place: dict[str, Any]) -> None:
    """Tell what differs, but for pairs that were written meanwhile: half of what was read of them is older than that.

    of: how many pairs were looked at; who is neither told of nor agrees is counted as left out. place: where the check
    stands then, stored with it.
    """
    moved = second_look.written_since(ctx, [link for link, *_ in told], datetime.fromisoformat(ctx.run.cursor["began"]))
    records = [_record(ctx, *each) for each in told if each[0].pk not in moved]
    left_out = ctx.run.cursor.get("left_out", 0) + of - agree - len(records)
    ctx.run.cursor |= {**place, "left_out": left_out}
    write_planned(ctx, records, unchanged=agree, cursor=ctx.run.cursor)


def _judge_again(ctx: Context) -> None:
    """At the end: whom a sync read or wrote while the check went on was not missed, only not reached yet."""
    began, last = datetime.fromisoformat(ctx.run.cursor["began"]), 0
    missed = ctx.run.records.filter(cause__in=(drift.STORE_MISSED, drift.BUSINESS_MISSED)).order_by("pk")
    while chunk := list(missed.filter(pk__gt=last).exclude(customer=None)[:CHUNK]):
        last = chunk[-1].pk
        links = {link.customer_id: link for link in Link.objects.filter(customer__in=[r.customer_id for r in chunk])}
        moved = second_look.written_since(ctx, list(links.values()), began)
        reached = [r for r in chunk if r.customer_id not in links or links[r.customer_id].pk in moved]
        if reached:
            _take_away(ctx, reached)


def _take_away(ctx: Context, records: Sequence[RunRecord]) -> None:
    """These pairs are left out after all."""
    run, number = ctx.run, len(records)
    _tally(ctx, records, -1)
    run.cursor["left_out"] = run.cursor.get("left_out", 0) + number
    left = run.counts.get(Outcome.DIFFERS, 0) - number
    run.counts = {name: n for name, n in {**run.counts, str(Outcome.DIFFERS): left}.items() if n}
    with transaction.atomic():
        run.records.filter(pk__in=[record.pk for record in records]).delete()
        ctx.save("counts", "cursor", looked_at=run.looked_at - number)
