"""Sync changes: reads only what changed since the last time on either side, or what an event named; then Update for it.

Nothing is believed but the vendors: an event names a customer that is read again, and a repeated read changes nothing.
"""

from datetime import datetime

from django.db import transaction

from customers import business_central_changes, parting, pending, rolling, strange_rows, taking_over
from customers.context import Context
from customers.jobs import delete_gone, update_customers
from customers.models import Customer, CustomerAttribute, Run
from customers.planning import pairs
from customers.store_refresh import OVERLAP, read_shoppers, read_whole, refresh_changed
from stores import inbox
from stores.inbox import Pending
from stores.models import SyncCursor

WRITES_TO_VENDOR = True
CUSTOMERS, ATTRIBUTE_VALUES = "customers", "attribute values"


def plan(ctx: Context) -> bool:
    """Claim the events, read what they name and what changed, compare the pairs of which a mirror learned something."""
    applies = ctx.run.mode == Run.Mode.APPLY
    token = f"run-{ctx.run.pk}"
    with transaction.atomic():
        taking_over.note_planned(ctx.run)
        ctx.restart_plan()
    begun = taking_over.of_dead_runs(ctx) if applies else set[int]()
    if applies:
        # One run at a time applies in a store: what another one had claimed and not done, nobody works on.
        inbox.take_back(ctx.store)
    named = inbox.claim(ctx.store, token) if applies else inbox.pending_ids(ctx.store)
    _read(ctx, named, begun)
    links = pending.narrowed(pairs(ctx.store), ctx.run.scope.get("only", ()))
    if parting.plan(ctx, links) and applies:
        delete_gone.propose(ctx)
    update_customers.plan_links(ctx, links.exclude(parting.parted(ctx.store)), first_update=False)
    if applies:
        inbox.settle(token)
    return True


def look_again(ctx: Context) -> None:
    """Before an approved plan is applied both vendors are asked for what changed since."""
    _read(ctx, Pending(), set())
    update_customers.follow_set_up(ctx)


def apply(ctx: Context) -> bool:
    """First who is to be unlinked, then as Update does."""
    return not parting.apply(ctx) and update_customers.apply(ctx)


def _read(ctx: Context, named: Pending, begun: set[int]) -> None:
    """Both mirrors, by what changed, by what was named and begun, and the next of the rolling compare.

    Business Central first: where another run holds the company, nothing was read for nothing.
    """
    business_central_changes.refresh(ctx, named)
    before = _since(ctx, CUSTOMERS)
    refresh_changed(ctx)
    if before is not None:
        found, stamp = _with_new_attribute_values(ctx, before)
        whole: set[int] = set()
        if named.metafields_deleted:
            # No list tells that a metafield is gone: these shoppers are read with all they carry.
            known = Customer.objects.filter(store=ctx.store, remote_id__in=named.metafields_deleted, gone_at=None)
            whole = set(known.values_list("remote_id", flat=True))
            read_whole(ctx, known)
        read_shoppers(ctx, (set(named.bigcommerce) | found | begun) - whole)
        rolling.compare_next(ctx)
        if stamp is not None and ctx.run.mode == Run.Mode.APPLY:
            _store(ctx, ATTRIBUTE_VALUES, stamp)


def _with_new_attribute_values(ctx: Context, customers_since: datetime) -> tuple[set[int], datetime | None]:
    """Shoppers whose attribute values changed, which have stamps of their own, from what the mirror has; and the
    vendor's clock meanwhile."""
    since = (_since(ctx, ATTRIBUTE_VALUES) or customers_since) - OVERLAP
    stamp: datetime | None = None
    found: set[int] = set()
    for page in ctx.bigcommerce.attribute_values(modified_since=since, pass_by=True):
        stamp = stamp or page.date
        strange_rows.pass_by(ctx, page.strange)
        said = {(v["customer_id"], v["attribute_id"]): str(v["attribute_value"])[:255] for v in page.items}
        known = CustomerAttribute.objects.filter(
            customer__store=ctx.store, customer__remote_id__in={customer for customer, _ in said}
        )
        mine = {(id, attribute): value for id, attribute, value in known.values_list(*ATTRIBUTE)}
        found.update(key[0] for key, value in said.items() if mine.get(key) != value)
        ctx.lease.renew()
    ctx.least("BigCommerce GET /v3/customers/attribute-values", 1)
    return found, stamp


ATTRIBUTE = ("customer__remote_id", "attribute_id", "value")


def _since(ctx: Context, feed: str) -> datetime | None:
    cursor = SyncCursor.objects.filter(store=ctx.store, feed=feed).first()
    return cursor.changed_since if cursor is not None and ctx.store.imported_at else None


def _store(ctx: Context, feed: str, moment: datetime) -> None:
    SyncCursor.objects.update_or_create(store=ctx.store, feed=feed, defaults={"changed_since": moment})
