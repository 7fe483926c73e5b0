"""A small document store over sqlite3: tables of JSON bodies with indexed columns, one lock, nestable transactions."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMPACT = (",", ":")


class Storage:
    """One SQLite database, in memory or a file, shared by all threads through one re-entrant lock."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.path = str(path)
        self.lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("PRAGMA cache_size=-65536")

    def close(self) -> None:
        """Close the database; an in-memory one is gone afterwards."""
        with self.lock:
            self._connection.close()

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        """Run SQL of one's own; call it inside `transaction()` when rows are fetched lazily."""
        with self.lock:
            return self._connection.execute(sql, params)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for every row; `rows` may be a generator of any length."""
        with self.lock:
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; commit at the end, roll back on any exception. A nested one is a savepoint of its own."""
        with self.lock:
            name = f"depth_{self._depth}"
            self.execute(f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self.execute(f"ROLLBACK TO {name}")
                raise
            finally:
                self._depth -= 1
                self.execute(f"RELEASE {name}")

    def table(
        self,
        name: str,
        columns: Mapping[str, str] | None = None,
        key: str = "INTEGER",
        indexes: Sequence[str] | None = None,
    ) -> "Table":
        """The table, created when missing. `columns`: name -> SQL type. `key`: "INTEGER" (assigned) or "TEXT".

        Every column is indexed unless `indexes` names fewer (an entry may be "one,two").
        """
        return Table(self, name, dict(columns or {}), key, list(columns or {}) if indexes is None else list(indexes))


class Table:
    """JSON bodies under an id, with extra columns that the caller fills. `name` is quoted, ready for own SQL."""

    def __init__(self, storage: Storage, name: str, columns: dict[str, str], key: str, indexes: list[str]) -> None:
        self.storage = storage
        self.plain_name = name
        self.name = f'"{name}"'
        self.columns = columns
        kind = "INTEGER PRIMARY KEY AUTOINCREMENT" if key == "INTEGER" else "TEXT PRIMARY KEY"
        extra = "".join(f", {column} {sql}" for column, sql in columns.items())
        with storage.transaction():
            storage.execute(f"CREATE TABLE IF NOT EXISTS {self.name} (id {kind}, body TEXT NOT NULL{extra})")
            for index in indexes:
                storage.execute(f'CREATE INDEX IF NOT EXISTS "{name}:{index}" ON {self.name} ({index})')

    def insert(self, body: Any, id: int | str | None = None, **columns: Any) -> Any:
        """Add a row; returns its id. sqlite3.IntegrityError when the id exists."""
        names = ["id", "body", *columns]
        marks = ",".join("?" * len(names))
        sql = f"INSERT INTO {self.name} ({','.join(names)}) VALUES ({marks})"
        cursor = self.storage.execute(sql, (id, _dump(body), *columns.values()))
        return cursor.lastrowid if id is None else id

    def put(self, id: int | str, body: Any, **columns: Any) -> None:
        """Replace a row's body and the columns given; columns not given keep their value."""
        sets = "".join(f", {column}=?" for column in columns)
        self.storage.execute(f"UPDATE {self.name} SET body=?{sets} WHERE id=?", (_dump(body), *columns.values(), id))

    def get(self, id: int | str) -> Any:
        """The body, None when there is no such row."""
        row = self.storage.execute(f"SELECT body FROM {self.name} WHERE id=?", (id,)).fetchone()
        return json.loads(row[0]) if row else None

    def delete(self, where: str, params: Sequence[Any] = ()) -> int:
        """Delete the rows that match; returns how many."""
        return self.storage.execute(f"DELETE FROM {self.name} WHERE {where}", params).rowcount

    def select(
        self, where: str = "", params: Sequence[Any] = (), order: str = "id", limit: int = -1, offset: int = 0
    ) -> list[Any]:
        """Bodies of the rows that match, in order. `where` and `order` are SQL over id and the columns."""
        sql = f"SELECT body FROM {self.name}{_where(where)} ORDER BY {order} LIMIT ? OFFSET ?"
        return [json.loads(row[0]) for row in self.storage.execute(sql, (*params, limit, offset)).fetchall()]

    def first(self, where: str, params: Sequence[Any] = (), order: str = "id") -> Any:
        """The first body that matches, or None."""
        found = self.select(where, params, order, limit=1)
        return found[0] if found else None

    def count(self, where: str = "", params: Sequence[Any] = ()) -> int:
        """How many rows match."""
        return int(self.storage.execute(f"SELECT COUNT(*) FROM {self.name}{_where(where)}", params).fetchone()[0])


def _where(where: str) -> str:
    return f" WHERE {where}" if where else ""


def _dump(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=COMPACT)
