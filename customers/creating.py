"""Creating Business Central customers from shoppers that no rule knows: planned, sent once, looked up when in doubt."""

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_record import BusinessCentralRecord
from bcsync.clients.errors import ConfigurationError, LostAnswer, Rejected, RetryLater, VendorError
from customers import business_central_mirror, causes
from customers.context import Context
from customers.creating_plan import Planner, card_changes
from customers.lease import Lease, alone_in
from customers.linking import NewLink, make_links, save_standing, stand
from customers.models import BusinessCentralCustomer, Customer, RunRecord
from customers.planning import agree, pairs
from customers.records import gravest, part, raise_if_configuration, settle, settle_error, write_results
from customers.same_as_sent import differences, equals, same_email
from customers.shopper import for_matching, index_of, with_details
from mapping.match import hits_of
from stores.models import SyncCursor

logger = logging.getLogger("bcsync.jobs")

# Business Central processes five requests of an application at once; one is left for reading.
AT_ONCE = 3
# The vendor's clock and ours may differ a little when a lost create is looked up.
CLOCK_SLACK = timedelta(minutes=2)
# A record that the vendor could not serve so often has failed; others must not wait for it.
MOST_TRIES = 3
Outcome, State, Status = RunRecord.Outcome, RunRecord.State, Customer.Status


def create(ctx: Context, records: list[RunRecord]) -> None:
    """Create these records' customers, alone in the company: whom another store's run made meanwhile is linked."""
    with alone_in(ctx.company) as alone:
        records = _link_known(ctx, records)
        sent_at = ctx.business_central.vendor_date or _last_read(ctx)
        for record in records:
            record.plan["sent_at"] = sent_at.isoformat()
        RunRecord.objects.bulk_update(records, ["plan"])
        before = ctx.calls_so_far()
        answers = _send_all(ctx, records, alone)
        records, unsent = records[: len(answers)], records[len(answers) :]
        _not_sent(ctx, unsent)
        ctx.least("Business Central POST /customers", len(records))
        # A card is read for its stamp, then changed: as many calls as it takes.
        for call, number in ctx.calls_so_far().items():
            if call.endswith("({id})"):
                ctx.least(call, number - before.get(call, 0))
        lost = [record for record, answer in zip(records, answers, strict=True) if isinstance(answer, LostAnswer)]
        _take(ctx, [(r, a) for r, a in zip(records, answers, strict=True) if not isinstance(a, LostAnswer)])
        if lost:
            _look_up_held(ctx, lost)
            _not_there(ctx, lost, next(answer for answer in answers if isinstance(answer, LostAnswer)))


def _not_there(ctx: Context, lost: list[RunRecord], error: LostAnswer) -> None:
    """Of lost creates those that nobody can see: they go again after a while, a bounded number of times."""
    absent = [record for record in lost if record.state == State.PLANNED]
    for record in absent:
        record.plan["tries"] = record.plan.get("tries", 0) + 1
        if record.plan["tries"] >= MOST_TRIES:
            settle_error(record, error)
            record.parts = [part("core", record.outcome, record.reason)]
    write_results(ctx, absent)
    if any(record.state == State.PLANNED for record in absent):
        raise error


def _last_read(ctx: Context) -> datetime:
    """Until when the company was read, by the vendor's clock: by ours, which may be ahead, no lost create is found."""
    read = SyncCursor.objects.filter(company=ctx.company, feed=business_central_mirror.CUSTOMERS).first()
    return read.changed_since if read is not None else timezone.now()


def _send_all(ctx: Context, records: list[RunRecord], alone: Lease) -> list[BusinessCentralRecord | VendorError]:
    """The answers of these records, in their order; after an operator's Stop the rest is not sent."""
    sent: list[Future[BusinessCentralRecord | VendorError]] = []
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="create") as pool:
        for record in ctx.until_stopped(records):
            sent.append(pool.submit(_send, ctx, record, alone))
            while len(under_way := [future for future in sent if not future.done()]) >= AT_ONCE:
                wait(under_way, return_when=FIRST_COMPLETED)
    return [future.result() for future in sent]


def _not_sent(ctx: Context, records: list[RunRecord]) -> None:
    """Back to those to do: what surely never went out need not be looked up."""
    for record in records:
        record.plan.pop("sent_at", None)
        record.state = State.PLANNED
    if records:
        write_results(ctx, records)


def _send(ctx: Context, record: RunRecord, alone: Lease) -> BusinessCentralRecord | VendorError:
    # Who lost the company's lease must not create in it; the run's own lease is checked by the transport.
    alone.fence()
    try:
        made = ctx.business_central.create_customer(record.plan["create"])
    except VendorError as error:
        return error
    _complete_card(ctx, record, made.number)
    return made


