"""What the set-up makes of one customer, from either side, and exactly what would be sent. Nothing is written.

The jobs' own functions are asked: plan_pair, Adding, Planner, match; so what is shown is what is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from bcsync.clients.business_central_record import BusinessCentralRecord
from customers import writing_back
from customers.adding import Adding, create_item
from customers.business_central_mirror import record_of
from customers.context import Context
from customers.creating_plan import Planner, shopper_of
from customers.lease import Lease
from customers.models import BusinessCentralCustomer, Customer, Link, Run, RunRecord
from customers.naming import index_naming
from customers.planning import pairs, plan_pair
from customers.search import begins, like
from customers.selection import shoppers
from customers.sending import calls
from customers.setup_trial import reread, under
from customers.shopper import for_matching, linked_in, name_of, with_details
from customers.store_definitions import Definitions, definitions_of
from mapping.country_codes import earlier
from mapping.explain import ConsideredRule, ConsideredTemplate, Traced, explain_rules, explain_templates, trace
from mapping.match import Decision, match
from mapping.setup_parts import Setup
from mapping.template import TemplateRow
from stores.models import Store

FOUND_PER_SIDE = 6
# Others may claim the same customer; beyond so many unlinked shoppers that is left to Try Mapping itself.
MOST_MATCHED = 100


@dataclass(frozen=True)
class Request:
    """One call: BigCommerce or Business Central, method and path, and the item it carries."""

    vendor: str
    call: str
    item: dict[str, Any]


@dataclass
class Preview:
    """outcome and reasons: what the job would say. job: which one it is. traced: every row with input and output.

    kept: sentences about what stays as it is (owner, blank, conflict).
    """

    job: str
    shopper: Customer | None = None
    business: BusinessCentralCustomer | None = None
    outcome: str = ""
    reasons: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    traced: list[Traced] = field(default_factory=list)
    templates: list[ConsideredTemplate] = field(default_factory=list)
    template: str = ""
    rules: list[ConsideredRule] = field(default_factory=list)
    match: str = ""


def find(store: Store, text: str) -> list[tuple[str, str, str]]:
    """(key, name, what it is) of customers of both sides by name, e-mail or number; linked ones once."""
    words = " ".join(text.replace("\0", "").split())[:100]
    if not words:
        return []
    found = [
        (f"c{row.pk}", f"{row} · {row.email}", row.get_status_display())
        for row in shoppers(store, {"search": words}).order_by("last_name", "pk")[:FOUND_PER_SIDE]
    ]
    others = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).exclude(links__store=store)
    wanted = begins("number", words) | like("display_name", words) | like("email", words)
    return found + [
        (f"b{row.pk}", str(row), "in Business Central only")
        for row in others.filter(wanted).order_by("number")[:FOUND_PER_SIDE]
    ]


def chosen(store: Store, key: str) -> tuple[Customer | None, BusinessCentralCustomer | None]:
    """The customer of a key of `find`; the first linked one, or the first of all, when there is none of that key."""
    side, number = key[:1], key[1:]
    pk = int(number) if number.isdecimal() and len(number) < 19 else 0
    mine = Customer.objects.filter(store=store, gone_at=None)
    others = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    if side == "b" and (business := others.filter(pk=pk).first()):
        link = Link.objects.filter(store=store, business_central_customer=business).first()
        return (link.customer if link else None), business
    shopper = mine.filter(pk=pk).first() if side == "c" else None
    shopper = shopper or mine.filter(status=Customer.Status.LINKED).order_by("pk").first()
    return shopper, None if shopper else others.order_by("number").first()


def preview(store: Store, setup: Setup, shopper: Customer | None, business: BusinessCentralCustomer | None) -> Preview:
    """What the jobs would do with this customer under this set-up."""
    defined = definitions_of(store, setup)
    link = pairs(store).filter(customer=shopper).first() if shopper else None
    tables = earlier(store.company)
    if link is not None:
        link.business_central_customer = reread(link.business_central_customer, store, setup, *tables)
        made = _pair(store, defined, link)
    elif business is not None:
        made = _adding(store, defined, reread(business, store, setup, *tables))
    else:
        made = Preview("Try Mapping")
    if shopper is not None:
        _shopper(store, defined, made, shopper, linked=link is not None)
    return made


def _context(store: Store, defined: Definitions) -> Context:
    """What the jobs' functions look at; the run is never saved and no lease is taken, so nothing can be written."""
    ctx = Context(Run(store=under(store, defined.setup), scope={}, mode=Run.Mode.PLAN), cast(Lease, None))
    ctx.definitions = defined
    return ctx


