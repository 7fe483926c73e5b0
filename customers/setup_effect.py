"""Whom a change of the set-up touches: what each job would do of a customer, before and after. Nothing is written."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from customers.business_central_mirror import record_of
from customers.creating_plan import shopper_of
from customers.models import BusinessCentralCustomer, Customer, Link, Run
from customers.planning import pairs, plan_pair
from customers.shopper import for_matching, index_of, linked_in, with_details
from customers.store_definitions import Definitions, definitions_of
from mapping.evaluate import evaluate
from mapping.match import match
from mapping.readiness import readiness
from mapping.setup_parts import Setup
from mapping.template import TemplateRow, choose
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
    found = []
    if (old.rows, old.facts) != (new.rows, new.facts):
        found.append(_updates(store, old, new))
    if (before.rules, before.templates, before.groups) != (after.rules, after.templates, after.groups):
        found.append(_mappings(store, before, after))
    if set(before.required) != set(after.required):
        found.append(_readiness(store, old, new))
    return found


def _updates(store: Store, old: Definitions, new: Definitions) -> Reach:
    links = pairs(store).filter(business_central_customer__gone_at=None, customer__gone_at=None).order_by("pk")
    reach = Reach(Run.Kind.UPDATE_CUSTOMERS, links.count())
    for link in islice(links.iterator(CHUNK), MOST_COMPARED):
        reach.looked_at += 1
        if _sent(store, old, link) != _sent(store, new, link):
            reach.touched.append(link.customer_id)
    return reach


def _sent(store: Store, defined: Definitions, link: Link) -> Any:
    """What an Update would send of this pair, and what it would refuse."""
    made = plan_pair(store, defined, link)
    return made.plan, [part for part in made.parts if part["outcome"] == "rejected"]


def _mappings(store: Store, before: Setup, after: Setup) -> Reach:
    """Unlinked shoppers whose counterpart, or whose template, would be another one."""
    rows = Customer.objects.filter(store=store, gone_at=None, link=None).exclude(status=Customer.Status.SKIPPED)
    reach = Reach(Run.Kind.TRY_MAPPING, rows.count())
    customers = list(with_details(rows.order_by("pk"))[:MOST_MATCHED])
    reach.looked_at = len(customers)
    index, linked = index_of(store.company), linked_in(store)
    mine = list(for_matching(customers, store))
    old, new = (match(mine, index, setup.rules, linked) for setup in (before, after))
    for customer in customers:
        key = str(customer.pk)
        same_pair = (old[key].kind, old[key].business_central_id) == (new[key].kind, new[key].business_central_id)
        created = [_created(store, setup, customer) for setup in (before, after)] if new[key].kind == "none" else [0, 0]
        if not same_pair or created[0] != created[1]:
            reach.touched.append(customer.pk)
    return reach


def _created(store: Store, setup: Setup, customer: Customer) -> Any:
    """What decides of a customer that would be created: its template and what its group stands for."""
    template, _ = choose(setup.templates or (TemplateRow(),), shopper_of(customer, store))
    return template, setup.group_values(customer.group_remote_id)


def _readiness(store: Store, old: Definitions, new: Definitions) -> Reach:
    """Business Central customers, not linked in this store, that are ready under one set-up and not under the other."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).exclude(links__store=store)
    reach = Reach(Run.Kind.ADD_CUSTOMERS, rows.count())
    for row in islice(rows.order_by("pk").iterator(CHUNK), MOST_COMPARED):
        reach.looked_at += 1
        if _ready(row, old) != _ready(row, new):
            reach.touched.append(row.pk)
    return reach


def _ready(row: BusinessCentralCustomer, defined: Definitions) -> bool:
    record = record_of(row)
    target = evaluate(record, defined.facts, defined.rows)
    return not readiness(record, target, defined.facts, defined.setup.required)
