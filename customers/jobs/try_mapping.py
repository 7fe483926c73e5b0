"""Try Mapping: finds each shopper's Business Central customer by the match rules; else creates it or assigns a default.

All enabled rules are evaluated over the whole store before anything is linked, so the order of customers never matters.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from customers import business_central_changes, business_central_mirror, choosing, creating, review
from customers.context import Context
from customers.creating_plan import Planner
from customers.deciding import refusal, refused_pairs
from customers.gone import shopper_is_gone
from customers.linking import NewLink, make_links, save_standing, stand, standing_of
from customers.models import BusinessCentralCustomer, Customer, Link, RefusedPair, RunRecord
from customers.records import in_flight, record_for_customer, settle, take_planned, write_planned, write_results
from customers.selection import shoppers
from customers.shopper import for_matching, index_of, linked_in, name_of, with_details
from customers.store_refresh import refresh_changed
from mapping.match import Decision, match

WRITES_TO_VENDOR = True
CHUNK = 100
Outcome, State, Status = RunRecord.Outcome, RunRecord.State, Customer.Status


def plan(ctx: Context) -> bool:
    """Match every unlinked shopper of the store, then say what becomes of those in the scope."""
    ctx.restart_plan()
    business_central_mirror.refresh(ctx)
    if choosing.chosen(ctx.run.scope):
        choosing.plan(ctx)
        return True
    decisions = _decisions(ctx)
    creator = Planner(ctx)
    wanted = shoppers(ctx.store, ctx.run.scope).order_by("pk")
    batch: list[Customer] = []
    for customer in with_details(wanted.select_related("link")).iterator(CHUNK):
        batch.append(customer)
        if len(batch) == CHUNK:
            _plan_batch(ctx, batch, decisions, creator)
            batch = []
    _plan_batch(ctx, batch, decisions, creator)
    return True


def _decisions(ctx: Context) -> dict[str, Decision]:
    """What the rules say of every unlinked shopper of the store, all at once."""
    store = ctx.store
    undecided = Customer.objects.filter(store=store, gone_at=None, link=None).exclude(status=Status.SKIPPED)
    everybody = with_details(undecided.order_by("pk")).iterator(500)
    rules = ctx.definitions.setup.rules
    pairs = RefusedPair.objects.filter(customer__store=store)
    refused = {(pk, str(id)) for pk, id in pairs.values_list("customer", "business_central_customer__remote_id")}
    return match(for_matching(everybody, store, refused), index_of(store), rules, linked_in(store), name_of)


def look_again(ctx: Context) -> None:
    """Before a plan made a while ago is applied: ask both vendors what changed, and the rules again. What comes
    out otherwise than somebody approved it waits for approval again. What a person chose in Review is no rule's matter.
    """
    if begun := in_flight(ctx):
        # First, so that what did not arrive is judged with the rest.
        creating.look_up(ctx, begun)
    refresh_changed(ctx)
    business_central_changes.look_again(ctx)
    if choosing.chosen(ctx.run.scope):
        return
    decisions, creator = _decisions(ctx), Planner(ctx)
    planned = ctx.run.records.filter(state=State.PLANNED).order_by("pk")
    pks = list(planned.values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        records = list(planned.filter(pk__in=pks[start : start + CHUNK]))
        write_results(ctx, _otherwise(ctx, records, decisions, creator))


def _otherwise(
    ctx: Context, records: list[RunRecord], decisions: dict[str, Decision], creator: Planner
) -> list[RunRecord]:
    """The records that would be planned otherwise by now, planned that way."""
    rows = with_details(Customer.objects.filter(pk__in=[record.customer_id for record in records]))
    customers = {customer.pk: customer for customer in rows}
    judged = {pk: decision for pk in customers if (decision := decisions.get(str(pk)))}
    ids = {decision.business_central_id for decision in judged.values()} - {""}
    found = BusinessCentralCustomer.objects.filter(company=ctx.company, remote_id__in=ids)
    business = {str(row.remote_id): row for row in found}
    refused, changed = refused_pairs(customers.values()), []
    for record in records:
        customer, decision = customers.get(record.customer_id or 0), judged.get(record.customer_id or 0)
        if customer is not None and customer.gone_at:
            settle(record, Outcome.SKIPPED, shopper_is_gone(customer, None))
            changed.append(record)
        if customer is None or decision is None:
            continue
        fresh = _record(ctx, customer, decision, business, creator)
        _heed(fresh, refused)
        if fresh.outcome == record.outcome and fresh.plan == {name: record.plan.get(name) for name in fresh.plan}:
            continue
        for name in ("outcome", "reason", "plan", "parts", "field", "cause", "business_central_customer"):
            setattr(record, name, getattr(fresh, name))
        record.state = fresh.state
        if record.state == State.PLANNED and ctx.run.cursor.get("looked_at_plan"):
            record.state = State.CHANGED
        changed.append(record)
    return changed


def _plan_batch(ctx: Context, batch: list[Customer], decisions: dict[str, Decision], creator: Planner) -> None:
    ids = {decision.business_central_id for c in batch if (decision := decisions.get(str(c.pk)))} - {""}
    rows = BusinessCentralCustomer.objects.filter(company=ctx.company, remote_id__in=ids)
    business = {str(row.remote_id): row for row in rows}
    records, unchanged, unranked = [], 0, []
    refused = refused_pairs(batch)
    for customer in batch:
        if customer.status == Status.SKIPPED:
            record = record_for_customer(ctx, customer)
            settle(record, Outcome.SKIPPED, customer.status_reason or "Skipped by an operator.")
        elif (decision := decisions.get(str(customer.pk))) is None:
            unchanged += 1
            continue
        else:
            record = _record(ctx, customer, decision, business, creator)
            _heed(record, refused)
        if _stands_already(customer, record):
            unchanged += 1
            if customer.status == Status.REVIEW and customer.review_score is None:
                unranked.append(customer)
        else:
            records.append(record)
    review.rank(ctx.store, unranked)
    write_planned(ctx, records, unchanged=unchanged)
    ctx.heed_stop()


def _record(
    ctx: Context,
    customer: Customer,
    decision: Decision,
    business: dict[str, BusinessCentralCustomer],
    creator: Planner,
) -> RunRecord:
    record = record_for_customer(ctx, customer, outcome=Outcome.REVIEW, reason=decision.reason)
    if decision.kind == "linked":
        deciding = next((hit for hit in decision.hits if hit.rule == "tracking"), decision.hits[0])
        record.outcome = Outcome.LINKED
        record.business_central_customer = business[decision.business_central_id]
        record.plan = {"link": decision.business_central_id, "rule": deciding.rule, "value": deciding.value}
    elif decision.kind == "review":
        record.plan = {"review": list(decision.candidates)}
    else:
        creator.plan(record, customer, decision.reason)
    return record


def _heed(record: RunRecord, refused: dict[tuple[int, int], RefusedPair]) -> None:
    """A pair that somebody unmapped is not linked again by a rule: it is for a person."""
    pair = refused.get((record.customer_id or 0, record.business_central_customer_id or 0))
    if pair is not None and "link" in record.plan:
        record.outcome, record.plan = Outcome.REVIEW, {"review": [record.plan["link"]]}
        record.reason, record.business_central_customer = f"{record.reason} But {refusal(pair)}", None


def _stands_already(customer: Customer, record: RunRecord) -> bool:
    """Whether the shopper stands where this record would put it, for the same reason: then there is nothing to tell."""
    if record.state == State.DONE:
        return False
    standing = {Outcome.REVIEW: Status.REVIEW, Outcome.DEFAULTED: Status.DEFAULTED}.get(
        RunRecord.Outcome(record.outcome)
    )
    return standing is not None and customer.status == standing and customer.status_reason == record.reason


def apply(ctx: Context) -> bool:
    """Link, assign and mark the next chunk; create what is to be created, alone in the company."""
    if begun := in_flight(ctx):
        creating.look_up(ctx, begun)
        return False
    records = take_planned(ctx, CHUNK)
    if not records:
        return True
    by_kind: dict[str, list[RunRecord]] = defaultdict(list)
    for record in _still_unlinked(ctx, records):
        by_kind[next(kind for kind in ("link", "review", "create", "default", "leave") if kind in record.plan)].append(
            record
        )
    with transaction.atomic():
        _link(ctx, by_kind["link"])
        _mark(by_kind["review"], Status.REVIEW)
        _mark(by_kind["default"], Status.DEFAULTED)
        _mark(by_kind["leave"], Status.UNMAPPED)
        write_results(ctx, [*by_kind["link"], *by_kind["review"], *by_kind["default"], *by_kind["leave"]])
    if by_kind["create"]:
        creating.create(ctx, by_kind["create"])
    return False


def _still_unlinked(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """A plan may be older than a decision: whom somebody linked since is left alone, and said so."""
    links = Link.objects.filter(customer__in=[record.customer_id for record in records if record.customer_id])
    linked = set(links.values_list("customer_id", flat=True))
    done = [record for record in records if record.customer_id in linked]
    for record in done:
        settle(record, Outcome.SKIPPED, "Linked meanwhile.")
    if choosing.chosen(ctx.run.scope):
        done += choosing.decided_since(ctx, [record for record in records if record not in done])
    if done:
        write_results(ctx, done)
    return [record for record in records if record not in done]


def _link(ctx: Context, records: list[RunRecord]) -> None:
    """Links as planned. What cannot be linked any more goes to review, with the reason."""
    by_customer = {record.customer_id: record for record in records if record.customer_id}
    wanted = [
        NewLink(
            record.customer, record.business_central_customer, record.plan["rule"], record.plan["value"], record.reason
        )
        for record in records
        if record.customer is not None and record.business_central_customer is not None
    ]
    made, refused = make_links(ctx.run, wanted)
    for link in made:
        settle(by_customer[link.customer_id], Outcome.LINKED)
    unclear = []
    for new, reason in refused:
        settle(by_customer[new.customer.pk], Outcome.REVIEW, reason)
        stand(new.customer, Status.REVIEW, reason, candidates=[str(new.business.remote_id)])
        unclear.append(new.customer)
    save_standing(unclear)
    for record in records:
        if record.state != State.DONE:
            settle(record, Outcome.SKIPPED, "The customer is gone from one of the two systems.")


def _mark(records: Iterable[RunRecord], status: str) -> None:
    """Customers of whom only their standing with us changes."""
    customers = []
    for record in records:
        if record.customer is not None:
            default = record.business_central_customer if status == Status.DEFAULTED else None
            record.plan["stood"] = standing_of(record.customer)
            stand(record.customer, status, record.reason, candidates=record.plan.get("review", ()), default=default)
            customers.append(record.customer)
        settle(record, record.outcome)
    save_standing(customers)
    if status == Status.REVIEW and customers:
        fresh = with_details(Customer.objects.filter(pk__in=[customer.pk for customer in customers]))
        review.rank(customers[0].store, list(fresh))
