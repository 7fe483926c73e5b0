"""Countries and states: what the store knows, and /v2/countries. States only where the store's list has them."""

from functools import cache
from typing import TYPE_CHECKING, Any

import pycountry

from bcsync.sandbox.bigcommerce import answers, filters, paging
from bcsync.sandbox.bigcommerce.filters import PAGING, Query
from bcsync.sandbox.bigcommerce.states import STATES
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

# where an address without a post code is not an address; the vendor documents only "countries that need them"
_POSTAL = "AT AU BE BR CA CH CZ DE DK ES FI FR GB GR HU IT JP LT LU LV MX NL NO NZ PL PT RO SE SI SK US"
POSTAL_CODE_NEEDED = frozenset(_POSTAL.split())
COUNTRIES_KNOWN = {**PAGING, **dict.fromkeys(("country", "country_iso2", "country_iso3"), ("text", ""))}
STATES_KNOWN = {**PAGING, "state": ("text", ""), "state_abbreviation": ("text", "")}


@cache
def countries() -> dict[str, dict[str, Any]]:
    """ISO 3166-1 alpha-2 -> id, country, country_iso2, country_iso3; ids in the order of the names."""
    known = sorted((getattr(c, "common_name", c.name), c.alpha_2, c.alpha_3) for c in pycountry.countries)
    rows = enumerate(known, start=1)
    return {
        two: {"id": id, "country": name, "country_iso2": two, "country_iso3": three} for id, (name, two, three) in rows
    }


@cache
def states() -> tuple[dict[str, Any], ...]:
    """Every state: id, state, state_abbreviation, country_id."""
    pairs = [(code, *state) for code, found in sorted(STATES.items()) for state in found]
    return tuple(
        {"id": id, "state": name, "state_abbreviation": short, "country_id": countries()[code]["id"]}
        for id, (code, short, name) in enumerate(pairs, start=1)
    )


def country_name(store: "StoreSide", code: str) -> str:
    """The country's name, "" when the store does not know the code."""
    return str(countries()[code]["country"]) if code in store.country_codes else ""


@cache
def _names(code: str) -> frozenset[str]:
    return frozenset(name for _, name in STATES.get(code, ()))


def state_names(store: "StoreSide", code: str) -> frozenset[str]:
    """The full names that an address there may have; empty where the store has no states for the country."""
    return _names(code) if code in store.state_countries else frozenset()


def get_countries(store: "StoreSide", request: Request) -> Response:
    """A page of countries as a bare array."""
    query = filters.parse(store.world, request, COUNTRIES_KNOWN)
    link = f"{request.base_url}/stores/{store.hash}/v2/countries"
    shown = [_shown(body, link) for code, body in countries().items() if code in store.country_codes]
    return _page(store, query, shown)


def get_country(store: "StoreSide", request: Request, id: int) -> Response:
    """One country."""
    link = f"{request.base_url}/stores/{store.hash}/v2/countries"
    found = [body for code, body in countries().items() if body["id"] == id and code in store.country_codes]
    return Response(200, _shown(found[0], link), items=1) if found else answers.not_found_v2()


def get_states(store: "StoreSide", request: Request, country_id: int | None = None) -> Response:
    """A page of the states of one country, or of all."""
    query = filters.parse(store.world, request, STATES_KNOWN if country_id else PAGING)
    return _page(store, query, [body for body in _known_states(store) if country_id in (None, body["country_id"])])


def count_countries(store: "StoreSide", request: Request) -> Response:
    """`{"count": n}`."""
    return Response(200, {"count": len(store.country_codes)})


def count_states(store: "StoreSide", request: Request, country_id: int | None = None) -> Response:
    """`{"count": n}` of one country's states, or of all."""
    return Response(200, {"count": sum(country_id in (None, body["country_id"]) for body in _known_states(store))})


def _known_states(store: "StoreSide") -> list[dict[str, Any]]:
    wanted = {countries()[code]["id"] for code in store.state_countries}
    return [body for body in states() if body["country_id"] in wanted]


def _shown(body: dict[str, Any], link: str) -> dict[str, Any]:
    where = f"/countries/{body['id']}/states"
    return {**body, "states": {"url": f"{link}/{body['id']}/states", "resource": where}}


def _page(store: "StoreSide", query: Query, rows: list[dict[str, Any]]) -> Response:
    for name, value in query.values.items():
        if name not in PAGING:
            rows = [row for row in rows if row[name] == value]
    limit, page = paging.limit_of(store.world, query), paging.page_of(query)
    found = rows[(page - 1) * limit : page * limit]
    return Response(200, found, items=len(found)) if found else answers.no_content()
