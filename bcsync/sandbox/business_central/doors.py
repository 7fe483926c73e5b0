"""What a human does in Business Central's client, for tests and the demo: same validation, same propagation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bcsync.sandbox.business_central import contacts, customers, lookups
from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.entities import CONTACTS, CUSTOMERS
from bcsync.sandbox.business_central.errors import not_found
from bcsync.sandbox.business_central.names import join_name
from bcsync.sandbox.business_central.pages import CUSTOMER_CARD
from bcsync.sandbox.business_central.schema import COLUMNS
from bcsync.sandbox.business_central.validation import clean

Row = dict[str, Any]
# Short names that the doors take beside the API's and the columns'.
SHORT = {
    "mobile": "mobile_phone_no",
    "price_group": "customer_price_group",
    "discount_group": "customer_discount_group",
    "name": "name",
}
PLACE = ("country", "city", "county", "post_code")
SHIP_TO_SHORT = {"phone": "phone_no", "country": "country"}


def add_customer(
    books: Books,
    number: str = "",
    contact: Sequence[str] | None = None,
    contact_phone: str = "",
    contact_mobile: str = "",
    contact_email: str = "",
    ship_to: Iterable[Mapping[str, Any]] = (),
    **fields: Any,
) -> Row:
    """Add a customer and return its row; `number` may always be chosen here.

    fields: the API's names (displayName, addressLine1, postalCode ...), column names (payment_terms,
    customer_posting_group ...), mobile, price_group, discount_group, privacy_blocked. contact: (first, surname) or
    (first, middle, surname) of a person who becomes primary contact, the parts exactly as given; for type="Person" they
    replace the parts that splitting displayName gave. ship_to: dicts with code, name, address, address2, city, county,
    post_code, country, contact, phone, email. Codes that the company does not have are refused, as for everyone.
    """
    values = _columns(fields)
    place = {column: values[column] for column in PLACE if column in values}
    row = _create(books, number, values)
    # A human corrects what the post code table put there.
    wrong: dict[str, Any] = {column: value for column, value in place.items() if row[column] != value}
    if wrong:
        row = customers.modify_columns(books, row, wrong)
    if contact:
        row = _give_contact(books, row, contact, contact_phone, contact_mobile, contact_email)
    for one in ship_to:
        put_ship_to(books, row["no"], **one)
    return row


def change_customer(books: Books, number: str, **fields: Any) -> Row:
    """Change a customer by number, fields as for add_customer, validated in the order given; returns its row."""
    return customers.modify(books, _customer(books, number), _columns(fields).items())


def delete_customer(books: Books, number: str) -> None:
    """Delete a customer by number."""
    customers.delete(books, _customer(books, number))


def add_contact(
    books: Books, customer: str, first_name: str, surname: str, primary: bool = False, **fields: Any
) -> Row:
    """Add a person to the company contact of a customer; fields are columns (phone_no, email ...) or API names."""
    linked = contacts.linked_contact(books, customer)
    if linked is None:
        raise not_found("Contact Business Relation", f"No.='{customer}'")
    values = {**_columns(fields, CONTACTS.by_name, "contact"), "first_name": first_name, "surname": surname}
    row = contacts.create(books, {**values, "contact_type": "Person", "company_no": linked["no"]})
    if primary:
        change_customer(books, customer, primary_contact_no=row["no"])
    return row


def change_contact(books: Books, number: str, **fields: Any) -> Row:
    """Change a contact by number; fields are columns or API names."""
    return contacts.modify(books, _contact(books, number), _columns(fields, CONTACTS.by_name, "contact"))


def delete_contact(books: Books, number: str) -> None:
    """Delete a contact by number."""
    contacts.delete(books, _contact(books, number))


def put_ship_to(books: Books, customer: str, code: str, **fields: Any) -> Row:
    """Add or change a ship-to address; a new one takes the customer's name when none is given."""
    values = {SHIP_TO_SHORT.get(name, name): value for name, value in fields.items()}
    unknown = sorted(set(values) - set(COLUMNS["ship_to"]))
    if unknown:
        raise TypeError(f"a ship-to address has no {', '.join(unknown)}")
    if values.get("country"):
        lookups.check_code(books, "country", values["country"], "Ship-to Address")
    found = books.tables.one("ship_to", customer_no=customer, code=code)
    if found:
        return books.tables.update("ship_to", found["id"], values)
    name = values.pop("name", "") or _customer(books, customer)["name"]
    return books.tables.insert("ship_to", {"customer_no": customer, "code": code, "name": name, **values})


def put_reference(books: Books, kind: str, code: str, name: str = "", **fields: Any) -> Row:
    """Add or change a code of a reference table."""
    found = books.tables.one("reference", kind=kind, code=code)
    if found:
        return books.tables.update("reference", found["id"], {**({"name": name} if name else {}), **fields})
    return books.tables.insert("reference", {"kind": kind, "code": code, "name": name or code, **fields})


def _create(books: Books, number: str, values: Mapping[str, Any]) -> Row:
    manual = books.settings.manual_numbers
    books.settings.manual_numbers = True
    try:
        # The client's pages apply no Config. Template: what a human adds is what the human typed.
        return customers.create(books, {**({"no": number} if number else {}), **values}, template=False)
    finally:
        books.settings.manual_numbers = manual


def _give_contact(books: Books, row: Row, names: Sequence[str], phone: str, mobile: str, email: str) -> Row:
    first, middle, surname = (names[0], "", names[-1]) if len(names) == 2 else names
    parts = {"first_name": first, "middle_name": middle, "surname": surname}
    more = {"phone_no": phone, "mobile_phone_no": mobile, "email": email}
    linked = contacts.linked_contact(books, row["no"])
    if linked and linked["contact_type"] == "Person":
        changes = {**parts, **{column: value for column, value in more.items() if value}}
        # The parts were typed into Name Details: the full name, and with it the customer's, follows them.
        contacts.modify(books, linked, {**changes, "name": join_name(first, middle, surname)} | parts)
        _restore_parts(books, linked["id"], parts)
        return _customer(books, row["no"])
    add_contact(books, row["no"], first, surname, True, middle_name=middle, **more)
    return _customer(books, row["no"])


def _restore_parts(books: Books, id: str, parts: Mapping[str, str]) -> None:
    contact = books.tables.one("contact", id=id)
    if contact and any(contact[part] != value for part, value in parts.items()):
        books.tables.update("contact", id, parts)


def _columns(
    fields: Mapping[str, Any], by_name: Mapping[str, Any] = CUSTOMERS.by_name, table: str = "customer"
) -> dict[str, Any]:
    """Return column -> cleaned value for API names, column names and short names. TypeError for any other name."""
    cards = {prop.column: prop for prop in CUSTOMER_CARD.properties} if table == "customer" else {}
    values: dict[str, Any] = {}
    for name, value in fields.items():
        column = SHORT.get(name, name)
        prop = by_name.get(name) or cards.get(column)
        if prop is not None:
            values[prop.column] = clean(prop, value)
        elif column in COLUMNS[table]:
            values[column] = value
        else:
            raise TypeError(f"a {table} has no {name}")
    return values


def _customer(books: Books, number: str) -> Row:
    row = books.tables.one("customer", no=number)
    if row is None:
        raise not_found("Customer", f"No.='{number}'")
    return row


def _contact(books: Books, number: str) -> Row:
    row = books.tables.one("contact", no=number)
    if row is None:
        raise not_found("Contact", f"No.='{number}'")
    return row
