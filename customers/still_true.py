"""Whether what a plan says is still true by the time it is applied."""

from collections.abc import Iterable

from django.utils import timezone

from customers import pending
from customers.context import Context
from customers.models import RunRecord
from customers.planning import PairPlan
from customers.records import settle, write_results

Outcome = RunRecord.Outcome
UNREADABLE = (
    "What BigCommerce says of this customer could not be read, so nothing was sent over it; it is tried again later."
)
NOTHING_LEFT = "What was planned is not needed any more; nothing was sent."


def changed_since(records: Iterable[RunRecord]) -> list[RunRecord]:
    """Records whose customer changed on either side since it was planned. Our own writes leave an empty hash."""
    changed = []
    for record in records:
        customer, business = record.customer, record.business_central_customer
        if customer is None or business is None or "sources" not in record.plan:
            continue
        theirs, ours = record.plan["sources"]
        gone = customer.gone_at or business.gone_at
        if gone or (customer.content_hash and customer.content_hash != theirs) or business.content_hash != ours:
            changed.append(record)
    return changed


def not_wanted(record: RunRecord, made: PairPlan) -> None:
    """Nothing of the plan was sent, and nothing is to be any more: the record says what it says now."""
    created = {name: record.plan[name] for name in ("created",) if name in record.plan}
    record.plan, record.parts = {**made.plan, **created}, made.parts
    record.reason = "; ".join(entry["reason"] for entry in made.parts if entry["reason"]) or NOTHING_LEFT


def still_linked(ctx: Context, records: list[RunRecord], links: set[int]) -> list[RunRecord]:
    """Somebody may have unmapped a pair since it was planned: nothing is sent for it."""
    gone = [record for record in records if record.plan["link"] not in links]
    for record in gone:
        settle(record, record.plan.get("created", Outcome.SKIPPED), "Not linked any more.")
    if gone:
        write_results(ctx, gone)
    return [record for record in records if record.plan["link"] in links]


def without_unread(ctx: Context, records: list[RunRecord], unread: list[RunRecord]) -> list[RunRecord]:
    """Whose shopper could not be read now is left alone, and compared again later."""
    for record in unread:
        settle(record, record.plan.get("created", Outcome.SKIPPED), UNREADABLE)
    if unread:
        write_results(ctx, unread)
        pending.again([record.plan["link"] for record in unread], timezone.now() + pending.AGAIN)
    return [record for record in records if record not in unread]
