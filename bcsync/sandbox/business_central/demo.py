"""The demo company 'CRONUS UK Ltd.': Microsoft's demo customers with contacts, ship-to addresses and codes."""

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.business_central.names import split_name
from bcsync.sandbox.business_central.phones import phone_number

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide
    from bcsync.sandbox.world import World

DATA = Path(__file__).resolve().parent.parent / "data"
NAME = "CRONUS UK Ltd."
GROUPS = {
    "customer_posting_group": ("DOMESTIC", "EU", "FOREIGN"),
    "gen_bus_posting_group": ("DOMESTIC", "EU", "EXPORT"),
    "vat_bus_posting_group": ("DOMESTIC", "EU", "EXPORT"),
    "customer_price_group": ("RETAIL", "WHOLESALE"),
    "customer_discount_group": ("LARGE ACC", "RETAIL"),
    "tax_area": ("ATLANTA, GA", "CHICAGO, IL", "MIAMI, FL"),
}
ABROAD = {"customer_posting_group": "FOREIGN", "gen_bus_posting_group": "EXPORT", "vat_bus_posting_group": "EXPORT"}
EU = {"customer_posting_group": "EU", "gen_bus_posting_group": "EU", "vat_bus_posting_group": "EU"}
HOME = {
    "customer_posting_group": "DOMESTIC",
    "gen_bus_posting_group": "DOMESTIC",
    "vat_bus_posting_group": "DOMESTIC",
}
TEMPLATES = {
    "CUST-GB": {**HOME, "payment_terms": "1M(8D)"},
    "CUST-EU": {**EU, "payment_terms": "14 DAYS", "currency": "EUR"},
    "CUST": {**ABROAD, "payment_terms": "14 DAYS"},
}


VAT_FORMATS = {"GB": ["#########", "GB#########", "############", "GB############"]}

# What another administrator made of it: own service names, and names of a newer version's controls.
OTHER_SERVICES: dict[str, dict[str, Any]] = {
    "Debitorkort": {"page": 21, "rename": {"No": "No_", "Primary_Contact_No": "PrimaryContactNo"}},
    "NameDetailsWS": {"page": 5055, "rename": {"First_Name": "FirstName"}},
    "Lande": {"page": 10, "rename": {"ISO_Code": "ISOCode"}},
    "ShipTo": {"page": 300, "rename": {"Customer_No": "CustomerNo"}},
}


def demo_options() -> dict[str, Any]:
    """Return the set-up of the demo company: Config. Templates by country, chosen by API Setup's rules in order."""
    eu = [row["code"] for row in rows("countries") if row["euCode"] and row["code"] not in ("GB", "NI")]
    rules = [({"country": "GB"}, "CUST-GB"), *(({"country": code}, "CUST-EU") for code in eu), ({}, "CUST")]
    return {"local_currency": "GBP", "templates": TEMPLATES, "template_rules": rules, "vat_formats": VAT_FORMATS}


def build_demo_company(
    world: "World", tenant: str = "cronus.example", environment: str = "Production", name: str = NAME, **options: Any
) -> "CompanySide":
    """Add the company and fill it unless it has customers already; options as for World.add_company.

    published=OTHER_SERVICES gives a company whose service, key and property names are nobody's default.
    """
    company = world.add_company(tenant, environment, name, **{**demo_options(), **options})
    with world.storage.transaction():
        if not company.books.tables.count("customer"):
            fill_codes(company)
            fill_customers(company)
    return company


def fill_codes(company: "CompanySide") -> None:
    """Add countries, terms, methods, currencies, salespeople, groups and the home country's post codes."""
    insert = company.books.tables.insert
    for row in rows("countries"):
        values = {"code": row["code"], "name": row["name"], "iso": row["iso"], "iso_numeric": row["isoNumeric"]}
        insert("reference", {"kind": "country", **values, "detail": "City+Post Code", "detail2": row["euCode"]})
    for row in rows("references"):
        insert("reference", {**row, "name": row["name"] or row["code"]})
    for kind, codes in GROUPS.items():
        for code in codes:
            insert("reference", {"kind": kind, "code": code, "name": code.capitalize()})
    home = {(row["postCode"], row["city"]) for row in rows("customers") if row["country"] == "GB" and row["city"]}
    for post_code, city in sorted(home):
        insert("post_code", {"code": post_code, "city": city, "county": "", "country": "GB"})


def fill_customers(company: "CompanySide") -> None:
    """Add the demo customers with their primary contacts, the other persons and the ship-to addresses."""
    mails: Counter[str] = Counter(row["email"] for row in rows("customers") if row["email"])
    taken: set[str] = set()
    iso = {row["code"]: row["iso"] for row in rows("countries")}
    for index, row in enumerate(rows("customers")):
        company.add_customer(**_customer(row, index, iso.get(row["country"], ""), _email(row, mails, taken)))
    numbers = {row["number"]: row for row in rows("customers")}
    for row in rows("ship_to"):
        place = {
            "address": row["address"],
            "address2": row["address2"],
            "city": row["city"],
            "post_code": row["postCode"],
        }
        more = {"contact": row["contact"], "shipment_method": row["shipmentMethod"]}
        company.put_ship_to(row["customer"], row["code"], **place, **more, country=numbers[row["customer"]]["country"])
    for row in rows("contacts"):
        first, middle, surname = split_name(row["name"])
        more = {"no": row["number"], "middle_name": middle, "email": row["email"], "salesperson": row["salesperson"]}
        company.add_contact(row["company"].removeprefix("Customer:"), first, surname, **more)


def _customer(row: dict[str, Any], index: int, iso: str, email: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": row["number"],
        "displayName": row["name"],
        "addressLine1": row["address"],
        "addressLine2": row["address2"],
        "country": row["country"],
        "postalCode": row["postCode"],
        "city": row["city"],
        "state": row["county"],
        "phoneNumber": phone_number(iso, index),
        "email": email,
        "salespersonCode": row["salesperson"],
        "currencyCode": row["currency"],
        "taxRegistrationNumber": row["taxRegistrationNumber"],
        "payment_terms": row["paymentTerms"],
        **(HOME if row["country"] == "GB" else ABROAD),
    }
    parts = split_name(row["contact"])
    if row["contact"]:
        values["contact"] = parts if parts[1] else (parts[0], parts[2])
        values["contact_phone"] = phone_number(iso, index, mobile=True)
    return values


def _email(row: dict[str, Any], published: Counter[str], taken: set[str]) -> str:
    """Return the published address where it is unique, else one from the contact's name; "" without a contact."""
    if published[row["email"]] == 1:
        email = str(row["email"])
    elif row["contact"]:
        email = f"{_plain(row['contact'])}@contoso.com"
        if email in taken:
            email = f"{_plain(row['contact'])}.{_plain(row['number'])}@contoso.com"
    else:
        return ""
    taken.add(email)
    return email


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", ".", ascii_text).strip(".")


@cache
def rows(name: str) -> list[dict[str, Any]]:
    """Return one data file as dicts, field name -> value."""
    table = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return [dict(zip(table["fields"], row, strict=True)) for row in table["rows"]]
