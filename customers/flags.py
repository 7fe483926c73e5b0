"""Flags on top of a customer's status (failed, conflict), set from what a run found and cleared when it is mended."""

from collections.abc import Iterable, Sequence

from customers import conflicts
from customers.context import Context
from customers.models import Customer, Run, RunRecord, Trouble

Outcome = RunRecord.Outcome


FLAGS = ["failed", "conflict", "flag_reason"]


def set_flags(ctx: Context, records: Sequence[RunRecord]) -> None:
    """Bring the flags of these records' customers in line with their outcomes. Reading a customer mends nothing."""
    if ctx.run.kind == Run.Kind.IMPORT_CUSTOMERS:
        return
    # Parking keeps its own flag and reason.
    done = [record for record in records if record.customer_id and record.outcome != Outcome.PARKED]
    if not done:
        return
    customers = {row.pk: row for row in Customer.objects.filter(pk__in=[record.customer_id for record in done])}
    changed, in_conflict = [], conflicts.open_among(customers)
    for record in done:
        customer = customers.get(record.customer_id or 0)
        if customer is None:
            continue
        failed = record.outcome in (Outcome.REJECTED, Outcome.FAILED)
        conflict = customer.pk in in_conflict
        said = any(entry["outcome"] == Outcome.CONFLICT for entry in record.parts)
        reason = record.reason if failed or said else customer.flag_reason if conflict else ""
        if (customer.failed, customer.conflict, customer.flag_reason) != (failed, conflict, reason):
            customer.failed, customer.conflict, customer.flag_reason = failed, conflict, reason
            changed.append(customer)
    Customer.objects.bulk_update(changed, FLAGS, batch_size=200)


def clear_flags(customers: Iterable[Customer]) -> None:
    """Both sides of these customers agree: what had failed is mended. A conflict stays until somebody settles it."""
    flagged = [customer.pk for customer in customers if customer.failed or customer.conflict or customer.parked]
    if flagged:
        Trouble.objects.filter(customer__in=flagged).delete()
        rows, still = Customer.objects.filter(pk__in=flagged), conflicts.open_among(flagged)
        rows.exclude(pk__in=still).update(failed=False, conflict=False, parked=False, flag_reason="")
        rows.filter(pk__in=still).update(failed=False, parked=False)
