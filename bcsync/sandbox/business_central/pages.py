"""The pages an administrator can publish as web services (21, 5055, 10, 300): control names, keys, what is editable.

OData names are the control names with every run of other characters made "_"; a published page shows its table's key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bcsync.sandbox.business_central.entities import BLOCKED
from bcsync.sandbox.business_central.model import EntitySet, Property


def odata_name(control: str) -> str:
    """Return the OData name of a page control: "Country/Region Code" -> "Country_Region_Code"."""
    return re.sub(r"[^0-9A-Za-z]+", "_", control).strip("_")


def _control(control: str, column: str, kind: str = "text", length: int = 0, editable: bool = True) -> Property:
    options = BLOCKED if column == "blocked" else ()
    enum = "Customer_Card_Blocked" if options else ""
    return Property(odata_name(control), column, kind, length, editable, options, enum, caption=control)


CUSTOMER_CARD = EntitySet(
    "Customer_Card",
    "Customer_Card",
    "customer",
    (
        _control("No.", "no", "code", 20),
        _control("Name", "name", "text", 100),
        _control("Name 2", "name2", "text", 50),
        _control("Search Name", "search_name", "code", 100),
        _control("Balance (LCY)", "balance_due", "decimal", 0, False),
        _control("Credit Limit (LCY)", "credit_limit", "decimal"),
        _control("Blocked", "blocked", "option"),
        _control("Privacy Blocked", "privacy_blocked", "bool"),
        _control("Salesperson Code", "salesperson", "code", 20),
        _control("Last Date Modified", "last_date_modified", "date", 0, False),
        _control("Address", "address", "text", 100),
        _control("Address 2", "address2", "text", 50),
        _control("Country/Region Code", "country", "code", 10),
        _control("City", "city", "text", 30),
        _control("County", "county", "text", 30),
        _control("Post Code", "post_code", "code", 20),
        _control("Phone No.", "phone_no", "phone", 30),
        _control("MobilePhoneNo", "mobile_phone_no", "phone", 30),
        _control("E-Mail", "email", "email", 80),
        _control("Home Page", "home_page", "text", 255),
        _control("Language Code", "language_code", "code", 10),
        _control("Primary Contact No.", "primary_contact_no", "code", 20),
        _control("ContactName", "contact", "text", 100),
        _control("VAT Registration No.", "vat_registration_no", "code", 20),
        _control("GLN", "gln", "code", 13),
        _control("Gen. Bus. Posting Group", "gen_bus_posting_group", "code", 20),
        _control("VAT Bus. Posting Group", "vat_bus_posting_group", "code", 20),
        _control("Customer Posting Group", "customer_posting_group", "code", 20),
        _control("Currency Code", "currency", "code", 10),
        _control("Customer Price Group", "customer_price_group", "code", 10),
        _control("Customer Disc. Group", "customer_discount_group", "code", 20),
        _control("Payment Terms Code", "payment_terms", "code", 10),
        _control("Payment Method Code", "payment_method", "code", 10),
        _control("Shipment Method Code", "shipment_method", "code", 10),
        _control("Ship-to Code", "ship_to_code", "code", 10),
    ),
    keys=("No",),
    methods=frozenset({"GET", "POST", "PATCH", "DELETE"}),
    caption="Customer",
    page=21,
)

# The page has no "No." control: the key is there because it is the table's.
NAME_DETAILS = EntitySet(
    "Name_Details",
    "Name_Details",
    "contact",
    (
        _control("No.", "no", "code", 20, False),
        _control("Salutation Code", "salutation_code", "code", 10),
        _control("First Name", "first_name", "text", 30),
        _control("Middle Name", "middle_name", "text", 30),
        _control("Surname", "surname", "text", 30),
        _control("Job Title", "job_title", "text", 30),
        _control("Initials", "initials", "text", 30),
        _control("Language Code", "language_code", "code", 10),
    ),
    keys=("No",),
    methods=frozenset({"GET", "PATCH"}),
    caption="Contact",
    page=5055,
)

COUNTRIES_REGIONS = EntitySet(
    "Countries_Regions",
    "Countries_Regions",
    "reference",
    (
        _control("Code", "code", "code", 10),
        _control("Name", "name", "text", 50),
        _control("ISO Code", "iso", "code", 2),
        _control("ISO Numeric Code", "iso_numeric", "code", 3),
        _control("Address Format", "detail", "text", 50),
        _control("EU Country/Region Code", "detail2", "code", 10),
    ),
    keys=("Code",),
    order=("code",),
    where="kind = 'country'",
    methods=frozenset({"GET", "PATCH"}),
    caption="Country/Region",
    page=10,
)

SHIP_TO_ADDRESS = EntitySet(
    "Ship_to_Address",
    "Ship_to_Address",
    "ship_to",
    (
        _control("Customer No.", "customer_no", "code", 20, False),
        _control("Code", "code", "code", 10, False),
        _control("Name", "name", "text", 100),
        _control("Address", "address", "text", 100),
        _control("Address 2", "address2", "text", 50),
        _control("Country/Region Code", "country", "code", 10),
        _control("City", "city", "text", 30),
        _control("County", "county", "text", 30),
        _control("Post Code", "post_code", "code", 20),
        _control("Phone No.", "phone_no", "phone", 30),
        _control("Contact", "contact", "text", 100),
        _control("E-Mail", "email", "email", 80),
        _control("Home Page", "home_page", "text", 255),
        _control("Shipment Method Code", "shipment_method", "code", 10),
        _control("Last Date Modified", "last_date_modified", "date", 0, False),
    ),
    keys=("Customer_No", "Code"),
    order=("customer_no", "code"),
    methods=frozenset({"GET", "PATCH"}),
    caption="Ship-to Address",
    page=300,
)

# What a control of a page extension may hold: column -> (kind, length).
OWN = {
    "own_code": ("code", 10), "own_text": ("text", 50), "own_number": ("decimal", 0), "own_flag": ("bool", 0),
    "own_date": ("date", 0),
}  # fmt: skip
PAGES = {page.page: page for page in (CUSTOMER_CARD, NAME_DETAILS, COUNTRIES_REGIONS, SHIP_TO_ADDRESS)}
DEFAULT_SERVICES = {page.name: page.page for page in PAGES.values()}


@dataclass(frozen=True)
class Service:
    """A published page: the page's number and the property names that differ from the plain rule, old -> new.

    own: controls that a page extension of this company added to the Customer Card, control name -> column (OWN).
    """

    page: int
    rename: Mapping[str, str]
    own: Mapping[str, str] = field(default_factory=dict)


def published_entity(service: str, published: Service) -> EntitySet:
    """Return the page as it is published under that service name, with its renamed properties."""
    page = PAGES[published.page]
    rename = dict(published.rename)
    properties = tuple(replace(prop, name=rename.get(prop.name, prop.name)) for prop in page.properties)
    properties += tuple(_control(control, column, *OWN[column]) for control, column in published.own.items())
    keys = tuple(rename.get(key, key) for key in page.keys)
    return replace(page, name=service, type_name=service, properties=properties, keys=keys)
