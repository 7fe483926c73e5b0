"""Unlinked shoppers who may be a Business Central customer that is about to be added: by a match rule, or in Review."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from customers.default_customers import default_numbers
from customers.models import (
    BusinessCentralCustomer,
    BusinessCentralPhone,
    Customer,
    Decision,
    RefusedPair,
)
from customers.shopper import compared, index_row
from mapping.claims import Claim, Claims
from mapping.match_rules import Rule
from mapping.phones import Endings
from stores.models import Store

Status = Customer.Status
# Who may still be somebody: a skipped shopper was decided about, a linked one is somebody.
UNDECIDED = (Status.UNMAPPED, Status.DEFAULTED, Status.REVIEW)
CHUNK = 2000
NAMED = 5  # shoppers named in one sentence


@dataclass(frozen=True)
class Claimant:
    """A shopper who may be the customer: by a rule (claim), or as a candidate of an open review (claim None)."""

    customer: Customer
    claim: Claim | None

    def __str__(self) -> str:
        who = f"shopper {self.customer.email}"
        return f"{self.claim} of {who}" if self.claim else f"the open review of {who}"


class Unlinked:
    """A store's shoppers who are nobody yet, read once with what the enabled rules compare.

    since: only those written or decided about since; what was there before was looked at then. compare=False: only
    the open reviews, no rule.
    """

    def __init__(
        self, store: Store, rules: Sequence[Rule], *, since: datetime | None = None, compare: bool = True
    ) -> None:
        self.store = store
        self._defaults = default_numbers(store)
        rows = undecided(store)
        if since is not None:
            decided = Decision.objects.filter(store=store, at__gte=since, customer__isnull=False)
            lately = set(decided.values_list("customer", flat=True))
            rows = rows.filter(
                pk__in=list(rows.filter(Q(written_at__gte=since) | Q(pk__in=lately)).values_list("pk", flat=True))
            )
        self._candidates: dict[str, list[int]] = defaultdict(list)
        for pk, ids in rows.filter(status=Status.REVIEW).values_list("pk", "candidates").iterator(CHUNK):
            for remote_id in ids:
                self._candidates[remote_id].append(pk)
        known = BusinessCentralPhone.objects.filter(customer__company=store.company, customer__gone_at=None)
        endings = Endings(known.values_list("e164", flat=True).iterator(CHUNK) if compare and since is None else ())
        may_match = endings.may_be if since is None else bool
        self._claims = Claims(compared(rows, store, may_match) if compare else (), rules, self._existing)

    def _existing(self, ids: set[str]) -> set[str]:
        rows = BusinessCentralCustomer.objects.filter(company=self.store.company, gone_at=None)
        rows = rows.exclude(number__in=self._defaults)
        return {str(found) for found in rows.values_list("remote_id", flat=True).iterator(CHUNK) if str(found) in ids}

    def named(self) -> dict[str, set[str]]:
        """Kind of value (id, phone, number, email, tax_number) -> every value by which somebody may be named."""
        found = self._claims.named()
        for remote_id in self._candidates:
            found.setdefault("id", set()).add(remote_id)
        return found

    def of(self, rows: Sequence[BusinessCentralCustomer]) -> dict[int, list[Claimant]]:
        """Business Central customer's primary key -> who may be it, by shopper. A pair that somebody refused is no
        question any more. Needs the rows' phones prefetched."""
        wanted: dict[int, dict[int, Claim | None]] = {}
        for row in (row for row in rows if row.number not in self._defaults):
            named: dict[int, Claim | None] = dict.fromkeys(self._candidates.get(str(row.remote_id), ()))
            named |= {int(key): claim for key, claim in self._claims.of(index_row(row)).items()}
            if named:
                wanted[row.pk] = named
        pks = {pk for named in wanted.values() for pk in named}
        # Somebody may have been linked since they were read.
        shoppers = {row.pk: row for row in undecided(self.store).filter(pk__in=pks)} if pks else {}
        refused = set(
            RefusedPair.objects.filter(customer__in=shoppers).values_list("business_central_customer", "customer")
        )
        return {
            business: found
            for business, named in wanted.items()
            if (found := [Claimant(shoppers[pk], claim) for pk, claim in sorted(named.items())
                          if pk in shoppers and (business, pk) not in refused])
        }  # fmt: skip


def undecided(store: Store) -> QuerySet[Customer]:
    """The store's shoppers who are not linked and not skipped."""
    return Customer.objects.filter(store=store, gone_at=None, link=None, status__in=UNDECIDED)


def sentence(row: BusinessCentralCustomer, claimants: Sequence[Claimant]) -> str:
    """Why this customer was not created, for either side."""
    listed = "; ".join(map(str, claimants[:NAMED]))
    more = f"; and {len(claimants) - NAMED} more" if len(claimants) > NAMED else ""
    verb = "name" if len(claimants) > 1 else "names"
    what = "Decide in Review" if all(each.claim is None for each in claimants) else "Try Mapping or Review decides"
    return f"Add Customers did not create Business Central customer {row.number}: {listed}{more} {verb} it. {what}."
