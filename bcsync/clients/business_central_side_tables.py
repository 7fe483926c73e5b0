"""The rows that customers are joined with, kept beside memory: SQLite's private temporary file, gone when closed."""

import sqlite3
from collections.abc import Iterable, Iterator

# SQLite allows 999 parameters in its oldest builds.
KEYS_PER_LOOKUP = 900
# The unit separator stands in no field a person types, and joining is five times faster than JSON.
SEPARATOR = "\x1f"

Row = tuple[str, ...]


class SideTables:
    """Rows by kind and key, several per key, in the order they were put. One reading of a company owns one.

    A million customers have millions of contacts and card rows: as Python objects they would fill the worker's memory.
    """

    def __init__(self) -> None:
        # The empty name is a temporary file that spills from a small cache; consumers may live in another thread.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE side (kind TEXT, key TEXT, position INTEGER, row TEXT)")
        self._database.execute("CREATE INDEX side_key ON side (kind, key, position)")
        self._position = 0

    def put(self, kind: str, rows: Iterable[tuple[str, Row]]) -> None:
        """Add (key, row) pairs; rows with an empty key are left out, nothing could be joined to them."""
        self._database.execute("BEGIN")
        # Streamed, for rows may be a whole company's, coming page by page.
        self._database.executemany("INSERT INTO side VALUES (?, ?, ?, ?)", self._placed(kind, rows))
        self._database.execute("COMMIT")

    def _placed(self, kind: str, rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[str, str, int, str]]:
        for key, row in rows:
            if key:
                self._position += 1
                yield kind, key, self._position, _pack(row)

    def find(self, kind: str, keys: Iterable[str]) -> dict[str, list[Row]]:
        """Return the rows of each key that has any."""
        found: dict[str, list[Row]] = {}
        wanted = [key for key in dict.fromkeys(keys) if key]
        for start in range(0, len(wanted), KEYS_PER_LOOKUP):
            part = wanted[start : start + KEYS_PER_LOOKUP]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, row FROM side WHERE kind = ? AND key IN ({marks}) ORDER BY position"
            for key, row in self._database.execute(query, [kind, *part]):
                found.setdefault(key, []).append(tuple(row.split(SEPARATOR)))
        return found

    def first(self, kind: str, keys: Iterable[str]) -> dict[str, Row]:
        """Return the first row of each key that has any."""
        return {key: rows[0] for key, rows in self.find(kind, keys).items()}

    def clear(self) -> None:
        """Forget all rows."""
        self._database.execute("DELETE FROM side")

    def close(self) -> None:
        self._database.close()


def _pack(row: Row) -> str:
    packed = SEPARATOR.join(row)
    if packed.count(SEPARATOR) != len(row) - 1:
        packed = SEPARATOR.join(value.replace(SEPARATOR, " ") for value in row)
    return packed
