"""What a person decides about customers: map by hand, unmap, skip, unskip. Each decision is kept with who and why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from customers.default_customers import default_numbers
from customers.default_customers import refusal as refusal_of_default
from customers.linking import standing_of
from customers.models import BusinessCentralCustomer, Customer, Decision, Link, RefusedPair, Run, RunRecord, Trouble
from customers.parking import free, linked
from customers.search import begins, like
from stores.models import Store
from stores.written import kept

Kind, Status = Decision.Kind, Customer.Status
MOST_FOUND = 20
# So many customers are decided about in one transaction.
CHUNK = 500
UNDER_WAY = (RunRecord.State.PLANNED, RunRecord.State.IN_FLIGHT)
Refusals = list[tuple[Customer, str]]


class NotNow(Exception):
    """The decision does not fit what is true by now; str() says what is, in one sentence."""


@dataclass
class Decided:
    """done: customers that were decided about; already: those that were so before; refused: the others. Each of the
    latter two with a sentence.
    """

    done: list[Customer] = field(default_factory=list)
    refused: Refusals = field(default_factory=list)
    already: Refusals = field(default_factory=list)


def name_of(user: Any) -> str:
    """A person's name as pages and histories say it."""
    return (user.get_full_name() or user.get_username()) if isinstance(user, User) else "somebody"


def unmap(customers: Iterable[Customer], user: User, reason: str, *, seen: datetime | None = None) -> Decided:
    """Take these customers' links away. The pairs are refused from then on: only a person links them again.

    seen: when the operator's page was made; what somebody else decided after that is left as it is.
    """
    return _in_chunks(customers, seen, lambda rows: _unmap(rows, user, reason))


def skip(customers: Iterable[Customer], user: User, reason: str, *, seen: datetime | None = None) -> Decided:
    """Keep these customers out of every job until they are unskipped. A link stays, and rests."""
    return _in_chunks(customers, seen, lambda rows: _skip(rows, user, reason))


def unskip(customers: Iterable[Customer], user: User, reason: str = "", *, seen: datetime | None = None) -> Decided:
    """Let the jobs have these customers again: linked where the link stayed, else unmapped."""
    return _in_chunks(customers, seen, lambda rows: _unskip(rows, user, reason))


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
    if business.number in default_numbers(customer.store):
        raise NotNow(refusal_of_default(business.number))
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
            linked(customer)
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
    wanted = begins("number", text) | Q(email_key=text.lower()) | like("display_name", text)
    return rows.filter(wanted)[:MOST_FOUND]


def refused_pairs(customers: Iterable[Customer]) -> dict[tuple[int, int], RefusedPair]:
    """(customer, Business Central customer) primary keys -> who refused the pair and why, of these customers."""
    rows = RefusedPair.objects.filter(customer__in=[row.pk for row in customers]).select_related("user")
    return {(row.customer_id, row.business_central_customer_id): row for row in rows}


def refusal(pair: RefusedPair) -> str:
    """A refused pair in a sentence."""
    return f"{name_of(pair.user)} unmapped this pair on {kept(pair.at)}: {pair.reason or 'no reason given'}."


def _in_chunks(
    customers: Iterable[Customer], seen: datetime | None, decide: Callable[[list[Customer]], Decided]
) -> Decided:
    """Decide about so many at once that no row is locked for long; what was decided stays when a later chunk fails."""
    decided, left = Decided(), iter(customers)
    while rows := list(islice(left, CHUNK)):
        with transaction.atomic():
            free, refused = _free(rows, seen)
            some = decide(free)
        decided.done += some.done
        decided.already += some.already
        decided.refused += refused + some.refused
    return decided


