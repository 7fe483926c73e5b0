"""Writing run records and their counts, always together in one transaction, so that totals add up at any moment."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from bcsync.clients.errors import ConfigurationError, Rejected, VendorError
from customers import bulk, causes, parking
from customers.context import Context
from customers.flags import set_flags
from customers.models import BusinessCentralCustomer, Customer, Run, RunRecord
from customers.plan_text import text_of

State, Outcome = RunRecord.State, RunRecord.Outcome

# From harmless to grave: a customer's outcome is the gravest of its parts'.
GRAVITY = {
    outcome: rank
    for rank, outcome in enumerate(
        (
            Outcome.UNCHANGED,
            Outcome.DIFFERS,
            Outcome.SKIPPED,
            Outcome.DEFAULTED,
            Outcome.UPDATED,
            Outcome.LINKED,
            Outcome.CREATED,
            Outcome.PARKED,
            Outcome.CONFLICT,
            Outcome.REVIEW,
            Outcome.REJECTED,
            Outcome.FAILED,
        )
    )
}


def gravest(outcomes: Iterable[str]) -> str:
    return max(outcomes, key=lambda outcome: GRAVITY[Outcome(outcome)], default=Outcome.UNCHANGED)


def record_for_customer(ctx: Context, customer: Customer, **values: Any) -> RunRecord:
    label = customer.name or customer.email
    return RunRecord(
        run=ctx.run, target=f"customer:{customer.remote_id}", customer=customer, label=label[:255], **values
    )


def record_for_business_central(ctx: Context, customer: BusinessCentralCustomer, **values: Any) -> RunRecord:
    return RunRecord(
        run=ctx.run,
        target=f"business-central:{customer.remote_id}",
        business_central_customer=customer,
        label=f"{customer.number} {customer.display_name}"[:255],
        **values,
    )


def part(name: str, outcome: str, reason: str = "", changes: Sequence[Sequence[Any]] = ()) -> dict[str, Any]:
    """One part of a customer in a record: core, main, ship-to:CODE, attributes, metafields ..."""
    return {"part": name, "outcome": outcome, "reason": reason, "changes": [list(change) for change in changes]}


def settle(record: RunRecord, outcome: str, reason: str = "") -> None:
    """The record is done."""
    record.state, record.outcome, record.at = State.DONE, outcome, timezone.now()
    if reason:
        record.reason = reason


def settle_error(record: RunRecord, error: VendorError) -> None:
    """The record is done, with what the vendor said: rejected when its owner must mend it, else failed."""
    settle(record, Outcome.REJECTED if isinstance(error, Rejected) else Outcome.FAILED, str(error))
    said = causes.facts(error)
    record.words, record.field, record.cause = said["words"], said["field"], said["cause"]


def raise_if_configuration(error: VendorError | None) -> None:
    """A refused token is the same for every customer: the run stops instead of failing each of them."""
    if isinstance(error, ConfigurationError):
        raise error


def write_planned(ctx: Context, records: Sequence[RunRecord], *, unchanged: int = 0, **fields: Any) -> None:
    """Insert records of the plan (planned ones and those already done) with their counts. Who is parked is held."""
    with transaction.atomic():
        for record in parking.hold(ctx.run, records):
            settle(record, Outcome.PARKED)
        insert_records(records)
        done = [record for record in records if record.state == State.DONE]
        ctx.count([record.outcome for record in done], unchanged=unchanged)
        ctx.run.to_do += len(records) - len(done)
        ctx.run.looked_at += len(records) + unchanged
        ctx.save("to_do", "looked_at", "counts", **fields)
        # A preview changes nothing, flags included.
        if ctx.run.mode == Run.Mode.APPLY:
            set_flags(ctx, done)


def insert_records(records: Sequence[RunRecord]) -> None:
    """New records; their keys are not read back."""
    now = timezone.now()
    attributes = [RunRecord._meta.get_field(name).attname for name in RECORD_COLUMNS]  # type: ignore[union-attr]
    rows = ([getattr(record, name) for name in attributes] + [text_of(record), now] for record in records)
    bulk.insert(RunRecord, [*RECORD_COLUMNS, "said", "at"], rows)


RECORD_COLUMNS = [
    "run",
    "target",
    "customer",
    "business_central_customer",
    "label",
    "state",
    "outcome",
    "reason",
    "words",
    "field",
    "cause",
    "plan",
    "parts",
]
RESULT_FIELDS = ["state", "outcome", "reason", "words", "field", "cause", "plan", "parts", "said", "at",
                 "customer", "business_central_customer"]  # fmt: skip


def write_results(ctx: Context, records: Sequence[RunRecord], **fields: Any) -> None:
    """Store what came back for records that were in flight; those still planned go back to the queue."""
    with transaction.atomic():
        RunRecord.objects.bulk_create(
            records, update_conflicts=True, unique_fields=["id"], update_fields=RESULT_FIELDS, batch_size=500
        )
        done = [record for record in records if record.state == State.DONE]
        ctx.count([record.outcome for record in done])
        ctx.run.to_do -= len(done)
        ctx.save("to_do", "counts", **fields)
        set_flags(ctx, done)


def take_planned(ctx: Context, size: int, **conditions: Any) -> list[RunRecord]:
    """The next records to apply (of those that fulfil the conditions), marked in flight before anything is sent."""
    planned = ctx.run.records.filter(state=State.PLANNED, **conditions).order_by("id")
    while pks := list(planned.values_list("pk", flat=True)[:size]):
        ctx.lease.renew()
        # Marked first, read then: who decides about one of these customers meanwhile is told that it is being sent.
        ctx.run.records.filter(pk__in=pks).update(state=State.IN_FLIGHT, at=timezone.now())
        rows = ctx.run.records.filter(pk__in=pks).select_related("customer", "business_central_customer")
        records = list(rows.order_by("id"))
        if left := _without_skipped(ctx, records):
            return left
    return []


def _without_skipped(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """A plan may be older than a decision: whom somebody skipped since is left alone, and said so."""
    skipped = [record for record in records if record.customer and record.customer.status == Customer.Status.SKIPPED]
    for record in skipped:
        settle(record, Outcome.SKIPPED, record.customer.status_reason if record.customer else "")
    if skipped:
        write_results(ctx, skipped)
    return [record for record in records if record not in skipped]


def in_flight(ctx: Context) -> list[RunRecord]:
    """What a worker that died had sent, or was about to."""
    left = ctx.run.records.filter(state=State.IN_FLIGHT).select_related("customer", "business_central_customer")
    return list(left.order_by("id"))
