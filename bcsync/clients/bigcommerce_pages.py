"""BigCommerce's three ways of paging, pure: what comes after an answer. v3: cursor where it gives one, else
page numbers; v2: bare arrays. https://developer.bigcommerce.com/docs/start/about/common-query-params
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bcsync.clients.bigcommerce_limits import VENDOR
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.clients.transport import Answer, unexpected

# Marks a place in an endpoint that gave no cursor; a cursor is base64url and never holds a colon.
PAGE_MARK = "page:"


@dataclass(frozen=True)
class StrangeRow:
    """A row of another shape than documented. customer_id: whose it is, None where not even that can be read."""

    customer_id: int | None
    error: UnexpectedAnswer


@dataclass(frozen=True)
class Page:
    """Some items. after: continues behind this page, "" behind the last. date: the vendor's clock, first answer.

    strange: rows that are not among the items, for a caller that passes them by.
    """

    items: list[dict[str, Any]]
    after: str
    date: datetime | None
    strange: Sequence[StrangeRow] = ()


def items_of(answer: Answer, family: str) -> list[dict[str, Any]]:
    """The envelope's `data` as a list of objects; a single object as a list of one. UnexpectedAnswer otherwise."""
    data = answer.data.get("data") if isinstance(answer.data, dict) else None
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        unexpected(VENDOR, family, "a list in `data`", answer.data)
    return data


def bare_items(answer: Answer, family: str) -> list[dict[str, Any]]:
    """A v2 collection: a bare array, or nothing at all with 204."""
    data = [] if answer.data is None else answer.data
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        unexpected(VENDOR, family, "a bare list", answer.data)
    return data


def next_place(answer: Answer, items: list[dict[str, Any]], here: str) -> str:
    """Where the next page begins, "" when this was the last.

    The last is: no items, no next link, or a place that does not move. The next link alone is not believed: a sibling
    endpoint gives it on the last page, too.
    """
    meta = answer.data.get("meta") if isinstance(answer.data, dict) else None
    if not items or not isinstance(meta, dict):
        return ""
    cursor = meta.get("cursor_pagination")
    if isinstance(cursor, dict) and not here.startswith(PAGE_MARK):
        links = cursor.get("links")
        there = cursor.get("end_cursor") or ""
        return there if isinstance(links, dict) and links.get("next") and there != here else ""
    pages = meta.get("pagination")
    if not isinstance(pages, dict):
        return ""
    number = int(pages.get("current_page") or 1)
    links = pages.get("links")
    more = number < int(pages.get("total_pages") or 1) or (isinstance(links, dict) and bool(links.get("next")))
    there = f"{PAGE_MARK}{number + 1}"
    return there if more and there != here else ""


def in_order(ids: Sequence[int], behind: int) -> bool:
    """Whether a page's ids rise and all come behind that one: only then is somebody gone whom the page lacks."""
    return not ids or (min(ids) > behind and list(ids) == sorted(ids))


def place_params(place: str) -> dict[str, str]:
    """The query parameters that continue at a place."""
    if not place:
        return {}
    return {"page": place.removeprefix(PAGE_MARK)} if place.startswith(PAGE_MARK) else {"after": place}


def since(moment: datetime | None, name: str = "date_modified:min") -> dict[str, str]:
    """The filter for what was modified at or after an aware moment.

    Whether BigCommerce's `:min` includes the boundary is not said, so one second earlier is asked for.
    """
    if moment is None:
        return {}
    if moment.tzinfo is None:
        raise ValueError("modified_since must be an aware datetime")
    return {name: (moment.astimezone(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}


def in_filter(name: str, values: Mapping[Any, Any] | list[Any]) -> dict[str, str]:
    """A `:in` filter, comma-separated."""
    return {f"{name}:in": ",".join(str(value) for value in values)}
