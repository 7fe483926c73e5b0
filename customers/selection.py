"""Which customers a job or a page means: a scope's filters as querysets, the same for pages, commands and jobs."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from customers import search
from customers.models import BusinessCentralCustomer, Customer, Link
from stores.models import Store

# A number is one company's; the same number in more companies than this is not what anybody looks for.
MOST_NUMBERED = 100


def shoppers(store: Store | None, scope: dict[str, Any]) -> QuerySet[Customer]:
    """Mirrored BigCommerce customers of a store (of all, with None).

    Scope: only [primary keys], status, flag [conflict, failed, parked: any of them], has_errors (any flag), failed (for
    Retry: this very flag), country, group, mapped_by (a link's rule), search, changed_since, email; gone: only those
    deleted in BigCommerce, whom nothing else names.
    """
    rows = Customer.objects.filter(gone_at__isnull=not scope.get("gone"))
    if store is not None:
        rows = rows.filter(store=store)
    if "only" in scope:
        rows = rows.filter(pk__in=scope["only"])
    if scope.get("status"):
        wanted = scope["status"]
        rows = rows.filter(status__in=[wanted] if isinstance(wanted, str) else wanted)
    if scope.get("country"):
        rows = rows.filter(country_code=str(scope["country"]).upper())
    if scope.get("group"):
        rows = rows.filter(group_remote_id=int(scope["group"]))
    if since := moment(scope.get("changed_since")):
        rows = rows.filter(date_modified__gte=since)
    if scope.get("has_errors"):
        rows = rows.filter(Q(failed=True) | Q(conflict=True) | Q(parked=True))
    if scope.get("failed"):
        rows = rows.filter(failed=True)
    if scope.get("flag"):
        rows = rows.filter(reduce(or_, (Q(**{flag: True}) for flag in scope["flag"])))
    if scope.get("mapped_by"):
        rows = rows.filter(link__rule=scope["mapped_by"])
    if scope.get("email"):
        rows = rows.filter(email_key=str(scope["email"]).strip().lower())
    return rows.filter(_search(store, str(scope["search"]))) if scope.get("search") else rows


def _search(store: Store | None, text: str) -> Q:
    """What was searched for, with the customers that have one of its words as their Business Central number."""
    words = [word.upper() for word in search.words_of(text) if len(word) <= 20]
    found = BusinessCentralCustomer.objects.filter(number__in=words)
    found = found if store is None else found.filter(company=store.company_id)
    by_number: dict[str, list[int]] = {}
    for number, pk in found.values_list("number", "pk")[:MOST_NUMBERED]:
        by_number.setdefault(number, []).append(pk)
    numbers = {}
    # Looked up here, because an index serves a condition on rows that are known, not one on another table's.
    for number, keys in by_number.items():
        links = Link.objects.filter(business_central_customer__in=keys)
        numbers[number] = Q(pk__in=list(links.values_list("customer_id", flat=True))) | Q(default_customer__in=keys)
    return search.matching(text, numbers)


def business_central_customers(store: Store, scope: dict[str, Any]) -> QuerySet[BusinessCentralCustomer]:
    """Mirrored Business Central customers of the store's company.

    Scope: only [primary keys], named [e-mails and numbers], number_from,
    number_to, number, email, name, country (code or ISO), salesperson, group
    (price group), changed_since, blocked ("no" is the default, "yes", "any").
    """
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    if "only" in scope:
        return rows.filter(pk__in=scope["only"])
    if "named" in scope:
        rows = rows.filter(_named(scope["named"]))
    if scope.get("number_from"):
        rows = rows.filter(number__gte=str(scope["number_from"]).upper())
    if scope.get("number_to"):
        rows = rows.filter(number__lte=str(scope["number_to"]).upper())
    if scope.get("name"):
        rows = rows.filter(search.like("display_name", str(scope["name"])))
    for name, column in (("number", "number"), ("salesperson", "salesperson_code"), ("group", "customer_price_group")):
        if scope.get(name):
            rows = rows.filter(**{column: str(scope[name]).upper()})
    if scope.get("email"):
        rows = rows.filter(email_key=str(scope["email"]).strip().lower())
    if scope.get("country"):
        code = str(scope["country"]).upper()
        rows = rows.filter(Q(country=code) | Q(country_iso=code))
    if since := moment(scope.get("changed_since")):
        rows = rows.filter(last_modified__gte=since)
    blocked = scope.get("blocked") or "no"
    if blocked == "no":
        rows = rows.filter(blocked="")
    elif blocked == "yes":
        rows = rows.exclude(blocked="")
    return rows


def _named(named: Iterable[str]) -> Q:
    return Q(number__in=[each.strip().upper() for each in named]) | Q(
        email_key__in=[each.strip().lower() for each in named]
    )


def unknown(store: Store, scope: dict[str, Any]) -> list[str]:
    """Of the e-mails and numbers that a person named those that no customer has."""
    if not scope.get("named"):
        return list(scope.get("unknown", ()))
    rows = BusinessCentralCustomer.objects.filter(_named(scope["named"]), company=store.company, gone_at=None)
    return _left_over(scope["named"], rows.values_list("number", "email_key"))


def shoppers_named(store: Store, named: list[str]) -> tuple[list[int], list[str]]:
    """(primary keys of the shoppers with these e-mails, or linked to these numbers; those that nobody has)."""
    linked = "link__business_central_customer__number"
    numbers = [each.strip().upper() for each in named]
    emails = [each.strip().lower() for each in named]
    rows = shoppers(store, {}).filter(Q(email_key__in=emails) | Q(**{f"{linked}__in": numbers}))
    found = list(rows.values_list("pk", linked, "email_key"))
    return [pk for pk, *_ in found], _left_over(named, [(number or "", email) for _, number, email in found])


def _left_over(named: Iterable[str], found: Iterable[tuple[str, str]]) -> list[str]:
    known = {text.casefold() for pair in found for text in pair if text}
    return [each for each in named if each.strip().casefold() not in known]


def no_customer(names: Iterable[str]) -> str:
    """The sentence about what a person named and nobody has; "" when there is nothing to say."""
    listed = ", ".join(names)
    return f"No customer with e-mail or number {listed}." if listed else ""


def number_range(text: str) -> dict[str, str]:
    """`10000..20000` (either end may be open) or a single number, as scope keys."""
    match = re.fullmatch(r"\s*(.*?)\s*\.\.\s*(.*?)\s*", text)
    if match is None:
        return {"number": text.strip()}
    ends = {"number_from": match[1], "number_to": match[2]}
    return {name: value for name, value in ends.items() if value}


def moment(text: Any) -> datetime | None:
    """A date or moment as given in a filter, aware, UTC where it names no zone; None when it is not one."""
    try:
        found = datetime.fromisoformat(str(text).strip()) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
