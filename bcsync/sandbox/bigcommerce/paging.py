"""Both paginations of v3: offset (`page`) and cursor (`after`, `before`), with the blocks each kind of page carries."""

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from bcsync.sandbox.bigcommerce.answers import refuse
from bcsync.sandbox.bigcommerce.filters import Query
from bcsync.sandbox.storage import Table

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 250


@dataclass
class Page:
    """`rows`: tuples of the columns asked for, id first. `meta`: the answer's meta block, ready as JSON text."""

    rows: list[tuple[Any, ...]]
    meta: str


def limit_of(world: "World", query: Query) -> int:
    """Page size: 50 unless asked; above 250 clamped or 413, as the switch says."""
    limit = int(query.values.get("limit", DEFAULT_LIMIT))
    if limit < 1:
        raise refuse(422, f'Query parameter "limit" value must be greater than 0. For input string: "{limit}".')
    if limit > MAXIMUM_LIMIT:
        world.audit.broke(f"limit={limit}, the maximum is {MAXIMUM_LIMIT}")
        if world.switches.limit_over_maximum == "413":
            raise refuse(413, "The limit parameter exceeded the maximum.")
    return min(limit, MAXIMUM_LIMIT)


def page_of(query: Query) -> int:
    """The page asked for, 1 by default."""
    page = int(query.values.get("page", 1))
    if page < 1:
        raise refuse(422, f'Query parameter "page" value must be greater than 0. For input string: "{page}".')
    return page


def read(
    world: "World",
    table: Table,
    query: Query,
    columns: str,
    sort: str = "id",
    descending: bool = False,
    cursors: bool = True,
) -> Page:
    """One page of `table`. `columns` is SQL, the id is put first. `cursors`: the endpoint has cursor pagination.

    First page: both blocks; page > 1: only `pagination`; after/before: only `cursor_pagination` (customers.v3).
    """
    limit = limit_of(world, query)
    number = page_of(query)
    after, before = query.values.get("after"), query.values.get("before")
    if after and before:
        raise refuse(422, "The before and after query parameters are mutually exclusive.")
    if cursors and (after or before):
        return _by_cursor(world, table, query, columns, sort, descending, limit, after or "", before or "")
    total = table.count(query.sql(), query.params)
    rows = _rows(table, query, columns, _order(sort, descending), limit, (number - 1) * limit)
    blocks: dict[str, Any] = {"pagination": pagination(query, total, len(rows), limit, number)}
    if cursors and number == 1:
        more = total > limit or (bool(rows) and world.switches.cursor_next_on_short_page)
        blocks["cursor_pagination"] = _cursor_block(query, rows, limit, sort, previous=False, following=more)
    return Page([row[1:] for row in rows], _dump(blocks))


def links(query: Query, **changes: Any) -> str:
    """`?page=2&limit=50` with the other parameters as they were sent."""
    kept = [(name, value) for name, value in query.sent if name not in ("page", "after", "before", *changes)]
    return "?" + urlencode([*changes.items(), *kept], quote_via=quote, safe=":,")


def _rows(table: Table, query: Query, columns: str, order: str, limit: int, offset: int = 0) -> list[tuple[Any, ...]]:
    """Rows with the sort's value put before the wanted columns, so that a cursor can be made of it."""
    where = f" WHERE {query.sql()}" if query.where else ""
    key = order.partition(" ")[0]
    sql = f"SELECT {key}, id, {columns} FROM {table.name}{where} ORDER BY {order} LIMIT ? OFFSET ?"
    return table.storage.execute(sql, (*query.params, limit, offset)).fetchall()


def _order(sort: str, descending: bool) -> str:
    way = " DESC" if descending else " ASC"
    return f"id{way}" if sort == "id" else f"{sort}{way}, id{way}"


def _by_cursor(
    world: "World",
    table: Table,
    query: Query,
    columns: str,
    sort: str,
    descending: bool,
    limit: int,
    after: str,
    before: str,
) -> Page:
    cursor = _decode(after or before)
    smaller = descending != bool(before)
    sign = "<" if smaller else ">"
    condition, params = f"id {sign} ?", [cursor["id"]]
    if sort != "id":
        condition, params = f"({sort}, id) {sign} (?, ?)", [cursor.get(sort, ""), cursor["id"]]
    narrowed = Query([*query.where, condition], [*query.params, *params], query.values, query.sent)
    rows = _rows(table, narrowed, columns, _order(sort, smaller), limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    if before:
        rows.reverse()
    following = bool(before) or more or (bool(rows) and world.switches.cursor_next_on_short_page)
    block = _cursor_block(query, rows, limit, sort, previous=bool(after) or more, following=following)
    return Page([row[1:] for row in rows], _dump({"cursor_pagination": block}))


def pagination(query: Query, total: int, count: int, limit: int, number: int) -> dict[str, Any]:
    pages = max(1, -(-total // limit))  # an empty result still has one page
    found = {"current": links(query, page=number, limit=limit)}
    if number > 1:
        found = {"previous": links(query, page=number - 1, limit=limit), **found}
    if number < pages:
        found["next"] = links(query, page=number + 1, limit=limit)
    shape = {"total": total, "count": count, "per_page": limit, "current_page": number, "total_pages": pages}
    return {**shape, "links": found}


def _cursor_block(
    query: Query, rows: list[tuple[Any, ...]], limit: int, sort: str, previous: bool, following: bool
) -> dict[str, Any]:
    block: dict[str, Any] = {"count": len(rows), "per_page": limit, "links": {}}
    if not rows:
        return block
    block["start_cursor"], block["end_cursor"] = _encode(rows[0], sort), _encode(rows[-1], sort)
    if previous:
        block["links"]["previous"] = links(query, before=block["start_cursor"])
    if following:
        block["links"]["next"] = links(query, after=block["end_cursor"])
    return block


def _encode(row: tuple[Any, ...], sort: str) -> str:
    """base64url JSON without padding: eyJpZCI6MjA0fQ is {"id":204}."""
    value = {"id": row[1]} if sort == "id" else {"id": row[1], sort: row[0]}
    return base64.urlsafe_b64encode(_dump(value).encode()).decode().rstrip("=")


def _decode(text: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return {**value, "id": int(value["id"])}
    except (ValueError, TypeError, KeyError):
        raise refuse(422, "The cursor is not valid.") from None


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
