"""Whom a change of the set-up touches: what each job would do of a customer, before and after. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from customers.business_central_mirror import record_of
from customers.context import Context
from customers.creating_plan import Planner
from customers.lease import Lease
from customers.models import BusinessCentralCustomer, Customer, Link, Run, RunRecord
from customers.naming import index_naming
from customers.planning import pairs, plan_pair
from customers.setup_trial import reread, under
from customers.shopper import for_matching, linked_in, with_details
from customers.store_definitions import Definitions, definitions_of
from mapping.evaluate import evaluate
from mapping.match import Decision, match
from mapping.readiness import readiness
from mapping.setup_parts import Setup
from stores.models import Store

# Comparing takes two plans per customer: beyond so many the answer is of the first ones and says so.
MOST_COMPARED = 5_000
MOST_MATCHED = 2_000
CHUNK = 200


@dataclass
class Reach:
    """Of one job: customers that it would treat otherwise after the change. total: all that it could be about."""

    job: str
    total: int = 0
    looked_at: int = 0
    touched: list[int] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.looked_at >= self.total

    @property
    def numbers(self) -> dict[str, Any]:
        """JSON-able: how many instead of who."""
        return {
            "job": str(self.job),
            "total": self.total,
            "looked_at": self.looked_at,
            "touched": len(self.touched),
            "complete": self.complete,
        }


def effect(store: Store, before: Setup, after: Setup) -> list[Reach]:
    """Reach per job that the change concerns at all: Update, Try Mapping, Add Customers."""
    old, new = definitions_of(store, before), definitions_of(store, after)
    codes = before.country_iso != after.country_iso
    maps = (old.rows, old.facts) != (new.rows, new.facts)
    found = []
    if maps:
        found.append(_updates(store, old, new))
    if codes or (before.rules, before.templates, before.groups) != (after.rules, after.templates, after.groups):
        found.append(_mappings(store, old, new))
    if set(before.required) != set(after.required):
        found.append(_readiness(store, old, new))
    elif maps and (reach := _readiness(store, old, new)).touched:
        # Any row may take a customer's readiness; said only where it does.
        found.append(reach)
    return found


def _updates(store: Store, old: Definitions, new: Definitions) -> Reach:
    links = pairs(store).filter(business_central_customer__gone_at=None, customer__gone_at=None).order_by("pk")
    reach = Reach(Run.Kind.UPDATE_CUSTOMERS, links.count())
    tables = (old.setup.country_iso, new.setup.country_iso)
    for link in islice(links.iterator(CHUNK), MOST_COMPARED):
        reach.looked_at += 1
        if _sent(store, old, link, *tables) != _sent(store, new, link, *tables):
            reach.touched.append(link.customer_id)
    return reach


def _sent(store: Store, defined: Definitions, link: Link, *tables: Mapping[str, str]) -> Any:
    """What an Update would send of this pair, and what it would refuse."""
    now = link.business_central_customer
    link.business_central_customer = reread(now, store, defined.setup, *tables)
    made = plan_pair(store, defined, link)
    link.business_central_customer = now
    return made.plan, [part for part in made.parts if part["outcome"] == "rejected"]


def _mappings(store: Store, old: Definitions, new: Definitions) -> Reach:
    """Unlinked shoppers of whom Try Mapping would decide otherwise, or whom it would create otherwise."""
    rows = Customer.objects.filter(store=store, gone_at=None, link=None).exclude(status=Customer.Status.SKIPPED)
    reach = Reach(Run.Kind.TRY_MAPPING, rows.count())
    customers = list(with_details(rows.order_by("pk"))[:MOST_MATCHED])
    reach.looked_at = len(customers)
    mine = list(for_matching(customers, store))
    index = index_naming(store, mine, [*old.setup.rules, *new.setup.rules])
    linked = linked_in(store, index.ids)
    before, after = (_decided(store, defined, customers, match(mine, index, defined.setup.rules, linked))
                     for defined in (old, new))  # fmt: skip
    reach.touched = [customer.pk for customer in customers if before[customer.pk] != after[customer.pk]]
    return reach


def _decided(
    store: Store, defined: Definitions, customers: list[Customer], decisions: Mapping[str, Decision]
) -> dict[int, Any]:
    """Shopper -> what Try Mapping would do: whom it links, or what the job's own planner makes of an unknown one."""
    run = Run(store=under(store, defined.setup), scope={}, mode=Run.Mode.PLAN)
    ctx = Context(run, cast(Lease, None))
    ctx.definitions = defined
    planner = Planner(ctx)
    found: dict[int, Any] = {}
    for customer in customers:
        decision = decisions.get(str(customer.pk))
        if decision is None or decision.kind != "none":
            found[customer.pk] = decision and (decision.kind, decision.business_central_id)
            continue
        record = RunRecord(customer=customer)
        planner.plan(record, customer, "")
        parts = [part for part in record.parts if part["outcome"] == RunRecord.Outcome.REJECTED]
        found[customer.pk] = (record.outcome, record.plan, parts)
    return found


def _readiness(store: Store, old: Definitions, new: Definitions) -> Reach:
    """Business Central customers, not linked in this store, that are ready under one set-up and not under the other."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).exclude(links__store=store)
    reach = Reach(Run.Kind.ADD_CUSTOMERS, rows.count())
    tables = (old.setup.country_iso, new.setup.country_iso)
    for row in islice(rows.order_by("pk").iterator(CHUNK), MOST_COMPARED):
        reach.looked_at += 1
        if _ready(store, row, old, *tables) != _ready(store, row, new, *tables):
            reach.touched.append(row.pk)
    return reach


def _ready(store: Store, row: BusinessCentralCustomer, defined: Definitions, *tables: Mapping[str, str]) -> bool:
    record = record_of(reread(row, store, defined.setup, *tables))
    target = evaluate(record, defined.facts, defined.rows)
    return not readiness(record, target, defined.facts, defined.setup.required)
