"""Codes and ids that point into another table: country, salesperson, currency, terms, posting groups, post codes."""

from dataclasses import dataclass
from typing import Any

from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.errors import BusinessCentralError, dialog, relation


@dataclass(frozen=True)
class Lookup:
    """A column that holds a code of a reference kind; `id_column` keeps that row's SystemId beside it."""

    kind: str
    title: str
    id_column: str = ""
    api_name: str = ""
    table_title: str = ""


LOOKUPS = {
    "country": Lookup("country", "Country/Region Code"),
    "salesperson": Lookup("salesperson", "Salesperson Code"),
    "currency": Lookup("currency", "Currency Code", "currency_id", "currencyId", "Currency"),
    "payment_terms": Lookup(
        "payment_terms", "Payment Terms Code", "payment_terms_id", "paymentTermsId", "Payment Terms"
    ),
    "shipment_method": Lookup(
        "shipment_method", "Shipment Method Code", "shipment_method_id", "shipmentMethodId", "Shipment Method"
    ),
    "payment_method": Lookup(
        "payment_method", "Payment Method Code", "payment_method_id", "paymentMethodId", "Payment Method"
    ),
    "customer_posting_group": Lookup("customer_posting_group", "Customer Posting Group"),
    "gen_bus_posting_group": Lookup("gen_bus_posting_group", "Gen. Bus. Posting Group"),
    "vat_bus_posting_group": Lookup("vat_bus_posting_group", "VAT Bus. Posting Group"),
    "customer_price_group": Lookup("customer_price_group", "Customer Price Group"),
    "customer_discount_group": Lookup("customer_discount_group", "Customer Disc. Group"),
}
BY_ID = {lookup.id_column: column for column, lookup in LOOKUPS.items() if lookup.id_column}


def check_code(books: Books, column: str, code: str, table: str = "Customer") -> dict[str, Any] | None:
    """Return the row a code names, None for the blank code. Raises when there is none or it may not be used."""
    lookup = LOOKUPS[column]
    if not code:
        return None
    row = books.tables.one("reference", kind=lookup.kind, code=code)
    if row is None:
        raise relation(lookup.title, table, code)
    if lookup.kind == "salesperson" and row["flag"]:
        raise dialog(f"You cannot choose Salesperson {code} because it is blocked.")
    return row


def set_code(books: Books, row: dict[str, Any], column: str, code: str) -> None:
    """Put a code into the row, the SystemId of what it names beside it; the local currency is stored blank."""
    lookup = LOOKUPS[column]
    if column == "currency" and code == books.settings.local_currency:
        code = ""
    found = check_code(books, column, code)
    row[column] = code
    if lookup.id_column:
        row[lookup.id_column] = found["id"] if found else ""


def set_id(books: Books, row: dict[str, Any], id_column: str, id: str) -> None:
    """Put a SystemId into the row, the code it stands for beside it."""
    column = BY_ID[id_column]
    lookup = LOOKUPS[column]
    found = books.tables.one("reference", kind=lookup.kind, id=id) if id else None
    if id and found is None:
        raise dialog(f'The "{lookup.api_name}" does not match to a {lookup.table_title}.')
    row[id_column] = id
    row[column] = found["code"] if found else ""


def set_tax_area(books: Books, row: dict[str, Any], id: str) -> None:
    """Put a tax area, or in a VAT country a VAT Bus. Posting Group, into the row."""
    found = books.tables.one("reference", id=id) if id else None
    if id and (found is None or found["kind"] not in ("tax_area", "vat_bus_posting_group")):
        raise dialog('The "taxAreaId" does not match to a Tax Area.')
    row["tax_area_id"] = id
    row["tax_area_name"] = found["name"] if found else ""
    if found and found["kind"] == "vat_bus_posting_group":
        row["vat_bus_posting_group"] = found["code"]


def set_post_code(books: Books, row: dict[str, Any], code: str) -> None:
    """Put a post code into the row; one that the Post Code table holds brings its city, county and country along.

    The entry of the same country is taken first, then one of the same city, else the first, even of another country.
    """
    row["post_code"] = code
    entries = books.tables.all("post_code", code=code) if code else []
    if not entries:
        return
    same_country = [entry for entry in entries if entry["country"] == row["country"]]
    same_city = [entry for entry in entries if entry["city"].upper() == row["city"].upper()]
    entry = (same_country or same_city or entries)[0]
    row.update(city=entry["city"], county=entry["county"], country=entry["country"])


def set_country(books: Books, row: dict[str, Any], code: str, table: str = "Customer") -> None:
    """Put a country/region code into the row; replacing another one blanks city, county and post code."""
    check_code(books, "country", code, table)
    if row["country"] and row["country"] != code and not books.settings.require_country:
        row.update(city="", county="", post_code="")
    row["country"] = code


def check_currency_pair(books: Books, values: dict[str, Any]) -> None:
    """Raise when currencyId and currencyCode (as posted) contradict each other."""
    if "currency_id" not in values or "currency" not in values:
        return
    code, id = values["currency"], values["currency_id"]
    if not id and code in ("", books.settings.local_currency):
        return
    found = books.tables.one("reference", kind="currency", id=id)
    if found is None or found["code"] != code:
        message = "The currency values do not match to a specific Currency."
        raise BusinessCentralError(400, "Application_DialogException", message)
