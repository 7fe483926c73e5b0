"""Fills the side tables that customers are joined with, from the best source a company offers: whole, or for some rows.

Kinds: card (by customer number), names (by contact number), ship_to (by customer number), contact (by contact number),
family (by the number of the contacts' company), person (by contact id). Rows are the values in the order of *_FIELDS.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bcsync.clients.business_central_capabilities import (
    COUNTRIES,
    CUSTOMER_CARD,
    NAME_DETAILS,
    SHIP_TO,
    Capabilities,
    Roles,
)
from bcsync.clients.business_central_extra import Extra
from bcsync.clients.business_central_literals import any_of
from bcsync.clients.business_central_session import Row, Session, scalar
from bcsync.clients.business_central_side_tables import SideTables

CARD_FIELDS = tuple(CUSTOMER_CARD)
NAME_FIELDS = tuple(NAME_DETAILS)
SHIP_TO_FIELDS = tuple(SHIP_TO)
CONTACT_FIELDS = ("number", "id", "type", "companyNumber", "displayName", "phoneNumber", "mobilePhoneNumber")
PERSON_FIELDS = ("id", "firstName", "lastName", "primaryPhoneNumber")
# Above so many rows reading everything in large pages is fewer calls than asking for each row's own.
MANY_ROWS = 500
NOTHING: Mapping[str, str] = {}


@dataclass
class Sources:
    """The side tables and the two small tables that are kept as they are.

    iso: country/region code -> ISO code as read, None when page 10 is not published. terms: payment terms id -> code.
    extra: what is read beside the record's own fields. codes: entity set -> id -> code, of what extra needs.
    """

    tables: SideTables = field(default_factory=SideTables)
    iso: dict[str, str] | None = None
    terms: dict[str, str] = field(default_factory=dict)
    extra: Extra = field(default_factory=Extra)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


def needs_contacts_information(capabilities: Capabilities) -> bool:
    """Return whether customers must be read with their contacts, because no page tells the primary contact."""
    return not capabilities.has("customer_card")


def needs_persons(capabilities: Capabilities) -> bool:
    """Return whether customerContacts must be read: names do not come from a published page."""
    return capabilities.customer_contacts and not capabilities.has("customer_card", "name_details")


def load_small(
    session: Session,
    capabilities: Capabilities,
    page_size: int,
    extra: Extra | None = None,
    iso: dict[str, str] | None = None,
) -> Sources:
    """Return sources with the tables of codes read, which never grow with the customers. iso: as read a moment ago."""
    if iso is None:
        iso = load_iso(session, capabilities, page_size)
    sources = Sources(iso=iso, extra=extra or Extra())
    if capabilities.payment_terms and not capabilities.has("customer_card"):
        sources.terms = _codes(session, "paymentTerms", page_size)
    sources.codes = {name: _codes(session, name, page_size) for name in sources.extra.code_sets}
    return sources


def _codes(session: Session, entity_set: str, page_size: int) -> dict[str, str]:
    """Id -> code of a small entity set."""
    pages = session.pages(session.api(entity_set, select="id,code"), f"/{entity_set}", page_size)
    return {str(row.get("id", "")): str(row.get("code", "")) for page in pages for row in page}


def load_iso(session: Session, capabilities: Capabilities, page_size: int) -> dict[str, str] | None:
    """Return country/region code -> ISO code as read; None when page 10 is not published."""
    if not capabilities.has("countries"):
        return None
    rows = published(session, capabilities, "countries", COUNTRIES, page_size)
    return {code: iso for code, iso in rows if code}


def load_all(session: Session, capabilities: Capabilities, sources: Sources, page_size: int) -> None:
    """Fill every kind the capabilities offer for the whole company: ceil(rows / page_size) calls per set."""
    tables = sources.tables
    for kind, target, roles in (
        ("customer_card", "card", CUSTOMER_CARD),
        ("name_details", "names", NAME_DETAILS),
        ("ship_to", "ship_to", SHIP_TO),
    ):
        if capabilities.has(kind):
            more = sources.extra.published if kind == "customer_card" else ()
            rows = published(session, capabilities, kind, roles, page_size, more=more)
            tables.put(target, ((row[0], row) for row in rows))
    if capabilities.contacts:
        path = session.api("contacts", select=",".join(CONTACT_FIELDS))
        for page in session.pages(path, "/contacts", page_size):
            put_contacts(tables, page)
    if needs_persons(capabilities):
        path = session.api("customerContacts", select=",".join(PERSON_FIELDS))
        for page in session.pages(path, "/customerContacts", page_size):
            put_persons(tables, page)


def load_for(
    session: Session,
    capabilities: Capabilities,
    sources: Sources,
    customers: list[Row],
    families: Mapping[str, str] = NOTHING,
    without: frozenset[str] = frozenset(),
) -> None:
    """Fill every kind but those left out for these rows of API v2.0 customers only.

    families: customer number -> the contact that its contacts belong to, where it is known: that saves a call.
    """
    tables = sources.tables
    numbers = [str(row.get("number", "")) for row in customers]
    contact_numbers = [item.get("contactNumber", "") for row in customers for item in contacts_information(row)]
    for kind, target, roles, role in (
        ("customer_card", "card", CUSTOMER_CARD, "number"),
        ("ship_to", "ship_to", SHIP_TO, "customer_number"),
    ):
        if capabilities.has(kind) and kind not in without:
            more = sources.extra.published if kind == "customer_card" else ()
            rows = _some(session, capabilities, kind, roles, role, numbers, more)
            tables.put(target, ((row[0], row) for row in rows))
    cards = tables.first("card", numbers)
    contact_numbers += [row[CARD_FIELDS.index("primary_contact_number")] for row in cards.values()]
    contact_numbers = sorted({number for number in contact_numbers if number})
    if capabilities.has("name_details"):
        rows = _some(session, capabilities, "name_details", NAME_DETAILS, "number", contact_numbers)
        tables.put("names", ((row[0], row) for row in rows))
    if capabilities.contacts:
        _load_contacts(session, tables, contact_numbers, {families.get(number, "") for number in numbers} - {""})
    if needs_persons(capabilities):
        _load_persons(session, tables, customers, contact_numbers)


def _load_contacts(session: Session, tables: SideTables, numbers: list[str], companies: set[str]) -> None:
    """These contacts and everybody of their companies; companies: those that are known already."""
    found = _contacts(session, "companyNumber", companies)
    found |= _contacts(session, "number", [number for number in numbers if number not in found])
    others = {str(row.get("companyNumber") or "") for row in found.values()} - {""} - companies
    found |= _contacts(session, "companyNumber", others)
    put_contacts(tables, found.values())


def _contacts(session: Session, name: str, values: Iterable[str]) -> dict[str, Row]:
    """Contact number -> row of the contacts with one of these values."""
    found: dict[str, Row] = {}
    for condition in any_of(name, sorted(values)):
        path = session.api("contacts", filter=condition, select=",".join(CONTACT_FIELDS))
        for page in session.pages(path, "/contacts", MANY_ROWS):
            found.update({str(row.get("number", "")): row for row in page})
    return found


def _load_persons(session: Session, tables: SideTables, customers: list[Row], numbers: list[str]) -> None:
    known = [named(CONTACT_FIELDS, row) for row in tables.first("contact", numbers).values()]
    ids = [contact["id"] for contact in known if contact["type"] != "Company"]
    persons = [item for row in customers for item in contacts_information(row) if item.get("contactType") == "Person"]
    ids += [str(item.get("contactId", "")) for item in persons]
    urls = [f"customerContacts({contact_id})" for contact_id in sorted(set(ids) - {""})]
    for _, person in session.read_batch(urls, "/customerContacts({id})"):
        if person is not None:
            put_persons(tables, [person])


def put_contacts(tables: SideTables, rows: Iterable[Row]) -> None:
    """Add rows of API v2.0 contacts, by their number and by their company's."""
    values = [_values(CONTACT_FIELDS, row) for row in rows]
    tables.put("contact", ((row[0], row) for row in values))
    tables.put("family", ((row[3], row) for row in values))


