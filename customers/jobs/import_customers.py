"""Import: BigCommerce -> mirror. New and changed customers with all they carry; never writes to Business Central.

Reading is the whole job, so it plans and saves page by page: each page with its counts and cursor in one transaction.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bcsync.clients.bigcommerce_pages import in_order
from customers import doubts, mirror, mirror_metafields, store_definitions, strange_rows
from customers.context import Context
from customers.gone import mark_deleted, shopper_is_gone, unlisted
from customers.models import Customer, Run, RunRecord
from customers.records import insert_records, part, record_for_customer, settle, write_planned
from customers.store_refresh import ADDRESSES_PER_ASK
from stores.models import SyncCursor

WRITES_TO_VENDOR = False
PAGE = 250
Outcome = RunRecord.Outcome


def plan(ctx: Context) -> bool:
    """Read on from the cursor until this feed's end; one feed a step: definitions, customers, metafields."""
    feed = ctx.run.cursor.get("feed", "definitions")
    if feed == "definitions":
        store_definitions.refresh(ctx)
        ctx.save(cursor={**ctx.run.cursor, "feed": "customers"})
    elif feed == "customers":
        _customers(ctx)
    elif feed == "metafields":
        if not _metafields(ctx):
            return False
        _succeeded(ctx)
    return feed == "metafields"


def look_again(ctx: Context) -> None:
    """A preview of an Import has no records that wait."""


def apply(ctx: Context) -> bool:
    """There is nothing left to apply: saving was part of reading."""
    return True


def _customers(ctx: Context) -> None:
    cursor = ctx.run.cursor
    since = _since(ctx)
    pages = ctx.bigcommerce.customers(after=cursor.get("after", ""), modified_since=since, pass_by=True)
    for page, requested_at in ahead(pages):
        if "stamp" not in cursor and page.date:
            cursor["stamp"] = page.date.isoformat()
        strange = strange_rows.pass_by(ctx, page.strange, write=_writes(ctx))
        if any(row.customer_id is None for row in page.strange):
            cursor["unordered"] = True
        ids = [item["id"] for item in page.items]
        ids = sorted([*ids, *strange]) if strange else ids
        gone = [] if since else _gone(ctx, ids, requested_at, last=not page.after)
        read_to = {**cursor, "after": page.after, "last_id": max(ids, default=cursor.get("last_id", 0))}
        # Whom a page brings is told by the transaction that saves it: read once more, it would be unchanged.
        with transaction.atomic():
            saved = mirror.save_customers(ctx.store, page.items, requested_at, write=_writes(ctx))
            _note_listed(ctx, saved, requested_at, read_to)
            _page_done(ctx, saved, gone, read_to)
        cursor = ctx.run.cursor
        if page.after and (ctx.stop_requested() or ctx.slice_is_over()):
            return
    if not since and not cursor.get("unordered") and ctx.run.started_at:
        doubts.listed_whole(ctx, doubts.BIGCOMMERCE, ctx.run.started_at)
    ctx.least("BigCommerce GET /v3/customers", max(1, ceil(cursor.get("read", 0) / PAGE)))
    if cursor.get("overflowing"):
        ctx.least("BigCommerce GET /v3/customers/addresses", cursor["overflowing"])
    ctx.save(cursor={**cursor, "feed": "metafields", "after": "", "last_id": 0, "read": 0})


def _gone(ctx: Context, ids: list[int], requested_at: datetime, *, last: bool) -> list[Customer]:
    """Mirrored customers in the id range of this page that the store no longer lists, and does not have by id either.

    Cursor pages come in id order; when they do not, nothing is called gone.
    """
    start = ctx.run.cursor.get("last_id", 0)
    if not in_order(ids, start):
        ctx.run.cursor["unordered"] = True
    if ctx.run.cursor.get("unordered"):
        return []
    end = None if last else max(ids, default=start)
    return doubts.deleted_shoppers(ctx, unlisted(ctx.store, ids, requested_at, after=start, up_to=end))


def _page_done(ctx: Context, saved: list[mirror.Saved], gone: list[Customer], cursor: dict[str, Any]) -> None:
    records = []
    for entry in saved:
        if entry.kind != "unchanged":
            records.append(_record(ctx, entry.customer, entry.kind, entry.changes))
    for customer in gone:
        reason = shopper_is_gone(customer, getattr(customer, "link", None))
        records.append(_record(ctx, customer, Outcome.UPDATED, [], reason))
    cursor["read"] = cursor.get("read", 0) + len(saved)
    cursor["overflowing"] = cursor.get("overflowing", 0) + ceil(
        mirror.overflowing(e.customer.data for e in saved) / ADDRESSES_PER_ASK
    )
    if gone and _writes(ctx):
        mark_deleted(gone)
    write_planned(ctx, records, unchanged=sum(entry.kind == "unchanged" for entry in saved), cursor=cursor)


def _record(ctx: Context, customer: Customer, outcome: str, changes: list[list[Any]], reason: str = "") -> RunRecord:
    record = record_for_customer(ctx, customer, parts=[part("core", outcome, reason, changes)])
    if customer.pk is None:
        record.customer = None
    settle(record, outcome, reason)
    return record


