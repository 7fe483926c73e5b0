"""Before a job that writes: read what changed in the store since the last time, or all of it the first time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bcsync.clients.bigcommerce_limits import MAX_IDS_PER_FILTER
from bcsync.clients.bigcommerce_pages import in_order
from customers import gone, mirror, mirror_metafields, pending, store_definitions, strange_rows
from customers.context import Context
from customers.models import Customer, Run, RunRecord
from stores.models import SyncCursor

# The vendor does not say whether "changed since" includes the very second, so windows overlap.
OVERLAP = timedelta(seconds=30)
# The vendor's clock and ours may differ a little when it is asked what changed since something was sent.
CLOCK_SLACK = timedelta(minutes=5)
STILL_FRESH = timedelta(minutes=5)
JUST_READ = timedelta(minutes=1)
PAGE = 250
ADDRESSES_PER_ASK = 50
FEW = 20


def refresh_changed(ctx: Context) -> None:
    """Bring the BigCommerce mirror up to date. A plan beside another run reads nothing: it compares the mirrors."""
    if ctx.run.mode == Run.Mode.PLAN and ctx.store.imported_at:
        return
    # Read a moment ago, by a slice that was given back because the company was busy.
    if (read_at := parse_datetime(ctx.run.cursor.get("store_read", ""))) and timezone.now() - read_at < STILL_FRESH:
        return
    if ctx.store.geography_is_old(timezone.now()):
        store_definitions.refresh(ctx)
    cursor = SyncCursor.objects.filter(store=ctx.store, feed="customers").first()
    since = cursor.changed_since - OVERLAP if cursor and ctx.store.imported_at else None
    stamp, read, overflowing = None, {"customers": 0, "customers/metafields": 0}, 0
    strange_rows.ask_again(ctx)
    requested_at = timezone.now()
    for page in ctx.bigcommerce.customers(modified_since=since, pass_by=True):
        stamp = stamp or page.date
        mirror.save_customers(ctx.store, page.items, requested_at)
        strange_rows.pass_by(ctx, page.strange)
        read["customers"] += len(page.items)
        overflowing += ceil(mirror.overflowing(page.items) / ADDRESSES_PER_ASK)
        ctx.lease.renew()
        ctx.heed_stop()
        requested_at = timezone.now()
    spaces = mirror_metafields.namespaces_read(ctx.store)
    for page in ctx.bigcommerce.metafields(namespaces=spaces, modified_since=since, pass_by=True):
        mirror_metafields.save_metafields(ctx.store, page.items)
        strange_rows.pass_by(ctx, page.strange)
        read["customers/metafields"] += len(page.items)
        ctx.lease.renew()
        ctx.heed_stop()
    for family, number in read.items():
        ctx.least(f"BigCommerce GET /v3/{family}", max(1, ceil(number / PAGE)))
    ctx.least("BigCommerce GET /v3/customers/addresses", overflowing)
    if stamp:
        SyncCursor.objects.update_or_create(store=ctx.store, feed="customers", defaults={"changed_since": stamp})
    if since is None:
        ctx.store.imported_at = timezone.now()
        ctx.store.save(update_fields=["imported_at"])
    ctx.run.cursor["store_read"] = timezone.now().isoformat()


def read_shoppers(ctx: Context, ids: Iterable[int]) -> set[int]:
    """Read these shoppers (BigCommerce ids) again; who is not there any more was deleted: marked, nothing else happens
    to them. Returns those whose row could not be read."""
    wanted, strange = sorted(ids), set[int]()
    for start in range(0, len(wanted), MAX_IDS_PER_FILTER):
        some, requested_at, there = wanted[start : start + MAX_IDS_PER_FILTER], timezone.now(), set[int]()
        for page in ctx.bigcommerce.customers(ids=some, pass_by=True):
            mirror.save_customers(ctx.store, page.items, requested_at)
            there.update(item["id"] for item in page.items)
            strange |= strange_rows.pass_by(ctx, page.strange)
        missing = [id for id in some if id not in there | strange]
        gone.mark_deleted(list(Customer.objects.filter(store=ctx.store, remote_id__in=missing, gone_at=None)))
        ctx.least("BigCommerce GET /v3/customers", 1)
        ctx.lease.renew()
        if ctx.run.step == "plan":
            ctx.heed_stop()
    return strange


def read_whole(ctx: Context, customers: QuerySet[Customer]) -> None:
    """Read these customers with all they carry; who is not there any more is marked. Metafields cannot be asked for by
    customer in bulk: those of few are asked for one by one, else the store's are read."""
    rows = {row.remote_id: row for row in customers}
    read_shoppers(ctx, rows)
    if len(rows) > FEW:
        last = 0
        for page in ctx.bigcommerce.metafields(namespaces=mirror_metafields.namespaces_read(ctx.store)):
            ids = [item["id"] for item in page.items]
            mirror_metafields.save_metafields(ctx.store, page.items)
            if in_order(ids, last):
                end = max(ids, default=last) if page.after else None
                mirror_metafields.drop_unseen(ctx.store, ids, after=last, up_to=end)
            last = max([last, *ids])
            ctx.lease.renew()
        return
    for id, row in rows.items():
        found = ctx.bigcommerce.customer_metafields(id)
        mirror_metafields.save_metafields(ctx.store, found)
        if row.metafields.exclude(remote_id__in=[each["id"] for each in found]).delete()[0]:
            pending.shoppers([row.pk])
        ctx.lease.renew()


def read_what_has_no_stamp(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """Read the customers of whom these records are about to replace or delete an address, an attribute or a form field:
    no stamp of the customer's tells that the shopper changed one since, and an address is always sent whole.

    Returns the records of those whose row could not be read.
    """
    just_now = max(timezone.now() - JUST_READ, ctx.run.started_at or timezone.now())
    touched = [
        record
        for record in records
        if _touches_what_has_no_stamp(record.plan) and not _read_since(record.customer, just_now)
    ]
    strange = read_shoppers(ctx, {record.plan["customer_id"] for record in touched})
    rows = Customer.objects.in_bulk([record.customer_id for record in touched])
    for record in touched:
        record.customer = rows.get(record.customer_id)
    return [record for record in touched if record.plan["customer_id"] in strange]


def _read_since(customer: Customer | None, moment: datetime) -> bool:
    """Whether the mirror has what the store said after that moment; what we wrote ourselves is not read."""
    return customer is not None and bool(customer.content_hash) and customer.written_at >= moment


def _touches_what_has_no_stamp(plan: dict[str, Any]) -> bool:
    addresses = {change["action"] for change in plan.get("addresses", ())}
    return bool(addresses & {"update", "delete"} or plan.get("attributes") or plan.get("core", {}).get("form_fields"))


def read_customers_again(ctx: Context, records: list[RunRecord]) -> None:
    """Read the customers of records in flight into the mirror, and every metafield changed since they are."""
    requested_at = timezone.now()
    for page in ctx.bigcommerce.customers(ids=[record.plan["customer_id"] for record in records], pass_by=True):
        mirror.save_customers(ctx.store, page.items, requested_at)
        strange_rows.pass_by(ctx, page.strange)
        ctx.lease.renew()
        requested_at = timezone.now()
    since = min(record.at for record in records) - CLOCK_SLACK
    for page in ctx.bigcommerce.metafields(
        namespaces=mirror_metafields.namespaces_read(ctx.store), modified_since=since
    ):
        mirror_metafields.save_metafields(ctx.store, page.items)
        ctx.lease.renew()
