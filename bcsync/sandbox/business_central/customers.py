"""Customers: validation in Business Central's order, number series, Config. Templates, insert, modify, delete."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from bcsync.sandbox.business_central import contacts, lookups
from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.errors import BusinessCentralError, dialog, relation
from bcsync.sandbox.business_central.schema import COLUMNS, FLAGS, NUMBERS
from bcsync.sandbox.business_central.validation import check_vat_number

BLANK: dict[str, Any] = {
    **dict.fromkeys(COLUMNS["customer"], ""),
    **{column: 0 for column in (*NUMBERS, *FLAGS) if column in COLUMNS["customer"]},
    "contact_type": "Company",
}


def validate(books: Books, row: dict[str, Any], column: str, value: Any) -> None:
    """Put a cleaned value into the row with everything that field's OnValidate does. Raises what it raises."""
    if column == "name":
        if row["search_name"] in ("", row["name"].upper()):
            row["search_name"] = value.upper()
        row["name"] = value
    elif column == "country":
        lookups.set_country(books, row, value)
    elif column == "post_code":
        lookups.set_post_code(books, row, value)
    elif column == "tax_area_id":
        lookups.set_tax_area(books, row, value)
    elif column in lookups.BY_ID:
        lookups.set_id(books, row, column, value)
    elif column in lookups.LOOKUPS:
        lookups.set_code(books, row, column, value)
    elif column == "primary_contact_no":
        _set_primary(books, row, value)
    elif column == "vat_registration_no":
        check_vat_number(books.settings.vat_formats.get(row["country"], []), row["country"], value)
        row[column] = value
    else:
        row[column] = value


def create(books: Books, posted: Mapping[str, Any], template: bool = True) -> dict[str, Any]:
    """Insert a customer from cleaned columns; returns it. `template`: API Setup's rules fill what was not posted."""
    if not posted.get("name", "").strip():
        raise dialog('A "displayName" must be provided.')
    lookups.check_currency_pair(books, dict(posted))
    row = dict(BLANK)
    number = posted.get("no", "")
    if number:
        check_free(books, number)
        books.check_manual()
    for column, value in posted.items():
        validate(books, row, column, value)
    row["no"] = number or books.next_number("customer")
    stored = _insert(books, row)
    contact = contacts.create_for_customer(books, stored)
    changes: dict[str, Any] = {}
    if contact and stored["contact_type"] == "Person":
        changes = {"primary_contact_no": contact["no"], "contact": contact["name"]}
    if template:
        changes.update(_template_values(books, stored, posted))
    return modify_columns(books, stored, changes) if changes else stored


def modify(books: Books, stored: dict[str, Any], values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Apply cleaned (column, value) pairs in that order, store, propagate to the contact; returns the row."""
    pairs = list(values)
    lookups.check_currency_pair(books, dict(pairs))
    row = dict(stored)
    for column, value in pairs:
        if column == "name" and not value.strip():
            raise dialog('The blank "displayName" is not allowed.')
        if column == "no":
            rename(books, row, value)
        else:
            validate(books, row, column, value)
    changes = {column: row[column] for column in COLUMNS["customer"] if row[column] != stored[column]}
    changes.pop("no", None)
    return modify_columns(books, {**stored, "no": row["no"]}, changes)


def modify_columns(books: Books, stored: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Store changed columns (a Modify without any still stamps the row) and carry them to the contact."""
    row = books.tables.update("customer", stored["id"], changes)
    contacts.customer_changed(books, row, set(changes))
    if row["contact_type"] == "Person" and "name" in changes and row["primary_contact_no"]:
        row = books.tables.update("customer", row["id"], {"contact": row["name"]})
    return row


def rename(books: Books, row: dict[str, Any], number: str) -> None:
    """Give the customer another number; its id stays, and what points at the number follows."""
    if number == row["no"]:
        return
    if not number:
        raise dialog("No. must be filled in. Enter a value.")
    check_free(books, number)
    for table in ("relation", "ship_to"):
        for found in books.tables.all(table, customer_no=row["no"]):
            books.tables.update(table, found["id"], {"customer_no": number})
    books.tables.update("customer", row["id"], {"no": number})
    row["no"] = number


def delete(books: Books, stored: dict[str, Any]) -> None:
    """Delete a customer, its ship-to addresses and its business relation; its contacts stay, without relation."""
    if stored["balance_due"]:
        raise dialog(f"You cannot delete Customer {stored['no']} because there is at least one outstanding entry.")
    linked = contacts.linked_contact(books, stored["no"])
    for contact in contacts.persons_of(books, linked) if linked else []:
        books.tables.update("contact", contact["id"], {"business_relation": "None"})
    books.tables.delete("relation", customer_no=stored["no"])
    books.tables.delete("ship_to", customer_no=stored["no"])
    books.tables.delete("customer", id=stored["id"])


def check_free(books: Books, number: str) -> None:
    """Raise when a customer has that number; the status is what no document says."""
    if books.tables.one("customer", no=number):
        raise BusinessCentralError(
            books.switches.duplicate_number_status,
            "Internal_EntityWithSameKeyExists",
            f"The record in table Customer already exists. Identification fields and values: No.='{number}'",
        )


def _insert(books: Books, row: dict[str, Any]) -> dict[str, Any]:
    try:
        return books.tables.insert("customer", row)
    except sqlite3.IntegrityError:
        check_free(books, row["no"])
        raise


def _set_primary(books: Books, row: dict[str, Any], number: str) -> None:
    contact = books.tables.one("contact", no=number) if number else None
    if number and contact is None:
        raise relation("Primary Contact No.", "Customer", number)
    linked = contacts.linked_contact(books, row["no"]) if contact else None
    if contact and (linked is None or contact["no"] not in {one["no"] for one in contacts.persons_of(books, linked)}):
        raise dialog(f"Contact {number} {contact['name']} is not related to customer {row['no']} {row['name']}.")
    row["primary_contact_no"] = number
    row["contact"] = contact["name"] if contact else ""


def _template_values(books: Books, stored: dict[str, Any], posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the first matching Config. Template fills: only fields that were not posted."""
    for criteria, code in books.settings.template_rules:
        if all(stored.get(column) == value for column, value in criteria.items()):
            row = dict(stored)
            for column, value in books.settings.templates[code].items():
                if column not in posted:
                    validate(books, row, column, value)
            return {column: row[column] for column in COLUMNS["customer"] if row[column] != stored[column]}
    return {}
