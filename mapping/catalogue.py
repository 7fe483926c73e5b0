"""Every field that can be read or written on both sides: vendor name, label, type, length, writable or not.

Lengths and types come from the vendors' references; an open table (metafield, attribute, form field) takes any name,
and so does "published": the properties of this company's own Customer Card that its $metadata lists.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mapping import catalogue_fields as listed
from mapping.catalogue_fields import OPEN_TABLES, PAGES, BigCommerceRow, FieldType, Origin, Row, System

__all__ = [
    "FIELDS", "OPEN_TABLES", "PAGES", "TABLES", "Field", "business_central_limit", "fields_of", "find", "limit_of",
    "published_field",
]  # fmt: skip

TABLES: dict[tuple[System, str], str] = {
    ("business_central", "customer"): "Customer",
    ("business_central", "contact"): "Primary contact",
    ("business_central", "country"): "Country/Region",
    ("business_central", "ship_to"): "Ship-to address",
    ("business_central", "financial"): "Financial detail",
    ("business_central", "published"): "Customer Card, this company's own fields",
    ("bigcommerce", "customer"): "Customer",
    ("bigcommerce", "address"): "Address",
    ("bigcommerce", "ship_to_address"): "Address of a ship-to",
    ("bigcommerce", "metafield"): "Customer metafield",
    ("bigcommerce", "attribute"): "Customer attribute",
    ("bigcommerce", "form_field"): "Customer form field",
    ("bigcommerce", "address_form_field"): "Customer address form field",
    ("bigcommerce", "group"): "Customer group",
}


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

    @property
    def on_card_only(self) -> bool:
        """Whether the field can be written through the published Customer Card only, not through API v2.0."""
        return self.table == "customer" and self.origin not in ("API v2.0", "Management API")


def _business_central(table: str, rows: Iterable[Row]) -> list[Field]:
    return [
        Field(
            "business_central", table, name, label, kind, length, writable, attribute, PAGES[table], origin,
            listed.OPTIONS.get((table, name), ()),
        )
        for name, attribute, label, kind, length, writable, origin in rows
    ]  # fmt: skip


def _bigcommerce(table: str, rows: Iterable[BigCommerceRow]) -> list[Field]:
    return [
        Field("bigcommerce", table, name, label, kind, length, writable, options=listed.OPTIONS.get((table, name), ()))
        for name, label, kind, length, writable in rows
    ]


FIELDS: tuple[Field, ...] = (
    *_business_central("customer", listed.CUSTOMER),
    *_business_central("contact", listed.CONTACT),
    *_business_central("country", listed.COUNTRY),
    *_business_central("ship_to", listed.SHIP_TO),
    *_business_central("financial", listed.FINANCIAL),
    *_bigcommerce("customer", listed.STORE_CUSTOMER),
    *_bigcommerce("address", listed.STORE_ADDRESS),
    *_bigcommerce("ship_to_address", listed.STORE_ADDRESS),
    *_bigcommerce("group", listed.STORE_GROUP),
)
_BY_NAME = {(field.system, field.table, field.name): field for field in FIELDS}


def find(system: System, table: str, name: str) -> Field | None:
    """The field, or None when there is none of that name; a name of an open table is always a field."""
    found = _BY_NAME.get((system, table, name))
    if found is None and system == "bigcommerce" and table in OPEN_TABLES:
        return Field(system, table, name, name, "text", OPEN_TABLES[table])
    if found is None and system == "business_central" and table == "published" and name:
        return published_field(name)
    return found


def published_field(name: str) -> Field:
    """A property of the published Customer Card that the catalogue does not list, under the name $metadata gives it."""
    label = name.replace("_", " ")
    return Field(
        "business_central", "published", name, label, "text", None, False, "", PAGES["published"], "published page"
    )


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
