"""Both paginations: which blocks a page has, cursors both ways, the limit above the maximum."""

import base64

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import Api


def test_the_first_page_has_both_blocks_later_ones_one(api: Api, store: StoreSide) -> None:
    store.generate(5)
    first = api.get("/v3/customers", limit=2)
    ids = [body["id"] for body in first["data"]]
    cursors = [base64.urlsafe_b64encode(f'{{"id":{id}}}'.encode()).decode().rstrip("=") for id in ids]
    assert first["meta"] == {
        "pagination": {
            "total": 5,
            "count": 2,
            "per_page": 2,
            "current_page": 1,
            "total_pages": 3,
            "links": {"current": "?page=1&limit=2", "next": "?page=2&limit=2"},
        },
        "cursor_pagination": {
            "count": 2,
            "per_page": 2,
            "links": {"next": f"?after={cursors[1]}&limit=2"},
            "start_cursor": cursors[0],
            "end_cursor": cursors[1],
        },
    }
    assert list(api.get("/v3/customers", limit=2, page=2)["meta"]) == ["pagination"]
    assert list(api.get("/v3/customers", limit=2, after=cursors[1])["meta"]) == ["cursor_pagination"]


@pytest.mark.parametrize("sort", ["", "&sort=last_name:desc", "&sort=date_modified:asc"])
def test_cursors_visit_everybody_once_and_back(api: Api, store: StoreSide, sort: str) -> None:
    store.generate(11)
    seen, link = [], f"?limit=4{sort}"
    while link:
        body = api("GET", f"/v3/customers{link}").json()
        seen += [item["id"] for item in body["data"]]
        links = body["meta"]["cursor_pagination"]["links"]
        link = links.get("next", "")
    assert (len(seen), len(set(seen))) == (11, 11)
    before = api("GET", f"/v3/customers{links['previous']}").json()["data"]
    assert [item["id"] for item in before] == seen[4:8]


def test_an_empty_store_has_one_empty_page(api: Api) -> None:
    assert api.get("/v3/customers") == {
        "data": [],
        "meta": {
            "pagination": {
                "total": 0,
                "count": 0,
                "per_page": 50,
                "current_page": 1,
                "total_pages": 1,
                "links": {"current": "?page=1&limit=50"},
            },
            "cursor_pagination": {"count": 0, "per_page": 50, "links": {}},
        },
    }


def test_the_next_link_keeps_the_filters(api: Api, store: StoreSide) -> None:
    store.generate(3)
    link = api.get("/v3/customers", limit=1, include="addresses,attributes")["meta"]["cursor_pagination"]["links"][
        "next"
    ]
    body = api("GET", f"/v3/customers{link}").json()["data"][0]
    assert {"addresses", "attributes"} <= body.keys()


@pytest.mark.parametrize(("mode", "status"), [("413", 413), ("clamp", 200)])
def test_a_limit_above_250_is_a_switch(api: Api, store: StoreSide, world: World, mode: str, status: int) -> None:
    world.switches.limit_over_maximum = mode
    store.generate(251)
    answer = api("GET", "/v3/customers?limit=300")
    assert answer.status_code == status
    assert len(answer.json().get("data", [])) == (250 if status == 200 else 0)
    assert world.audit.broken_rules == ["limit=300, the maximum is 250"]


def test_a_next_link_on_the_last_page_is_a_switch(api: Api, store: StoreSide, world: World) -> None:
    world.switches.cursor_next_on_short_page = True
    store.generate(1)
    link = api.get("/v3/customers")["meta"]["cursor_pagination"]["links"]["next"]
    assert api("GET", f"/v3/customers{link}").json()["data"] == []


@pytest.mark.parametrize("query", ["after=x", "after=eyJpZCI6MX0&before=eyJpZCI6MX0", "page=0", "limit=0"])
def test_what_is_no_page_is_422(api: Api, query: str) -> None:
    assert api("GET", f"/v3/customers?{query}").status_code == 422
