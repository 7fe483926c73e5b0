"""What one company offers of the catalogue: which fields can be read, how, and what to publish to get the others."""

from collections.abc import Iterable
from dataclasses import dataclass

from bcsync.clients.business_central_capabilities import Capabilities, page_title
from mapping.catalogue import FIELDS, Field, published_field

# Page kind (of clients' PAGE_KINDS) that a field of the table is read from when it is not API v2.0's.
_PAGE_OF_TABLE = {
    "customer": "customer_card", "contact": "name_details", "country": "countries", "ship_to": "ship_to",
    "published": "customer_card",
}  # fmt: skip
_FALLBACKS = {
    "number": "the only person contact counts as the primary one",
    "firstName": "from the customer's contacts, or the name split by Business Central's own rule",
    "middleName": "the name split by Business Central's own rule",
    "surname": "from the customer's contacts, or the name split by Business Central's own rule",
    "isoCode": "a code that is an ISO code counts as one, the table of country codes maps the others",
    "paymentTermsCode": "from API v2.0",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether this company lets the field be read. source says from where; how_to: what to publish for more, or ""."""

    field: Field
    offered: bool
    source: str
    how_to: str = ""


def offer(field: Field, capabilities: Capabilities | None) -> Offer:
    """How field can be read in this company; None: it was never tested, so nothing is known to be missing."""
    if field.system == "bigcommerce" or capabilities is None or field.origin == "API v2.0":
        return Offer(field, True, field.origin)
    kind = _PAGE_OF_TABLE.get(field.table, "customer_card")
    if field.table == "contact" and field.name == "number":
        kind = "customer_card"
    title = page_title(kind)
    if capabilities.has(kind) and (field.table == "contact" or _has_property(field, kind, capabilities)):
        return Offer(field, True, f"published {title}")
    how_to = _how_to(kind, capabilities)
    fallback = _FALLBACKS.get(field.name) if field.table != "ship_to" else None
    if fallback:
        return Offer(field, True, f"fallback: {fallback}", how_to)
    return Offer(field, False, "", how_to)


def offer_to_write(field: Field, capabilities: Capabilities | None) -> Offer:
    """How field can be written in this company: what has a fallback for reading has none for writing."""
    found = offer(field, capabilities)
    if field.on_card_only and found.source.startswith("fallback"):
        return Offer(field, False, "", found.how_to)
    return found


def offers(capabilities: Capabilities | None, others: Iterable[str] = ()) -> tuple[Offer, ...]:
    """The whole catalogue for one company. others: more properties of its Customer Card, as $metadata names them."""
    own = tuple(published_field(name) for name in sorted(set(others)))
    return tuple(offer(field, capabilities) for field in (*FIELDS, *own))


def _has_property(field: Field, kind: str, capabilities: Capabilities) -> bool:
    """A published page may have fewer controls than the standard one; the ISO code of a ship-to comes from page 10."""
    if field.table in ("published", "country") or field.name == "isoCode":
        return True
    return field.attribute in capabilities.published[kind].properties


def _how_to(kind: str, capabilities: Capabilities) -> str:
    title = page_title(kind)
    if capabilities.has(kind):
        return f"{title} is published without this field: add the field to the page in Business Central."
    found = next((sentence for sentence in capabilities.missing if sentence.startswith(title)), "")
    return found or f"{title} is not published: publish it on page Web Services."
