"""E-mails to decide about: several Business Central customers share one, or it is that of another one's shopper.

Nobody stands in the Review queue for them, so they have a queue of their own. A decision is kept: who gets the e-mail
is added, the others are left out while they have it; who is skipped is left out until somebody takes that back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from customers import left_over
from customers.deciding import NotNow, name_of
from customers.models import BusinessCentralCustomer, Customer, Decision, LeftOut, Link, NotReady
from customers.models.readiness import EMAILS
from stores.models import Store

Kind = Decision.Kind


@dataclass
class Sharer:
    """A customer with the e-mail. waits: a decision about it is missing; linked: its shopper; left: who left it out."""

    row: BusinessCentralCustomer
    waits: bool = False
    linked: Customer | None = None
    left: LeftOut | None = None


@dataclass
class Case:
    """One e-mail with everybody who has it. shopper: the store's customer with it, linked to linked_to or nobody."""

    email: str
    sharers: list[Sharer] = field(default_factory=list)
    shopper: Customer | None = None
    linked_to: BusinessCentralCustomer | None = None

    @property
    def taken(self) -> bool:
        """Whether nobody else can get it: one of them, or another customer, has a shopper with it already."""
        return self.linked_to is not None or any(each.linked for each in self.sharers)


def waiting(store: Store) -> QuerySet[NotReady]:
    """The customers of the store's company about whose e-mail somebody has to decide."""
    return NotReady.of(store).filter(code__in=EMAILS, first=True)


def emails(store: Store) -> tuple[list[str], int]:
    """Their e-mails, each once, sorted; and how many customers they are. One query."""
    key = "business_central_customer__email_key"
    found = list(waiting(store).order_by().values_list(key, flat=True))
    return sorted(set(found)), len(found)


def cases(store: Store, wanted: Sequence[str]) -> list[Case]:
    """These e-mails with everybody who has them, in a fixed number of queries."""
    rows = _sharers(store, wanted)
    waits = set(
        waiting(store).filter(business_central_customer__in=rows).values_list("business_central_customer", flat=True)
    )
    links = Link.objects.filter(store=store, business_central_customer__in=rows).select_related("customer")
    linked = {link.business_central_customer_id: link.customer for link in links.defer("customer__data")}
    outs = LeftOut.objects.filter(store=store, business_central_customer__in=rows).select_related("user")
    out = {each.business_central_customer_id: each for each in outs}
    found: dict[str, list[Sharer]] = defaultdict(list)
    for row in rows:
        found[row.email_key].append(Sharer(row, row.pk in waits, linked.get(row.pk), out.get(row.pk)))
    shoppers = Customer.objects.filter(store=store, gone_at=None, email_key__in=wanted).defer("data")
    known = {each.email_key: each for each in shoppers.select_related("link__business_central_customer")}
    return [_case(email, found[email], known.get(email)) for email in wanted]


def _case(email: str, sharers: list[Sharer], shopper: Customer | None) -> Case:
    link = getattr(shopper, "link", None)
    return Case(email, sharers, shopper, link.business_central_customer if link is not None else None)


def _sharers(store: Store, emails: Iterable[str]) -> list[BusinessCentralCustomer]:
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None, email_key__in=list(emails))
    return list(rows.defer("data").order_by("number"))


def left(store: Store) -> QuerySet[LeftOut]:
    """Who was left out by a decision that still stands, the newest first."""
    rows = LeftOut.objects.filter(store=store, business_central_customer__gone_at=None)
    return rows.select_related("business_central_customer", "user").order_by("-at", "-pk")


def give(store: Store, chosen: BusinessCentralCustomer, user: User, reason: str, seen: datetime | None) -> int:
    """This customer gets the e-mail; the others who share it are left out. Returns how many. Raises NotNow."""
    judge = left_over.judge_of(store, [chosen.email_key])
    with transaction.atomic():
        case = _looked_at(store, chosen, seen)
        others = [each for each in case.sharers if each.row.pk != chosen.pk]
        if case.taken:
            who = case.linked_to or next(each.row for each in case.sharers if each.linked)
            raise NotNow(
                f"{case.email} is the shopper's of {who.number} already; skip {chosen.number} or mend its e-mail."
            )
        if not others:
            raise NotNow(f"Nobody else has {case.email} any more; there is nothing to decide.")
        said = f"{case.email} goes to {chosen.number}, {chosen.display_name}. {reason}".strip()
        for each in others:
            _leave(store, each.row, user, said, case.email)
        LeftOut.objects.filter(store=store, business_central_customer=chosen).delete()
        _keep(store, chosen, Kind.GIVE, user, said)
        left_over.look_again(store, [each.row for each in case.sharers], judge)
    return len(others)


def skip(store: Store, chosen: BusinessCentralCustomer, user: User, reason: str, seen: datetime | None) -> None:
    """Leave this customer out of the store until somebody takes that back. Raises NotNow."""
    judge = left_over.judge_of(store, [chosen.email_key])
    with transaction.atomic():
        case = _looked_at(store, chosen, seen)
        mine = next(each for each in case.sharers if each.row.pk == chosen.pk)
        if mine.linked:
            raise NotNow(f"{chosen.number} has the shopper {mine.linked} by now.")
        _leave(store, chosen, user, reason, "")
        left_over.look_again(store, [each.row for each in case.sharers], judge)


def take_back(store: Store, rows: Iterable[LeftOut], user: User, reason: str = "") -> int:
    """Ask about these again. Returns how many were still left out."""
    asked = list(rows.select_related("business_central_customer")) if isinstance(rows, QuerySet) else list(rows)
    keys = {each.business_central_customer.email_key for each in asked} - {""}
    judge = left_over.judge_of(store, keys)
    with transaction.atomic():
        there = LeftOut.objects.filter(pk__in=[each.pk for each in asked])
        kept = set(there.select_for_update(of=("self",)).values_list("pk", flat=True))
        found = [each for each in asked if each.pk in kept]
        there.delete()
        for each in found:
            _keep(store, each.business_central_customer, Kind.UNSKIP, user, reason)
        concerned = {row.pk: row for row in _sharers(store, keys)}
        concerned |= {each.business_central_customer_id: each.business_central_customer for each in found}
        left_over.look_again(store, list(concerned.values()), judge)
    return len(found)


def _looked_at(store: Store, chosen: BusinessCentralCustomer, seen: datetime | None) -> Case:
    """The e-mail's case, locked against other operators. Raises NotNow where somebody decided about it since."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None, email_key=chosen.email_key)
    pks = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    if chosen.pk not in pks or not chosen.email_key:
        raise NotNow(f"{chosen.number} has another e-mail by now; look at it again.")
    newer = Decision.objects.filter(store=store, business_central_customer__in=pks, at__gt=seen) if seen else None
    if newer is not None and (last := newer.select_related("user").first()):
        raise NotNow(
            f"{name_of(last.user)} was faster ({last.get_kind_display().lower()}); look at {chosen.number} again."
        )
    return cases(store, [chosen.email_key])[0]


def _leave(store: Store, row: BusinessCentralCustomer, user: User, reason: str, email: str) -> None:
    LeftOut.objects.update_or_create(
        store=store, business_central_customer=row, defaults={"email_key": email, "reason": reason, "user": user}
    )
    _keep(store, row, Kind.SKIP, user, reason)


def _keep(store: Store, row: BusinessCentralCustomer, kind: str, user: User, reason: str) -> None:
    Decision.objects.create(store=store, business_central_customer=row, kind=kind, user=user, reason=reason)
