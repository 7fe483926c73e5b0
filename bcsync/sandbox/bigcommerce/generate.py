"""Made-up customers in any number, written by SQLite itself: no Python object is made per customer."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import form_fields, geography
from bcsync.sandbox.bigcommerce.generate_sql import (
    ADDRESSES,
    ATTRIBUTE_VALUES,
    CUSTOMERS,
    FORM_FIELDS,
    METAFIELDS,
    PEOPLE,
)
from bcsync.sandbox.storage import Table

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

CHUNK = 20_000
FIRST = "Ada Ben Chloe Daniel Elif Finn Grace Hugo Ines Jonas Katja Liam Mira Noah Olga Paul Rosa Sam Tess Yusuf"
LAST = "Adler Brown Costa Dubois Evans Fischer Garcia Hansen Ivanov Jensen Keller Lopez Martin Novak Olsen Peters"
CITIES = (
    ("GB", "London", "SW1A 1AA"),
    ("DE", "Berlin", "10115"),
    ("FR", "Paris", "75001"),
    ("NL", "Utrecht", "3511 AA"),
)


def generate(
    store: "StoreSide", count: int, seed: int = 0, fields: int = 2, metafields: int = 0, label: str = "shopper"
) -> None:
    """Add `count` customers, each with one address, `fields` attributes and form fields, `metafields` metafields.

    E-mails are {label}-{seed}-{n}@example.com; phones are unique within a seed. Deterministic.
    """
    names = [f"Generated {number}" for number in range(1, fields + 1)]
    with store.world.storage.transaction():
        attributes = [(store.attribute_id(name), name) for name in names]
        for name in names:
            form_fields.define(store, name, "text", "customer")
        _fill_words(store)
    for start in range(0, count, CHUNK):
        with store.world.storage.transaction():
            values = {"start": start, "count": min(CHUNK, count - start), "seed": seed, "label": label}
            _chunk(store, values, attributes, metafields)


def _fill_words(store: "StoreSide") -> None:
    storage = store.world.storage
    storage.execute("CREATE TEMP TABLE IF NOT EXISTS words (kind TEXT, n INTEGER, a TEXT, b TEXT, c TEXT, d TEXT)")
    storage.execute("CREATE UNIQUE INDEX IF NOT EXISTS temp.words_key ON words (kind, n)")
    storage.execute("DELETE FROM words")
    rows: list[tuple[Any, ...]] = [("first", n, word, "", "", "") for n, word in enumerate(FIRST.split())]
    rows += [("last", n, word, "", "", "") for n, word in enumerate(LAST.split())]
    rows += [("city", n, *place, geography.country_name(store, place[0])) for n, place in enumerate(CITIES)]
    storage.executemany("INSERT INTO words VALUES (?,?,?,?,?,?)", rows)


def _chunk(store: "StoreSide", values: dict[str, Any], attributes: list[tuple[int, str]], metafields: int) -> None:
    run = store.world.storage.execute
    now = store.world.clock.stamp()
    values |= {"now": now, "iso": now.replace("Z", "+00:00"), "fields": len(attributes), "client": store.client_id}
    run("DROP TABLE IF EXISTS temp.people")
    run(PEOPLE, {**values, "before": _last_id(store.customers)})
    _insert(store.customers, CUSTOMERS, values)
    _insert(store.addresses, ADDRESSES, values)
    for number, (id, name) in enumerate(attributes, start=1):
        own = {**values, "attribute_id": id, "name": name, "number": number}
        _insert(store.attribute_values, ATTRIBUTE_VALUES, own)
        _insert(store.form_field_values, FORM_FIELDS, own)
    for number in range(1, metafields + 1):
        _insert(store.metafields, METAFIELDS, {**values, "key": f"generated_{number}"})


def _insert(table: Table, sql: str, values: dict[str, Any]) -> None:
    table.storage.execute(sql.format(table=table.name), {**values, "before": _last_id(table)})


def _last_id(table: Table) -> int:
    """The greatest id ever given in an auto-incremented table."""
    row = table.storage.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.plain_name,)).fetchone()
    return int(row[0]) if row else 0