def _free(rows: list[Customer], seen: datetime | None) -> tuple[list[Customer], Refusals]:
    """(those to decide about, locked; the others, each with a sentence), as `_check` for many at once."""
    pks = [row.pk for row in rows]
    why: dict[int, str] = {}
    if seen is not None:
        for link in Link.objects.filter(customer__in=pks, created_at__gt=seen).values_list("customer_id", flat=True):
            why[link] = "{} was linked meanwhile; look at it again."
        newer = Decision.objects.filter(customer__in=pks, at__gt=seen).select_related("user").order_by("pk")
        for each in newer:
            what = each.get_kind_display().lower()
            why[each.customer_id or 0] = f"{name_of(each.user)} was faster ({what}); look at {{}} again."
    taken = RunRecord.objects.filter(customer__in=pks, run__status__in=Run.ACTIVE, state__in=UNDER_WAY)
    for record in taken.order_by("pk").select_for_update(of=("self",)).only("customer_id", "run_id", "state"):
        if record.state == RunRecord.State.IN_FLIGHT:
            why[record.customer_id or 0] = (
                f"Run {record.run_id} is sending {{}} at this moment; try again when it is done."
            )
    there = dict(Customer.objects.filter(pk__in=pks).order_by("pk").select_for_update().values_list("pk", "status"))
    for row in rows:
        if row.pk not in why and there.get(row.pk) != row.status:
            why[row.pk] = "{} was changed by somebody else a moment ago; look at it again."
    free = [row for row in rows if row.pk not in why]
    # Not `format`: a customer's name may have braces.
    return free, [(row, why[row.pk].replace("{}", str(row))) for row in rows if row.pk in why]


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
    under_way = taken.filter(state__in=UNDER_WAY).order_by("pk")
    for record in under_way.select_for_update(of=("self",)):
        if record.state == RunRecord.State.IN_FLIGHT:
            who = customer if record.customer_id == customer.pk else f"Business Central customer {business}"
            raise NotNow(f"Run {record.run_id} is sending {who} at this moment; try again when it is done.")


def _unmap(rows: list[Customer], user: User, reason: str) -> Decided:
    found = Link.objects.filter(customer__in=rows).select_related("business_central_customer").defer(
        "base", "disputes", "stood", "business_central_customer__data"
    )  # fmt: skip
    links = {link.customer_id: link for link in found}
    done = [row for row in rows if row.pk in links]
    number = Link.objects.filter(customer=OuterRef("pk")).values("business_central_customer__number")
    said = (Value("Unmapped from "), Subquery(number), Value(f" by {name_of(user)}: {reason}"))
    _stand_all([row for row in done if row.status == Status.LINKED], Status.UNMAPPED,
               Concat(*said, output_field=TextField()))  # fmt: skip
    # What Update had to say was about the pair.
    mended = {"failed": False, "conflict": False, "parked": False, "flag_reason": ""}
    Customer.objects.filter(pk__in=links).update(**mended, untrack_at=timezone.now())
    Trouble.objects.filter(customer__in=links).delete()
    pairs = [(row, links[row.pk].business_central_customer) for row in done]
    RefusedPair.objects.bulk_create(
        (RefusedPair(customer=row, business_central_customer=business, reason=reason, user=user)
         for row, business in pairs),
        update_conflicts=True, unique_fields=["customer", "business_central_customer"],
        update_fields=["reason", "user", "at"],
    )  # fmt: skip
    Link.objects.filter(pk__in=[link.pk for link in links.values()]).delete()
    _keep_all(pairs, Kind.UNMAP, user, reason)
    return Decided(done, already=[(row, f"{row} is not linked.") for row in rows if row.pk not in links])


def _skip(rows: list[Customer], user: User, reason: str) -> Decided:
    already = [(row, f"{row} is skipped already.") for row in rows if row.status == Status.SKIPPED]
    done = [row for row in rows if row.status != Status.SKIPPED]
    _stand_all(done, Status.SKIPPED, f"Skipped by {name_of(user)}: {reason}")
    _keep_all([(row, None) for row in done], Kind.SKIP, user, reason)
    return Decided(done, already=already)


def _unskip(rows: list[Customer], user: User, reason: str) -> Decided:
    already = [(row, f"{row} is not skipped.") for row in rows if row.status != Status.SKIPPED]
    done = [row for row in rows if row.status == Status.SKIPPED]
    linked = set(Link.objects.filter(customer__in=done).values_list("customer_id", flat=True))
    why = Subquery(Link.objects.filter(customer=OuterRef("pk")).values("why"))
    _stand_all([row for row in done if row.pk in linked], Status.LINKED, why)
    free = f"No longer skipped, by {name_of(user)}; Try Mapping looks for it again."
    _stand_all([row for row in done if row.pk not in linked], Status.UNMAPPED, free)
    _keep_all([(row, None) for row in done], Kind.UNSKIP, user, reason)
    return Decided(done, already=already)


def _stand_all(rows: list[Customer], status: str, reason: Any) -> None:
    """Move locked customers on. reason: a text, or an expression that gives each its own."""
    values: dict[str, Any] = {"status": status, "candidates": [], "default_customer": None}
    Customer.objects.filter(pk__in=[row.pk for row in rows]).update(status_reason=reason, **values)
    for row in rows:
        row.status = status


def _keep_all(
    pairs: Sequence[tuple[Customer, BusinessCentralCustomer | None]], kind: str, user: User, reason: str
) -> None:
    Decision.objects.bulk_create(
        Decision(store_id=row.store_id, customer=row, kind=kind, reason=reason, user=user,
                 business_central_customer=business)
        for row, business in pairs
    )  # fmt: skip


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
