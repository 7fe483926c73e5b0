"""Whom of a company shoppers may name: found by what the match rules compare, without reading the company."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from customers.default_customers import without_defaults
from customers.models import BusinessCentralCustomer, BusinessCentralPhone
from customers.shopper import index_row
from mapping.match import BusinessCentralIndex, Rule, Shopper, values_of
from stores.models import Store

CHUNK = 500


def index_naming(store: Store, shoppers: Iterable[Shopper], rules: Sequence[Rule]) -> BusinessCentralIndex:
    """As `index_of`, but only whom these rules, on or off, may find for these shoppers."""
    named: dict[str, set[str]] = defaultdict(set)
    for shopper in shoppers:
        if shopper.tracking is not None:
            named["id"].add(shopper.tracking.customer_id)
        for kind, value in (found for rule in rules for found in values_of(rule, shopper)):
            named[kind].add(value)
    rows = without_defaults(BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None), store)
    known = {row.pk: row for wanted in by_values(named) for row in rows.filter(wanted).prefetch_related("phones")}
    return BusinessCentralIndex(map(index_row, known.values()))


def by_values(named: Mapping[str, set[str]]) -> Iterable[Q]:
    """Conditions that find whomever shoppers with these values may name; others may be found, too, and are judged."""
    for kind, values in named.items():
        ordered = sorted(filter(_is_id, values) if kind == "id" else values)
        for start in range(0, len(ordered), CHUNK):
            some = ordered[start : start + CHUNK]
            if kind == "phone":
                yield Q(pk__in=BusinessCentralPhone.objects.filter(e164__in=some).values("customer"))
            elif kind == "email":
                # Only the first of several addresses is kept for look-ups.
                yield Q(email_key__in=some)
            else:
                column = {"id": "remote_id", "number": "number", "tax_number": "tax_key"}[kind]
                yield Q(**{f"{column}__in": some})
    if "email" in named:
        yield Q(email__contains=";") | Q(email__contains=",")


def _is_id(text: str) -> bool:
    """What a shopper's attribute names need not be an id at all."""
    try:
        return bool(UUID(text))
    except ValueError:
        return False
