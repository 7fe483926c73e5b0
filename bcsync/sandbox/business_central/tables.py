"""The company's tables in SQLite, and the one way rows are added, changed and removed: stamped, with a new etag."""

import base64
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bcsync.sandbox.clock import Clock
from bcsync.sandbox.storage import Storage

PREFIX = "central_"
NAMESPACE = uuid.UUID("6f0c2d1e-6b5a-4c0b-9a57-0c3f6f1d2e11")
NUMBERS = "balance_due credit_limit percent"
FLAGS = "tax_liable privacy_blocked flag"

COLUMNS = {
    "customer": """no name name2 search_name contact_type address address2 city county country post_code phone_no
        mobile_phone_no email home_page salesperson balance_due credit_limit tax_liable tax_area_id tax_area_name
        vat_registration_no currency currency_id payment_terms payment_terms_id shipment_method shipment_method_id
        payment_method payment_method_id blocked contact primary_contact_no ship_to_code language_code gln
        customer_posting_group gen_bus_posting_group vat_bus_posting_group customer_price_group
        customer_discount_group privacy_blocked last_date_modified""".split(),
    "contact": """no name search_name contact_type company_no company_name business_relation first_name middle_name
        surname job_title initials salutation_code language_code address address2 city county country post_code phone_no
        mobile_phone_no email home_page salesperson currency vat_registration_no privacy_blocked last_interaction
        last_date_modified""".split(),
    "ship_to": """customer_no code name address address2 city county country post_code contact phone_no email home_page
        shipment_method last_date_modified""".split(),
    "reference": "kind code name iso iso_numeric detail detail2 percent flag".split(),
    "relation": "contact_no customer_no".split(),
    "post_code": "code city county country".split(),
}
PRIMARY = {
    "customer": ("no",),
    "contact": ("no",),
    "ship_to": ("customer_no", "code"),
    "reference": ("kind", "code"),
    "relation": ("customer_no", "contact_no"),
    "post_code": ("code", "city"),
}
INDEXES = {
    "customer": ("modified_at, no", "email", "primary_contact_no"),
    "contact": ("company_no", "modified_at, no"),
    "relation": ("contact_no",),
}


def _definition(column: str) -> str:
    if column in NUMBERS.split():
        return f"{column} REAL NOT NULL DEFAULT 0"
    if column in FLAGS.split():
        return f"{column} INTEGER NOT NULL DEFAULT 0"
    return f"{column} TEXT NOT NULL DEFAULT ''"


def create_tables(storage: Storage) -> None:
    """Create what is missing; every table carries the company's key, SystemId, SystemModifiedAt and a row version."""
    with storage.transaction():
        storage.execute(
            f"CREATE TABLE IF NOT EXISTS {PREFIX}company (key INTEGER PRIMARY KEY, id TEXT NOT NULL, tenant TEXT NOT NULL, "
            "environment TEXT NOT NULL, name TEXT NOT NULL, settings TEXT NOT NULL, UNIQUE (tenant, environment, name))"
        )
        for table, columns in COLUMNS.items():
            body = ", ".join(_definition(column) for column in columns)
            storage.execute(
                f"CREATE TABLE IF NOT EXISTS {PREFIX}{table} (company INTEGER NOT NULL, id TEXT NOT NULL, {body}, "
                "modified_at TEXT NOT NULL, version INTEGER NOT NULL, "
                f"PRIMARY KEY (company, {', '.join(PRIMARY[table])}))"
            )
            for number, index in enumerate(("id", "version", *INDEXES.get(table, ()))):
                storage.execute(
                    f"CREATE INDEX IF NOT EXISTS {PREFIX}{table}_{number} ON {PREFIX}{table} (company, {index})"
                )


def etag(version: int) -> str:
    """Return the opaque etag of a row version, in the vendor's shape."""
    return f'W/"{base64.b64encode(f"19;{version:019d}1;00;".encode()).decode()}"'


class Tables:
    """One company's rows. Values are plain columns; every write stamps SystemModifiedAt by the vendor's clock."""

    def __init__(self, storage: Storage, company: int, clock: Clock) -> None:
        self.storage = storage
        self.company = company
        self.clock = clock
        highest = [
            storage.execute(f"SELECT MAX(version) FROM {PREFIX}{table} WHERE company = ?", (company,)).fetchone()[0] or 0
            for table in COLUMNS
        ]
        self._version = max(highest)

    def next_version(self) -> int:
        """Return a row version never given before in this company; a rolled-back one leaves a gap."""
        self._version += 1
        return self._version

    def now(self) -> str:
        """Return SystemModifiedAt as it is stored and sent: UTC with milliseconds."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def insert(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add a row and return it whole; columns not given are empty."""
        version = self.next_version()
        row = {
            "id": str(uuid.uuid5(NAMESPACE, f"{self.company}/{table}/{version}")),
            **values,
            "modified_at": self.now(),
            "version": version,
        }
        if "last_date_modified" in COLUMNS[table]:
            row["last_date_modified"] = row["modified_at"][:10]
        columns = ", ".join(row)
        marks = ", ".join("?" * (len(row) + 1))
        sql = f"INSERT INTO {PREFIX}{table} (company, {columns}) VALUES ({marks})"
        self.storage.execute(sql, (self.company, *row.values()))
        return self.one(table, id=row["id"]) or {}

    def update(self, table: str, id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change a row, stamp it, and return it whole."""
        values = {**changes, "modified_at": self.now(), "version": self.next_version()}
        if "last_date_modified" in COLUMNS[table]:
            values["last_date_modified"] = values["modified_at"][:10]
        sets = ", ".join(f"{column} = ?" for column in values)
        sql = f"UPDATE {PREFIX}{table} SET {sets} WHERE company = ? AND id = ?"
        self.storage.execute(sql, (*values.values(), self.company, id))
        return self.one(table, id=id) or {}

    def delete(self, table: str, **key: Any) -> None:
        """Remove the rows that match."""
        where, params = self._where(key)
        self.storage.execute(f"DELETE FROM {PREFIX}{table} WHERE {where}", params)

    def one(self, table: str, **key: Any) -> dict[str, Any] | None:
        """Return the first row that matches, in primary key order, or None."""
        return next(iter(self.all(table, limit=1, **key)), None)

    def all(self, table: str, limit: int = -1, **key: Any) -> list[dict[str, Any]]:
        """Return the rows that match, in primary key order."""
        where, params = self._where(key)
        return list(self.query(table, f"{where} ORDER BY {', '.join(PRIMARY[table])} LIMIT {limit}", params))

    def query(self, table: str, tail: str, params: Sequence[Any], columns: str = "*") -> Iterator[dict[str, Any]]:
        """Yield rows of one's own WHERE/ORDER BY/LIMIT; the caller holds the transaction."""
        cursor = self.storage.execute(f"SELECT {columns} FROM {PREFIX}{table} WHERE {tail}", params)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def count(self, table: str, **key: Any) -> int:
        """Return how many rows match."""
        where, params = self._where(key)
        return int(self.storage.execute(f"SELECT COUNT(*) FROM {PREFIX}{table} WHERE {where}", params).fetchone()[0])

    def _where(self, key: Mapping[str, Any]) -> tuple[str, list[Any]]:
        where = " AND ".join(["company = ?", *(f"{column} = ?" for column in key)])
        return where, [self.company, *key.values()]
