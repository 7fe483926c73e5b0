"""Makes records of customer rows and side tables, and says where names and ISO codes came from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bcsync.clients.business_central_countries import iso_of
from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.business_central_extra import values_of
from bcsync.clients.business_central_literals import parse_moment
from bcsync.clients.business_central_names import split_name
from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from bcsync.clients.business_central_session import Row, scalar
from bcsync.clients.business_central_sources import (
    CARD_FIELDS,
    CONTACT_FIELDS,
    NAME_FIELDS,
    PERSON_FIELDS,
    SHIP_TO_FIELDS,
    Sources,
    contacts_information,
    named,
)
from bcsync.clients.transport import unexpected

# customers' property -> record's field; their order is the $select.
CUSTOMER_FIELDS = {
    "id": "id",
    "number": "number",
    "displayName": "display_name",
    "type": "type",
    "addressLine1": "address_line1",
    "addressLine2": "address_line2",
    "city": "city",
    "state": "state",
    "country": "country",
    "postalCode": "postal_code",
    "phoneNumber": "phone_number",
    "email": "email",
    "website": "website",
    "salespersonCode": "salesperson_code",
    "taxRegistrationNumber": "tax_registration_number",
    "currencyCode": "currency_code",
    "blocked": "blocked",
}
SELECT = ",".join([*CUSTOMER_FIELDS, "paymentTermsId", "lastModifiedDateTime"])
CARD_TO_RECORD = (
    "primary_contact_number",
    "mobile_phone",
    "customer_price_group",
    "customer_discount_group",
    "customer_posting_group",
    "gen_bus_posting_group",
    "vat_bus_posting_group",
    "payment_terms_code",
)
Named = dict[str, dict[str, str]]


@dataclass
class _Joined:
    """The side rows of one page of customers, looked up once for all of them."""

    cards: Named
    names: Named
    contacts: Named
    families: dict[str, list[dict[str, str]]]
    persons: Named
    ship_to: dict[str, list[dict[str, str]]]


def plain_record(row: Row) -> BusinessCentralRecord:
    """Return what API v2.0 customers alone says; names, ISO code and everything of the pages stay empty.

    Raises UnexpectedAnswer for a row that does not say which customer it is, or says it in another shape.
    """
    for name in ("id", "number"):
        if not isinstance(row.get(name), str) or not row[name]:
            unexpected(VENDOR, "GET customers", f"a text in `{name}` of a customer", row)
    values = {field: str(scalar(row, name) or "") for name, field in CUSTOMER_FIELDS.items()}
    values["blocked"] = "" if values["blocked"] in ("_x0020_", " ") else values["blocked"]
    values["type"] = values["type"] or "Company"
    record = BusinessCentralRecord(**values)  # type: ignore[arg-type]
    record.last_modified = parse_moment(row.get("lastModifiedDateTime"))
    record.etag = str(row.get("@odata.etag") or "")
    return record


def join(rows: list[Row], sources: Sources, country_iso: Mapping[str, str]) -> list[BusinessCentralRecord]:
    """Return one record per customer row, complete as far as the sources go. country_iso: the store's table."""
    table = {code.upper(): iso for code, iso in country_iso.items()}
    side = _look_up(rows, sources)
    return [_record(row, side, sources, table) for row in rows]


def _look_up(rows: list[Row], sources: Sources) -> _Joined:
    tables = sources.tables
    numbers = [str(row.get("number", "")) for row in rows]
    cards = _named((*CARD_FIELDS, *sources.extra.card_fields), tables.first("card", numbers))
    information = [item for row in rows for item in contacts_information(row)]
    contact_numbers = [card["primary_contact_number"] for card in cards.values()]
    contact_numbers += [str(item.get("contactNumber", "")) for item in information]
    contacts = _named(CONTACT_FIELDS, tables.first("contact", contact_numbers))
    companies = (contact["companyNumber"] for contact in contacts.values())
    families = {
        key: [named(CONTACT_FIELDS, row) for row in found] for key, found in tables.find("family", companies).items()
    }
    relatives = [contact for family in families.values() for contact in family]
    contact_ids = [contact["id"] for contact in [*contacts.values(), *relatives]]
    contact_ids += [str(item.get("contactId", "")) for item in information]
    return _Joined(
        cards=cards,
        names=_named(NAME_FIELDS, tables.first("names", contact_numbers)),
        contacts=contacts,
        families=families,
        persons=_named(PERSON_FIELDS, tables.first("person", contact_ids)),
        ship_to={k: [named(SHIP_TO_FIELDS, row) for row in v] for k, v in tables.find("ship_to", numbers).items()},
    )


def _named(fields: tuple[str, ...], rows: Mapping[str, tuple[str, ...]]) -> Named:
    return {key: named(fields, row) for key, row in rows.items()}


def _record(row: Row, side: _Joined, sources: Sources, table: Mapping[str, str]) -> BusinessCentralRecord:
    record = plain_record(row)
    record.country_iso, record.iso_source, record.iso_problem = iso_of(record.country, sources.iso, table)
    record.payment_terms_code = sources.terms.get(str(row.get("paymentTermsId") or ""), "")
    record.extra |= values_of(row, sources.extra, sources.codes)
    card = side.cards.get(record.number)
    if card is not None:
        record.extra |= {name: card[name] for name in sources.extra.card_fields}
        for field in CARD_TO_RECORD:
            setattr(record, field, card[field])
        record.privacy_blocked = {"true": True, "false": False}.get(card["privacy_blocked"])
        _name_primary(record, card, side)
    else:
        _name_only_person(record, contacts_information(row), side)
    if unread := _unread(record, card, sources):
        record.extra["unread"] = unread
    record.contact_phones = _phones(record, contacts_information(row), side)
    record.contact_key = _contact_key(record, contacts_information(row), side)
    record.ship_to = [_ship_to(values, sources, table) for values in side.ship_to.get(record.number, [])]
    return record


