"""Every field that can be read or written on both sides: vendor name, label, type, length, writable or not.

Lengths and types come from the vendors' references; an open table (metafield, attribute, form field) takes any name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

System = Literal["business_central", "bigcommerce"]
FieldType = Literal[
    "text", "code", "email", "phone", "country", "state", "option", "number", "date", "boolean", "list", "id"
]
Origin = Literal["API v2.0", "published page", "API v2.0 or published page", "Management API"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. attribute is its name on the record dataclasses (Business Central only); max_length in characters,
    None where the vendor names no limit; page is where a person mends it.
    """

    system: System
    table: str
    name: str
    label: str
    type: FieldType = "text"
    max_length: int | None = None
    writable: bool = True
    attribute: str = ""
    page: str = ""
    origin: Origin = "Management API"
    options: tuple[str, ...] = ()


_Row = tuple[str, str, str, FieldType, int | None, bool, Origin]
_API: Origin = "API v2.0"
_PAGE: Origin = "published page"
_EITHER: Origin = "API v2.0 or published page"

PAGES = {
    "customer": "Customer Card",
    "contact": "Contact Card",
    "country": "Countries/Regions",
    "ship_to": "Ship-to Address",
}

# (name, record attribute, label in Business Central's client, type, length, writable through our client, origin)
_CUSTOMER: tuple[_Row, ...] = (
    ("id", "id", "Id", "id", 36, False, _API),
    ("number", "number", "No.", "code", 20, False, _API),
    ("displayName", "display_name", "Name", "text", 100, True, _API),
    ("type", "type", "Contact Type", "option", None, True, _API),
    ("addressLine1", "address_line1", "Address", "text", 100, True, _API),
    ("addressLine2", "address_line2", "Address 2", "text", 50, True, _API),
    ("city", "city", "City", "text", 30, True, _API),
    ("state", "state", "County", "text", 30, True, _API),
    ("country", "country", "Country/Region Code", "code", 10, True, _API),
    ("postalCode", "postal_code", "Post Code", "code", 20, True, _API),
    ("phoneNumber", "phone_number", "Phone No.", "phone", 30, True, _API),
    ("email", "email", "Email", "email", 80, True, _API),
    ("website", "website", "Home Page", "text", 255, True, _API),
    ("salespersonCode", "salesperson_code", "Salesperson Code", "code", 20, True, _API),
    ("currencyCode", "currency_code", "Currency Code", "code", 10, True, _API),
    ("taxRegistrationNumber", "tax_registration_number", "VAT Registration No.", "code", 20, True, _API),
    ("blocked", "blocked", "Blocked", "option", None, False, _API),
    ("paymentTermsCode", "payment_terms_code", "Payment Terms Code", "code", 10, False, _EITHER),
    ("mobilePhoneNumber", "mobile_phone", "Mobile Phone No.", "phone", 30, False, _PAGE),
    ("customerPriceGroup", "customer_price_group", "Customer Price Group", "code", 10, True, _PAGE),
    ("customerDiscountGroup", "customer_discount_group", "Customer Disc. Group", "code", 20, True, _PAGE),
    ("customerPostingGroup", "customer_posting_group", "Customer Posting Group", "code", 20, True, _PAGE),
    ("genBusPostingGroup", "gen_bus_posting_group", "Gen. Bus. Posting Group", "code", 20, True, _PAGE),
    ("vatBusPostingGroup", "vat_bus_posting_group", "VAT Bus. Posting Group", "code", 20, True, _PAGE),
    ("privacyBlocked", "privacy_blocked", "Privacy Blocked", "boolean", None, False, _PAGE),
)
_CONTACT: tuple[_Row, ...] = (
    ("number", "primary_contact_number", "Primary Contact No.", "code", 20, False, _PAGE),
    ("firstName", "first_name", "First Name", "text", 30, False, _EITHER),
    ("middleName", "middle_name", "Middle Name", "text", 30, False, _PAGE),
    ("surname", "surname", "Surname", "text", 30, False, _EITHER),
)
_COUNTRY: tuple[_Row, ...] = (("isoCode", "country_iso", "ISO Code", "country", 2, False, _PAGE),)
_SHIP_TO: tuple[_Row, ...] = (
    ("code", "code", "Code", "code", 10, False, _PAGE),
    ("name", "name", "Name", "text", 100, False, _PAGE),
    ("address", "address", "Address", "text", 100, False, _PAGE),
    ("address2", "address2", "Address 2", "text", 50, False, _PAGE),
    ("city", "city", "City", "text", 30, False, _PAGE),
    ("county", "county", "County", "text", 30, False, _PAGE),
    ("postCode", "post_code", "Post Code", "code", 20, False, _PAGE),
    ("country", "country", "Country/Region Code", "code", 10, False, _PAGE),
    ("isoCode", "country_iso", "ISO Code", "country", 2, False, _PAGE),
    ("contact", "contact", "Contact", "text", 100, False, _PAGE),
    ("phone", "phone", "Phone No.", "phone", 30, False, _PAGE),
    ("email", "email", "Email", "email", 80, False, _PAGE),
)

