"""The Review queue: shoppers that need a person, each with scored candidates, in a fixed number of queries.

The score of the best candidate is kept with the shopper when it comes to Review, so that the database sorts a queue of
any length. A kept score only sorts, and is mended whenever a case is shown; what a decision is about is scored anew.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from customers.business_central_mirror import record_of
from customers.deciding import refused_pairs
from customers.default_customers import without_defaults
from customers.models import BusinessCentralCustomer, Customer, Link, RefusedPair
from customers.shopper import TAX_NAMES, for_matching, with_details
from mapping import emails
from mapping.match import Shopper
from mapping.score import Score, Side, score
from stores.models import Store

# Scoring is quick but not free: so many that came to Review unranked are ranked when the page is opened.
MOST_RANKED = 500
MOST_CANDIDATES = 5
CHUNK = 200


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

    @property
    def sure(self) -> bool:
        """Whether the best candidate is free and alone at the top."""
        tie = len(self.candidates) > 1 and self.candidates[1].score.total == self.best
        return bool(self.candidates) and self.candidates[0].free and not tie


def waiting(store: Store) -> Any:
    """The store's shoppers that need review, as a queryset."""
    return Customer.objects.filter(store=store, gone_at=None, status=Customer.Status.REVIEW)


def around(store: Store, customer: Customer | None, size: int) -> tuple[Customer | None, list[Case], Customer | None]:
    """(who comes before them, about `size` cases around the customer, who comes after them), best score first.

    Without a customer, or with one that is not in the queue any more, the queue's beginning.
    """
    rows = waiting(store).exclude(review_score=None)
    first, last = ("-review_score", "pk"), ("review_score", "-pk")
    earlier: list[Customer] = []
    if customer is not None and customer.review_score is not None and customer.status == Customer.Status.REVIEW:
        points, pk = customer.review_score, customer.pk
        above = rows.filter(review_score__gte=points).exclude(review_score=points, pk__gte=pk)
        earlier = list(with_details(above.order_by(*last)[: size // 2 + 1]))[::-1]
        rows = rows.filter(review_score__lte=points).exclude(review_score=points, pk__lt=pk)
    later = list(with_details(rows.order_by(*first)[: size + 1]))
    before = earlier.pop(0) if len(earlier) > size // 2 else None
    later = later[: size - len(earlier) + 1]
    after = later.pop() if len(later) > size - len(earlier) else None
    cases = _mended(cases_of(store, [*earlier, *later]))
    return before, sorted(cases, key=lambda case: (-case.best, case.customer.pk)), after


def rank_new(store: Store, most: int = MOST_RANKED) -> int:
    """Rank some of those who came to Review without a score. Returns how many are still without."""
    unranked = waiting(store).filter(review_score=None).order_by("pk")
    for start in range(0, most, CHUNK):
        rows = list(with_details(unranked[: min(CHUNK, most - start)]))
        if not rows:
            return 0
        rank(store, rows)
    return int(unranked.count())


def rank(store: Store, customers: Sequence[Customer]) -> None:
    """Score these shoppers (`with_details`) and keep the score for sorting."""
    _mended(cases_of(store, customers))


def _mended(cases: list[Case]) -> list[Case]:
    """The same cases; scores that were kept otherwise are kept anew."""
    otherwise = []
    for case in cases:
        kept = (case.best, case.best if case.sure else None)
        if (case.customer.review_score, case.customer.review_sure) != kept:
            case.customer.review_score, case.customer.review_sure = kept
            otherwise.append(case.customer)
    Customer.objects.bulk_update(otherwise, ["review_score", "review_sure"], batch_size=CHUNK)
    return cases


def sure(store: Store, least: int) -> int:
    """How many have a best candidate that a bulk decision may take, by the kept scores."""
    return int(waiting(store).filter(review_sure__gte=least).count())


def above(store: Store, least: int, meanwhile: Callable[[], None]) -> dict[int, tuple[int, int]]:
    """Whom a bulk decision may link, of the whole queue, scored now: shopper -> (its best candidate, the score).

    The candidate is free, alone at the top, so alike, and nobody else's best. meanwhile: called between the pieces.
    """
    found: dict[int, tuple[int, int]] = {}
    last = 0
    while rows := list(with_details(waiting(store).filter(pk__gt=last).order_by("pk")[:CHUNK])):
        last = rows[-1].pk
        sure = (case for case in cases_of(store, rows) if case.sure and case.best >= least)
        found |= {case.customer.pk: (case.candidates[0].row.pk, case.best) for case in sure}
        meanwhile()
    wanted = Counter(candidate for candidate, _ in found.values())
    return {pk: pair for pk, pair in found.items() if wanted[pair[0]] == 1}


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
    return list(without_defaults(rows, store).filter(wanted | Q(pk__in=with_phone)).prefetch_related("phones"))


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
