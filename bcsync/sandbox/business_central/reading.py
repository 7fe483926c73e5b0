"""Reading an entity set: SQL by $filter and $orderby, server-driven pages with an opaque skip token, rendering."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.errors import bad_query
from bcsync.sandbox.business_central.filters import Rules, to_sql
from bcsync.sandbox.business_central.model import EMPTY_DATE, EMPTY_GUID, EntitySet, Property, option_out
from bcsync.sandbox.business_central.options import Options, ordering
from bcsync.sandbox.business_central.schema import PREFIX
from bcsync.sandbox.business_central.tables import etag

Row = dict[str, Any]


def read_rows(
    books: Books, entity: EntitySet, options: Options, scope: tuple[str, list[Any]] | None = None
) -> tuple[list[Row], str]:
    """Return (rows of this page, skip token of the next or ""). `scope`: an SQL condition the URL itself sets."""
    where, params = conditions(books, entity, options, scope)
    order = ordering(entity, options.orderby)
    token = _read_token(options)
    left = token.get("left", options.top)
    size = options.page_size if left is None else min(options.page_size, left)
    if size == 0:
        return [], ""
    one_way = len({descending for _, descending in order}) == 1
    offset = options.skip if not token else token.get("offset", 0)
    if "after" in token:
        columns = ", ".join(column for column, _ in order)
        marks = ", ".join("?" * len(order))
        where += f" AND ({columns}) {'<' if order[0][1] else '>'} ({marks})"
        params = [*params, *token["after"]]
    by = ", ".join(f"{column} DESC" if descending else column for column, descending in order)
    tail = f"{where} ORDER BY {by} LIMIT {size + 1} OFFSET {offset}"
    rows = list(books.tables.query(entity.table, tail, params))
    if len(rows) <= size or (left is not None and left <= size):
        return rows[:size], ""
    rows = rows[:size]
    following: dict[str, Any] = {"sum": _sum(options), "size": options.preferred}
    if left is not None:
        following["left"] = left - size
    if one_way:
        following["after"] = [rows[-1][column] for column, _ in order]
    else:
        following["offset"] = offset + size
    return rows, base64.urlsafe_b64encode(json.dumps(following).encode()).decode()


def count_rows(books: Books, entity: EntitySet, options: Options, scope: tuple[str, list[Any]] | None = None) -> int:
    """Return how many rows the filter takes, paging aside."""
    where, params = conditions(books, entity, options, scope)
    sql = f"SELECT COUNT(*) FROM {PREFIX}{entity.table} WHERE {where}"
    return int(books.tables.storage.execute(sql, params).fetchone()[0])


def conditions(
    books: Books, entity: EntitySet, options: Options, scope: tuple[str, list[Any]] | None
) -> tuple[str, list[Any]]:
    """Return the WHERE of company, fixed filter, URL and $filter with its parameters."""
    parts, params = ["company = ?"], [books.tables.company]
    if entity.where:
        parts.append(f"({entity.where})")
    if scope:
        parts.append(f"({scope[0]})")
        params += scope[1]
    if options.filter:
        rules = Rules(nested=options.schema_version == "2.1", blocked=books.switches.blocked_in_filter)
        sql, values = to_sql(options.filter, entity, rules)
        parts.append(sql)
        params += values
    return " AND ".join(parts), params


def next_was_preferred(options: Options) -> bool:
    """True when the nextLink being followed was given to a request that preferred a page size."""
    return bool(_read_token(options).get("size"))


def renderer(entity: EntitySet, names: Iterable[str], local_currency: str = "") -> Callable[[Row], Row]:
    """Return a function that turns a row into the object on the wire, etag included."""
    plan = [
        (prop.name, prop.column, _converter(prop, local_currency)) for prop in map(entity.by_name.__getitem__, names)
    ]

    def render(row: Row) -> Row:
        shown: Row = {"@odata.etag": etag(row["version"])}
        for name, column, convert in plan:
            value = row[column]
            shown[name] = convert(value) if convert else value
        return shown

    return render


def _converter(prop: Property, local_currency: str) -> Callable[[Any], Any] | None:
    if prop.name == "currencyCode":
        return lambda value: value or local_currency
    converters: dict[str, Callable[[Any], Any]] = {
        "option": option_out,
        "bool": bool,
        "guid": lambda value: value or EMPTY_GUID,
        "date": lambda value: value or EMPTY_DATE,
        "decimal": lambda value: int(value) if value == int(value) else value,
    }
    return converters.get(prop.kind)


def _sum(options: Options) -> int:
    """A check sum over everything but the token: a nextLink is followed verbatim or not at all."""
    return zlib.crc32("&".join(part for name, part in options.raw if name not in ("$skiptoken", "aid")).encode())


def _read_token(options: Options) -> dict[str, Any]:
    if not options.skiptoken:
        return {}
    try:
        token: dict[str, Any] = json.loads(base64.urlsafe_b64decode(options.skiptoken))
    except ValueError as error:
        raise bad_query("The $skiptoken is not valid.") from error
    if token.get("sum") != _sum(options):
        raise bad_query("The $skiptoken does not belong to this query.")
    return token
