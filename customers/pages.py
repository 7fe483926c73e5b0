"""What the Customers pages show: the filter, the counts beside it, a page of rows, and the FactBoxes of one customer.

A constant number of queries, however many rows.
"""

from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date

from customers import orders
from customers.counts import FLAGS
from customers.filter_counts import FilterCounts
from customers.gone import business_is_gone, shopper_is_gone
from customers.keyset import END, Slice, slice_of
from customers.models import AddressFormField, Customer, CustomerAddress, CustomerGroup, Link
from customers.selection import shoppers
from stores import written
from stores.models import Store
from stores.views import RULES

SIZES = (25, 50, 100)
FLAG_WORDS = {"conflict": "Conflict", "failed": "Failed", "parked": "Parked"}
RULE_WORDS = {name: title for name, (title, *_) in RULES.items()} | {
    "created": "Created by bcsync", "e-mail": "E-mail, on Add Customers", "by hand": "By hand",
}  # fmt: skip


def filter_scope(query: QueryDict) -> dict[str, Any]:
    """The filter pane's fields as a scope for `customers.selection.shoppers`; nonsense is left out."""
    known = set(Customer.Status.values)
    scope: dict[str, Any] = {"status": [value for value in query.getlist("status") if value in known]}
    scope["flag"] = [value for value in FLAGS if value in query.getlist("flag")]
    scope["mapped_by"] = query.get("mapped_by", "") if query.get("mapped_by") in RULE_WORDS else ""
    group = query.get("group", "")
    scope["group"] = group if group.isdecimal() and len(group) < 10 else ""
    scope["country"] = query.get("country", "")[:2].upper()
    scope["has_errors"] = bool(query.get("has_errors"))
    scope["gone"] = bool(query.get("gone"))
    scope["search"] = " ".join(query.get("search", "").split())[:200]
    scope["changed_since"] = _day(query.get("changed_since", ""))
    return {name: value for name, value in scope.items() if value}


def _day(text: str) -> str:
    try:
        day = parse_date(text)
    except ValueError:
        return ""
    return day.isoformat() if day else ""


def page_of(rows: QuerySet[Customer], query: QueryDict, known: FilterCounts, scope: dict[str, Any]) -> Slice:
    """One page of customers with addresses and links, sorted as asked; the newest change first by default."""
    sort = orders.known(query.get("sort", ""))
    size = next((size for size in SIZES if query.get("size") == str(size)), SIZES[0])
    rows = rows if known.shown["total"] else rows.none()
    parts = orders.parts_of(sort, rows, scope, few=known.few)
    page = slice_of(parts, down=sort.startswith("-"), size=size, query=query, few=bool(scope) and known.few)
    total = known.shown["total"]
    if not known.limited and page.next:
        page.last = {"before": END, "at": max(0, total - size)}
    addresses = CustomerAddress.objects.select_related("address_link").order_by("remote_id")
    # The keys first and the rows then: the order is found in an index, without what the rows bring along.
    found = (
        Customer.objects.filter(pk__in=[row.pk for row in page.object_list])
        .select_related("store", "link__business_central_customer", "default_customer")
        .defer("data", "search", "candidates", "link__business_central_customer__data", "default_customer__data")
        .prefetch_related(Prefetch("addresses", queryset=addresses))
    )
    by_key = {row.pk: row for row in found}
    page.object_list = [by_key[row.pk] for row in page.object_list if row.pk in by_key]
    groups = group_names({row.store_id for row in page.object_list})
    for row in page.object_list:
        decorate(row, groups)
    return page


def group_names(stores: set[int]) -> dict[tuple[int, int], str]:
    """(store, group's BigCommerce id) -> name."""
    found = CustomerGroup.objects.filter(store_id__in=stores)
    return {(row.store_id, row.remote_id): row.name for row in found}


def decorate(row: Customer, groups: dict[tuple[int, int], str]) -> None:
    """Add what the row shows: the gravest of status and flags, its reason, places, the group's name."""
    row.shown_status = next((flag for flag in ("failed", "conflict", "parked") if getattr(row, flag)), row.status)  # type: ignore[attr-defined]
    row.shown_reason = row.flag_reason if row.shown_status in FLAGS else row.status_reason  # type: ignore[attr-defined]
    if lost := lost_side(row):
        row.shown_status, row.shown_reason = lost  # type: ignore[attr-defined]
    row.places = [place_of(address) for address in row.addresses.all()]  # type: ignore[attr-defined]
    row.group_name = groups.get((row.store_id, row.group_remote_id), "")  # type: ignore[attr-defined]
    link = getattr(row, "link", None)
    row.counterpart = link.business_central_customer if link else row.default_customer  # type: ignore[attr-defined]


def lost_side(row: Customer) -> tuple[str, str] | None:
    """(badge, what it means and what to do) of a customer that is deleted in one of the two systems, else None."""
    link = getattr(row, "link", None)
    if row.gone_at:
        return "gone", shopper_is_gone(row, link)
    if link and link.business_central_customer.gone_at:
        return "gone in Business Central", business_is_gone(link.business_central_customer)
    return None


