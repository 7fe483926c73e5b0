"""Reading BigCommerce page by page, and the calls that gather small lists whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bcsync.clients.bigcommerce_batches import Item, in_slices
from bcsync.clients.bigcommerce_limits import MAX_IDS_PER_FILTER, MAX_PER_PAGE
from bcsync.clients.bigcommerce_pages import Page, StrangeRow, bare_items, in_filter, items_of, next_place, place_params
from bcsync.clients.bigcommerce_shapes import check, sorted_out
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.clients.transport import Transport


def pages(
    transport: Transport,
    path: str,
    wanted: Mapping[str, str],
    *,
    after: str = "",
    family: str = "",
    pass_by: bool = False,
) -> Iterator[Page]:
    """The pages of a v3 collection from a place on, by cursor where the endpoint gives one.

    pass_by: rows of a shape never seen come apart as `Page.strange`; else they raise UnexpectedAnswer.
    """
    place, first = after, None
    family = family or f"GET {path}"
    while True:
        params = {**wanted, "limit": MAX_PER_PAGE, **place_params(place)}
        answer = transport.request("GET", path, params=params, family=family)
        first = first or answer.date
        items = items_of(answer, family)
        there = next_place(answer, items, place)
        strange: list[StrangeRow] = []
        try:
            check(path, items, family)
        except UnexpectedAnswer as error:
            error.after = there
            if not pass_by:
                raise
            items, strange = sorted_out(path, items, family)
        place = there
        yield Page(items, place, first, strange)
        if not place:
            return


def rows(transport: Transport, path: str, wanted: Mapping[str, str]) -> list[Item]:
    """A whole v3 collection, for small ones."""
    return [row for page in pages(transport, path, wanted) for row in page.items]


def rows_of_customers(
    transport: Transport, path: str, customer_ids: Iterable[int], wanted: Mapping[str, str]
) -> list[Item]:
    """All rows of a v3 collection that belong to some customers."""
    parts = in_slices(customer_ids, MAX_IDS_PER_FILTER)
    return [row for part in parts for row in rows(transport, path, {**in_filter("customer_id", part), **wanted})]


def bare_rows(transport: Transport, path: str) -> list[Item]:
    """A whole v2 collection: bare arrays until a short page or 204."""
    found: list[Item] = []
    page = 1
    while True:
        params = {"page": page, "limit": MAX_PER_PAGE}
        answer = transport.request("GET", path, params=params, family=f"GET {path}")
        some = bare_items(answer, f"GET {path}")
        found += some
        if len(some) < MAX_PER_PAGE:
            return found
        page += 1


def countries_with_states(transport: Transport) -> list[Item]:
    """[{"country", "country_iso2", "states": [{"state", "state_abbreviation"}]}] of the whole world."""
    states: dict[Any, list[Item]] = {}
    for row in bare_rows(transport, "/v2/countries/states"):
        named = {"state": row.get("state"), "state_abbreviation": row.get("state_abbreviation")}
        states.setdefault(row.get("country_id"), []).append(named)
    countries = []
    for row in bare_rows(transport, "/v2/countries"):
        named = {"country": row.get("country"), "country_iso2": row.get("country_iso2")}
        countries.append({**named, "states": states.get(row.get("id"), [])})
    return countries
