"""Update: Business Central -> BigCommerce for linked customers. Map, compare three ways, send only what differs."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.errors import Changed, RetryLater
from customers import before_images, business_central_mirror, causes, conflicts, pending, writing_back
from customers.business_central_changes import look_again as ask_what_changed
from customers.context import Context
from customers.flags import clear_flags
from customers.gone import rests, settle_deleted, skip_the_rest, why_resting
from customers.least_calls import count_least
from customers.models import AddressLink, Customer, Link, Run, RunRecord
from customers.planning import PairPlan, agree, as_shown, keep_ours, only_tracking, pairs, plan_pair, tidied
from customers.records import (
    gravest,
    in_flight,
    record_for_customer,
    settle,
    settle_error,
    take_planned,
    write_planned,
    write_results,
)
from customers.selection import shoppers
from customers.sending import send
from customers.still_true import changed_since, not_wanted, still_linked, without_unread
from customers.store_definitions import create_missing_attributes
from customers.store_refresh import read_customers_again, read_what_has_no_stamp, read_whole, refresh_changed

WRITES_TO_VENDOR = True
CHUNK = 500
MOST_TRIES = 3
Outcome, State = RunRecord.Outcome, RunRecord.State


def plan(ctx: Context) -> bool:
    """Bring both mirrors up to date, then compare every linked pair in the scope."""
    ctx.restart_plan()
    refresh_changed(ctx)
    business_central_mirror.refresh(ctx)
    if "drift" in ctx.run.scope and ctx.run.mode == Run.Mode.APPLY:
        # No stamp told of what the drift check found.
        read_whole(ctx, shoppers(ctx.store, ctx.run.scope))
    wanted = shoppers(ctx.store, ctx.run.scope)
    plan_links(ctx, pairs(ctx.store).filter(customer__in=wanted))
    skip_the_rest(ctx)
    return True


def plan_links(ctx: Context, links: QuerySet[Link], *, first_update: bool = True) -> None:
    """Compare these pairs, those left out whose shopper is gone or skipped.

    first_update: also those that never agreed on anything, which wait for approval, and the whole run with them.
    """
    links = links.filter(customer__gone_at=None).exclude(customer__status=Customer.Status.SKIPPED)
    for chunk in chunks(links, CHUNK):
        planned = [(link, plan_pair(ctx.store, ctx.definitions, link)) for link in chunk if not why_resting(link)]
        resting = [(link, why) for link in chunk if (why := why_resting(link))]
        if not first_update:
            resting += [(link, FIRST_WAITS) for link, made in planned if made.sends and link.base is None]
            planned = [(link, made) for link, made in planned if not made.sends or link.base is not None]
        with transaction.atomic():
            write_planned(ctx, [rests(ctx, link.customer, why) for link, why in resting])
            if ctx.run.mode == Run.Mode.APPLY:
                pending.compared([link for link, _ in resting])
        _plan_chunk(ctx, planned)
        ctx.heed_stop()


FIRST_WAITS = (
    "Linked, but both sides never agreed on anything: the first Update of this pair waits for a person. Choose Update."
)


def _plan_chunk(ctx: Context, planned: list[tuple[Link, PairPlan]]) -> None:
    records, agreed, bases, fine = [], [], [], []
    for link, made in planned:
        nothing = not made.sends and not made.local
        if not nothing or made.outcome == Outcome.REJECTED or made.says:
            record = record_for_customer(ctx, link.customer, plan=made.plan, parts=made.parts, outcome=made.outcome)
            record.business_central_customer = link.business_central_customer
            if made.says:
                record.reason = "; ".join(entry["reason"] for entry in made.parts if entry["reason"])
            if nothing:
                _settle(record)
            records.append(record)
        else:
            fine.append(link.customer)
        if nothing and made.outcome != Outcome.REJECTED:
            bases += made.bases
            if link.base != made.base:
                link.base = made.base
                agreed.append(link)
    with transaction.atomic():
        # Nothing differs, so both sides agree: that is the base from now on. A preview changes nothing at all.
        if ctx.run.mode == Run.Mode.APPLY:
            Link.objects.bulk_update(agreed, ["base"], batch_size=200)
            AddressLink.objects.bulk_update(bases, ["base"], batch_size=200)
            told = [record for record in records if record.state == State.DONE]
            conflicts.keep(ctx.run, told, {link.pk: link for link, _ in planned})
            edits = [edit for _, made in planned for edit in made.edits]
            conflicts.save(edits)
            conflicts.agreed(edits)
        write_planned(ctx, records, unchanged=len(fine))
        if ctx.run.mode == Run.Mode.APPLY:
            clear_flags(fine)
            pending.compared([link for link, _ in planned])


def look_again(ctx: Context) -> None:
    """Before a plan that was made a while ago is applied: ask both vendors what changed. `apply` judges each record by
    what they say."""
    refresh_changed(ctx)
    ask_what_changed(ctx)
    follow_set_up(ctx)


def follow_set_up(ctx: Context) -> None:
    """Where the set-up is another one than that of the plan: compare every pair that is to be written anew."""
    if ctx.run.cursor.get("set_up") == ctx.set_up:
        return
    planned = ctx.run.records.filter(state=State.PLANNED, plan__has_key="sources").order_by("pk")
    last = 0
    while records := list(planned.filter(pk__gt=last).select_related("customer", "business_central_customer")[:CHUNK]):
        last = records[-1].pk
        replan(ctx, records, read_again=False)
        ctx.lease.renew()
        ctx.heed_stop()


def apply(ctx: Context) -> bool:
    """Send the next chunk; what a worker that died had begun is looked at again first."""
    if begun := in_flight(ctx):
        replan(ctx, begun)
        return False
    records = take_planned(ctx, CHUNK)
    if not records:
        return True
    records = without_unread(ctx, records, read_what_has_no_stamp(ctx, records))
    changed = changed_since(records)
    if changed:
        replan(ctx, changed, read_again=False)
        records = [record for record in records if record not in changed]
    apply_records(ctx, records)
    return False


def apply_records(ctx: Context, records: list[RunRecord]) -> None:
    """Send what these records hold, store the outcomes, and let both sides agree. Raises RetryLater on an outage,
    ConfigurationError where an administrator must mend something."""
    links = {link.pk: link for link in pairs(ctx.store).filter(pk__in=[record.plan["link"] for record in records])}
    records = still_linked(ctx, records, set(links))
    count_least(ctx, records)
    if any(record.plan.get("attributes") for record in records):
        create_missing_attributes(ctx)
    before_images.keep(ctx.store, records, links)
    written = writing_back.write(ctx, records)
    for record in written.unsent:
        record.state = State.PLANNED
    if written.unsent:
        write_results(ctx, written.unsent)
        records = [record for record in records if record not in written.unsent]
    if written.done or written.stale or written.later:
        records, links = _after_writing_back(ctx, records, written, links)
    sending = send(ctx, records, [link.customer for link in links.values()])
    deleted = settle_deleted(ctx, records, list(links.values()))
    for record in [record for record in records if record not in deleted]:
        tries = record.plan.get("tries", 0) + 1
        if record.pk in sending.unsent:
            record.state = State.PLANNED
        elif record.pk in sending.later | sending.again and tries < MOST_TRIES:
            record.plan["tries"], record.state = tries, State.PLANNED
        else:
            _settle(record)
    with transaction.atomic():
        # A pair that was only linked by e-mail has agreed on nothing yet: its first Update waits for approval.
        sent = [record.plan["link"] for record in records if record.plan.get("created") != Outcome.LINKED]
        fresh = list(pairs(ctx.store).filter(pk__in=sent))
        Link.objects.bulk_update(agree(ctx.store, ctx.definitions, fresh), ["base"], batch_size=200)
        done = [record for record in records if record.state == State.DONE]
        conflicts.keep(ctx.run, done, links)
        conflicts.outdated(ctx.run, done)
        edits = tidied(ctx.store, ctx.definitions, fresh)
        conflicts.save(edits)
        conflicts.agreed(edits)
        write_results(ctx, records)
        failed = [record.plan["link"] for record in done if record.outcome == Outcome.FAILED]
        pending.again(failed, timezone.now() + pending.AGAIN)
    if written.broken:
        raise written.broken
    outage = sending.outage or written.outage
    if outage and (written.later or any(r.pk in sending.later and r.state == State.PLANNED for r in records)):
        raise outage


def _after_writing_back(
    ctx: Context, records: list[RunRecord], written: writing_back.Written, links: dict[int, Link]
) -> tuple[list[RunRecord], dict[int, Link]]:
    """Business Central says now what it says: the store is compared with that. Who was changed meanwhile is planned
    anew. Returns what is to be sent to the store, and the links as they are now."""
    for record in written.stale:
        # Nothing was written, so what was there before is what somebody else made of it.
        for name in ("business_central", "returned", "address_bases"):
            record.plan["before"].pop(name, None)
        if not record.plan.get("tries") and not record.plan.get("sent"):
            record.plan.pop("before")
    _try_again(ctx, written.stale, written.changed)
    _try_again(ctx, written.later, written.outage)
    done = {record.pk for record in written.done}
    mine = [record.plan["link"] for record in written.done]
    fresh = {link.pk: link for link in pairs(ctx.store).filter(pk__in=mine)}
    records = [record for record in records if record not in written.stale and record not in written.later]
    bases = []
    for record in records:
        link = fresh.get(record.plan["link"])
        if record.pk not in done or link is None:
            continue
        made = plan_pair(ctx.store, ctx.definitions, link, back=False)
        kept = {name: record.plan[name] for name in KEPT if name in record.plan}
        told = [entry for entry in record.parts if entry["part"] == writing_back.PART]
        record.plan, record.parts = {**made.plan, **kept}, [*told, *made.parts]
        bases += made.bases
    AddressLink.objects.bulk_update(bases, ["base"], batch_size=200)
    links = {**links, **fresh}
    before_images.keep(ctx.store, [record for record in records if record.pk in done], links)
    return records, links


# What a record's plan keeps when Business Central was written and the rest is compared anew.
KEPT = ("business_central", "etag", "returned", "conflicts", "before", "created", "tries", "sent", "first_update")


def _try_again(ctx: Context, records: list[RunRecord], outage: RetryLater | None) -> None:
    """Whom somebody changed, or whom Business Central could not serve: compared anew, a bounded number of times."""
    tried = {record.pk: record.plan.get("tries", 0) + 1 for record in records}
    given_up = [record for record in records if tried[record.pk] >= MOST_TRIES]
    for record in given_up:
        error = outage or Changed(VENDOR, GAVE_UP)
        settle_error(record, error)
        record.reason = GAVE_UP if isinstance(error, Changed) else record.reason
    if given_up:
        write_results(ctx, given_up)
        pending.again([record.plan["link"] for record in given_up], timezone.now() + pending.AGAIN)
    again = [record for record in records if record not in given_up]
    if again:
        replan(ctx, again, read_again=False)
        for record in again:
            record.plan["tries"] = tried[record.pk]
        RunRecord.objects.bulk_update(again, ["plan"])


GAVE_UP = "Somebody changed this customer in Business Central again and again; Retry failed tries again."


def _settle(record: RunRecord) -> None:
    """The record's outcome is the gravest of its parts'; the worst part says why."""
    outcome = gravest([record.plan.get("created", Outcome.UNCHANGED), *(entry["outcome"] for entry in record.parts)])
    worst: dict[str, Any] = next((entry for entry in record.parts if entry["outcome"] == outcome), {})
    grave = outcome in (Outcome.REJECTED, Outcome.FAILED, Outcome.CONFLICT)
    settle(record, outcome, worst.get("reason", "") if grave else record.reason)
    if grave:
        said = causes.gravest_of(record.parts, outcome)
        record.words, record.field, record.cause = said["words"], said["field"], said["cause"]


def replan(ctx: Context, records: list[RunRecord], *, read_again: bool = True) -> None:
    """Compare these pairs anew. read_again: what was begun may have arrived, so the store is asked first.

    What still holds goes on; where there is nothing left to do the record is done; what differs from the plan that
    was approved waits for approval again at the end of the run.
    """
    if read_again:
        read_customers_again(ctx, records)
        writing_back.read_again(ctx, [record for record in records if "business_central" in record.plan])
    links = {link.pk: link for link in pairs(ctx.store).filter(pk__in=[record.plan["link"] for record in records])}
    for record in records:
        link = links.get(record.plan["link"])
        if link is None:
            settle(record, Outcome.SKIPPED, "Not linked any more.")
            continue
        if resting := why_resting(link):
            settle(record, record.plan.get("created", Outcome.SKIPPED), resting)
            continue
        made = plan_pair(ctx.store, ctx.definitions, link)
        created = record.plan.get("created")
        if created == Outcome.LINKED:
            made = only_tracking(made)
        if read_again:
            keep_ours(record.plan, made.plan)
        if not made.sends and not made.local:
            if not read_again and "before" not in record.plan:
                not_wanted(record, made)
            _settle(record)
            continue
        seen = ctx.run.cursor.get("looked_at_plan") and not read_again and not as_shown(record, made)
        shown = {entry["part"] for entry in made.parts}
        record.parts = [*(entry for entry in record.parts if entry["part"] not in shown), *made.parts]
        if "before" in record.plan:
            made.plan["before"] = record.plan["before"]
        record.plan, record.state = made.plan, State.CHANGED if seen else State.PLANNED
        if created:
            record.plan["created"] = created
    write_results(ctx, records)


def chunks(links: QuerySet[Link], size: int) -> Iterator[list[Link]]:
    """Each chunk read when it is needed: SQLite refuses to write beside one long reading once another has written."""
    last = 0
    while chunk := list(links.filter(pk__gt=last).order_by("pk")[:size]):
        last = chunk[-1].pk
        yield chunk
