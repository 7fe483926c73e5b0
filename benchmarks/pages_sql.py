"""Pieces of SQL for seeding, the same on PostgreSQL and SQLite."""

import json
import re
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import JSONField

from bcsync.clients.business_central_record import BusinessCentralRecord, record_to_json


def pick(words: list[str], index: str) -> str:
    cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(words))
    return f"(CASE ({index}) % {len(words)} {cases} END)"


def series(count: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series(1::bigint, {count}) AS numbers(i)"
    return (
        f"(WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count}) "
        "SELECT i FROM numbers)"
    )


def now() -> str:
    return "now()" if connection.vendor == "postgresql" else "datetime('now')"


def ago(seconds: str) -> str:
    if connection.vendor == "postgresql":
        return f"now() - make_interval(secs => {seconds})"
    return f"datetime('now', '-' || ({seconds}) || ' seconds')"


def uuid_of(number: str) -> str:
    """An id made of a number, so that a row's document can name it, too."""
    if connection.vendor == "postgresql":
        return f"CAST(lpad(to_hex({number}), 32, '0') AS uuid)"
    return f"printf('%032x', {number})"


def as_json(text: str) -> str:
    return f"CAST({text} AS jsonb)" if connection.vendor == "postgresql" else text


def record_json(number: str, first: str, last: str, email: str) -> str:
    """A Business Central customer as its mirror keeps it, complete enough to be added to a store."""
    known = record_to_json(BusinessCentralRecord(
        id="@id", number="@number", display_name="@first @last", email="@email", first_name="@first", surname="@last",
        address_line1="1 High Street", city="Cambridge", postal_code="CB1 2FB", country="GB", country_iso="GB",
        phone_number="+44 1632 960001", iso_source="published page", names_source="customer contacts",
        payment_terms_code="30 DAYS", customer_posting_group="DOMESTIC", privacy_blocked=False,
    ))  # fmt: skip
    text = "'" + json.dumps(known) + "'"
    values = {"@id": _dashed(number), "@number": f"('C' || (1000000 + {number}))", "@first": first, "@last": last,
              "@email": email}  # fmt: skip
    for mark, value in values.items():
        text = text.replace(mark, f"' || {value} || '")
    return as_json(text)


def _dashed(number: str) -> str:
    if connection.vendor == "postgresql":
        return f"CAST({uuid_of(number)} AS text)"
    return f"('00000000-0000-0000-0000-' || printf('%012x', {number}))"


def complete(statement: str) -> str:
    """An INSERT … SELECT with whatever columns it leaves out and the table needs, as the model fills them."""
    head, columns, rest = re.split(r"\(([^)]*)\)\s+SELECT ", statement, maxsplit=1)
    table = head.removeprefix("INSERT INTO ").strip()
    model = next(each for each in apps.get_models() if each._meta.db_table == table)
    given = {name.strip(' "') for name in columns.split(",")}
    missing: list[Any] = [
        each for each in model._meta.concrete_fields
        if each.column not in given and not each.null and not each.primary_key
    ]  # fmt: skip
    names = "".join(f'"{each.column}", ' for each in missing)
    values = "".join(f"{_literal(each)}, " for each in missing)
    return f"{head}({names}{columns}) SELECT {values}{rest}"


def _literal(field: Any) -> str:
    value = field.get_default()
    if isinstance(field, JSONField):
        return as_json(f"'{json.dumps(value)}'")
    if isinstance(value, datetime):
        return now()
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if isinstance(value, int) else f"'{value or ''}'"
