"""In which orders the Customers list can be: columns of the customer, and what stands in other tables beside it.

An order is a list of parts, one after the other, each of which an index is sorted by; so no page sorts everybody.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from customers.keyset import Mark, Part
from customers.models import Customer, CustomerGroup, Link
from stores.models import Store

Status = Customer.Status

SORTS = {
    "name": ("last_name", "first_name", "pk"),
    "email": ("email_key", "pk"),
    "country": ("country_code", "date_modified", "pk"),
    "status": ("status", "date_modified", "pk"),
    "changed": ("date_modified", "pk"),
    # By the names of the groups, and of the stores: one part for each.
    "group": ("date_modified", "pk"),
    "store": ("date_modified", "pk"),
    # The linked by No., then those assigned to a default customer by its No., then the others.
    "number": ("number", "pk"),
}
USUAL = "-changed"
USED_GROUPS = """
WITH RECURSIVE seen(store_id, code) AS (
  SELECT id, (SELECT min(group_remote_id) FROM customers_customer WHERE gone_at IS NULL AND store_id = stores_store.id)
  FROM stores_store
  UNION ALL
  SELECT store_id, (SELECT min(group_remote_id) FROM customers_customer
                    WHERE gone_at IS NULL AND store_id = seen.store_id AND group_remote_id > seen.code)
  FROM seen WHERE code IS NOT NULL
) SELECT store_id, code FROM seen WHERE code IS NOT NULL"""


def known(sort: str) -> str:
    """The order asked for, as `name` or `-name`; the usual one where there is none of that name."""
    return sort if sort.removeprefix("-") in SORTS else USUAL


def parts_of(sort: str, rows: QuerySet[Customer], scope: dict[str, Any], *, few: bool) -> list[Part]:
    """The rows in ascending order. scope: their filter. few: they are read and sorted, so that one part will do."""
    name = sort.removeprefix("-")
    columns = SORTS[name]
    if name == "number":
        return _by_number(rows, scope, columns)
    if name not in ("group", "store"):
        return [Part("", rows, columns)]
    places = _stores() if name == "store" else _groups()
    if few:
        whens = [When(where, then=Value(place)) for place, (_, where) in enumerate(places)]
        place = Case(*whens, default=Value(len(places)), output_field=IntegerField())
        return [Part("", rows.annotate(place=place), ("place", *columns))]
    return [Part(key, rows.filter(where), columns) for key, where in places]


def _by_number(rows: QuerySet[Customer], scope: dict[str, Any], columns: tuple[str, ...]) -> list[Part]:
    """Without the parts that the filter leaves empty: a database would look through everybody to find that out.

    Each linked customer has a link, and beside them only the skipped may have one.
    """
    statuses = set(scope.get("status") or Status.values)
    found = []
    if statuses & {Status.LINKED, Status.SKIPPED}:
        linked = rows.filter(link__isnull=False).annotate(number=F("link__business_central_customer__number"))
        # Few of the skipped have one; to walk along all numbers for them would take long.
        found.append(Part("linked", linked, columns, few=Status.LINKED not in statuses))
    if scope.get("mapped_by") or statuses == {Status.LINKED}:
        return found
    rows = rows.filter(~Exists(Link.objects.filter(customer=OuterRef("pk"))))
    if Status.DEFAULTED in statuses:
        assigned = rows.filter(default_customer__isnull=False).annotate(number=F("default_customer__number"))
        found.append(Part("assigned", assigned, columns))
        rows = rows.filter(default_customer=None)
    return [*found, Part("none", rows, SORTS["changed"])]


def mark_of(sort: str, row: Customer, parts: Sequence[Part]) -> Mark | None:
    """Where a customer stands in these parts, whether or not it is among their rows."""
    name, key = sort.removeprefix("-"), ""
    link = getattr(row, "link", None)
    if name == "number":
        counterpart = link.business_central_customer if link else row.default_customer
        key = "linked" if link else "assigned" if counterpart else "none"
        row.number = counterpart.number if counterpart else ""  # type: ignore[attr-defined]
    if name in ("group", "store"):
        place = f"{row.store_id}.{row.group_remote_id}" if name == "group" else str(row.store_id)
        if len(parts) == 1 and not parts[0].key:
            keys = [each for each, _ in (_stores() if name == "store" else _groups())]
            row.place = keys.index(place) if place in keys else len(keys)  # type: ignore[attr-defined]
        else:
            key = place
    part = next((each for each in parts if each.key == key), None)
    return Mark(key, [getattr(row, column) for column in part.columns]) if part else None


def _stores() -> list[tuple[str, Q]]:
    """A part for each store, by name."""
    stores = sorted(Store.objects.only("hash", "name"), key=lambda row: ((row.name or row.hash).casefold(), row.pk))
    return [(str(row.pk), Q(store=row.pk)) for row in stores]


def _groups() -> list[tuple[str, Q]]:
    """A part for each group of each store that has customers, by name; those without a name at the end."""
    names: dict[Any, str] = {
        (row.store_id, row.remote_id): row.name for row in CustomerGroup.objects.only("store_id", "remote_id", "name")
    }
    with connection.cursor() as cursor:
        cursor.execute(USED_GROUPS)
        used = cursor.fetchall()
    used.sort(key=lambda pair: (not names.get(pair), names.get(pair, "").casefold(), pair))
    return [(f"{store}.{group}", Q(store=store, group_remote_id=group)) for store, group in used]
