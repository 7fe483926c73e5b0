"""Judging Business Central customers for Add Customers: ready, not ready and why, already linked, or for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q, prefetch_related_objects

from customers.business_central_mirror import record_of
from customers.claims import Claimant, Unlinked, sentence
from customers.context import Context
from customers.deciding import name_of, refusal
from customers.gone import why_resting
from customers.models import BusinessCentralCustomer, Customer, LeftOut, Link, RunRecord
from customers.planning import only_tracking, plan_pair
from customers.records import part, record_for_business_central, settle
from customers.shopper import for_matching, index_of, with_details
from customers.store_definitions import Definitions, definitions
from mapping.evaluate import AddressTarget, Target, evaluate
from mapping.match import BusinessCentralIndex, EmailDecision, Shopper, email_decision, hits_of
from mapping.readiness import readiness, ship_to_readiness
from stores.models import Store
from stores.written import kept

NESTED = 10
Outcome = RunRecord.Outcome


@dataclass
class Verdict:
    """kind: ready, not ready, already linked, link or review. reasons: sentences.

    concerned: unlinked shoppers who may be this customer; they are for a person too. code: why it is for a person, or
    left out although its data is complete: shared-email, email-linked, email-disagrees, refused-pair, claimed,
    shopper-skipped, left-out.
    """

    row: BusinessCentralCustomer
    kind: str
    reasons: list[str] = field(default_factory=list)
    target: Target | None = None
    shopper: Customer | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)
    concerned: list[Customer] = field(default_factory=list)
    code: str = ""


class Adding:
    """Judges customers of a store's company, a chunk at a time with a fixed number of queries.

    unlinked: the shoppers who may be one of them; all of the store's where it is not given.
    """

    def __init__(self, store: Store, defined: Definitions | None = None, unlinked: Unlinked | None = None) -> None:
        self.store = store
        self.defined = defined or definitions(store)
        self._unlinked = unlinked
        self.facts = self.defined.facts
        self.rules = self.defined.setup.rules
        templates = self.defined.setup.templates
        self.defaults = {store.default_customer_number, *(row.default_customer_number for row in templates)} - {""}

    @cached_property
    def index(self) -> BusinessCentralIndex:
        """Built only when an e-mail is in the store already."""
        return index_of(self.store)

    @cached_property
    def unlinked(self) -> Unlinked:
        """Read when somebody is judged for the first time."""
        return self._unlinked or Unlinked(self.store, self.rules)

    def judge(self, rows: Sequence[BusinessCentralCustomer]) -> list[Verdict]:
        prefetch_related_objects(rows, "phones")
        links = Link.objects.filter(store=self.store, business_central_customer__in=rows)
        links = links.select_related("customer", "business_central_customer").only(
            "store", "business_central_customer__number", "business_central_customer__gone_at",
            "business_central_customer__blocked", "customer__email", "customer__gone_at",
        )  # fmt: skip
        for link in links:
            link.store = self.store
        linked = {link.business_central_customer_id: why_resting(link) for link in links}
        left_out = self._left_out(rows)
        keys = {row.email_key for row in rows} - {""}
        sharing = self._sharing(keys)
        shoppers = self._shoppers(keys)
        free = [row for row in rows if row.pk not in linked and row.pk not in left_out]
        claimed = self.unlinked.of(free)
        judged = {row.pk: self._heed(self._judge(row, sharing, shoppers), claimed.get(row.pk, ())) for row in free}
        judged |= {row.pk: self._leave(row, left_out[row.pk]) for row in rows if row.pk in left_out}
        return [_linked(row, linked[row.pk]) if row.pk in linked else judged[row.pk] for row in rows]

    def _left_out(self, rows: Sequence[BusinessCentralCustomer]) -> dict[int, LeftOut]:
        found = LeftOut.objects.filter(decided_out(), store=self.store, business_central_customer__in=rows)
        return {each.business_central_customer_id: each for each in found.select_related("user")}

    def _leave(self, row: BusinessCentralCustomer, left: LeftOut) -> Verdict:
        """Somebody decided; what else is missing is said first, as for everybody."""
        verdict = self._judge(row, {}, {})
        if verdict.kind == "not ready":
            return verdict
        said = f"Left out of this store by {name_of(left.user)} on {kept(left.at)}: {left.reason}"
        return Verdict(row, "not ready", [said], verdict.target, code="left-out")

    def _heed(self, verdict: Verdict, claimants: Sequence[Claimant]) -> Verdict:
        """Whom a rule or an open review names for another shopper than the one with the e-mail is for a person."""
        others = [each for each in claimants if verdict.shopper is None or each.customer.pk != verdict.shopper.pk]
        if not others or verdict.kind not in ("ready", "link", "review"):
            return verdict
        reasons = verdict.reasons if verdict.kind == "review" else []
        said = [*reasons, sentence(verdict.row, others)]
        shoppers, code = [each.customer for each in others], verdict.code or "claimed"
        return Verdict(verdict.row, "review", said, verdict.target, verdict.shopper, concerned=shoppers, code=code)

    def _sharing(self, keys: set[str]) -> dict[str, int]:
        everybody = BusinessCentralCustomer.objects.filter(company=self.store.company, gone_at=None, email_key__in=keys)
        out = LeftOut.objects.filter(decided_out(), store=self.store, business_central_customer__email_key__in=keys)
        # Who was left out does not share any more, but whoever has a shopper here still does.
        out = out.exclude(business_central_customer__links__store=self.store)
        everybody = everybody.exclude(pk__in=out.values("business_central_customer"))
        counted = everybody.values("email_key").annotate(number=Count("pk")).order_by()
        return {row["email_key"]: row["number"] for row in counted}

    def _shoppers(self, keys: set[str]) -> dict[str, tuple[Customer, Shopper]]:
        rows = Customer.objects.filter(store=self.store, gone_at=None, email_key__in=keys)
        rows = rows.select_related("link__business_central_customer").prefetch_related("refused_pairs__user")
        customers = list(with_details(rows))
        found = {}
        for customer, shopper in zip(customers, for_matching(customers, self.store), strict=True):
            found[customer.email_key] = (customer, shopper)
        return found

    def _judge(
        self, row: BusinessCentralCustomer, sharing: dict[str, int], shoppers: dict[str, tuple[Customer, Shopper]]
    ) -> Verdict:
        if row.number in self.defaults:
            return Verdict(row, "not ready", ["It is the default customer that shoppers are assigned to."])
        record = record_of(row)
        target = evaluate(record, self.facts, self.defined.rows)
        reasons = [str(reason) for reason in readiness(record, target, self.facts, self.defined.setup.required)]
        if reasons:
            return Verdict(row, "not ready", reasons, target)
        customer, shopper = shoppers.get(row.email_key, (None, None))
        if customer is not None and customer.status == Customer.Status.SKIPPED:
            why = customer.status_reason or "by an operator"
            said = [f"The shopper with this e-mail is skipped: {why}"]
            return Verdict(row, "not ready", said, target, code="shopper-skipped")
        decision = self._email(row, customer, shopper, sharing)
        known = customer.refused_pairs.all() if customer is not None and decision.kind == "link" else ()
        for pair in (pair for pair in known if pair.business_central_customer_id == row.pk):
            said = [f"{decision.reason} But {refusal(pair)}"]
            return Verdict(row, "review", said, target, customer, code="refused-pair")
        if decision.kind == "create":
            return Verdict(row, "ready", self._ship_to(row, target), target, parts=self._parts(target))
        return Verdict(
            row, decision.kind, [decision.reason], target, customer, code=_code(decision, row, customer, sharing)
        )

    def _email(
        self, row: BusinessCentralCustomer, customer: Customer | None, shopper: Shopper | None, sharing: dict[str, int]
    ) -> EmailDecision:
        hits = hits_of(shopper, self.index, self.rules) if shopper is not None else ()
        known = None
        if customer is not None and shopper is not None:
            link = getattr(customer, "link", None)
            linked_to = str(link.business_central_customer.remote_id) if link else ""
            known = Shopper(key=shopper.key, emails=shopper.emails, name=shopper.name, linked_to=linked_to)
        return email_decision(row.email_key, known, sharing.get(row.email_key, 1), str(row.remote_id), hits)

    def _ship_to(self, row: BusinessCentralCustomer, target: Target) -> list[str]:
        """A ship-to address that is not ready is skipped alone; here are the reasons."""
        found = ship_to_readiness(record_of(row), target, self.facts)
        return [f"{source} skipped: {', '.join(map(str, why))}" for source, why in found.items()]

    def _parts(self, target: Target) -> list[dict[str, Any]]:
        """What creating would send, as parts to show."""
        parts = [part("core", Outcome.CREATED, "", [(name, None, value) for name, value in target.core.items()])]
        for address in sendable(target):
            shown = [(name, None, value) for name, value in address.values.items() if value]
            parts.append(part(f"address {address.source}", Outcome.CREATED, "", shown))
        attributes = [(name, None, value) for name, value in target.attributes.items() if value]
        if attributes:
            parts.append(part("attributes", Outcome.CREATED, "", attributes))
        tracking = [(f"{space}.{key}", None, value) for (space, key), value in target.metafields.items()]
        return [*parts, part("metafields", Outcome.CREATED, "", tracking)]


def _code(
    decision: EmailDecision, row: BusinessCentralCustomer, customer: Customer | None, sharing: dict[str, int]
) -> str:
    if decision.kind != "review":
        return ""
    if sharing.get(row.email_key, 1) > 1:
        return "shared-email"
    return "email-linked" if customer is not None and hasattr(customer, "link") else "email-disagrees"


def decided_out() -> Q:
    """Of what was decided about single customers that which still holds."""
    return Q(email_key="") | Q(email_key=F("business_central_customer__email_key"))


def _linked(row: BusinessCentralCustomer, resting: str) -> Verdict:
    """A customer who has a shopper, or had one: who was deleted in the store is not made again by itself."""
    return Verdict(row, "not ready", [resting]) if resting else Verdict(row, "already linked")


def sendable(target: Target) -> list[AddressTarget]:
    """The addresses that can go; the others are skipped alone, with their reasons."""
    ready = [a for a in target.addresses.values() if not any(issue.rejects(creating=True) for issue in a.issues)]
    return sorted(ready, key=lambda address: (address.source != "main", address.source))


def create_item(target: Target | None, ctx: Context) -> dict[str, Any]:
    """The body of one customer for POST /v3/customers: core, up to ten addresses, attributes, form fields, storefront.

    https://developer.bigcommerce.com/docs/rest-management/customers
    """
    assert target is not None
    item: dict[str, Any] = {name: value for name, value in target.core.items() if value not in ("", None)}
    addresses = [dict(address.values) for address in sendable(target)[:NESTED]]
    if addresses:
        item["addresses"] = addresses
    attributes = [{"name": name, "attribute_value": value} for name, value in target.attributes.items() if value]
    if attributes:
        item["attributes"] = attributes[:NESTED]
    if target.form_fields:
        item["form_fields"] = [{"name": name, "value": value} for name, value in target.form_fields.items()]
    if channel := ctx.run.scope.get("channel_id"):
        item["origin_channel_id"], item["channel_ids"] = channel, [channel]
    item["trigger_account_created_notification"] = bool(ctx.run.scope.get("welcome_email"))
    return item


def finish_plan(ctx: Context, link: Link, record: RunRecord, outcome: str) -> None:
    """Plan what is left for a customer that exists now: after a create everything that differs, after linking by
    e-mail only the tracking metafields: the shopper's own values wait for an Update that somebody approves.
    """
    made = plan_pair(ctx.store, ctx.definitions, link)
    if outcome == Outcome.LINKED:
        made = only_tracking(made)
        record.parts = [part("core", outcome, record.reason), *made.parts]
    record.plan = {**made.plan, "created": outcome}
    record.plan.pop("sources", None)
    for change in record.plan.get("addresses", ()):
        # Equal addresses of a customer that we made a moment ago are those that went along with it.
        change["ours"] = change["action"] == "adopt"


def record_for_verdict(ctx: Context, verdict: Verdict) -> RunRecord:
    """The run record of a verdict: done where nothing is to be sent, else planned."""
    record = record_for_business_central(ctx, verdict.row, reason="; ".join(verdict.reasons), parts=verdict.parts)
    if verdict.kind == "not ready":
        settle(record, Outcome.SKIPPED)
    elif verdict.kind == "review":
        record.outcome, record.plan = Outcome.REVIEW, {"review": True}
        record.customer = verdict.shopper
        if verdict.concerned:
            record.plan["concerned"] = [customer.pk for customer in verdict.concerned]
    elif verdict.kind == "link":
        record.outcome, record.plan, record.customer = Outcome.LINKED, {"link_email": True}, verdict.shopper
    else:
        record.outcome = Outcome.CREATED
        record.plan = {"create": create_item(verdict.target, ctx), "hash": verdict.row.content_hash}
    return record
