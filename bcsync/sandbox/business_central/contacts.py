"""Contacts: made for customers, split names, and what a change of one does to its customer."""

from typing import Any

from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.errors import dialog
from bcsync.sandbox.business_central.names import join_name, split_name

# What a customer and the contact linked to it keep equal, in both directions.
SHARED = (
    "name", "address", "address2", "city", "county", "country", "post_code", "phone_no", "mobile_phone_no", "email",
    "home_page", "salesperson", "currency", "vat_registration_no", "language_code",
)  # fmt: skip
INHERITED = (
    "address",
    "address2",
    "city",
    "county",
    "country",
    "post_code",
    "salesperson",
    "currency",
    "language_code",
)
NAME_PARTS = ("first_name", "middle_name", "surname")


def named(contact: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the columns that validating Name sets: for a person the parts too, whatever they were before."""
    values: dict[str, Any] = {"name": name, "search_name": name.upper()}
    if contact.get("contact_type") == "Person":
        values.update(zip(NAME_PARTS, split_name(name), strict=True))
    return values


def linked_contact(books: Books, customer_no: str) -> dict[str, Any] | None:
    """Return the contact of the customer's first business relation."""
    found = books.tables.one("relation", customer_no=customer_no)
    return books.tables.one("contact", no=found["contact_no"]) if found else None


def persons_of(books: Books, contact: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the linked contact and every person whose company it is."""
    if contact["contact_type"] == "Person":
        return [contact]
    return books.tables.all("contact", company_no=contact["no"])


def create_for_customer(books: Books, customer: dict[str, Any]) -> dict[str, Any] | None:
    """Make the contact and the business relation of a new customer; a Person becomes its primary contact."""
    if not books.settings.business_relation:
        return None
    number = books.next_number("contact")
    person = customer["contact_type"] == "Person"
    values = {column: customer[column] for column in SHARED}
    values.update(
        no=number,
        contact_type=customer["contact_type"],
        company_no="" if person else number,
        company_name="" if person else customer["name"],
        business_relation="Customer",
    )
    contact = books.tables.insert("contact", {**values, **named(values, customer["name"])})
    books.tables.insert("relation", {"contact_no": number, "customer_no": customer["no"]})
    return contact


def customer_changed(books: Books, customer: dict[str, Any], changed: set[str]) -> None:
    """Carry a customer's change to its contact; any watched field re-splits a person's name."""
    if not changed & set(SHARED):
        return
    contact = linked_contact(books, customer["no"])
    if contact is None:
        return
    values = {column: customer[column] for column in SHARED}
    values.update(named(contact, customer["name"]))
    if contact["contact_type"] == "Company":
        values["company_name"] = customer["name"]
    books.tables.update("contact", contact["id"], values)


def create(books: Books, values: dict[str, Any]) -> dict[str, Any]:
    """Insert a contact as a person or the API does; a person of a company inherits its address and relation."""
    values = {"contact_type": "Company", **values}
    values["no"] = values.get("no") or books.next_number("contact")
    if not values.get("name") and not any(values.get(part) for part in NAME_PARTS):
        raise dialog('A "displayName" must be provided.')
    if any(values.get(part) for part in NAME_PARTS):
        values["name"] = join_name(*(values.get(part, "") for part in NAME_PARTS))
    else:
        values.update(named(values, values["name"]))
    values.setdefault("search_name", values["name"].upper())
    company = books.tables.one("contact", no=values["company_no"]) if values.get("company_no") else None
    if company:
        values = {**{column: company[column] for column in INHERITED}, **values}
        values["company_name"] = company["name"]
        values.setdefault("business_relation", company["business_relation"])
    elif values["contact_type"] == "Company":
        values.update(company_no=values["no"], company_name=values["name"])
    return books.tables.insert("contact", values)


def modify(books: Books, contact: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Change a contact and carry on to its customer what Business Central carries on."""
    if "name" in changes and changes["name"] != contact["name"]:
        changes = {**changes, **named({**contact, **changes}, changes["name"])}
    elif any(part in changes and changes[part] != contact[part] for part in NAME_PARTS):
        merged = {**contact, **changes}
        changes = {**changes, "name": join_name(*(merged[part] for part in NAME_PARTS))}
    renamed = changes.get("name", contact["name"]) != contact["name"]
    if renamed and contact["contact_type"] == "Company":
        changes["company_name"] = changes["name"]
    row = books.tables.update("contact", contact["id"], changes)
    link = books.tables.one("relation", contact_no=row["no"])
    if link:
        _to_customer(books, link["customer_no"], row, set(changes))
        if renamed:
            _rename_company(books, row)
    elif renamed:
        _primary_renamed(books, row)
    return row


def delete(books: Books, contact: dict[str, Any]) -> None:
    """Delete a contact; one that is a customer's primary contact leaves it without one."""
    if books.tables.one("relation", contact_no=contact["no"]):
        raise dialog(f"You cannot delete the Contact {contact['no']} because it is linked to a customer.")
    books.tables.delete("contact", id=contact["id"])
    for customer in books.tables.all("customer", primary_contact_no=contact["no"]):
        books.tables.update("customer", customer["id"], {"primary_contact_no": "", "contact": ""})


def _to_customer(books: Books, customer_no: str, contact: dict[str, Any], changed: set[str]) -> None:
    customer = books.tables.one("customer", no=customer_no)
    if customer is None or not changed & {*SHARED, *NAME_PARTS}:
        return
    values = {column: contact[column] for column in SHARED}
    if contact["contact_type"] == "Person":
        values["contact"] = contact["name"]
    books.tables.update("customer", customer["id"], values)


def _rename_company(books: Books, company: dict[str, Any]) -> None:
    for person in books.tables.all("contact", company_no=company["no"], contact_type="Person"):
        books.tables.update("contact", person["id"], {"company_name": company["name"]})


def _primary_renamed(books: Books, person: dict[str, Any]) -> None:
    for customer in books.tables.all("customer", primary_contact_no=person["no"]):
        books.tables.update("customer", customer["id"], {"contact": person["name"]})
