"""Reading a source field from a Business Central record, by the names of the catalogue."""

from dataclasses import dataclass
from operator import attrgetter

from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping.catalogue import FIELDS
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


def read(place: Place, context: Context) -> str:
    """The clean text of a source field; "" for what is empty, cannot be read here, or is unknown.

    A field that the record has no place for is looked up in its extra: by name, those of other tables by table.name.
    """
    getter = _ATTRIBUTES.get((place.table, place.name))
    if getter is None:
        extra = context.record.extra
        return text(extra.get(place.name if place.table == "customer" else f"{place.table}.{place.name}"))
    if place.table == "ship_to":
        return text(getter(context.ship_to)) if context.ship_to else ""
    if place.table == "country" and context.ship_to:
        return text(context.ship_to.country_iso)
    return text(getter(context.record))
