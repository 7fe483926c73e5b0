"""POST, PATCH and DELETE of one entity: members to columns, If-Match, and the business rules behind each table."""

from collections.abc import Mapping
from typing import Any

from bcsync.sandbox.business_central import contacts, customers, lookups
from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.errors import BusinessCentralError
from bcsync.sandbox.business_central.model import EntitySet
from bcsync.sandbox.business_central.tables import etag
from bcsync.sandbox.business_central.validation import clean

Row = dict[str, Any]


def check_match(row: Row, if_match: str) -> None:
    """Raise 400 for a missing or malformed If-Match, 409 for a stale one; `*` always fits."""
    if if_match == "*":
        return
    if not (if_match.startswith('W/"') and if_match.endswith('"')):
        raise BusinessCentralError(
            400, "BadRequest_InvalidToken", "Could not validate the client concurrency token required by the service."
        )
    if if_match != etag(row["version"]):
        raise BusinessCentralError(409, "Request_EntityChanged", "Another user has already changed the record.")


def columns(entity: EntitySet, body: Mapping[str, Any], page_order: bool, posting: bool) -> list[tuple[str, Any]]:
    """Return the body's members as cleaned (column, value) pairs, as sent or in the page's order.

    Raises 400 for an unknown member, a read-only one, or a value the field does not take.
    """
    pairs: dict[str, tuple[str, Any]] = {}
    for name, value in body.items():
        if "@" in name:
            continue
        prop = entity.by_name.get(name)
        if prop is None:
            raise BusinessCentralError(
                400,
                "BadRequest",
                f"The property '{name}' does not exist on type 'Microsoft.NAV.{entity.type_name}'.",
            )
        if posting and name == "id":
            continue
        # A key that the page cannot change is still what a new record is told to be.
        if not prop.editable and not (posting and name in entity.keys):
            raise BusinessCentralError(400, "BadRequest_InvalidOperation", f"Control '{name}' is read-only.")
        pairs[name] = (prop.column, clean(prop, value))
    if page_order:
        return [pairs[prop.name] for prop in entity.properties if prop.name in pairs]
    return list(pairs.values())


def create(books: Books, entity: EntitySet, body: Mapping[str, Any]) -> Row:
    """Insert one record and return its row. A page in the client applies no Config. Template, API v2.0 does."""
    pairs = columns(entity, body, books.switches.patch_member_order == "page", posting=True)
    if entity.table == "customer":
        return customers.create(books, dict(pairs), template=entity.page == 30009)
    return contacts.create(books, dict(pairs))


def modify(books: Books, entity: EntitySet, row: Row, body: Mapping[str, Any]) -> Row:
    """Change one record and return its row."""
    pairs = columns(entity, body, books.switches.patch_member_order == "page", posting=False)
    if entity.table == "customer":
        return customers.modify(books, row, pairs)
    changed = dict(row)
    for column, value in pairs:
        _validate_place(books, changed, column, value, entity.caption)
    changes = {column: value for column, value in changed.items() if value != row[column]}
    if entity.table == "contact":
        return contacts.modify(books, row, changes)
    return books.tables.update(entity.table, row["id"], changes)


def delete(books: Books, entity: EntitySet, row: Row) -> None:
    """Remove one record."""
    if entity.table == "customer":
        customers.delete(books, row)
    elif entity.table == "contact":
        contacts.delete(books, row)
    else:
        books.tables.delete(entity.table, id=row["id"])


def _validate_place(books: Books, row: Row, column: str, value: Any, table: str) -> None:
    if column == "country":
        lookups.set_country(books, row, value, table)
    elif column == "post_code":
        lookups.set_post_code(books, row, value)
    else:
        row[column] = value
