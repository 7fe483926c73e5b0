"""After Unmap: a small run takes our metafields out of the store, so that none names the old customer any more."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from customers import undoing_sending
from customers.before_images import metafields_of
from customers.context import Context
from customers.models import Customer, CustomerMetafield, Link, Run, RunRecord
from customers.records import in_flight, part, record_for_customer, settle, take_planned, write_planned, write_results
from customers.shopper import with_details
from customers.store_refresh import refresh_changed
from mapping.defaults import TRACKING_NAMESPACE
from stores.models import Store

CHUNK = 100
NOTHING = "None of our metafields is there any more."
STILL_THERE = "Unlinked before; our metafields, which name the old customer, were still in the store."
AGAIN = "Linked again since; its metafields stay."
Outcome = RunRecord.Outcome


def concerned(store: Store, customers: Sequence[Customer]) -> list[int]:
    """Those of these customers who carry metafields of ours in the store, by our copy."""
    rows = CustomerMetafield.objects.filter(
        customer__in=[customer for customer in customers if customer.gone_at is None],
        namespace=TRACKING_NAMESPACE,
        owner_client_id=store.client_id,
    )
    return sorted(set(rows.values_list("customer_id", flat=True))) if store.client_id else []


def still_tracked(store: Store) -> Iterator[list[Customer]]:
    """Unlinked customers (`with_details`) whose metafields of ours should be gone and are not, in chunks; but for those
    in a plan that waits, or in a run that is at it."""
    rows, now, last = Customer.objects.filter(store=store, untrack_at__isnull=False), timezone.now(), 0
    rows.filter(Q(link__isnull=False) | Q(gone_at__isnull=False)).update(untrack_at=None)
    open_ones = RunRecord.objects.filter(run__store=store, run__status__in=(*Run.ACTIVE, Run.Status.PLANNED))
    waits = open_ones.exclude(state=RunRecord.State.DONE).exclude(customer=None)
    rows = rows.exclude(pk__in=waits.values("customer")).order_by("pk")
    while chunk := list(with_details(rows.filter(pk__gt=last)[:CHUNK])):
        last, carrying = chunk[-1].pk, set(concerned(store, chunk))
        try_later([row for row in chunk if row.pk not in carrying], None)
        if found := [row for row in chunk if row.pk in carrying and row.untrack_at and row.untrack_at <= now]:
            yield found


def try_later(customers: Iterable[Customer], at: datetime | None) -> None:
    """Sync changes takes their metafields out from then on; None: not at all."""
    Customer.objects.filter(pk__in=[row.pk for row in customers]).update(untrack_at=at)


def plan(ctx: Context) -> None:
    """A record for each customer of the scope who is unlinked and still carries metafields of ours."""
    ctx.restart_plan()
    refresh_changed(ctx)
    pks = sorted(ctx.run.scope["unmapped"])
    for start in range(0, len(pks), CHUNK):
        rows = Customer.objects.filter(store=ctx.store, gone_at=None, pk__in=pks[start : start + CHUNK])
        customers = list(with_details(rows.order_by("pk")))
        linked = _linked(customers)
        records = []
        for customer in customers:
            record = record_for_customer(ctx, customer)
            fill(ctx.store, record, customer)
            if customer.pk in linked:
                settle(record, Outcome.SKIPPED, AGAIN)
            elif not record.plan["metafields"]:
                settle(record, Outcome.SKIPPED, NOTHING)
            records.append(record)
        write_planned(ctx, records)


def apply(ctx: Context) -> bool:
    """Remove the metafields of the next chunk; who was linked again since keeps them."""
    records = in_flight(ctx) or take_planned(ctx, CHUNK)
    if not records:
        return True
    rows = with_details(Customer.objects.filter(pk__in=[record.customer_id for record in records]))
    customers = {row.pk: row for row in rows}
    linked = _linked(list(customers.values()))
    ready, done = [], []
    for record in records:
        customer = customers.get(record.customer_id or 0)
        if customer is None or customer.pk in linked:
            settle(record, Outcome.SKIPPED, AGAIN)
            done.append(record)
            continue
        tries = record.plan.get("tries", 0)
        fill(ctx.store, record, customer)
        if record.plan["metafields"]:
            record.plan["tries"] = tries
            ready.append(record)
        else:
            settle(record, Outcome.UPDATED if record.parts else Outcome.SKIPPED, NOTHING)
            done.append(record)
    write_results(ctx, done)
    undoing_sending.take_back(ctx, ready)
    return False


def _linked(customers: Sequence[Customer]) -> set[int]:
    return set(Link.objects.filter(customer__in=customers).values_list("customer_id", flat=True))


def fill(store: Store, record: RunRecord, customer: Customer) -> None:
    """Plan, parts and outcome of the record: what to remove of this customer (`with_details`), by our copy."""
    ours = {key: row for key, row in metafields_of(customer, store).items() if key[0] == TRACKING_NAMESPACE}
    entries: list[dict[str, Any]] = [
        {"namespace": space, "key": key, "value": "", "id": row.remote_id} for (space, key), row in ours.items()
    ]
    record.outcome = Outcome.UPDATED
    record.plan = {"customer_id": customer.remote_id, "link": None, "metafields": entries}
    if entries:
        shown = [(f"{space}.{key}", row.value, "") for (space, key), row in ours.items()]
        record.parts = [part("metafields", Outcome.UPDATED, "", shown)]