def _complete_card(ctx: Context, record: RunRecord, number: str) -> None:
    """What only the published Customer Card takes. Where it is refused the customer exists all the same: a part of the
    record says so, and the rest is stored and linked."""
    if not record.plan["card"]:
        return
    capabilities = Capabilities.from_json(ctx.company.capabilities or {})
    trouble: VendorError | None = None
    for _ in range(MOST_TRIES):
        # The card is read first and only what differs is sent, so once more is always safe.
        try:
            ctx.business_central.update_customer_card(capabilities, number, card_changes(record.plan["card"]))
            return
        except VendorError as error:
            trouble = error
            if not isinstance(error, RetryLater):
                break
    if trouble is not None:
        outcome = Outcome.REJECTED if isinstance(trouble, Rejected) else Outcome.FAILED
        shown = causes.facts(trouble)
        shown["cause"] = f"{causes.ours('card')}: {shown['cause']}"[: causes.MOST]
        record.parts.append({**part("card", outcome, str(trouble)), **shown})


def _link_known(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """What the mirror learned since the plan: a shopper it knows now is linked or goes to review; the rest returns."""
    store = ctx.store
    since = ctx.run.cursor.get("mirrored_at")
    index = index_of(store, written_since=datetime.fromisoformat(since) if since else None)
    rules = ctx.definitions.setup.rules
    customers = list(with_details(Customer.objects.filter(pk__in=[record.customer_id for record in records])))
    shoppers = {int(shopper.key): shopper for shopper in for_matching(customers, store)}
    planner = Planner(ctx, emails=[customer.email_key for customer in customers])
    left, known = [], []
    for record in records:
        customer = record.customer
        hits = hits_of(shoppers[customer.pk], index, rules) if customer else ()
        asked = customer and customer.email_key and not record.plan.get("chosen")
        same_email = planner.by_email.get(customer.email_key) if customer and asked else None
        if customer is None or customer.gone_at:
            settle(record, Outcome.SKIPPED, "The customer is gone from BigCommerce.")
            known.append(record)
        elif hits or same_email:
            _relate(planner, record, customer, hits, same_email)
            known.append(record)
        else:
            left.append(record)
    _settle_known(ctx, known)
    return left


def _relate(planner: Planner, record: RunRecord, customer: Customer, hits: Any, same_email: Any) -> None:
    ids = sorted({found for hit in hits for found in hit.ids})
    rows = list(BusinessCentralCustomer.objects.filter(company=planner.ctx.company, remote_id__in=ids))
    if len(rows) == 1 and rows[0].pk not in planner.taken:
        planner.taken.add(rows[0].pk)
        record.business_central_customer = rows[0]
        record.reason = f"Business Central customer {rows[0].number} came meanwhile and matches."
        record.plan = {"link": ids[0], "rule": hits[0].rule, "value": hits[0].value}
    elif rows:
        record.reason, record.plan = "Customers that came meanwhile match too.", {"review": ids}
    else:
        planner.known_email(record, customer, same_email, "No match rule finds a Business Central customer.")


def _settle_known(ctx: Context, records: list[RunRecord]) -> None:
    linked = [r for r in records if "link" in r.plan and r.state != State.DONE]
    wanted = [
        NewLink(r.customer, r.business_central_customer, r.plan["rule"], r.plan["value"], r.reason)
        for r in linked
        if r.customer and r.business_central_customer
    ]
    _, refused = make_links(ctx.run, wanted)
    why = {new.customer.pk: reason for new, reason in refused}
    unclear = []
    for record in records:
        if record.state == State.DONE or record.customer is None:
            continue
        reason = why.get(record.customer.pk, record.reason)
        if record in linked and record.customer.pk not in why:
            settle(record, Outcome.LINKED, reason)
            continue
        settle(record, Outcome.REVIEW, reason)
        stand(record.customer, Status.REVIEW, reason, candidates=record.plan.get("review", ()))
        unclear.append(record.customer)
    save_standing(unclear)
    if records:
        write_results(ctx, records)


def _take(ctx: Context, answers: list[tuple[RunRecord, BusinessCentralRecord | VendorError]]) -> None:
    """Store what came back: mirror, link, base; an error settles its record alone, an outage gives it back."""
    outage = None
    with transaction.atomic():
        made = [(record, answer) for record, answer in answers if isinstance(answer, BusinessCentralRecord)]
        _adopt(ctx, made)
        for record, answer in answers:
            tries = record.plan.get("tries", 0) + 1
            if isinstance(answer, RetryLater) and tries < MOST_TRIES:
                outage, record.state, record.plan["tries"] = answer, State.PLANNED, tries
            elif isinstance(answer, ConfigurationError):
                record.state = State.PLANNED
            elif isinstance(answer, VendorError):
                settle_error(record, answer)
                record.parts = [part("core", record.outcome, record.reason)]
        write_results(ctx, [record for record, _ in answers])
    for _, answer in answers:
        raise_if_configuration(answer if isinstance(answer, VendorError) else None)
    if outage is not None:
        raise outage


def _adopt(ctx: Context, made: list[tuple[RunRecord, BusinessCentralRecord]]) -> None:
    """Mirror and link customers that exist now. An API write's answer has no contact; the next read has it."""
    table = ctx.company.country_iso
    for _, answer in made:
        answer.country_iso = answer.country_iso or table.get(answer.country, answer.country)
    rows = business_central_mirror.save(
        ctx.company, [answer for _, answer in made], timezone.now(), ours=[answer.id for _, answer in made]
    )
    wanted = []
    for (record, _), row in zip(made, rows, strict=True):
        record.business_central_customer = row
        if record.customer is not None:
            row.created_for_email = record.customer.email_key
            row.last_modified = None  # not yet as it is listed: the next reading of what changed has the contact
            why = f"Created from this shopper by run {ctx.run.pk}."
            wanted.append(NewLink(record.customer, row, "created", record.customer.email_key, why))
    BusinessCentralCustomer.objects.bulk_update(rows, ["created_for_email", "last_modified"])
    links, refused = make_links(ctx.run, wanted)
    for link in agree(ctx.store, ctx.definitions, pairs(ctx.store).filter(pk__in=[link.pk for link in links])):
        link.save(update_fields=["base"])
    why_not = {new.customer.pk: reason for new, reason in refused}
    for record, answer in made:
        reason = why_not.get(record.customer_id or 0, "")
        outcome = Outcome.REVIEW if reason else gravest([Outcome.CREATED, *(p["outcome"] for p in record.parts)])
        said = " ".join(entry["reason"] for entry in record.parts if entry["part"] == "card")
        settle(record, outcome, reason or f"Created as {answer.number}. {said}".strip())
        if outcome in (Outcome.REJECTED, Outcome.FAILED):
            worst = causes.gravest_of(record.parts, outcome)
            record.words, record.field, record.cause = worst["words"], worst["field"], worst["cause"]


def look_up(ctx: Context, records: list[RunRecord]) -> None:
    """Records that a worker that died had in flight: what was sent may have arrived, so look before sending again."""
    local = [record for record in records if "create" not in record.plan or "sent_at" not in record.plan]
    _not_sent(ctx, local)
    sent = [record for record in records if record not in local]
    if sent:
        with alone_in(ctx.company):
            _look_up_held(ctx, sent)


def _look_up_held(ctx: Context, records: list[RunRecord]) -> None:
    """Adopt a customer only if it was not known before, is not older than the sending, and equals every field sent that
    Business Central does not set itself. One that has only the e-mail in common is for a person to decide."""
    since = min(datetime.fromisoformat(record.plan["sent_at"]) for record in records) - CLOCK_SLACK
    young = ctx.business_central.find_customers(modified_since=since)
    known = {
        str(pk)
        for pk in BusinessCentralCustomer.objects.filter(
            company=ctx.company, remote_id__in=[found.id for found in young], written_at__lt=since
        ).values_list("remote_id", flat=True)
    }
    linked = {str(pk) for pk in ctx.company.customers.exclude(links=None).values_list("remote_id", flat=True)}
    made, unclear = [], []
    for record in records:
        new = [found for found in young if found.id not in known and found.id not in linked]
        same = [found for found in new if equals(found, record.plan["create"])]
        alike = [found for found in new if same_email(found, record.plan["create"])]
        if len(same) == 1:
            made.append((record, same[0]))
            linked.add(same[0].id)
        elif same or alike:
            same = same or alike
            reason = f"{len(same)} customers came into being that may be what was sent; only a person can tell."
            settle(record, Outcome.REVIEW, reason)
            if record.customer is not None:
                stand(record.customer, Status.REVIEW, reason, candidates=[found.id for found in same])
                unclear.append(record.customer)
        else:
            record.plan.pop("sent_at", None)
            record.state = State.PLANNED
    made = [(record, _corrected(ctx, record, found)) for record, found in made]
    for record, answer in made:
        _complete_card(ctx, record, answer.number)
    with transaction.atomic():
        _adopt(ctx, made)
        save_standing(unclear)
        write_results(ctx, records)


def _corrected(ctx: Context, record: RunRecord, found: BusinessCentralRecord) -> BusinessCentralRecord:
    """The correction that was lost with the answer. Where it is refused the customer is ours all the same."""
    wrong = {name: record.plan["create"][name] for name in differences(found, record.plan["create"])}
    if not wrong:
        return found
    try:
        return ctx.business_central.update_customer(found.id, found.etag, wrong)
    except VendorError as error:
        logger.warning("run %s: customer %s could not be corrected: %s", ctx.run.pk, found.number, error)
        return found