def place_of(address: CustomerAddress) -> dict[str, str]:
    """An address in one line, its town, and what stands behind it in Business Central."""
    link = getattr(address, "address_link", None)
    lines = (address.company, address.address1, address.address2)
    town = " ".join(part for part in (address.city, address.state_or_province, address.postal_code) if part)
    whole = ", ".join(part for part in (*lines, town, address.country_code) if part)
    short = ", ".join(part for part in (address.city, address.country_code) if part)
    source = link.source if link else ""
    if source == "main":
        return {"whole": whole, "short": short, "icon": "house-door", "source": "Business Central's main address"}
    if source:
        return {"whole": whole, "short": short, "icon": "truck", "source": source.replace("ship-to:", "ship-to ")}
    return {"whole": whole, "short": short, "icon": "geo-alt", "source": "the shopper's own, left alone"}


def countries_of(store: Store | None) -> list[str]:
    """The country codes there are, each found by one step through the index instead of by reading everybody."""
    where = "gone_at IS NULL" if store is None else f"gone_at IS NULL AND store_id = {int(store.pk)}"
    step = f"SELECT min(country_code) FROM customers_customer WHERE {where}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE seen(code) AS ({step} UNION ALL SELECT ({step} AND country_code > seen.code) "
            "FROM seen WHERE seen.code IS NOT NULL) SELECT code FROM seen WHERE code <> ''"
        )
        return [code for (code,) in cursor.fetchall()]


def chips(scope: dict[str, Any], groups: dict[tuple[int, int], str], store: Store | None) -> list[dict[str, str]]:
    """Each active filter in words, with the query parameter (and value) that removing it takes away."""
    found = []
    for name, value in scope.items():
        if name in ("status", "flag"):
            labels = FLAG_WORDS if name == "flag" else {each.value: each.label for each in Customer.Status}
            found += [{"word": labels[each], "without": _without(scope, name, each)} for each in value]
            continue
        group = groups.get((store.pk, int(value)), value) if name == "group" and store else ""
        words = {"has_errors": "Needs somebody", "gone": "Deleted in BigCommerce",
                 "search": f"“{value}”", "changed_since": f"Changed since {written.iso(value)}",
                 "country": f"Country {value}", "group": f"Group {group or value}",
                 "mapped_by": f"Mapped by: {RULE_WORDS.get(value, value)}"}  # fmt: skip
        found.append({"word": words[name], "without": _without(scope, name)})
    return found


def _without(scope: dict[str, Any], name: str, value: str = "") -> str:
    left = {**scope, name: [each for each in scope[name] if each != value] if value else None}
    return filter_query(left)


def filter_query(scope: dict[str, Any]) -> str:
    """A filter as a query string without the question mark, the inverse of `filter_scope`."""
    pairs = []
    for name, value in scope.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, "1" if each is True else str(each)) for each in values if each]
    return urlencode(pairs)


def selected_customer(store: Store | None, query: QueryDict, page: Slice) -> Customer | None:
    """The customer whose FactBoxes are shown: the one asked for, else the first of the page."""
    wanted = query.get("selected", "")
    if wanted.isdecimal() and len(wanted) < 19:
        found = fact_rows(shoppers(store, {})).filter(pk=int(wanted)).first()
        if found:
            return found
    first = next(iter(page.object_list), None)
    return fact_rows(Customer.objects.filter(pk=first.pk)).first() if first else None


def fact_rows(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with all that the FactBoxes show."""
    form_fields = AddressFormField.objects.select_related("address").order_by("address_id", "name")
    addresses = CustomerAddress.objects.select_related("address_link").order_by("remote_id")
    return rows.select_related(
        "store__company", "default_customer", "link__business_central_customer", "link__run", "link__user"
    ).prefetch_related(
        "metafields", "attribute_values", "form_fields", Prefetch("addresses", queryset=addresses),
        Prefetch("addresses__form_fields", queryset=form_fields),
    )  # fmt: skip


def facts_of(row: Customer) -> dict[str, Any]:
    """The FactBoxes' content: attributes by name, address form fields with their address, the link and its reason."""
    decorate(row, group_names({row.store_id}))
    names = {entry["id"]: entry["name"] for entry in row.store.attributes}
    link: Link | None = getattr(row, "link", None)
    return {
        "customer": row,
        "attributes": [(names.get(each.attribute_id, f"Attribute {each.attribute_id}"), each.value)
                       for each in row.attribute_values.all()],
        "address_form_fields": [each for address in row.addresses.all() for each in address.form_fields.all()],
        "storefront": row.store.storefronts.get(row.data.get("origin_channel_id"), ""),
        "store_credit": [each.get("amount") for each in row.data.get("store_credit_amounts") or []],
        "link": link,
        "counterpart": row.counterpart,  # type: ignore[attr-defined]
    }  # fmt: skip