def _metafields(ctx: Context) -> bool:
    """True once all are read; False when somebody stops the run, or the slice is over."""
    cursor = ctx.run.cursor
    store, since = ctx.store, _since(ctx)
    pages = ctx.bigcommerce.metafields(
        namespaces=mirror_metafields.namespaces_read(store), modified_since=since, after=cursor.get("after", ""),
        pass_by=True,
    )  # fmt: skip
    for page, _ in ahead(pages):
        strange_rows.pass_by(ctx, page.strange, write=_writes(ctx))
        if page.strange:
            # Which metafields these are is not known, so none is called gone.
            cursor["unordered_metafields"] = True
        ids = [item["id"] for item in page.items]
        last, start = not page.after, cursor.get("last_id", 0)
        ordered = not cursor.get("unordered_metafields") and in_order(ids, start)
        cursor = {
            **cursor,
            "after": page.after,
            "last_id": max(ids, default=start),
            "unordered_metafields": not ordered,
        }
        with transaction.atomic():
            touched = mirror_metafields.save_metafields(store, page.items, write=_writes(ctx))
            if ordered and not since:
                end = None if last else max(ids, default=start)
                dropped = mirror_metafields.drop_unseen(store, ids, after=start, up_to=end, write=_writes(ctx))
                for pk, (customer, changes) in dropped.items():
                    touched.setdefault(pk, (customer, []))[1].extend(changes)
            _count_metafields(ctx, touched)
            ctx.save("counts", cursor={**cursor, "read": cursor.get("read", 0) + len(ids)})
        cursor = ctx.run.cursor
        if page.after and (ctx.stop_requested() or ctx.slice_is_over()):
            return False
    ctx.least("BigCommerce GET /v3/customers/metafields", max(1, ceil(cursor.get("read", 0) / PAGE)))
    return True


def _count_metafields(ctx: Context, touched: Mapping[int, tuple[Customer, list[list[Any]]]]) -> None:
    """Customers of whom only metafields changed were counted as unchanged a moment ago; they are updated after all."""
    known = {
        record.customer_id: record
        for record in ctx.run.records.filter(customer__in=touched.keys()).only("pk", "customer", "parts", "outcome")
    }
    new, more = [], []
    for pk, (customer, changes) in touched.items():
        record = known.get(pk)
        if record is None:
            record = record_for_customer(ctx, customer, parts=[part("metafields", Outcome.UPDATED, "", changes)])
            settle(record, Outcome.UPDATED)
            new.append(record)
        elif record.outcome != Outcome.CREATED:
            record.parts.append(part("metafields", Outcome.UPDATED, "", changes))
            more.append(record)
    insert_records(new)
    RunRecord.objects.bulk_update(more, ["parts"])
    if new:
        counted = sum(_was_listed(ctx, customer) for pk, (customer, _) in touched.items() if pk not in known)
        ctx.count([Outcome.UPDATED] * len(new), unchanged=-counted)
        if counted < len(new):
            ctx.save(looked_at=ctx.run.looked_at + len(new) - counted)


def _note_listed(ctx: Context, saved: list[mirror.Saved], requested_at: datetime, cursor: dict[str, Any]) -> None:
    """What `_was_listed` cannot see in the mirror: customers changed at the very moment asked for (the vendor does not
    say whether it lists them), and those of whom a preview stores no new stamp."""
    since = _since(ctx)
    if since is None:
        return
    cursor["at_since"] = cursor.get("at_since", False) or any(e.customer.date_modified == since for e in saved)
    if not _writes(ctx):
        fresh = [e.customer.remote_id for e in saved if e.kind == "unchanged" and e.customer.written_at == requested_at]
        cursor["restamped"] = [*cursor.get("restamped", ()), *fresh]


def _was_listed(ctx: Context, customer: Customer) -> bool:
    """Whether the customers' feed brought this one: one changed before the moment that was asked for it does not."""
    since, cursor = _since(ctx), ctx.run.cursor
    if since is None or customer.remote_id in cursor.get("restamped", ()):
        return True
    changed = customer.date_modified
    return changed is not None and (changed > since or (changed == since and bool(cursor.get("at_since"))))


def _succeeded(ctx: Context) -> None:
    """Store how far we read, by the vendor's own clock, and remember a full import."""
    if not _writes(ctx):
        return
    stamp, since = ctx.run.cursor.get("stamp"), _since(ctx)
    cursor = SyncCursor.objects.filter(store=ctx.store, feed="customers").first()
    # What changed before the moment that was asked for was not read: then the cursor stays.
    if stamp and (since is None or (cursor is not None and since <= cursor.changed_since)):
        SyncCursor.objects.update_or_create(
            store=ctx.store, feed="customers", defaults={"changed_since": datetime.fromisoformat(stamp)}
        )
    if not ctx.run.scope.get("modified_since"):
        ctx.store.imported_at = timezone.now()
        ctx.store.save(update_fields=["imported_at"])


def _writes(ctx: Context) -> bool:
    return bool(ctx.run.mode == Run.Mode.APPLY)


def _since(ctx: Context) -> datetime | None:
    since = parse_datetime(ctx.run.scope.get("modified_since") or "")
    # The vendor's stamps are whole seconds.
    return since.replace(microsecond=0) if since else None


def ahead(pages: Iterable[Any]) -> Iterator[tuple[Any, datetime]]:
    """(page, when it was asked for); while one page is being saved the next is being fetched in a thread."""
    iterator = iter(pages)

    def fetch() -> tuple[Any, datetime] | None:
        requested_at = timezone.now()
        page = next(iterator, None)
        return None if page is None else (page, requested_at)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetch") as pool:
        coming = pool.submit(fetch)
        while (got := coming.result()) is not None:
            coming = pool.submit(fetch)
            yield got
