"""Pairs of which one side was deleted, or is blocked in Business Central: what the store's policy makes of them.

Told once, when it is noticed. Whom the policy parts is planned like any change, so that gate and brake see it, and
unlinked when the plan is applied. Nothing is ever deleted here.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from customers import pending, undoing_sending, unmapping
from customers.context import Context
from customers.gone import rests, shopper_is_gone
from customers.models import Customer, Link, RefusedPair, Run, RunRecord, Trouble
from customers.planning import pairs
from customers.records import part, record_for_customer, settle, take_planned, write_planned, write_results
from customers.shopper import with_details
from stores.models import Store

CHUNK = 500
STAYS = "Not parted after all: changed since the plan was made, or the policy is another one now."
Outcome, State = RunRecord.Outcome, RunRecord.State


def plan(ctx: Context, links: QuerySet[Link]) -> bool:
    """Of these links those whose shopper was deleted are told; those that the policy parts are planned to be unlinked.

    Returns whether one of these links has a side that was deleted.
    """
    deleted = Q(customer__gone_at__isnull=False) | Q(business_central_customer__gone_at__isnull=False)
    noticed_any = links.filter(deleted).exists()
    parts = parted(ctx.store)
    noticed = links.filter(Q(customer__gone_at__isnull=False) | parts).order_by("pk")
    last = 0
    while chunk := list(noticed.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        unlinked = set(
            Link.objects.filter(pk__in=[link.pk for link in chunk]).filter(parts).values_list("pk", flat=True)
        )
        with transaction.atomic():
            if ctx.run.mode == Run.Mode.APPLY:
                # What a job had to say of such a pair holds nobody back.
                Trouble.objects.filter(customer__link__in=unlinked).delete()
                pending.compared(chunk)
            write_planned(ctx, [_record(ctx, link, link.pk in unlinked) for link in chunk])
    _plan_untracking(ctx)
    return noticed_any


def _plan_untracking(ctx: Context) -> None:
    """Who was unlinked while our metafields stayed, as where a run or a web process died right after: they go now."""
    if ctx.run.mode != Run.Mode.APPLY or not ctx.store.writes_enabled:
        return
    for customers in unmapping.still_tracked(ctx.store):
        records = []
        for customer in customers:
            record = record_for_customer(ctx, customer, reason=unmapping.STILL_THERE)
            unmapping.fill(ctx.store, record, customer)
            record.plan["parted"] = True
            records.append(record)
        with transaction.atomic():
            unmapping.try_later(customers, timezone.now() + pending.AGAIN)
            write_planned(ctx, records)


def parted(store: Store) -> Q:
    """Which links the store's policy takes away. A read-only store changes nothing."""
    found = Q(pk=None)
    if not store.writes_enabled:
        return found
    # Who is to be deleted in the other system as well is known by the link.
    if store.when_deleted == Store.WhenDeleted.UNLINK and not store.delete_too:
        found |= Q(customer__gone_at__isnull=False) | Q(business_central_customer__gone_at__isnull=False)
    if store.when_blocked == Store.WhenBlocked.UNLINK:
        found |= ~Q(business_central_customer__blocked="")
    return found


def _record(ctx: Context, link: Link, unlinked: bool) -> RunRecord:
    if not unlinked:
        return rests(ctx, link.customer, shopper_is_gone(link.customer, link))
    business, why = link.business_central_customer, _words(link)
    shown = part("link", Outcome.UPDATED, why, [("linked to", business.number, None)])
    entry = {"parted": True, "link": link.pk, "customer_id": link.customer.remote_id}
    record = record_for_customer(ctx, link.customer, plan=entry, parts=[shown], outcome=Outcome.UPDATED, reason=why)
    record.business_central_customer = business
    return record


def _words(link: Link) -> str:
    business = link.business_central_customer
    if link.customer.gone_at:
        return f"{link.customer.email} was deleted in BigCommerce: {_by_policy(business.number)}"
    if business.gone_at:
        return f"Business Central customer {business.number} was deleted there: {_by_policy(business.number)}"
    return f"Business Central customer {business.number} is blocked ({business.blocked}): {_by_policy(business.number)}"


def _by_policy(number: str) -> str:
    return f"unlinked from {number} by the store's policy; nothing was deleted."


def apply(ctx: Context) -> bool:
    """Unlink the next ones of the plan, as far as the policy still parts them, and take our metafields, which name the
    old customer, out of the store as Unmap does. False when there are none left. Raises RetryLater on an outage."""
    begun = ctx.run.records.filter(state=State.IN_FLIGHT, plan__parted=True)
    records = list(begun.select_related("customer")) or take_planned(ctx, CHUNK, plan__parted=True)
    links = pairs(ctx.store).filter(pk__in=[record.plan["link"] for record in records if record.plan["link"]])
    with transaction.atomic():
        parting = {link.pk: link for link in links.filter(parted(ctx.store))}
        stay = dict(links.exclude(pk__in=parting).values_list("pk", "customer_id"))
        pending.shoppers(stay.values())
        _unlink(list(parting.values()))
        ready = _still_carrying(ctx, [record for record in records if record.plan["link"] not in stay])
        done = [record for record in records if record not in ready]
        for record in done:
            link = parting.get(record.plan["link"])
            settle(record, Outcome.SKIPPED, _words(link) if link else STAYS if record.plan["link"] in stay else "")
        write_results(ctx, done)
    undoing_sending.take_back(ctx, ready)
    return bool(records)


def _still_carrying(ctx: Context, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Of these records, whose pairs are unlinked, those whose shopper carries metafields of ours, filled with them. Who
    was linked again since keeps them."""
    unlinked = Customer.objects.filter(gone_at=None, link=None, pk__in=[record.customer_id for record in records])
    customers = {row.pk: row for row in with_details(unlinked)}
    found = []
    for record in records:
        customer = customers.get(record.customer_id or 0)
        if customer is None:
            continue
        plan, parts = record.plan, record.parts
        unmapping.fill(ctx.store, record, customer)
        if record.plan["metafields"]:
            record.plan = {**plan, **record.plan, "link": plan["link"]}
            record.parts = [entry for entry in parts if entry["part"] != "metafields"] + record.parts
            found.append(record)
        else:
            record.plan, record.parts = plan, parts
    return found


def _unlink(links: Sequence[Link]) -> None:
    """Take these links away. A blocked customer is not linked again by a rule."""
    for link in links:
        business, customer = link.business_central_customer, link.customer
        words = _words(link)
        if not business.gone_at and not customer.gone_at:
            RefusedPair.objects.update_or_create(
                customer=customer, business_central_customer=business, defaults={"reason": words}
            )
        Link.objects.filter(pk=link.pk).delete()
        Trouble.objects.filter(customer=customer).delete()
        rows = Customer.objects.filter(pk=customer.pk, status=Customer.Status.LINKED)
        rows.update(status=Customer.Status.UNMAPPED, status_reason=words, candidates=[])
        mended = {"failed": False, "conflict": False, "parked": False, "flag_reason": ""}
        Customer.objects.filter(pk=customer.pk).update(**mended, untrack_at=timezone.now())