# (name, label, type, length, writable). https://developer.bigcommerce.com/docs/rest-management/customers
_BigCommerceRow = tuple[str, str, FieldType, int | None, bool]
_STORE_CUSTOMER: tuple[_BigCommerceRow, ...] = (
    ("id", "Customer ID", "id", None, False),
    ("email", "Email", "email", 250, True),
    ("first_name", "First name", "text", 100, True),
    ("last_name", "Last name", "text", 100, True),
    ("company", "Company", "text", 255, True),
    ("phone", "Phone", "phone", 50, True),
    ("notes", "Notes", "text", None, True),
    ("tax_exempt_category", "Tax exempt category", "text", 255, True),
    ("customer_group_id", "Customer group", "number", None, True),
)
_STORE_ADDRESS: tuple[_BigCommerceRow, ...] = (
    ("first_name", "First name", "text", 255, True),
    ("last_name", "Last name", "text", 255, True),
    ("company", "Company", "text", 255, True),
    ("address1", "Address line 1", "text", None, True),
    ("address2", "Address line 2", "text", None, True),
    ("city", "City", "text", 100, True),
    ("state_or_province", "State/province", "state", 100, True),
    ("postal_code", "Post code", "text", 30, True),
    ("country_code", "Country", "country", 2, True),
    ("phone", "Phone", "phone", 50, True),
    ("address_type", "Address type", "option", None, True),
)
_OPTIONS = {
    ("customer", "type"): ("Company", "Person"),
    ("customer", "blocked"): ("", "Ship", "Invoice", "All"),
    ("address", "address_type"): ("residential", "commercial"),
    ("ship_to_address", "address_type"): ("residential", "commercial"),
}
# Value lengths of the open tables; a metafield's value has at least one character and cannot be emptied.
OPEN_TABLES: dict[str, int | None] = {
    "metafield": 65_535,
    "attribute": 255,
    "form_field": None,
    "address_form_field": None,
}


def _business_central(table: str, rows: Iterable[_Row]) -> list[Field]:
    return [
        Field(
            "business_central", table, name, label, kind, length, writable, attribute, PAGES[table], origin,
            _OPTIONS.get((table, name), ()),
        )
        for name, attribute, label, kind, length, writable, origin in rows
    ]  # fmt: skip


def _bigcommerce(table: str, rows: Iterable[_BigCommerceRow]) -> list[Field]:
    return [
        Field("bigcommerce", table, name, label, kind, length, writable, options=_OPTIONS.get((table, name), ()))
        for name, label, kind, length, writable in rows
    ]


FIELDS: tuple[Field, ...] = (
    *_business_central("customer", _CUSTOMER),
    *_business_central("contact", _CONTACT),
    *_business_central("country", _COUNTRY),
    *_business_central("ship_to", _SHIP_TO),
    *_bigcommerce("customer", _STORE_CUSTOMER),
    *_bigcommerce("address", _STORE_ADDRESS),
    *_bigcommerce("ship_to_address", _STORE_ADDRESS),
)
_BY_NAME = {(field.system, field.table, field.name): field for field in FIELDS}


def find(system: System, table: str, name: str) -> Field | None:
    """The field, or None when there is none of that name; a name of an open table is always a field."""
    found = _BY_NAME.get((system, table, name))
    if found is None and system == "bigcommerce" and table in OPEN_TABLES:
        return Field(system, table, name, name, "text", OPEN_TABLES[table])
    return found


def fields_of(system: System, table: str) -> tuple[Field, ...]:
    """The fields of one table, in the order of the vendor's own pages."""
    return tuple(field for field in FIELDS if field.system == system and field.table == table)


def limit_of(table: str, name: str) -> int | None:
    """How many characters BigCommerce takes for a target field; None when it names no limit."""
    if table in OPEN_TABLES:
        return OPEN_TABLES[table]
    field = _BY_NAME.get(("bigcommerce", table, name))
    return field.max_length if field else None


def business_central_limit(name: str) -> int | None:
    """How many characters a field of Business Central's customer takes; None when it has no limit or is unknown."""
    field = _BY_NAME.get(("business_central", "customer", name))
    return field.max_length if field else None
