"""What a person decides about customers: map by hand, unmap, skip, unskip. Each decision is kept with who and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from customers.linking import standing_of
from customers.models import BusinessCentralCustomer, Customer, Decision, Link, RefusedPair, Run, RunRecord, Trouble
from customers.parking import free
from stores.models import Store

Kind, Status = Decision.Kind, Customer.Status
MOST_FOUND = 20


class NotNow(Exception):
    """The decision does not fit what is true by now; str() says what is, in one sentence."""


@dataclass
class Decided:
    """done: customers that were decided about; refused: the others, each with a sentence."""

    done: list[Customer] = field(default_factory=list)
    refused: list[tuple[Customer, str]] = field(default_factory=list)


def name_of(user: Any) -> str:
    """A person's name as pages and histories say it."""
    return (user.get_full_name() or user.get_username()) if isinstance(user, User) else "somebody"


def unmap(customers: Iterable[Customer], user: User, reason: str, *, seen: datetime | None = None) -> Decided:
    """Take these customers' links away. The pairs are refused from then on: only a person links them again.

    seen: when the operator's page was made; what somebody else decided after that is left as it is.
    """
    return _each(customers, seen, lambda customer: _unmap(customer, user, reason))


def skip(customers: Iterable[Customer], user: User, reason: str, *, seen: datetime | None = None) -> Decided:
    """Keep these customers out of every job until they are unskipped. A link stays, and rests."""
    return _each(customers, seen, lambda customer: _skip(customer, user, reason))


def unskip(customers: Iterable[Customer], user: User, reason: str = "", *, seen: datetime | None = None) -> Decided:
    """Let the jobs have these customers again: linked where the link stayed, else unmapped."""
    return _each(customers, seen, lambda customer: _unskip(customer, user, reason))


def unpark(troubles: Iterable[Trouble], user: User, reason: str = "") -> int:
    """Let the jobs try these again. Returns how many were still parked; those that are not are left as they are."""
    rows = list(Trouble.objects.filter(pk__in=[row.pk for row in troubles], parked=True))
    with transaction.atomic():
        free(rows)
        Decision.objects.bulk_create(
            Decision(
                store_id=row.store_id, customer_id=row.customer_id, kind=Kind.UNPARK, reason=reason, user=user,
                business_central_customer_id=row.business_central_customer_id,
            )
            for row in rows
        )  # fmt: skip
    return len(rows)


def map_to(
    customer: Customer,
    business: BusinessCentralCustomer,
    user: User,
    reason: str = "",
    *,
    seen: datetime | None = None,
) -> Link:
    """Link this pair by hand. Raises NotNow when either side is linked, skipped or gone, or somebody was faster."""
    if customer.status == Status.SKIPPED:
        raise NotNow(f"{customer} is skipped; unskip it first.")
    if business.gone_at or business.company_id != customer.store.company_id:
        raise NotNow(f"Business Central customer {business.number} is not in this store's company any more.")
    if link := Link.objects.select_related("business_central_customer").filter(customer=customer).first():
        raise NotNow(f"{customer} is linked to {link.business_central_customer.number} already; unmap it first.")
    why = f"Mapped by hand by {name_of(user)}{': ' + reason if reason else '.'}"
    link = Link(
        store=customer.store, customer=customer, business_central_customer=business, rule="by hand",
        value=business.number, why=why, user=user, stood=standing_of(customer),
    )  # fmt: skip
    try:
        with transaction.atomic():
            _check(customer, seen, business)
            link.save()
            _stand(customer, Status.LINKED, why)
            RefusedPair.objects.filter(customer=customer, business_central_customer=business).delete()
            _keep(customer, Kind.MAP, user, reason, business)
    except IntegrityError:
        raise NotNow(_who_has(customer, business)) from None
    return link


def found_business_central(store: Store, text: str) -> QuerySet[BusinessCentralCustomer]:
    """Business Central customers of the store's company by number (its beginning), e-mail or a part of the name."""
    text = " ".join(text.replace("\0", "").split())[:100]
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None).order_by("number")
    if not text:
        return rows.none()
    wanted = Q(number__istartswith=text) | Q(email_key=text.lower()) | Q(display_name__icontains=text)
    return rows.filter(wanted)[:MOST_FOUND]


def refused_pairs(customers: Iterable[Customer]) -> dict[tuple[int, int], RefusedPair]:
    """(customer, Business Central customer) primary keys -> who refused the pair and why, of these customers."""
    rows = RefusedPair.objects.filter(customer__in=[row.pk for row in customers]).select_related("user")
    return {(row.customer_id, row.business_central_customer_id): row for row in rows}


def refusal(pair: RefusedPair) -> str:
    """A refused pair in a sentence."""
    return f"{name_of(pair.user)} unmapped this pair on {pair.at:%d %b %Y}: {pair.reason or 'no reason given'}."


