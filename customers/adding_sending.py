"""What Add Customers sends and takes back: creates, links by e-mail, and looking up what became of a lost create."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.utils import timezone

from bcsync.clients.bigcommerce import Result
from bcsync.clients.errors import ConfigurationError, LostAnswer, Rejected, RetryLater
from customers import causes, mirror
from customers.adding import Adding, Verdict, finish_plan, record_for_verdict
from customers.claims import Unlinked, undecided
from customers.context import Context
from customers.jobs import update_customers
from customers.linking import NewLink, make_links, save_standing, stand
from customers.models import BusinessCentralCustomer, Customer, RunRecord
from customers.planning import pairs
from customers.records import part, settle, settle_error, write_results
from customers.store_definitions import create_missing_attributes

BATCH = 10
MOST_TRIES = 3
GONE = "The customer is gone from one of the two systems."
TAKEN_UNSEEN = "BigCommerce says that the e-mail is taken, but shows no customer that has it."
NEVER_ANSWERED = "BigCommerce did not say whether it made the customer, and shows nobody who has the e-mail."
NOT_IN_MIRROR = "Created in BigCommerce, but its Business Central customer is gone from our copy, so it was not linked."
Outcome, State, Status = RunRecord.Outcome, RunRecord.State, Customer.Status


def create(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """POST these records' customers. Returns the records that exist now, with the plan of what is left to send."""
    create_missing_attributes(ctx)
    items = [with_attribute_ids(ctx, record.plan["create"]) for record in records]
    of = {id(item): record for item, record in zip(items, records, strict=True)}
    made: list[RunRecord] = []
    doubtful: list[RunRecord] = []
    outage: RetryLater | None = None
    unanswered: RetryLater | None = None
    posted = 0
    for results in ctx.bigcommerce.create_customers(ctx.until_stopped(items)):
        posted += len(results)
        good = [
            (of[id(result.item)], result.data) for result in results if result.data is not None and not result.error
        ]
        with transaction.atomic():
            made += _adopt(ctx, good)
            bad = [(of[id(result.item)], result) for result in results if result.error is not None]
            for record, result in bad:
                record.words = result.error.words[:2000] if result.error else ""
            doubtful += [record for record, result in bad if _is_doubtful(result)]
            for record, result in bad:
                # Only a create that may have arrived can have made the customer that is found later.
                if isinstance(result.error, LostAnswer):
                    record.plan["lost"] = True
                elif result.error and result.error.code == "email_in_use" and "lost" not in record.plan:
                    record.plan["lost"] = False
            outages = [result.error for _, result in bad if isinstance(result.error, RetryLater)]
            outage = next((error for error in outages if not isinstance(error, LostAnswer)), outage)
            unanswered = next((error for error in outages if isinstance(error, LostAnswer)), unanswered)
            _refused(ctx, [(record, result) for record, result in bad if not _is_doubtful(result)])
        ctx.lease.renew()
        for result in results:
            of.pop(id(result.item))
    _count_posted(ctx, posted)
    _give_back(ctx, of.values())
    if doubtful:
        look_up(ctx, doubtful)
        lost = any(record.state == State.PLANNED and record.plan.get("looked_up") for record in doubtful)
        outage = outage or (unanswered if lost else None)
    if outage is not None:
        if made:
            update_customers.apply_records(ctx, made)
        raise outage
    return made


def _count_posted(ctx: Context, posted: int) -> None:
    before = ctx.run.cursor.get("posted", 0)
    ctx.run.cursor["posted"] = before + posted
    ctx.least("BigCommerce POST /v3/customers", ceil((before + posted) / BATCH) - ceil(before / BATCH))


def _give_back(ctx: Context, unsent: Iterable[RunRecord]) -> None:
    """An operator stopped the run before these were sent: Resume goes on with them."""
    records = list(unsent)
    for record in records:
        record.state = State.PLANNED
    if records:
        write_results(ctx, records)


def with_attribute_ids(ctx: Context, item: dict[str, Any]) -> dict[str, Any]:
    """A planned create as the vendor takes it: a plan names attributes, the request has their ids."""
    known = ctx.definitions.facts.attributes
    values = [
        {"attribute_id": known[value["name"]].id, "attribute_value": value["attribute_value"]}
        for value in item.get("attributes", ())
    ]
    return {**item, "attributes": values} if values else item


def _is_doubtful(result: Result) -> bool:
    """The customer may exist now (the answer was lost) or exists already (somebody was faster): look, then decide."""
    error = result.error
    return isinstance(error, LostAnswer) or (isinstance(error, Rejected) and error.code == "email_in_use")


