"""Customers that are gone from one of the two systems: marked, said once where it is noticed, and left alone.

A link to somebody who is gone is kept and rests: nothing is deleted on the other side, and nobody is created anew
without a person's word, which is Unmap.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers import pending
from customers.context import Context
from customers.models import BusinessCentralCustomer, Customer, Link, RunRecord
from customers.records import part, record_for_customer, settle, write_planned
from customers.selection import shoppers
from stores.models import Store

Outcome = RunRecord.Outcome
# How the store refuses a write to a customer that it does not have.
UNKNOWN_CUSTOMER = "invalid customer"
STORE_LACKS = "bigcommerce:gone"
NOT_LINKED = "Not linked to a Business Central customer; choose Try Mapping first."


def shopper_is_gone(customer: Customer, link: Link | None) -> str:
    """What a shopper's deletion in BigCommerce means, in a sentence or two."""
    said = f"{customer.email} was deleted in BigCommerce"
    if link is None:
        return f"{said}; no job works on this customer any more."
    number = link.business_central_customer.number
    return (
        f"{said}. The link to Business Central customer {number} is kept and rests. To let Add Customers create "
        f"{number} anew, Unmap it on the customer's card."
    )


def business_is_gone(business: BusinessCentralCustomer) -> str:
    """What a customer's deletion in Business Central means for its shopper."""
    return (
        f"Business Central customer {business.number} was deleted there, so there is nothing to send; the shopper "
        "stays as it is. Unmap it and choose Try Mapping or Map to…, or Skip it."
    )


def why_resting(link: Link) -> str:
    """Why a link rests, "" when both sides are there."""
    business = link.business_central_customer
    if link.customer.gone_at:
        return shopper_is_gone(link.customer, link)
    if business.gone_at:
        return business_is_gone(business)
    if business.blocked and link.store.when_blocked == Store.WhenBlocked.REST:
        return (
            f"Business Central customer {business.number} is blocked ({business.blocked}), and this store lets such "
            "pairs rest; nothing is sent until it is unblocked."
        )
    return ""


def mark_deleted(customers: Sequence[Customer]) -> None:
    """These shoppers are not in the store any more."""
    now = timezone.now()
    for customer in customers:
        customer.gone_at = now
    pks = [row.pk for row in customers]
    with transaction.atomic():
        Customer.objects.filter(pk__in=pks, gone_at=None).update(gone_at=now)
        pending.shoppers(pks)


def unlisted(
    store: Store, ids: Sequence[int], requested_at: datetime, *, after: int, up_to: int | None
) -> list[Customer]:
    """Mirrored customers with after < id <= up_to that a page of the store's list left out. up_to None: to the end.

    Who was written since the page was asked for is newer than the page.
    """
    rows = Customer.objects.filter(store=store, gone_at=None, remote_id__gt=after, written_at__lt=requested_at)
    if up_to is not None:
        rows = rows.filter(remote_id__lte=up_to)
    return list(rows.exclude(remote_id__in=ids).select_related("link__business_central_customer"))


def settle_deleted(ctx: Context, records: Sequence[RunRecord], links: Sequence[Link]) -> list[RunRecord]:
    """Of records that were sent those whose shopper the store no longer has: marked, and skipped with the reason.

    A refusal alone may be about something else, so the store is asked for these customers, all in one request.
    """
    of = {link.pk: link for link in links}
    suspects = [record for record in records if "created" not in record.plan and _refused_as_unknown(record)]
    if not suspects:
        return []
    ids = [record.plan["customer_id"] for record in suspects]
    there = {item["id"] for page in ctx.bigcommerce.customers(ids=ids) for item in page.items}
    deleted = [record for record in suspects if record.plan["customer_id"] not in there]
    mark_deleted([of[record.plan["link"]].customer for record in deleted])
    for record in deleted:
        link = of[record.plan["link"]]
        reason = shopper_is_gone(link.customer, link)
        record.parts = [part("core", Outcome.SKIPPED, reason)]
        settle(record, Outcome.SKIPPED, reason)
    return deleted


def _refused_as_unknown(record: RunRecord) -> bool:
    return any(_is_unknown(entry) for entry in record.parts if entry["outcome"] in (Outcome.REJECTED, Outcome.FAILED))


def _is_unknown(entry: dict[str, Any]) -> bool:
    return entry.get("cause") == STORE_LACKS or UNKNOWN_CUSTOMER in entry.get("words", "").lower()


def rests(ctx: Context, customer: Customer, reason: str) -> RunRecord:
    """Nothing is sent for this customer, and why."""
    record = record_for_customer(ctx, customer)
    settle(record, Outcome.SKIPPED, reason)
    return record


def skip_the_rest(ctx: Context) -> None:
    """Customers of a selection that are not linked or deleted are told so; a run over all leaves them alone."""
    if "only" not in ctx.run.scope:
        return
    rest = shoppers(ctx.store, ctx.run.scope).filter(Q(link=None) | Q(status=Customer.Status.SKIPPED))
    told = [rests(ctx, row, row.status_reason if row.status == Customer.Status.SKIPPED else NOT_LINKED) for row in rest]
    deleted = Customer.objects.filter(store=ctx.store, pk__in=ctx.run.scope["only"], gone_at__isnull=False)
    for row in deleted.select_related("link__business_central_customer"):
        told.append(rests(ctx, row, shopper_is_gone(row, getattr(row, "link", None))))
    write_planned(ctx, told)
