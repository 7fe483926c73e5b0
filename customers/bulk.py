"""Many new rows at once: COPY on PostgreSQL, one prepared INSERT elsewhere. Several times faster than the ORM's way."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of `columns` (field names; a foreign key takes its primary key).

    The other columns must have a database default or be the primary key. No signals, no returned keys.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        json_at = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(_with_json(row, json_at) if json_at else row)
        return
    marks = ", ".join(["%s"] * len(fields))
    values = [[_prepared(field, value) for field, value in zip(fields, row, strict=True)] for row in rows]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)


def _with_json(row: Sequence[Any], places: Sequence[int]) -> list[Any]:
    values = list(row)
    for place in places:
        values[place] = json.dumps(values[place])
    return values


def _prepared(field: "Field[Any, Any]", value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
