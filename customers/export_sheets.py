"""What each list looks like as a file: its columns, and a page of its rows as text, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from customers import pages, readiness_words
from customers.exports import Row, Sheet
from customers.models import BusinessCentralCustomer, Conflict, Customer, CustomerAddress, Link, NotReady, RunRecord
from customers.selection import shoppers
from mapping.field_words import in_part
from stores.models import Store

CUSTOMER_HEADINGS = (
    "Store", "BigCommerce id", "First name", "Last name", "Company", "E-mail", "Phone", "Country", "Customer group",
    "Status", "Flags", "Reason", "Business Central No.", "Business Central name", "Matched by", "Matched value",
    "Why matched", "Linked at (UTC)", "Candidates", "Addresses", "Created at (UTC)", "Changed at (UTC)",
)  # fmt: skip
RECORD_HEADINGS = (
    "Customer", "BigCommerce id", "Business Central No.", "Outcome", "State", "Reason", "Field", "Vendor's words",
    "Cause", "Changes", "At (UTC)",
)  # fmt: skip
NOT_READY_HEADINGS = ("No.", "Name", "Country/region", "E-mail", "Salesperson", "Reasons", "Where to mend", "Link")
CONFLICT_HEADINGS = (
    "Customer", "BigCommerce id", "Business Central No.", "Part", "Field", "Both said before", "BigCommerce says",
    "Business Central says", "Winner", "Both stand", "Found at (UTC)",
)  # fmt: skip
LARGE = (
    "data", "search", "link__base", "link__disputes", "link__business_central_customer__data", "default_customer__data",
)  # fmt: skip


def customers(store: Store | None, scope: dict[str, Any]) -> Sheet:
    """The customers of a scope, see `customers.selection.shoppers`."""
    addresses = CustomerAddress.objects.select_related("address_link").order_by("remote_id")
    rows = shoppers(store, scope).select_related("store", "link__business_central_customer", "default_customer")
    rows = rows.defer(*LARGE).prefetch_related(Prefetch("addresses", queryset=addresses))
    return Sheet(CUSTOMER_HEADINGS, rows, ("pk",), _customer_lines)


def _customer_lines(found: list[Customer]) -> list[Row]:
    groups = pages.group_names({row.store_id for row in found})
    named = {each for row in found for each in row.candidates or ()}
    numbers = BusinessCentralCustomer.objects.filter(remote_id__in=named).values_list("company", "remote_id", "number")
    candidates = {(company, str(remote_id)): number for company, remote_id, number in numbers}
    for row in found:
        pages.decorate(row, groups)
    return [_customer_line(row, candidates) for row in found]


def _customer_line(row: Any, candidates: dict[tuple[int, str], str]) -> Row:
    link: Link | None = getattr(row, "link", None)
    flags = [word for flag, word in pages.FLAG_WORDS.items() if getattr(row, flag)]
    status, reason = row.get_status_display(), " ".join(filter(None, (row.status_reason, row.flag_reason)))
    if lost := pages.lost_side(row):
        flags, reason = [*flags, lost[0].capitalize()], " ".join(filter(None, (lost[1], reason)))
    named = [candidates.get((row.store.company_id, each), "") for each in row.candidates or ()]
    places = [f"{place['whole']} ({place['source']})" for place in row.places]
    return [
        row.store.hash, str(row.remote_id), row.first_name, row.last_name, row.company, row.email, row.phone,
        row.country_code, row.group_name, status, ", ".join(flags), reason,
        row.counterpart.number if row.counterpart else "", row.counterpart.display_name if row.counterpart else "",
        pages.RULE_WORDS.get(link.rule, link.rule) if link else "", link.value if link else "",
        link.why if link else "", _at(link.created_at if link else None), ", ".join(filter(None, named)),
        "\n".join(places), _at(row.date_created), _at(row.date_modified),
    ]  # fmt: skip


def records(rows: QuerySet[RunRecord]) -> Sheet:
    """Records of one run, with their customers."""
    return Sheet(RECORD_HEADINGS, rows, ("pk",), lambda found: [_record_line(row) for row in found])


def _record_line(row: RunRecord) -> Row:
    link: Link | None = getattr(row.customer, "link", None)
    business = row.business_central_customer or (link.business_central_customer if link else None)
    system, _, remote_id = row.target.partition(":")
    shopper = row.customer.remote_id if row.customer else remote_id if system == "customer" else ""
    return [
        row.label, str(shopper), business.number if business else "", row.get_outcome_display(),
        row.get_state_display(), row.reason, in_part("", row.field), row.words, row.cause,
        "\n".join(line for part in row.parts for line in _part_lines(part)), _at(row.at),
    ]  # fmt: skip


def _part_lines(part: dict[str, Any]) -> list[str]:
    """One line per change, `part, field: before → after`; a part that says only why it was left, says that."""
    name, reason = str(part.get("part", "")), str(part.get("reason") or "")
    changes = [
        f"{name}, {in_part(name, str(key))}: {_value(before)} → {_value(after)}"
        for key, before, after in part.get("changes") or ()
    ]
    said = f"{name}: {part.get('outcome', '')}" + (f", {reason}" if reason else "")
    return [said, *changes] if reason or not changes else changes


def not_ready(store: Store, rows: QuerySet[NotReady]) -> Sheet:
    """One row per Business Central customer, with all its reasons. The rows come with their customers."""
    # A check under way writes reasons anew under other keys; number and customer stay.
    return Sheet(NOT_READY_HEADINGS, rows, ("number", "business_central_customer_id"), _not_ready_lines(store))


def _not_ready_lines(store: Store) -> Callable[[list[NotReady]], list[Row]]:
    def lines(found: list[NotReady]) -> list[Row]:
        reasons = reasons_of(store, [row.business_central_customer_id for row in found])
        return [line(row.business_central_customer, reasons[row.business_central_customer_id]) for row in found]

    def line(customer: BusinessCentralCustomer, why: list[NotReady]) -> Row:
        links = readiness_words.mends(store.company, customer, why)
        said, places = " ".join(each.text for each in why), ", ".join(dict.fromkeys(each.page for each in why))
        own = [customer.number, customer.display_name, customer.country, customer.email, customer.salesperson_code]
        return [*own, said, places, links[0].address if links else ""]

    return lines


def reasons_of(store: Store, customers: list[int]) -> dict[int, list[NotReady]]:
    """Primary key of a Business Central customer -> why it is not ready; one query."""
    found: dict[int, list[NotReady]] = defaultdict(list)
    for reason in NotReady.objects.filter(store=store, business_central_customer__in=customers).order_by("pk"):
        found[reason.business_central_customer_id].append(reason)
    return found


def conflicts(rows: QuerySet[Conflict]) -> Sheet:
    """Open conflicts; the rows come with their customers and links."""
    return Sheet(CONFLICT_HEADINGS, rows, ("pk",), lambda found: [_conflict_line(row) for row in found])


def _conflict_line(row: Conflict) -> Row:
    return [
        str(row.customer), str(row.customer.remote_id), row.link.business_central_customer.number, row.part,
        in_part(row.part, row.field), _value(row.base), _value(row.bigcommerce), _value(row.business_central),
        row.get_winner_display(), "Yes" if row.waits else "No", _at(row.found_at),
    ]  # fmt: skip


def _value(value: Any) -> str:
    """A vendor's value as a page shows it."""
    if value is None or value == "" or value == []:
        return "(empty)"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _at(moment: datetime | None) -> str:
    """UTC, as the headings say: a file goes to others, and to programs."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else ""
