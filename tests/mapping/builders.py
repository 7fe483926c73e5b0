"""Records, stores and shoppers for the tests of the mapping core: plausible by default, changed by keyword."""

from typing import Any

from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping.match import BusinessCentralIndex, IndexRow, Shopper
from mapping.store_facts import StoreFacts, store_facts

COUNTRIES = [
    {"country": "United Kingdom", "country_iso2": "GB", "states": []},
    {"country": "Ireland", "country_iso2": "IE", "states": []},
    {"country": "Hong Kong", "country_iso2": "HK", "states": []},
    {
        "country": "United States",
        "country_iso2": "US",
        "states": [
            {"state": "California", "state_abbreviation": "CA"},
            {"state": "Washington", "state_abbreviation": "WA"},
        ],
    },
]
ATTRIBUTES = [
    {"id": 1, "name": "Salesperson", "type": "string"},
    {"id": 2, "name": "VAT number", "type": "string"},
]


def a_record(**changes: Any) -> BusinessCentralRecord:
    values: dict[str, Any] = {
        "id": "11111111-1111-1111-1111-111111111111",
        "number": "10000",
        "display_name": "Adatum Corporation",
        "address_line1": "Station Road, 21",
        "city": "Cambridge",
        "country": "GB",
        "postal_code": "CB1 2FB",
        "phone_number": "020 7946 0958",
        "email": "robert.townes@contoso.com",
        "salesperson_code": "JO",
        "country_iso": "GB",
        "iso_source": "published page",
        "primary_contact_number": "CT000001",
        "first_name": "Robert",
        "surname": "Townes",
        "names_source": "published page",
    }
    return BusinessCentralRecord(**{**values, **changes})


def a_ship_to(**changes: Any) -> ShipTo:
    values = {
        "code": "DUDLEY",
        "name": "Adatum Dudley",
        "address": "2 Lewes Road",
        "city": "Dudley",
        "post_code": "DY5 4DJ",
        "country": "GB",
        "country_iso": "GB",
        "contact": "Bryn Paul Dunton",
    }
    return ShipTo(**{**values, **changes})


def a_store(**changes: Any) -> StoreFacts:
    return store_facts(**{"countries": COUNTRIES, "attributes": ATTRIBUTES, "ship_to_known": True, **changes})


def a_shopper(key: str, *phones: str, **changes: Any) -> Shopper:
    return Shopper(key, **{"phones": frozenset(phones), "emails": frozenset({f"{key}@example.com"}), **changes})


def an_index(*rows: tuple[str, str, tuple[str, ...]]) -> BusinessCentralIndex:
    """From (id, number, phones)."""
    return BusinessCentralIndex(IndexRow(customer_id, number, phones) for customer_id, number, phones in rows)
