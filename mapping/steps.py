"""The different values of a column, each found by one step through an index instead of by reading every row."""

from typing import Any

from django.db import connection
from django.db.models import Model

MOST = 300


def values_of(model: type[Model], column: str, where: str = "TRUE", also: str = "") -> list[str]:
    """The values that are not blank, sorted, MOST at most. column and where: SQL, of an index that begins with what
    `where` fixes and goes on with the column. also: what else a row of `seen.value` must fulfil, in SQL.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    step = f"SELECT min({column}) FROM {table} WHERE {where}"
    kept = f" AND {also}" if also else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE seen(value) AS ({step} UNION ALL SELECT ({step} AND {column} > seen.value) "
            f"FROM seen WHERE seen.value IS NOT NULL) SELECT value FROM seen WHERE value <> ''{kept} LIMIT {MOST}"
        )
        found: list[Any] = cursor.fetchall()
    return [value for (value,) in found]
