"""The Review queue: shoppers that need a person, each with scored candidates, in a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from customers.business_central_mirror import record_of
from customers.deciding import refused_pairs
from customers.models import BusinessCentralCustomer, Customer, Link, RefusedPair
from customers.shopper import TAX_NAMES, for_matching, with_details
from mapping import emails
from mapping.match import Shopper
from mapping.score import Score, Side, score
from stores.models import Store

# Scoring is quick but not free: of a longer queue the first ones are ranked, and the page says so.
MOST_RANKED = 500
MOST_CANDIDATES = 5


@dataclass
class Candidate:
    """taken_by: the shopper who is linked to it in this store; refused: somebody unmapped this very pair."""

    row: BusinessCentralCustomer
    score: Score
    taken_by: Customer | None = None
    refused: RefusedPair | None = None
    named: bool = False

    @property
    def free(self) -> bool:
        return self.taken_by is None and self.refused is None


@dataclass
class Case:
    """One shopper to decide about, with candidates, the most alike first."""

    customer: Customer
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def best(self) -> int:
        return self.candidates[0].score.total if self.candidates else 0


def waiting(store: Store) -> Any:
    """The store's shoppers that need review, as a queryset."""
    return Customer.objects.filter(store=store, gone_at=None, status=Customer.Status.REVIEW)


def queue(store: Store) -> list[Case]:
    """The cases of the store, best score first."""
    cases = cases_of(store, list(with_details(waiting(store).order_by("pk")[:MOST_RANKED])))
    return sorted(cases, key=lambda case: (-case.best, case.customer.pk))


def cases_of(store: Store, customers: Sequence[Customer]) -> list[Case]:
    """These shoppers (`with_details`) with whom the rules named, and whoever shares e-mail, phone or tax number."""
    shoppers = {int(each.key): each for each in for_matching(customers, store)}
    named = {row.pk: set(row.candidates) for row in customers}
    rows = _rows(store, shoppers.values(), {each for ids in named.values() for each in ids})
    sides = {row.pk: side_of_business(row) for row in rows}
    links = Link.objects.filter(store=store, business_central_customer__in=rows).select_related("customer")
    taken = {link.business_central_customer_id: link.customer for link in links}
    refused = refused_pairs(customers)
    by_value = _by_value(rows, sides)
    cases = []
    for customer in customers:
        mine = side_of_shopper(customer, shoppers[customer.pk])
        keys = [("id", each) for each in named[customer.pk]] + _values(mine)
        found = {row.pk: row for key in keys for row in by_value.get(key, ())}
        candidates = [
            Candidate(row, score(mine, sides[pk]), taken.get(pk), refused.get((customer.pk, pk)),
                      str(row.remote_id) in named[customer.pk])
            for pk, row in found.items()
        ]  # fmt: skip
        candidates.sort(key=lambda each: (-each.score.total, each.row.number))
        cases.append(Case(customer, candidates[:MOST_CANDIDATES]))
    return cases


def above(cases: Iterable[Case], least: int) -> list[tuple[Customer, Candidate]]:
    """Whom a bulk decision may link: the best candidate is free, alone at the top, so alike, and nobody else's."""
    found = []
    for case in cases:
        best = case.candidates[0] if case.candidates else None
        tie = len(case.candidates) > 1 and case.candidates[1].score.total == case.best
        if best is not None and best.free and not tie and best.score.total >= least:
            found.append((case.customer, best))
    wanted = Counter(best.row.pk for _, best in found)
    return [(customer, best) for customer, best in found if wanted[best.row.pk] == 1]


def side_of_shopper(customer: Customer, shopper: Shopper) -> Side:
    """A shopper as the score compares it; of several addresses the first."""
    address = next(iter(customer.addresses.all()), None)
    known = {**shopper.attributes, **shopper.form_fields}
    tax = next((value for name, value in known.items() if name.lower() in TAX_NAMES and value), "")
    place = {}
    if address is not None:
        place = {
            "street": " ".join(filter(None, (address.address1, address.address2))), "city": address.city,
            "post_code": address.postal_code, "country": address.country_code,
        }  # fmt: skip
    return Side(
        name=customer.name, company=customer.company, email=customer.email, tax_number=tax,
        phone=customer.phone or (address.phone if address else ""), **place,
        emails=shopper.emails, phones=shopper.phones, tax_numbers=shopper.tax_numbers,
    )  # fmt: skip


def side_of_business(row: BusinessCentralCustomer) -> Side:
    """A Business Central customer as the score compares it. Needs its phones prefetched."""
    record = record_of(row)
    contact = " ".join(filter(None, (record.first_name, record.middle_name, record.surname)))
    company = "" if record.type == "Person" else record.display_name
    return Side(
        name=contact or record.display_name, company=company, email=record.email, phone=record.phone_number,
        tax_number=record.tax_registration_number, city=record.city, post_code=record.postal_code,
        street=" ".join(filter(None, (record.address_line1, record.address_line2))),
        country=record.country_iso or record.country, emails=emails.keys(record.email),
        phones=frozenset(phone.e164 for phone in row.phones.all()), tax_numbers=frozenset(filter(None, [row.tax_key])),
    )  # fmt: skip


def _rows(store: Store, shoppers: Iterable[Shopper], ids: set[str]) -> list[BusinessCentralCustomer]:
    everybody = list(shoppers)
    wanted = Q(remote_id__in=ids)
    wanted |= Q(email_key__in={each for shopper in everybody for each in shopper.emails})
    wanted |= Q(tax_key__in={each for shopper in everybody for each in shopper.tax_numbers})
    phones = {each for shopper in everybody for each in shopper.phones}
    with_phone = BusinessCentralCustomer.objects.filter(company=store.company, phones__e164__in=phones).values("pk")
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    return list(rows.filter(wanted | Q(pk__in=with_phone)).prefetch_related("phones"))


def _by_value(
    rows: Iterable[BusinessCentralCustomer], sides: dict[int, Side]
) -> dict[tuple[str, str], list[BusinessCentralCustomer]]:
    found: dict[tuple[str, str], list[BusinessCentralCustomer]] = defaultdict(list)
    for row in rows:
        for key in [("id", str(row.remote_id)), *_values(sides[row.pk])]:
            found[key].append(row)
    return found


def _values(side: Side) -> list[tuple[str, str]]:
    kinds = (("email", side.emails), ("phone", side.phones), ("tax", side.tax_numbers))
    return [(kind, value) for kind, values in kinds for value in values]