def _unread(record: BusinessCentralRecord, card: dict[str, str] | None, sources: Sources) -> list[str]:
    """Which sources said nothing of this customer: what is blank of theirs is unknown, not empty."""
    no_card = card is None
    no_names = no_card or (bool(record.primary_contact_number) and record.names_source != "published page")
    # API v2.0's payment terms stand in for the card's; where there are none it was not asked for them.
    said = {"customer_card": no_card, "name_details": no_names, "payment_terms": no_card and not sources.terms}
    return [kind for kind, missing in said.items() if missing]


def _name_primary(record: BusinessCentralRecord, card: dict[str, str], side: _Joined) -> None:
    """Names of the contact that page 21 calls primary."""
    number = record.primary_contact_number
    contact = side.contacts.get(number, {})
    person = side.persons.get(contact.get("id", ""))
    if not number and record.type != "Person":
        record.extra["names_problem"] = "The customer has no primary contact in Business Central."
    elif number in side.names and _any_name(side.names[number]):
        details = side.names[number]
        _set(record, details["first_name"], details["middle_name"], details["surname"], "published page")
    elif person is not None and _any_name(person):
        _set(record, person["firstName"], "", person["lastName"], "customer contacts")
    elif contact.get("type") == "Company":
        record.extra["names_problem"] = f"The primary contact {number} is a company, not a person."
    else:
        # With the contact's own name unknown, a person's display name is that name.
        name = contact.get("displayName") or card["contact_name"]
        _split(record, name or (record.display_name if record.type == "Person" else ""))


def _name_only_person(record: BusinessCentralRecord, information: list[Row], side: _Joined) -> None:
    """Names where nothing says which contact is primary: the only person counts as it, of several none does."""
    persons = [item for item in information if item.get("contactType") == "Person"]
    if len(persons) > 1:
        record.extra["names_problem"] = (
            f"The customer has {len(persons)} person contacts; which one is primary can be read only when page 21 "
            "(Customer Card) is published."
        )
    elif persons:
        only = persons[0]
        record.primary_contact_number = str(only.get("contactNumber") or "")
        person = side.persons.get(str(only.get("contactId") or ""))
        details = side.names.get(record.primary_contact_number)
        company = record.type != "Person"
        if details is not None and _any_name(details):
            source = "only person contact" if company else "published page"
            _set(record, details["first_name"], details["middle_name"], details["surname"], source)
        elif person is not None and _any_name(person):
            source = "only person contact" if company else "customer contacts"
            _set(record, person["firstName"], "", person["lastName"], source)
        else:
            _split(record, str(only.get("contactName") or ""))
    elif record.type == "Person":
        _split(record, record.display_name)
    else:
        record.extra["names_problem"] = "The customer has no person contact in Business Central."


def _any_name(row: Mapping[str, str]) -> bool:
    return any(row.get(part) for part in ("first_name", "surname", "firstName", "lastName"))


def _set(record: BusinessCentralRecord, first: str, middle: str, surname: str, source: str) -> None:
    record.first_name, record.middle_name, record.surname, record.names_source = first, middle, surname, source


def _split(record: BusinessCentralRecord, name: str) -> None:
    if name.strip():
        _set(record, *split_name(name), "name split")
    else:
        record.extra["names_problem"] = "The customer's contact has no name in Business Central."


def _phones(record: BusinessCentralRecord, information: list[Row], side: _Joined) -> list[str]:
    """Every number known of the customer but its own phone number, each once, as written, in an order of their own."""
    numbers = [record.primary_contact_number, *(str(item.get("contactNumber") or "") for item in information)]
    ids = [str(item.get("contactId") or "") for item in information]
    found = [record.mobile_phone]
    for number in numbers:
        contact = side.contacts.get(number, {})
        for relative in [contact, *side.families.get(contact.get("companyNumber", ""), [])]:
            ids.append(relative.get("id", ""))
            found += [relative.get("phoneNumber", ""), relative.get("mobilePhoneNumber", "")]
    found += [side.persons[contact_id]["primaryPhoneNumber"] for contact_id in ids if contact_id in side.persons]
    return sorted(set(found) - {"", record.phone_number})


def _contact_key(record: BusinessCentralRecord, information: list[Row], side: _Joined) -> str:
    """The company contact of the first contact that is known; a person without a company is its own."""
    for number in (record.primary_contact_number, *(str(item.get("contactNumber") or "") for item in information)):
        if number in side.contacts:
            return side.contacts[number].get("companyNumber") or number
    return ""


def with_iso(
    record: BusinessCentralRecord, iso: Mapping[str, str] | None, country_iso: Mapping[str, str]
) -> BusinessCentralRecord:
    """The record with its ISO codes as these tables make them; see iso_of."""
    table = {code.upper(): code_iso for code, code_iso in country_iso.items()}
    found = iso_of(record.country, iso, table)
    ship_to = [replace(each, country_iso=iso_of(each.country, iso, table).code) for each in record.ship_to]
    coded = replace(record, country_iso=found.code, iso_source=found.source, iso_problem=found.problem)
    return replace(coded, ship_to=ship_to)


def _ship_to(values: dict[str, str], sources: Sources, table: Mapping[str, str]) -> ShipTo:
    known: dict[str, Any] = {name: value for name, value in values.items() if name != "customer_number"}
    return ShipTo(**known, country_iso=iso_of(values["country"], sources.iso, table).code)
