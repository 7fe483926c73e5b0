"""Made-up customers by the million, straight into the tables: nothing is held, all follows from the index."""

from collections.abc import Iterator
from typing import Any

from bcsync.sandbox.business_central.names import split_name
from bcsync.sandbox.business_central.schema import COLUMNS, PREFIX
from bcsync.sandbox.business_central.tables import Tables

FIRST = (
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hugo",
    "Ida",
    "Jon",
    "Kira",
    "Leo",
    "Mia",
    "Noa",
    "Otis",
    "Pia",
)
LAST = (
    "Archer",
    "Baker",
    "Carter",
    "Dyer",
    "Fisher",
    "Glover",
    "Hooper",
    "Judd",
    "Keeler",
    "Lister",
    "Mercer",
    "Naylor",
)
PLACES = (
    ("GB", "London", "EC1A 1BB", "", "+44207{:07d}"),
    ("DE", "Hamburg", "20097", "", "+49402{:07d}"),
    ("FR", "Lyon", "69001", "", "+3347{:07d}"),
    ("US", "Atlanta", "31772", "GA", "+1404{:07d}"),
    ("NL", "Arnhem", "6827 BP", "", "+3126{:07d}"),
)
# Generated numbers stay clear of every series and of the demo company's numbers.
NUMBER = "GEN{:07d}"
BATCH = 2000
# Seven digits that begin a valid subscriber number in each of PLACES.
PHONE_START = 2_000_000

Values = dict[str, Any]


def generate_customers(tables: Tables, count: int, seed: int = 0, contacts: bool = True, start: int = 1) -> None:
    """Add `count` customers GEN0000001 ...; each company has a company contact and a person as primary contact."""
    now = tables.now()
    for first in range(start, start + count, BATCH):
        indexes = range(first, min(first + BATCH, start + count))
        rows = [_customer(index, seed) for index in indexes]
        _insert(tables, "customer", rows, now)
        if contacts:
            _insert(tables, "contact", [contact for row in rows for contact in _contacts(row)], now)
            _insert(
                tables,
                "relation",
                [{"contact_no": f"GC{row['no'][3:]}", "customer_no": row["no"]} for row in rows],
                now,
            )


def _customer(index: int, seed: int) -> Values:
    country, city, post_code, county, phone = PLACES[(index + seed) % len(PLACES)]
    name = f"{LAST[(index * 7 + seed) % len(LAST)]} & {LAST[(index * 3) % len(LAST)]} {index}"
    person = f"{FIRST[(index + seed) % len(FIRST)]} {LAST[(index * 5 + seed) % len(LAST)]}"
    return {
        "no": NUMBER.format(index),
        "name": name,
        "search_name": name.upper(),
        "contact_type": "Company",
        "address": f"{index % 300 + 1} Market Street",
        "city": city,
        "county": county,
        "country": country,
        "post_code": post_code,
        "phone_no": phone.format(PHONE_START + index),
        "email": f"customer{index}@example.com",
        "contact": person,
        "primary_contact_no": f"GP{index:07d}",
    }


def _contacts(row: Values) -> Iterator[Values]:
    place = {
        column: row[column] for column in ("address", "city", "county", "country", "post_code", "phone_no", "email")
    }
    index = row["no"][3:]
    company = {"company_no": f"GC{index}", "company_name": row["name"], "business_relation": "Customer"}
    empty = {"first_name": "", "middle_name": "", "surname": ""}
    yield {"no": f"GC{index}", "name": row["name"], "contact_type": "Company", **company, **place, **empty}
    first, middle, surname = split_name(row["contact"])
    parts = {"first_name": first, "middle_name": middle, "surname": surname}
    yield {"no": f"GP{index}", "name": row["contact"], "contact_type": "Person", **company, **place, **parts}


def _insert(tables: Tables, table: str, rows: list[Values], now: str) -> None:
    columns = list(rows[0])
    extra = ["last_date_modified"] if "last_date_modified" in COLUMNS[table] else []
    names = ["company", "id", *columns, "modified_at", "version", *extra]
    sql = f"INSERT INTO {PREFIX}{table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    tables.storage.executemany(sql, (_values(tables, table, row, columns, now, bool(extra)) for row in rows))


def _values(tables: Tables, table: str, row: Values, columns: list[str], now: str, dated: bool) -> tuple[Any, ...]:
    version = tables.next_version()
    # In rising order, which an index takes several times faster than scattered ones.
    id = f"{tables.company:08x}-6e5a-4c0b-9a57-{version:012x}"
    values = (tables.company, id, *(row[column] for column in columns), now, version)
    return (*values, now[:10]) if dated else values