def _each(customers: Iterable[Customer], seen: datetime | None, decide: Callable[[Customer], None]) -> Decided:
    decided = Decided()
    for customer in customers:
        try:
            with transaction.atomic():
                _check(customer, seen)
                decide(customer)
            decided.done.append(customer)
        except NotNow as error:
            decided.refused.append((customer, str(error)))
    return decided


def _check(customer: Customer, seen: datetime | None, business: BusinessCentralCustomer | None = None) -> None:
    """Raises NotNow where somebody decided since `seen`, or a run is sending either of these very customers.

    Call it inside the transaction that decides: a run that is about to take one of them waits for it, and then sees
    what was decided.
    """
    if seen is not None:
        newer = Decision.objects.filter(customer=customer, at__gt=seen).select_related("user").first()
        if newer is not None:
            what = newer.get_kind_display().lower()
            raise NotNow(f"{name_of(newer.user)} was faster ({what}); look at {customer} again.")
        link = Link.objects.filter(customer=customer, created_at__gt=seen).first()
        if link is not None:
            raise NotNow(f"{customer} was linked meanwhile; look at it again.")
    either = Q(customer=customer)
    if business is not None:
        either |= Q(business_central_customer=business)
    taken = RunRecord.objects.filter(either, run__store=customer.store_id, run__status__in=Run.ACTIVE)
    under_way = taken.filter(state__in=(RunRecord.State.PLANNED, RunRecord.State.IN_FLIGHT)).order_by("pk")
    for record in under_way.select_for_update(of=("self",)):
        if record.state == RunRecord.State.IN_FLIGHT:
            who = customer if record.customer_id == customer.pk else f"Business Central customer {business}"
            raise NotNow(f"Run {record.run_id} is sending {who} at this moment; try again when it is done.")


def _unmap(customer: Customer, user: User, reason: str) -> None:
    link = Link.objects.select_related("business_central_customer").filter(customer=customer).first()
    if link is None:
        raise NotNow(f"{customer} is not linked.")
    business = link.business_central_customer
    _, removed = Link.objects.filter(pk=link.pk).delete()
    if not removed.get("customers.Link"):
        raise NotNow(f"{customer} was unmapped by somebody else a moment ago.")
    if customer.status == Status.LINKED:
        _stand(customer, Status.UNMAPPED, f"Unmapped from {business.number} by {name_of(user)}: {reason}")
    # What Update had to say was about the pair.
    Customer.objects.filter(pk=customer.pk).update(failed=False, conflict=False, parked=False, flag_reason="")
    Trouble.objects.filter(customer=customer).delete()
    RefusedPair.objects.update_or_create(
        customer=customer, business_central_customer=business, defaults={"reason": reason, "user": user}
    )
    _keep(customer, Kind.UNMAP, user, reason, business)


def _skip(customer: Customer, user: User, reason: str) -> None:
    if customer.status == Status.SKIPPED:
        raise NotNow(f"{customer} is skipped already.")
    _stand(customer, Status.SKIPPED, f"Skipped by {name_of(user)}: {reason}")
    _keep(customer, Kind.SKIP, user, reason)


def _unskip(customer: Customer, user: User, reason: str) -> None:
    if customer.status != Status.SKIPPED:
        raise NotNow(f"{customer} is not skipped.")
    link = Link.objects.filter(customer=customer).first()
    if link is not None:
        _stand(customer, Status.LINKED, link.why)
    else:
        _stand(customer, Status.UNMAPPED, f"No longer skipped, by {name_of(user)}; Try Mapping looks for it again.")
    _keep(customer, Kind.UNSKIP, user, reason)


def _stand(customer: Customer, status: str, reason: str) -> None:
    """Move the customer on from the status that was seen. Raises NotNow when it has another by now."""
    values: dict[str, Any] = {"status": status, "status_reason": reason, "candidates": [], "default_customer": None}
    if not Customer.objects.filter(pk=customer.pk, status=customer.status).update(**values):
        raise NotNow(f"{customer} was changed by somebody else a moment ago; look at it again.")
    for name, value in values.items():
        setattr(customer, name, value)


def _keep(
    customer: Customer, kind: str, user: User, reason: str, business: BusinessCentralCustomer | None = None
) -> None:
    Decision.objects.create(
        store_id=customer.store_id, customer=customer, kind=kind, reason=reason, user=user,
        business_central_customer=business,
    )  # fmt: skip


def _who_has(customer: Customer, business: BusinessCentralCustomer) -> str:
    links = Link.objects.filter(store=customer.store).select_related("customer", "user")
    other = links.filter(business_central_customer=business).exclude(customer=customer).first()
    if other is not None:
        by = f" ({name_of(other.user)})" if other.user else ""
        return f"Business Central customer {business.number} is linked already to {other.customer.email}{by}."
    return f"{customer} was linked by somebody else a moment ago."
