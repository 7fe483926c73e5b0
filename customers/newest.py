"""Owner "newest": which side changed a field last, by what is known of that very field (see field_stamps)."""

from collections.abc import Iterator
from datetime import datetime

from customers import field_stamps
from customers.models import Link
from mapping.catalogue import find
from mapping.rows import FieldRow, Place
from mapping.three_way import Newer, Side
from mapping.transform_specs import sources_of
from stores.models import Store

ADDRESS = "address "
SHIP_TO = "address ship-to:"


def newer_of(store: Store, link: Link) -> Newer:
    """(part of a record, row) -> the side that changed the field last. What nobody changed since it was read first
    counts with the record's stamp of then; what only we wrote counts for nothing. Where that is the same: Business
    Central. Needs the customer `with_details` and the link's addresses."""

    def newer(part: str, row: FieldRow) -> Side:
        theirs, ours = changed_at(store, link, part, row)
        return "bigcommerce" if theirs is not None and (ours is None or theirs > ours) else "business_central"

    return newer


def changed_at(store: Store, link: Link, part: str, row: FieldRow) -> tuple[datetime | None, datetime | None]:
    """When BigCommerce and when Business Central changed the field last; None: never, but by us."""
    customer, business = link.customer, link.business_central_customer
    theirs = field_stamps.of(customer, _theirs(store, link, part, row), customer.date_modified)
    return theirs, field_stamps.of(business, _ours(part, row), business.last_modified)


def _theirs(store: Store, link: Link, part: str, row: FieldRow) -> Iterator[str]:
    """The field's name in the stamps of the shopper, as `mirror.visible` has it."""
    name, kind = row.target.name, row.target.table
    if part.startswith(ADDRESS):
        source = part.removeprefix(ADDRESS)
        field = f"form field {name}" if kind == "address_form_field" else name
        yield from (
            f"address {each.address.remote_id} {field}" for each in link.address_links.all() if each.source == source
        )
    elif kind == "attribute":
        yield from (f"attribute {each['id']}" for each in store.attributes if each["name"] == name)
    elif kind == "metafield":
        yield f"metafield {row.target.namespace} {name}"
    else:
        yield f"form field {name}" if kind == "form_field" else name


def _ours(part: str, row: FieldRow) -> Iterator[str]:
    """The names of what the row reads in the stamps of the Business Central customer, as `field_stamps.flat` has it."""
    code = part.removeprefix(SHIP_TO) if part.startswith(SHIP_TO) else ""
    for place in sources_of(row):
        yield _in_record(place, code)


def _in_record(place: Place, ship_to: str) -> str:
    known = find("business_central", place.table, place.name)
    if known is None or not known.attribute:
        return f"extra {place.name if place.table == 'customer' else f'{place.table}.{place.name}'}"
    of_address = place.table in ("ship_to", "country") and ship_to
    return f"ship-to {ship_to} {known.attribute}" if of_address else known.attribute
