"""Reading a source field from a Business Central record, by the names of the catalogue."""

from dataclasses import dataclass
from operator import attrgetter

from bcsync.clients.business_central_capabilities import page_title
from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping.catalogue import FIELDS, fields_of
from mapping.rows import Place
from mapping.store_facts import StoreFacts
from mapping.values import text

_ATTRIBUTES = {(field.table, field.name): attrgetter(field.attribute) for field in FIELDS if field.attribute}


@dataclass(slots=True)
class Context:
    """What a transform may look at. country_iso is that of the address being built, "" when unknown."""

    record: BusinessCentralRecord
    store: StoreFacts
    ship_to: ShipTo | None = None
    country_iso: str = ""


_ON_CARD = {("customer", field.name) for field in fields_of("business_central", "customer") if field.on_card_only}
_ON_CARD.add(("contact", "number"))
_IN_EXTRA = ("customer", "financial", "published")


def unread(place: Place, context: Context) -> str:
    """Which source would tell this field and said nothing of the customer, as people call it; "" for one that is told.

    What was not read is unknown: a page that is published no more does not make its fields blank.
    """
    if not place.name or read(place, context):
        return ""
    record, key = context.record, (place.table, place.name)
    missing = record.extra.get("unread", ())
    if key not in _ATTRIBUTES:
        if place.table not in _IN_EXTRA or _extra_name(place) in record.extra:
            return ""
        return page_title("customer_card") if place.table == "published" else "API v2.0"
    if place.name == "isoCode":
        code = context.ship_to.country if context.ship_to else record.country
        return page_title("countries") if text(code) else ""
    if place.name == "paymentTermsCode":
        return page_title("customer_card") if "payment_terms" in missing else ""
    if key in _ON_CARD:
        return page_title("customer_card") if "customer_card" in missing else ""
    return page_title("name_details") if place.table == "contact" and "name_details" in missing else ""


def _extra_name(place: Place) -> str:
    return place.name if place.table == "customer" else f"{place.table}.{place.name}"


def read(place: Place, context: Context) -> str:
    """The clean text of a source field; "" for what is empty, cannot be read here, or is unknown.

    A field that the record has no place for is looked up in its extra: by name, those of other tables by table.name.
    """
    getter = _ATTRIBUTES.get((place.table, place.name))
    if getter is None:
        return text(context.record.extra.get(_extra_name(place)))
    if place.table == "ship_to":
        return text(getter(context.ship_to)) if context.ship_to else ""
    if place.table == "country" and context.ship_to:
        return text(context.ship_to.country_iso)
    return text(getter(context.record))
