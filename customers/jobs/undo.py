"""Undo: takes a run, or some of its records, back to the before-images; what changed since is left alone and listed."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from customers import business_central_mirror, mirror, undoing_sending, writing_back
from customers.context import Context
from customers.models import Customer, Link, Run, RunRecord
from customers.planning import pairs
from customers.records import in_flight, record_for_customer, settle, take_planned, write_planned, write_results
from customers.shopper import with_details
from customers.store_refresh import refresh_changed
from customers.undoing import Inverse, inverse

WRITES_TO_VENDOR = True
CHUNK = 100
Outcome, State = RunRecord.Outcome, RunRecord.State
UNDOABLE = (Outcome.CREATED, Outcome.LINKED, Outcome.DEFAULTED, Outcome.UPDATED, Outcome.REVIEW, Outcome.CONFLICT,
            Outcome.SKIPPED, Outcome.REJECTED, Outcome.FAILED)  # fmt: skip
SENT = ("core", "addresses", "attributes", "no_attributes", "metafields", "unlink", "stood", "relink", "delete",
        "business_central")  # fmt: skip
NOTHING = "Nothing is left to undo."
SWITCH_OFF = (
    "Left as it is: Business Central would have to be written, and May update Business Central customers is off. An "
    "administrator turns it on; then Undo again."
)


def sources(run: Run, scope: dict[str, Any]) -> QuerySet[RunRecord]:
    """The records of a run that did something to somebody, those of the scope's "records" where it names some."""
    rows = run.records.filter(state=State.DONE, outcome__in=UNDOABLE).exclude(customer=None).exclude(plan={})
    return rows.filter(pk__in=scope["records"]) if "records" in scope else rows


def plan(ctx: Context) -> bool:
    """Read both sides anew, then say for each record what takes it back."""
    ctx.restart_plan()
    refresh_changed(ctx)
    run = Run.objects.get(pk=ctx.run.scope["run"])
    if ctx.run.scope.get("delete") and run.kind == Run.Kind.TRY_MAPPING:
        business_central_mirror.refresh(ctx)
    for chunk in _chunks(sources(run, ctx.run.scope).order_by("pk")):
        read(ctx, [record.customer.remote_id for record in chunk if record.customer])
        _read_business_central(ctx, chunk)
        records = []
        for source, customer, made in inverses(ctx, chunk):
            record = record_for_customer(ctx, customer)
            fill(record, made)
            if customer.gone_at:
                settle(record, Outcome.SKIPPED, "Deleted in BigCommerce since.")
            elif _may_not(ctx, made):
                settle(record, Outcome.SKIPPED, SWITCH_OFF)
            elif not made.does:
                settle(record, Outcome.SKIPPED, record.reason or NOTHING)
            record.business_central_customer = source.business_central_customer
            records.append(record)
        write_planned(ctx, records)
        ctx.heed_stop()
    return True


def _may_not(ctx: Context, made: Inverse) -> bool:
    """Whether taking it back would write a Business Central customer, which the store may not do any more. Then all of
    it stays: the store's values follow from those of Business Central."""
    return "business_central" in made.plan and not ctx.store.may_update_business_central


def fill(record: RunRecord, made: Inverse) -> None:
    """Put an inverse into a record of the undo; what is left alone is its reason."""
    record.plan, record.parts, record.outcome = made.plan, made.parts, Outcome.UPDATED
    record.reason = "Left alone: " + "; ".join(made.left) if made.left else ""


def look_again(ctx: Context) -> None:
    """`apply` reads each chunk from the store again itself."""


def apply(ctx: Context) -> bool:
    """Take back the next chunk, after looking once more: what changed since the plan waits for approval again."""
    begun = in_flight(ctx)
    records = begun or take_planned(ctx, CHUNK)
    if not records:
        return True
    read(ctx, [record.plan["customer_id"] for record in records])
    known = {row.pk: row for row in _with_customer(RunRecord.objects.filter(pk__in=[r.plan["of"] for r in records]))}
    _read_business_central(ctx, list(known.values()))
    fresh = {source.pk: made for source, _, made in inverses(ctx, list(known.values()))}
    ready, done = [], []
    for record in records:
        made, planned = fresh.get(record.plan["of"]), record.plan
        # Of what a worker that died, or an outage, left half done, less is left than was planned: that is no change of
        # somebody's. After the last request our own tables are as they were: they still follow.
        half_done = bool(begun or planned.get("tries"))
        follows = half_done and made is not None and "base" in made.plan
        if made is not None and _may_not(ctx, made):
            settle(record, Outcome.SKIPPED, SWITCH_OFF)
            done.append(record)
            continue
        if made is None or not (made.does or follows):
            settle(record, *((Outcome.UPDATED, "") if half_done else (Outcome.SKIPPED, NOTHING)))
            done.append(record)
            continue
        fill(record, made)
        if half_done or all(planned.get(name) == made.plan.get(name) for name in SENT):
            record.plan["tries"] = planned.get("tries", 0)
            ready.append(record)
        else:
            record.state = State.CHANGED
            done.append(record)
    write_results(ctx, done)
    undoing_sending.take_back(ctx, ready)
    return False


def inverses(ctx: Context, chunk: Sequence[RunRecord]) -> Iterator[tuple[RunRecord, Customer, Inverse]]:
    """(record of the run that is undone, its customer, the inverse), in a fixed number of queries."""
    pks = [record.customer_id for record in chunk if record.customer_id]
    links = {
        link.customer_id: link
        for link in pairs(ctx.store).filter(customer__in=pks).prefetch_related("customer__addresses__form_fields")
    }
    rows = with_details(Customer.objects.filter(pk__in=pks)).prefetch_related("addresses__form_fields")
    customers = {row.pk: row for row in rows}
    for record in chunk:
        customer = customers.get(record.customer_id or 0)
        if customer is None:
            continue
        link: Link | None = links.get(customer.pk)
        of = link.customer if link is not None else customer
        yield record, customer, inverse(ctx.store, record, of, link, delete=bool(ctx.run.scope.get("delete")))


def read(ctx: Context, ids: Sequence[int]) -> None:
    """Read these customers from the store: an address that somebody changed moves no stamp that can be relied on."""
    requested_at = timezone.now()
    for page in ctx.bigcommerce.customers(ids=list(ids)):
        mirror.save_customers(ctx.store, page.items, requested_at)
        ctx.lease.renew()
        requested_at = timezone.now()


def _read_business_central(ctx: Context, chunk: Sequence[RunRecord]) -> None:
    """Read those customers of Business Central that the run had written, once per chunk."""
    writing_back.read_again(ctx, [record for record in chunk if record.plan.get("before", {}).get("business_central")])


def _with_customer(rows: QuerySet[RunRecord]) -> QuerySet[RunRecord]:
    return rows.select_related("run", "customer", "business_central_customer")


def _chunks(rows: QuerySet[RunRecord]) -> Iterator[list[RunRecord]]:
    last = 0
    while chunk := list(_with_customer(rows.filter(pk__gt=last))[:CHUNK]):
        last = chunk[-1].pk
        yield chunk