def _traced(record: BusinessCentralRecord, defined: Definitions) -> list[Traced]:
    return trace(record, defined.facts, defined.rows)


def _pair(store: Store, defined: Definitions, link: Link) -> Preview:
    """A linked pair: what Update would send."""
    planned = plan_pair(store, defined, link)
    record = RunRecord(plan=planned.plan)
    said = [part["reason"] for part in planned.parts if part["reason"]]
    refused = [part["reason"] for part in planned.parts if part["outcome"] == RunRecord.Outcome.REJECTED]
    return Preview(
        "Update", link.customer, link.business_central_customer, planned.outcome, refused,
        [words for words in said if words not in refused],
        [
            *(Request("Business Central", call, item) for call, item in writing_back.calls(planned.plan)),
            *(Request("BigCommerce", call, item) for call, item in calls(_context(store, defined), [record])),
        ],
        _traced(record_of(link.business_central_customer), defined),
    )  # fmt: skip


def _adding(store: Store, defined: Definitions, business: BusinessCentralCustomer) -> Preview:
    """Only in Business Central: what Add Customers would do."""
    verdict = Adding(store, defined).judge([business])[0]
    made = Preview("Add Customers", None, business, verdict.kind, verdict.reasons)
    made.traced = _traced(record_of(business), defined)
    if verdict.kind == "ready":
        item = create_item(verdict.target, _context(store, defined))
        made.requests.append(Request("BigCommerce", "POST /v3/customers", item))
    return made


def _shopper(store: Store, defined: Definitions, made: Preview, shopper: Customer, *, linked: bool) -> None:
    """Which template and which rules are for this shopper; for one that is not linked, what Try Mapping would do."""
    customer = with_details(Customer.objects.filter(pk=shopper.pk).select_related("link")).get()
    made.shopper = customer
    templates = defined.setup.templates or (TemplateRow(),)
    made.templates, made.template = explain_templates(templates, shopper_of(customer, store))
    mine = next(iter(for_matching([customer], store)))
    index = index_naming(store, [mine], defined.setup.rules)
    made.rules = explain_rules(mine, index, defined.setup.rules)
    if linked:
        made.match = f"Linked already: {customer.link.why or customer.link.rule}"
        return
    everybody, alone = _undecided(store, customer)
    undecided = list(for_matching(everybody, store))
    index = index_naming(store, undecided, defined.setup.rules)
    decision = match(undecided, index, defined.setup.rules, linked_in(store, index.ids), name_of).get(str(customer.pk))
    if decision is None:
        made.match, made.outcome = "Skipped: the jobs leave this shopper alone.", "skipped"
        return
    alone_note = " Whether another shopper claims the same customer is looked at by Try Mapping." if alone else ""
    made.match = decision.reason + alone_note
    _mapping(store, defined, made, customer, decision)


def _undecided(store: Store, customer: Customer) -> tuple[Sequence[Customer], bool]:
    """Every shopper that Try Mapping matches together; only this one, and True, where they are too many to wait for."""
    rows = Customer.objects.filter(store=store, gone_at=None, link=None).exclude(status=Customer.Status.SKIPPED)
    if rows[: MOST_MATCHED + 1].count() <= MOST_MATCHED:
        return list(with_details(rows.order_by("pk"))), False
    return list(with_details(rows.filter(pk=customer.pk))), True


def _mapping(store: Store, defined: Definitions, made: Preview, customer: Customer, decision: Decision) -> None:
    """What Try Mapping would do after this decision."""
    made.outcome = decision.kind
    if decision.kind == "linked":
        rows = BusinessCentralCustomer.objects.filter(company=store.company)
        made.business = rows.filter(remote_id=decision.business_central_id).first()
    if decision.kind != "none":
        return
    record = RunRecord(customer=customer)
    Planner(_context(store, defined), [customer.email_key]).plan(record, customer, decision.reason)
    made.outcome, made.match = record.outcome or "review", record.reason or decision.reason
    made.reasons = [part["reason"] for part in record.parts if part["outcome"] == RunRecord.Outcome.REJECTED]
    if "create" in record.plan:
        made.requests.append(Request("Business Central", "POST /customers", record.plan["create"]))
    if record.plan.get("card"):
        made.requests.append(Request("Business Central", "PATCH the published Customer Card", record.plan["card"]))
