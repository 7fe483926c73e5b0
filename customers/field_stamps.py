"""When a field changed last at its vendor, as far as readings told: kept on the mirror's rows, `field_stamps`.

A reading tells by content which fields are other than we have them. Our own writes are in the mirror before the next
reading, so they are no change, although they move the record's stamp.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from customers.models import BusinessCentralCustomer, Customer

# Of every field that no reading found changed: the record's stamp when it was first read.
FIRST = ""
# We made the record ourselves: nothing that is in it is a change of the vendor's people.
OURS = {FIRST: ""}
Row = Customer | BusinessCentralCustomer


def keep_first(row: Row, stamp: datetime | None) -> None:
    """The record's stamp is about to move: what it said until now holds for the fields that did not change."""
    if FIRST not in row.field_stamps:
        row.field_stamps = {FIRST: stamp.isoformat() if stamp else "", **row.field_stamps}


def changed(row: Row, names: Iterable[str], before: datetime | None, now: datetime | None, read_at: datetime) -> None:
    """A reading found these fields changed. before, now: the record's stamps; where they are the same the vendor did
    not stamp this change, and it was made before the reading at the latest."""
    at = now if now is not None and now != before else max(filter(None, (now, read_at)))
    row.field_stamps = {**row.field_stamps, **dict.fromkeys(names, at.isoformat())}


def of(row: Row, names: Iterable[str], stamp: datetime | None) -> datetime | None:
    """When one of these fields changed last; None: never, but by us. stamp: the record's now."""
    known = row.field_stamps
    first = known.get(FIRST, stamp.isoformat() if stamp else "")
    said = [text for name in names if (text := known.get(name, first))]
    return max(map(datetime.fromisoformat, said), default=None)


def flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """A Business Central record's JSON by the names of stamps: `city`, `extra creditLimit`, `ship-to EAST city`."""
    return dict(_flat(data))


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if name == "extra":
            yield from ((f"extra {each}", told) for each, told in value.items())
        elif name == "ship_to":
            yield from ((f"ship-to {row['code']} {each}", told) for row in value for each, told in row.items())
        else:
            yield name, value