def _refused(ctx: Context, bad: Iterable[tuple[RunRecord, Result]]) -> None:
    records = []
    for record, result in bad:
        tries = record.plan.get("tries", 0) + 1
        if isinstance(result.error, RetryLater) and tries < MOST_TRIES:
            record.plan["tries"], record.state = tries, State.PLANNED
        elif isinstance(result.error, ConfigurationError):
            record.state = State.PLANNED
        elif result.error is not None:
            settle_error(record, result.error)
            named = _known_by_name(ctx, record.field)
            record.reason, record.field = record.reason.replace(record.field, named), named
            record.parts = [part("core", record.outcome, record.reason)]
        records.append(record)
    write_results(ctx, records)


def _known_by_name(ctx: Context, field: str) -> str:
    """attributes.17 -> the attribute's name: the vendor knows it by a number only."""
    family, _, number = field.partition(".")
    known = {str(each.id): name for name, each in ctx.definitions.facts.attributes.items()}
    return f"{family}.{known.get(number, number)}"[: causes.MOST] if family == "attributes" else field


def _adopt(ctx: Context, good: list[tuple[RunRecord, dict[str, Any]]]) -> list[RunRecord]:
    """Mirror and link customers that exist now, and plan what is left to send for them."""
    if not good:
        return []
    now = timezone.now()
    items = [complete(answer, with_attribute_ids(ctx, record.plan["create"])) for record, answer in good]
    saved = {each.customer.remote_id: each.customer for each in mirror.save_customers(ctx.store, items, now, ours=True)}
    wanted, by_customer = [], {}
    for record, answer in good:
        customer, business = saved[answer["id"]], record.business_central_customer
        if business is None:
            record.words = ""
            settle(record, Outcome.FAILED, NOT_IN_MIRROR)
            record.cause = causes.ours("not_in_mirror")
            continue
        record.customer, record.words = customer, ""
        by_customer[customer.pk] = record
        wanted.append(
            NewLink(customer, business, "created", business.email_key, f"Created by run {ctx.run.pk}.", base={})
        )
    return _linked(ctx, wanted, by_customer, Outcome.CREATED)


