"""Try Mapping as chosen by a person in Review: links above a score, and shoppers to create, planned like any plan."""

from collections.abc import Iterable
from typing import Any

from customers import review
from customers.context import Context
from customers.creating_plan import Planner
from customers.deciding import name_of
from customers.default_customers import default_numbers, refusal
from customers.models import BusinessCentralCustomer, Customer, Decision, Link, RunRecord
from customers.records import record_for_customer, settle, write_planned
from customers.shopper import with_details

Outcome, State, Status = RunRecord.Outcome, RunRecord.State, Customer.Status
CHUNK = 100
DECIDED = "Somebody decided about this customer meanwhile."
# What a person decides about who somebody is.
WHO_IT_IS = (Decision.Kind.MAP, Decision.Kind.UNMAP, Decision.Kind.SKIP, Decision.Kind.UNSKIP)


def chosen(scope: dict[str, Any]) -> bool:
    """Whether a run's scope holds choices: "above" a score, "chosen" [[customer, Business Central customer, score]] or
    "create" [pk].
    """
    return any(name in scope for name in ("above", "chosen", "create"))


def plan(ctx: Context) -> None:
    """Plan exactly what was chosen; whom somebody decided about since is left alone."""
    links = {int(pk): (int(other), int(points)) for pk, other, points in ctx.run.scope.get("chosen", ())}
    if "above" in ctx.run.scope:
        links |= review.above(ctx.store, int(ctx.run.scope["above"]), ctx.lease.renew)
    pks = sorted({*links, *ctx.run.scope.get("create", ())})
    planner = Planner(ctx)
    for start in range(0, len(pks), CHUNK):
        rows = Customer.objects.filter(store=ctx.store, gone_at=None, pk__in=pks[start : start + CHUNK])
        customers = list(with_details(rows.order_by("pk")))
        others = BusinessCentralCustomer.objects.filter(company=ctx.company, gone_at=None)
        business = {row.pk: row for row in others.filter(pk__in=[links[c.pk][0] for c in customers if c.pk in links])}
        linked = set(Link.objects.filter(customer__in=customers).values_list("customer_id", flat=True))
        records = []
        for customer in customers:
            record = record_for_customer(ctx, customer)
            if customer.pk in linked or customer.status == Status.SKIPPED:
                settle(record, Outcome.SKIPPED, DECIDED)
            elif customer.pk in links:
                other, points = links[customer.pk]
                _link(ctx, record, business.get(other), points)
            else:
                _create(ctx, planner, record, customer)
            records.append(record)
        write_planned(ctx, records)


def decided_since(ctx: Context, records: Iterable[RunRecord]) -> list[RunRecord]:
    """The records of whose customer somebody decided since this plan was made, settled: the newer word counts."""
    records = list(records)
    decisions = Decision.objects.filter(customer__in=[record.customer_id for record in records], kind__in=WHO_IT_IS)
    since = ctx.run.started_at or ctx.run.created_at
    decided = set(decisions.filter(at__gt=since).values_list("customer_id", flat=True))
    found = [record for record in records if record.customer_id in decided]
    for record in found:
        settle(record, Outcome.SKIPPED, DECIDED)
    return found


def _link(ctx: Context, record: RunRecord, other: BusinessCentralCustomer | None, points: int) -> None:
    if other is None:
        settle(record, Outcome.SKIPPED, "The Business Central customer is gone.")
        return
    if other.number in default_numbers(ctx.store):
        settle(record, Outcome.SKIPPED, refusal(other.number))
        return
    record.outcome, record.business_central_customer = Outcome.LINKED, other
    record.reason = f"Chosen in Review by {name_of(ctx.run.user)} with a score of {points} of 100."
    record.plan = {"link": str(other.remote_id), "rule": "by hand", "value": other.number}


def _create(ctx: Context, planner: Planner, record: RunRecord, customer: Customer) -> None:
    """The person saw the candidates and says that none is right, so neither the switch nor a known e-mail stops it."""
    planner.plan(record, customer, f"Chosen in Review by {name_of(ctx.run.user)}.", chosen=True)
    if record.state == State.DONE:
        return
    if "create" in record.plan:
        record.plan["chosen"] = True
    else:
        settle(record, Outcome.SKIPPED, record.reason)
