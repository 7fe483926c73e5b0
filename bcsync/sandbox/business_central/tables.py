"""The one way rows are added, changed and removed: stamped by the vendor's clock, with a new row version."""

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bcsync.sandbox.business_central.schema import COLUMNS, PREFIX, PRIMARY
from bcsync.sandbox.clock import Clock
from bcsync.sandbox.storage import Storage

NAMESPACE = uuid.UUID("6f0c2d1e-6b5a-4c0b-9a57-0c3f6f1d2e11")


def etag(version: int) -> str:
    """Return the opaque etag of a row version, in the vendor's shape."""
    return f'W/"{base64.b64encode(f"19;{version:019d}1;00;".encode()).decode()}"'


class Tables:
    """One company's rows. Values are plain columns; every write stamps SystemModifiedAt by the vendor's clock."""

    def __init__(self, storage: Storage, company: int, clock: Clock) -> None:
        self.storage = storage
        self.company = company
        self.clock = clock
        # Told of each change as (table, SystemId, created/updated/deleted), inside its transaction.
        self.on_change: Callable[[str, str, str], None] = lambda table, id, what: None
        highest = [
            storage.execute(f"SELECT MAX(version) FROM {PREFIX}{table} WHERE company = ?", (company,)).fetchone()[0]
            or 0
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
        self.on_change(table, row["id"], "created")
        return self.one(table, id=row["id"]) or {}

    def update(self, table: str, id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change a row, stamp it, and return it whole."""
        values = {**changes, "modified_at": self.now(), "version": self.next_version()}
        if "last_date_modified" in COLUMNS[table]:
            values["last_date_modified"] = values["modified_at"][:10]
        sets = ", ".join(f"{column} = ?" for column in values)
        sql = f"UPDATE {PREFIX}{table} SET {sets} WHERE company = ? AND id = ?"
        self.storage.execute(sql, (*values.values(), self.company, id))
        self.on_change(table, id, "updated")
        return self.one(table, id=id) or {}

    def delete(self, table: str, **key: Any) -> None:
        """Remove the rows that match."""
        where, params = self._where(key)
        gone = self.storage.execute(f"SELECT id FROM {PREFIX}{table} WHERE {where}", params).fetchall()
        self.storage.execute(f"DELETE FROM {PREFIX}{table} WHERE {where}", params)
        for (id,) in gone:
            self.on_change(table, id, "deleted")

    def one(self, table: str, **key: Any) -> dict[str, Any] | None:
        """Return the first row that matches, in primary key order, or None."""
        return next(iter(self.all(table, **key)), None)

    def all(self, table: str, **key: Any) -> list[dict[str, Any]]:
        """Return the rows that match, in primary key order."""
        where, params = self._where(key)
        # Sorted here: an ORDER BY would tempt SQLite to walk the whole primary key instead of the index that fits.
        rows = self.query(table, where, params)
        return sorted(rows, key=lambda row: [row[column] for column in PRIMARY[table]])

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