def put_persons(tables: SideTables, rows: Iterable[Row]) -> None:
    """Add rows of customerContacts by contact id. Its customerId is left alone: it may be the row's before."""
    tables.put("person", ((row[0], row) for row in (_values(PERSON_FIELDS, row) for row in rows)))


def contacts_information(customer: Row) -> list[Row]:
    """Return the expanded contacts of a customer row, [] when they were not asked for."""
    items = customer.get("contactsInformation")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def named(fields: tuple[str, ...], row: tuple[str, ...]) -> dict[str, str]:
    """Return a side table's row by field name."""
    return dict(zip(fields, row, strict=True))


def published(
    session: Session,
    capabilities: Capabilities,
    kind: str,
    roles: Roles,
    page_size: int,
    condition: str = "",
    more: tuple[str, ...] = (),
) -> Iterator[tuple[str, ...]]:
    """Yield the values of the roles, then those of the properties in `more`."""
    page = capabilities.published[kind]
    # Sorted, so that equal capabilities always make the same request.
    select = ",".join(sorted({*page.properties.values(), *more}))
    path = session.page(page.service, filter=condition, select=select)
    names = [*(page.properties.get(role, "") for role in roles), *more]
    for rows in session.pages(path, f"/ODataV4/{page.service}", page_size):
        for row in rows:
            yield tuple(_text(row, name) for name in names)


def _some(
    session: Session,
    capabilities: Capabilities,
    kind: str,
    roles: Roles,
    role: str,
    keys: list[str],
    more: tuple[str, ...] = (),
) -> Iterator[tuple[str, ...]]:
    for condition in any_of(capabilities.published[kind].properties[role], [key for key in keys if key]):
        yield from published(session, capabilities, kind, roles, MANY_ROWS, condition, more)


def _values(fields: tuple[str, ...], row: Row) -> tuple[str, ...]:
    return tuple(_text(row, name) for name in fields)


def _text(row: Row, name: str) -> str:
    value = scalar(row, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = "" if value is None else str(value)
    # The blank option, the blank and the empty date are how Business Central says nothing.
    return "" if text in ("_x0020_", " ", "0001-01-01") else text
