"""Pairs of which one side was deleted, or is blocked in Business Central: what the store's policy makes of them.

Told once, when it is noticed. Nothing is ever deleted here.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from customers import pending
from customers.context import Context
from customers.gone import rests, shopper_is_gone
from customers.models import Customer, Link, RefusedPair, Run
from customers.records import write_planned
from stores.models import Store

CHUNK = 500


def plan(ctx: Context, links: QuerySet[Link]) -> bool:
    """Of these links those whose shopper was deleted are told; those that the policy parts are unlinked.

    Returns whether one of these links has a side that was deleted.
    """
    deleted = Q(customer__gone_at__isnull=False) | Q(business_central_customer__gone_at__isnull=False)
    noticed_any = links.filter(deleted).exists()
    parts = _parted(ctx.store)
    noticed = links.filter(Q(customer__gone_at__isnull=False) | parts).order_by("pk")
    last = 0
    while chunk := list(noticed.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        unlinked = set(_keys(links.model.objects.filter(pk__in=[link.pk for link in chunk]).filter(parts)))
        with transaction.atomic():
            write_planned(ctx, [rests(ctx, link.customer, _words(link, link.pk in unlinked)) for link in chunk])
            if ctx.run.mode == Run.Mode.APPLY:
                pending.compared(chunk)
                _unlink([link for link in chunk if link.pk in unlinked])
    return noticed_any


def _parted(store: Store) -> Q:
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


def _words(link: Link, unlinked: bool) -> str:
    business = link.business_central_customer
    if not unlinked:
        return shopper_is_gone(link.customer, link)
    if link.customer.gone_at:
        return f"{link.customer.email} was deleted in BigCommerce: {_by_policy(business.number)}"
    if business.gone_at:
        return f"Business Central customer {business.number} was deleted there: {_by_policy(business.number)}"
    return f"Business Central customer {business.number} is blocked ({business.blocked}): {_by_policy(business.number)}"


def _by_policy(number: str) -> str:
    return f"unlinked from {number} by the store's policy; nothing was deleted."


def _unlink(links: Iterable[Link]) -> None:
    """Take these links away. A blocked customer is not linked again by a rule."""
    for link in links:
        business, customer = link.business_central_customer, link.customer
        words = _words(link, True)
        if not business.gone_at and not customer.gone_at:
            RefusedPair.objects.update_or_create(
                customer=customer, business_central_customer=business, defaults={"reason": words}
            )
        Link.objects.filter(pk=link.pk).delete()
        rows = Customer.objects.filter(pk=customer.pk, status=Customer.Status.LINKED)
        rows.update(status=Customer.Status.UNMAPPED, status_reason=words, candidates=[])
        Customer.objects.filter(pk=customer.pk).update(failed=False, conflict=False, parked=False, flag_reason="")


def _keys(links: QuerySet[Link]) -> Iterable[int]:
    return links.values_list("pk", flat=True)
