"""After Unmap: a small run takes our metafields out of the store, so that none names the old customer any more."""

from collections.abc import Sequence
from typing import Any

from customers import undoing_sending
from customers.before_images import metafields_of
from customers.context import Context
from customers.models import Customer, CustomerMetafield, Link, RunRecord
from customers.records import in_flight, part, record_for_customer, settle, take_planned, write_planned, write_results
from customers.shopper import with_details
from customers.store_refresh import refresh_changed
from mapping.defaults import TRACKING_NAMESPACE
from stores.models import Store

CHUNK = 100
NOTHING = "None of our metafields is there any more."
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
