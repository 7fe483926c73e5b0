"""What one Business Central customer looks like after reading: two plain dataclasses, JSON-able both ways.

Knows no HTTP and no Django, so that mapping can import it.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class ShipTo:
    """One row of Business Central's page 300 (Ship-to Address); every value is "" when empty."""

    code: str = ""
    name: str = ""
    address: str = ""
    address2: str = ""
    city: str = ""
    county: str = ""
    post_code: str = ""
    country: str = ""
    country_iso: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""


@dataclass
class BusinessCentralRecord:
    """One customer, joined from whichever sources the company offers; "" means empty or not readable.

    type is "Company" or "Person"; blocked is "", "Ship", "Invoice" or "All"; last_modified is UTC.
    iso_source is "published page", "country code", "store table" or "".
    names_source is "published page", "customer contacts", "only person contact", "name split" or "".
    iso_problem is one sentence or ""; privacy_blocked is None when no source can say.
    contact_phones is sorted. contact_key: number of the contact that all its contacts belong to, "" where contacts
    cannot be read. extra: "names_problem" says why names are empty; "unread" lists the sources that said nothing of the
    customer (customer_card, name_details, payment_terms), absent where all did; "read_back" holds what Business Central
    made otherwise than a write asked (vendor's member -> its value); fields that a set-up uses beyond these are there
    as `creditLimit`, `financial.balance`, `published.Loyalty_Tier`.
    """

    id: str
    number: str = ""
    display_name: str = ""
    type: str = "Company"
    address_line1: str = ""
    address_line2: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    postal_code: str = ""
    phone_number: str = ""
    email: str = ""
    website: str = ""
    salesperson_code: str = ""
    currency_code: str = ""
    tax_registration_number: str = ""
    blocked: str = ""
    last_modified: datetime | None = None
    etag: str = ""
    country_iso: str = ""
    iso_source: str = ""
    iso_problem: str = ""
    primary_contact_number: str = ""
    first_name: str = ""
    middle_name: str = ""
    surname: str = ""
    names_source: str = ""
    contact_phones: list[str] = field(default_factory=list)
    contact_key: str = ""
    mobile_phone: str = ""
    ship_to: list[ShipTo] = field(default_factory=list)
    customer_price_group: str = ""
    customer_discount_group: str = ""
    customer_posting_group: str = ""
    gen_bus_posting_group: str = ""
    vat_bus_posting_group: str = ""
    payment_terms_code: str = ""
    privacy_blocked: bool | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def record_to_json(record: BusinessCentralRecord) -> dict[str, Any]:
    """Return the record as JSON-able values; last_modified becomes an ISO 8601 string or None."""
    values = asdict(record)
    values["last_modified"] = record.last_modified.isoformat() if record.last_modified else None
    return values


def record_from_json(values: dict[str, Any]) -> BusinessCentralRecord:
    """Return the record that `record_to_json` wrote; raises TypeError for a name no field has."""
    known = dict(values)
    known["ship_to"] = [ShipTo(**row) for row in known.get("ship_to", [])]
    moment = known.get("last_modified")
    known["last_modified"] = datetime.fromisoformat(moment) if moment else None
    return BusinessCentralRecord(**known)
