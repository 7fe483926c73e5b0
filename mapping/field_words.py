"""What people call a field: the one way from a vendor's key, and the part of a record it stands in, to its label.

Keys stay what records, filters and causes are kept by; nothing that somebody reads shows one.
"""

from typing import Any

from mapping.catalogue import System, find

BUSINESS_CENTRAL = "Business Central"


def label_of(system: System | Any, table: str, name: str) -> str:
    """A field of a table; its own name where the catalogue has none, as with a metafield."""
    found = find(system, table, name)
    return found.label if found else name


def in_part(part: str, key: str) -> str:
    """A field as a record's change, conflict or rejection has it. part: core, address main, metafields …

    Names of metafields, attributes and form fields are the merchant's own words already. "" for a part that is not
    known: the shopper's label, else an address's, else Business Central's.
    """
    if part == BUSINESS_CENTRAL:
        places: tuple[tuple[System, str], ...] = (("business_central", "customer"),)
    elif part.startswith("address"):
        places = (("bigcommerce", "address"),)
    elif part in ("core", "customer"):
        # Of a customer that Try Mapping creates, they are Business Central's.
        places = ("bigcommerce", "customer"), ("business_central", "customer")
    elif part:
        return key
    else:
        places = ("bigcommerce", "customer"), ("bigcommerce", "address"), ("business_central", "customer")
    bare = key.rpartition(".")[2] or key
    found = (find(system, table, bare) for system, table in places)
    return next((field.label for field in found if field is not None), key)
