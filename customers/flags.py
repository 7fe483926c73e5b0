"""Flags on top of a customer's status (failed, conflict), set from what a run found and cleared when it is mended."""

from collections.abc import Sequence

from customers.context import Context
from customers.models import Customer, RunRecord

Outcome = RunRecord.Outcome


def set_flags(ctx: Context, records: Sequence[RunRecord]) -> None:
    """Bring the flags of these records' customers in line with their outcomes."""
    done = [record for record in records if record.customer_id]
    customers = {row.pk: row for row in Customer.objects.filter(pk__in=[record.customer_id for record in done])}
    changed = []
    for record in done:
        customer = customers.get(record.customer_id or 0)
        if customer is None:
            continue
        failed = record.outcome in (Outcome.REJECTED, Outcome.FAILED)
        conflict = any(entry["outcome"] == Outcome.CONFLICT for entry in record.parts)
        reason = record.reason if failed or conflict else ""
        if (customer.failed, customer.conflict, customer.flag_reason) != (failed, conflict, reason):
            customer.failed, customer.conflict, customer.flag_reason = failed, conflict, reason
            changed.append(customer)
    Customer.objects.bulk_update(changed, ["failed", "conflict", "flag_reason"], batch_size=200)