def complete(answer: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """The answer in the form of a read: what an answer leaves out was taken as sent."""
    attributes = answer.get("attributes", sent.get("attributes", []))
    return {**answer, "addresses": answer.get("addresses", []), "attributes": attributes,
            "form_fields": answer.get("form_fields", sent.get("form_fields", []))}  # fmt: skip


def _linked(ctx: Context, wanted: list[NewLink], by_customer: dict[int, RunRecord], outcome: str) -> list[RunRecord]:
    """Link, and plan the rest like an update. A pair that cannot be linked any more goes to review."""
    links, refused = make_links(ctx.run, wanted)
    for new, reason in refused:
        record = by_customer[new.customer.pk]
        settle(record, Outcome.REVIEW, reason)
    done = [by_customer[new.customer.pk] for new, _ in refused]
    left = []
    for link in pairs(ctx.store).filter(pk__in=[link.pk for link in links]):
        record = by_customer[link.customer_id]
        finish_plan(ctx, link, record, outcome)
        left.append(record)
    write_results(ctx, [*done, *left])
    return left


def link_by_email(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """The store had that e-mail already and no rule disagrees: link, and send nothing but the tracking metafields."""
    wanted, by_customer = [], {}
    for record in records:
        customer, business = record.customer, record.business_central_customer
        if customer is None or business is None:
            settle(record, Outcome.SKIPPED, GONE)
            write_results(ctx, [record])
            continue
        by_customer[customer.pk] = record
        wanted.append(NewLink(customer, business, "e-mail", business.email_key, record.reason))
    with transaction.atomic():
        return _linked(ctx, wanted, by_customer, Outcome.LINKED)


def mark_review(ctx: Context, records: list[RunRecord]) -> None:
    """A person has to decide. The unlinked shoppers whom it concerns (who has the e-mail, whom a rule names) are marked
    with the candidates."""
    concerned: dict[int, list[RunRecord]] = defaultdict(list)
    for record in records:
        settle(record, Outcome.REVIEW)
        for pk in {record.customer_id, *record.plan.get("concerned", ())} - {None}:
            concerned[pk].append(record)
    with transaction.atomic():
        # Who was linked or skipped since the plan is decided about.
        shoppers = list(undecided(ctx.store).filter(pk__in=concerned).select_for_update(of=("self",)))
        for customer in shoppers:
            found = concerned[customer.pk]
            known = {str(r.business_central_customer.remote_id) for r in found if r.business_central_customer}
            stand(customer, Status.REVIEW, found[0].reason, candidates=sorted({*customer.candidates, *known}))
        save_standing(shoppers)
        write_results(ctx, records)


def look_up(ctx: Context, records: list[RunRecord]) -> None:
    """What became of creates whose answer never came (or whose e-mail is taken): ask the store by e-mail.

    A customer that equals what was sent is ours; one that differs is somebody who registered meanwhile, and the rule
    for an e-mail that the store has already decides. None there: it goes back to the queue.
    """
    creates = [record for record in records if "create" in record.plan and "link" not in record.plan]
    begun = [record for record in records if record not in creates]
    for record in begun:
        if "link" not in record.plan:
            record.state = State.PLANNED
    write_results(ctx, [record for record in begun if "link" not in record.plan])
    if linked := [record for record in begun if "link" in record.plan]:
        update_customers.replan(ctx, linked)
    if not creates:
        return
    emails = [record.plan["create"]["email"] for record in creates]
    found = {item["email"].strip().lower(): item for item in ctx.bigcommerce.find_customers(emails)}
    ours, other, absent = [], [], []
    for record in creates:
        item = found.get(record.plan["create"]["email"].strip().lower())
        if item is None:
            _not_there(record)
            absent.append(record)
        elif record.plan.get("lost", True) and is_ours(item, record.plan["create"]):
            ours.append((record, item))
        else:
            other.append((record, item))
    with transaction.atomic():
        _adopt(ctx, ours)
        for record, _ in ours:
            if record.state != State.DONE:
                record.state = State.PLANNED
        write_results(ctx, [record for record, _ in ours if record.state != State.DONE])
        mirror.save_customers(ctx.store, [item for _, item in other], timezone.now())
        write_results(ctx, absent)
    _decide_again(ctx, [record for record, _ in other])


def _not_there(record: RunRecord) -> None:
    """Nobody has the e-mail: send again. Where the store goes on saying that it is taken, a person has to look."""
    record.plan["looked_up"] = record.plan.get("looked_up", 0) + 1
    if record.plan["looked_up"] < MOST_TRIES:
        record.state = State.PLANNED
    else:
        _unseen(record)


def _unseen(record: RunRecord) -> None:
    """Nobody to be seen has the e-mail, however often it was tried."""
    if record.plan.get("lost", True):
        settle(record, Outcome.FAILED, NEVER_ANSWERED)
        record.cause = causes.LOST
    else:
        settle(record, Outcome.FAILED, TAKEN_UNSEEN)
        record.field, record.cause = "email", causes.ours("taken_unseen")


def is_ours(item: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether the store's customer equals what was sent in every core field."""
    names = ("first_name", "last_name", "company", "phone")
    return all(str(item.get(name) or "") == str(sent.get(name) or "") for name in names)


def judge_again(ctx: Context, rows: list[BusinessCentralCustomer]) -> list[Verdict]:
    """Judge customers of the plan once more. Shoppers and customers that were compared with each other are not compared
    again: only a shopper who came since, or a customer that changed since, can be a new match."""
    compared = ctx.run.cursor.get("compared_at")
    since = datetime.fromisoformat(compared) if compared else None
    if since is None or any(row.written_at >= since for row in rows):
        return Adding(ctx.store, ctx.definitions).judge(rows)
    fresh = Unlinked(ctx.store, ctx.definitions.setup.rules, since=since)
    return Adding(ctx.store, ctx.definitions, fresh).judge(rows)


def _decide_again(ctx: Context, records: list[RunRecord]) -> None:
    """The store has these e-mails by now: judge again, with the mirror that knows it."""
    rows = BusinessCentralCustomer.objects.filter(pk__in=[record.business_central_customer_id for record in records])
    verdicts = {verdict.row.pk: verdict for verdict in judge_again(ctx, list(rows))}
    for record in records:
        verdict = verdicts.get(record.business_central_customer_id or 0)
        if verdict is None or verdict.kind not in ("review", "link"):
            _unseen(record)
            continue
        fresh = record_for_verdict(ctx, verdict)
        record.plan, record.outcome, record.customer = fresh.plan, fresh.outcome, fresh.customer
        record.reason, record.parts, record.state, record.words = fresh.reason, fresh.parts, State.PLANNED, ""
    write_results(ctx, records)
