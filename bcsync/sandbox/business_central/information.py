"""contactsInformation: a customer's contacts; and the customer that customerContacts claims for a contact."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.errors import dialog
from bcsync.sandbox.business_central.model import EMPTY_GUID, option_out

CHUNK = 500
Row = dict[str, Any]


def contacts_by_customer(books: Books, numbers: Iterable[str]) -> dict[str, list[Row]]:
    """Return customer number -> its linked contact and that company's persons, by the first business relation only."""
    first: dict[str, str] = {}
    for row in _in(books, "relation", "customer_no", numbers):
        first[row["customer_no"]] = min(row["contact_no"], first.get(row["customer_no"], row["contact_no"]))
    customers: defaultdict[str, list[str]] = defaultdict(list)
    for customer_no, contact_no in first.items():
        customers[contact_no].append(customer_no)
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for column in ("no", "company_no"):
        for row in _in(books, "contact", column, customers):
            for customer_no in customers[row[column]]:
                found[customer_no][row["no"]] = row
    return {number: [contacts[no] for no in sorted(contacts)] for number, contacts in found.items()}


def information(customer: Row, contact: Row) -> Row:
    """Return one row of the temporary table behind the page; it has no etag worth the name."""
    return {
        "@odata.etag": 'W/"J0FBQUE9Jw=="',
        "contactId": contact["id"],
        "contactNumber": contact["no"],
        "contactName": contact["name"],
        "contactType": contact["contact_type"],
        "relatedId": customer["id"],
        "relatedType": option_out("Customer"),
    }


def claim_customers(books: Books, rows: list[Row], shown: list[Row]) -> None:
    """Fill customerId and customerName as the page does, row by row, stale values included.

    The page looks the relation up by the person's company; where that finds nothing (a Person customer's contact has no
    company) the name is emptied but the id of the previous row stays.
    """
    companies = {row["company_no"] for row in rows if row["company_no"]}
    links = {row["contact_no"]: row["customer_no"] for row in _in(books, "relation", "contact_no", companies)}
    customers = {row["no"]: row for row in _in(books, "customer", "no", links.values(), "no, id, name")}
    claimed = EMPTY_GUID
    for row, out in zip(rows, shown, strict=True):
        customer = customers.get(links.get(row["company_no"], ""))
        if customer:
            claimed = customer["id"]
        if "customerId" in out:
            out["customerId"] = claimed
        if "customerName" in out:
            out["customerName"] = customer["name"] if customer else ""


def move_company(books: Books, person: Row, customer_id: str) -> None:
    """Link the person's whole company to another customer, as customerId in a PATCH of customerContacts does."""
    customer = books.tables.one("customer", id=customer_id)
    if customer is None:
        raise dialog('The "customerId" does not match to a Customer.')
    link = books.tables.one("relation", contact_no=person["company_no"] or person["no"])
    if link:
        books.tables.update("relation", link["id"], {"customer_no": customer["no"]})


def _in(books: Books, table: str, column: str, values: Iterable[str], columns: str = "*") -> Iterator[Row]:
    """Yield the rows whose column has one of the values, in no particular order."""
    wanted = list(values)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        tail = f"company = ? AND {column} IN ({','.join('?' * len(chunk))})"
        yield from books.tables.query(table, tail, [books.tables.company, *chunk], columns)
