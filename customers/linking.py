"""Making links and setting where a customer stands: the one place that writes statuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from customers.models import BusinessCentralCustomer, Customer, Link, Run

STATUS_FIELDS = ["status", "status_reason", "candidates", "default_customer"]
Status = Customer.Status


@dataclass
class NewLink:
    """A pair to be linked, and why: rule, the value it compared, a sentence. base: what both agree on, or None."""

    customer: Customer
    business: BusinessCentralCustomer
    rule: str
    value: str = ""
    why: str = ""
    base: dict[str, Any] | None = None


def make_links(run: Run, wanted: Sequence[NewLink]) -> tuple[list[Link], list[tuple[NewLink, str]]]:
    """Link these pairs. Returns the links, and the pairs that could not be linked with the reason as a sentence.

    The database holds that a customer of either side has one link in a store, so two runs at once cannot make two.
    """
    links = [_row(run, new) for new in wanted]
    try:
        with transaction.atomic():
            Link.objects.bulk_create(links)
        refused: list[tuple[NewLink, str]] = []
    except IntegrityError:
        links, refused = _one_by_one(run, wanted)
    made = {link.customer_id for link in links}
    linked = [new for new in wanted if new.customer.pk in made]
    for new in linked:
        stand(new.customer, Status.LINKED, new.why)
    save_standing([new.customer for new in linked])
    return links, refused


def _one_by_one(run: Run, wanted: Sequence[NewLink]) -> tuple[list[Link], list[tuple[NewLink, str]]]:
    links, refused = [], []
    for new in wanted:
        link = _row(run, new)
        try:
            with transaction.atomic():
                link.save()
            links.append(link)
        except IntegrityError:
            refused.append((new, _who_has_it(run, new)))
    return links, refused


def _row(run: Run, new: NewLink) -> Link:
    return Link(
        store=run.store, customer=new.customer, business_central_customer=new.business, rule=new.rule,
        value=new.value[:255], why=new.why, base=new.base, run=run, user_id=run.user_id,
        stood=standing_of(new.customer),
    )  # fmt: skip


def _who_has_it(run: Run, new: NewLink) -> str:
    other = (
        Link.objects.filter(store=run.store, business_central_customer=new.business).select_related("customer").first()
    )
    if other is not None:
        return f"Business Central customer {new.business.number} is linked already to {other.customer.email}."
    return f"{new.customer.email} was linked by somebody else meanwhile."


def standing_of(customer: Customer) -> dict[str, Any]:
    """Where the customer stands, as a link keeps it for undo."""
    return {
        "status": customer.status,
        "reason": customer.status_reason,
        "candidates": list(customer.candidates),
        "default": customer.default_customer_id,
    }


def stand_as(customer: Customer, stood: dict[str, Any], reason: str = "") -> None:
    """Set the customer to where it stood before a link, on the object. reason: said instead of the old one."""
    customer.status = stood.get("status", Status.UNMAPPED)
    customer.status_reason = reason or stood.get("reason", "")
    customer.candidates, customer.default_customer_id = list(stood.get("candidates", ())), stood.get("default")


def stand(
    customer: Customer,
    status: str,
    reason: str,
    *,
    candidates: Sequence[str] = (),
    default: BusinessCentralCustomer | None = None,
) -> None:
    """Set where the customer stands, on the object; `save_standing` stores it."""
    customer.status, customer.status_reason = status, reason
    customer.candidates, customer.default_customer = list(candidates), default


def save_standing(customers: Sequence[Customer]) -> None:
    # An UPDATE, not an upsert: whoever was erased meanwhile stays erased.
    Customer.objects.bulk_update(customers, STATUS_FIELDS, batch_size=200)
