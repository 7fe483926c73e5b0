"""What one company offers of the catalogue: which fields can be read, how, and what to publish to get the others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bcsync.clients.business_central_capabilities import Capabilities, fold, page_title
from bcsync.clients.business_central_extra import CODES_BY_ID
from bcsync.clients.business_central_metadata import PropertyType
from mapping.catalogue import FIELDS, Field, fields_of, published_field

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


# Controls of the Customer Card that show what API v2.0 has too, folded: no need to list them twice.
_IN_API_TOO = (
    "no", "name", "address", "address2", "city", "county", "postcode", "countryregioncode", "phoneno", "email",
    "homepage", "salespersoncode", "currencycode", "vatregistrationno", "blocked", "creditlimitlcy", "balancelcy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether this company lets the field be read. source says from where; how_to: what to publish for more, or ""."""

    field: Field
    offered: bool
    source: str
    how_to: str = ""


def offer(field: Field, capabilities: Capabilities | None) -> Offer:
    """How field can be read in this company; None: it was never tested, so nothing is known to be missing."""
    field = of_company(field, capabilities)
    if field.system == "bigcommerce" or capabilities is None:
        return Offer(field, True, field.origin)
    if field.origin == "API v2.0":
        return _offer_of_api(field, capabilities)
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


def _offer_of_api(field: Field, capabilities: Capabilities) -> Offer:
    """Releases differ in what API v2.0 has; where nothing was told of it, it counts as being there."""
    known = capabilities.financial_types if field.table == "financial" else capabilities.customer_types
    by_id, entity_set = CODES_BY_ID.get(field.name, ("", ""))
    there = by_id in known and entity_set in capabilities.code_sets if by_id else field.name in known
    if there or not capabilities.customer_types:
        return Offer(field, True, field.origin)
    lacks = "customerFinancialDetail" if field.table == "financial" else by_id or field.name
    return Offer(field, False, "", f"API v2.0 of this Business Central has no {lacks}: it needs a newer release.")


def of_company(field: Field, capabilities: Capabilities | None) -> Field:
    """The field with the length that this company's own $metadata tells, and for own fields the type too."""
    told = _told(field, capabilities) if capabilities is not None else None
    if told is None:
        return field
    kind, length = told
    own = field.table == "published"
    return replace(field, max_length=length or field.max_length, type=kind if own else field.type)


def _told(field: Field, capabilities: Capabilities) -> PropertyType | None:
    if field.table == "published":
        return capabilities.card_types.get(field.name)
    if field.table == "financial":
        return capabilities.financial_types.get(field.name)
    if field.table == "customer" and field.name in capabilities.customer_types:
        return capabilities.customer_types[field.name]
    page = capabilities.published.get(_PAGE_OF_TABLE.get(field.table, ""))
    return page.types.get(page.properties.get(field.attribute, "")) if page is not None else None


def own_fields(capabilities: Capabilities | None) -> tuple[Field, ...]:
    """The fields of this company's published Customer Card that the catalogue does not list, by label."""
    if capabilities is None or not capabilities.has("customer_card"):
        return ()
    card = capabilities.published["customer_card"]
    listed = set(card.properties.values())
    names = [name for name in card.types if name not in listed and fold(name) not in _IN_API_TOO]
    return tuple(of_company(published_field(name), capabilities) for name in sorted(names))


def limits_of(capabilities: Capabilities | None) -> dict[str, int]:
    """Name -> how many characters this company's customer takes, of the fields that a limit is known of."""
    found = {field.name: of_company(field, capabilities) for field in fields_of("business_central", "customer")}
    return {name: field.max_length for name, field in found.items() if field.max_length is not None}


def offer_to_write(field: Field, capabilities: Capabilities | None) -> Offer:
    """How field can be written in this company: what has a fallback for reading has none for writing."""
    found = offer(field, capabilities)
    if field.on_card_only and found.source.startswith("fallback"):
        return Offer(field, False, "", found.how_to)
    return found


def offers(capabilities: Capabilities | None, others: Iterable[str] = ()) -> tuple[Offer, ...]:
    """The whole catalogue for one company, its own fields included. others: more own fields, those that rows use."""
    own = {field.name: field for field in own_fields(capabilities)}
    own |= {name: published_field(name) for name in others if name not in own}
    return tuple(offer(field, capabilities) for field in (*FIELDS, *(own[name] for name in sorted(own))))


def _has_property(field: Field, kind: str, capabilities: Capabilities) -> bool:
    """A published page may have fewer controls than the standard one; the ISO code of a ship-to comes from page 10."""
    page = capabilities.published[kind]
    if field.table == "published":
        return field.name in page.types or not page.types
    if field.table == "country" or field.name == "isoCode":
        return True
    return field.attribute in page.properties


def _how_to(kind: str, capabilities: Capabilities) -> str:
    title = page_title(kind)
    if capabilities.has(kind):
        return f"{title} is published without this field: add the field to the page in Business Central."
    found = next((sentence for sentence in capabilities.missing if sentence.startswith(title)), "")
    return found or f"{title} is not published: publish it on page Web Services."
