"""Metafields: partial success in batches, 409 alone, who sees and changes what."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.answers import TYPE
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import Api

PATH = "/v3/customers/metafields"
OTHER = {"X-Auth-Token": "other"}


@pytest.fixture
def store(world: World) -> StoreSide:
    """A store with a second API account and one customer."""
    other = {"token": "other", "client_id": "other app", "scopes": ["store_v2_customers"]}
    store = world.add_store("abc", accounts=[other], quota=1000)
    store.add_customer(email="ann@example.com")
    return store


def _field(store: StoreSide, **fields: Any) -> dict[str, Any]:
    base = {"namespace": "bcsync", "key": "customer_id", "value": "1", "permission_set": "app_only"}
    return {**base, "resource_id": store.customer_id("ann@example.com"), **fields}


def test_a_batch_keeps_the_good_ones_and_names_the_others(api: Api, store: StoreSide, world: World) -> None:
    items = [
        _field(store),
        _field(store),
        _field(store, key="two", value=""),
        _field(store, key="three", resource_id=1),
    ]
    answer = api("POST", PATH, [*items, _field(store, key="four")])
    made = store.customer("ann@example.com")["metafields"]
    assert answer.status_code == 422
    assert answer.json() == {
        "data": made,
        "errors": [
            {
                "status": 422,
                "title": "Bulk operation has failed",
                "type": TYPE,
                "errors": {
                    "1": "A metafield with this namespace and key already exists",
                    "2": "value: value must be at least 1 characters long",
                    "3": "Resource does not exist",
                },
            }
        ],
        "meta": {"total": 5, "success": 2, "failed": 3},
    }
    assert [item["key"] for item in made] == ["customer_id", "four"]
    assert made[0]["date_created"] == "2026-03-01T12:00:00+00:00"
    assert [call.items for call in world.audit.writes("bigcommerce")] == [2]


def test_alone_a_duplicate_is_409(api: Api, store: StoreSide) -> None:
    path = f"/v3/customers/{store.customer_id('ann@example.com')}/metafields"
    body = {name: value for name, value in _field(store).items() if name != "resource_id"}
    assert api("POST", path, body).json()["data"] == store.customer("ann@example.com")["metafields"][0]
    assert api("POST", path, body).status_code == 409
    assert api("POST", path, body, headers=OTHER).status_code == 200


def test_the_shape_of_a_single_answer_is_a_switch(api: Api, store: StoreSide, world: World) -> None:
    world.switches.single_metafield_data = "array"
    path = f"/v3/customers/{store.customer_id('ann@example.com')}/metafields"
    assert isinstance(api("POST", path, _field(store)).json()["data"], list)


def test_app_only_is_seen_by_its_own_account_only(api: Api, store: StoreSide) -> None:
    mine = store.add_metafield("ann@example.com", "bcsync", "customer_id", "1")
    shared = store.add_metafield("ann@example.com", "bcsync", "shared", "1", permission_set="write")
    assert api.get(PATH)["data"] == [mine, shared]
    assert api("GET", PATH, headers=OTHER).json()["data"] == [shared]
    assert api("PUT", PATH, [{"id": mine["id"], "value": "2"}], headers=OTHER).status_code == 422


def test_another_account_may_change_the_value_of_write_and_nothing_else(api: Api, store: StoreSide) -> None:
    shared = store.add_metafield("ann@example.com", "n", "k", "1", permission_set="write")
    assert api("PUT", PATH, [{"id": shared["id"], "key": "other"}], headers=OTHER).status_code == 422
    assert api("PUT", PATH, [{"id": shared["id"], "value": "2"}], headers=OTHER).status_code == 200
    refused = api("DELETE", PATH, [shared["id"]], headers=OTHER).json()
    assert (refused["data"], refused["errors"][0]["errors"]) == ([], {"0": "Unauthorized to delete"})
    assert store.customer("ann@example.com")["metafields"] == [{**shared, "value": "2"}]


@pytest.mark.parametrize("way", ["array", "query"])
def test_delete_in_both_ways(api: Api, store: StoreSide, world: World, way: str) -> None:
    world.switches.metafields_delete_body = way
    id = store.add_metafield("ann@example.com", "n", "k", "1")["id"]
    answer = api("DELETE", PATH, [id, 1]) if way == "array" else api("DELETE", f"{PATH}?id:in={id},1")
    assert answer.json()["data"] == [id]
    assert answer.json()["meta"] == {"total": 2, "success": 1, "failed": 1}
    assert store.customer("ann@example.com")["metafields"] == []


def test_filters(api: Api, store: StoreSide, world: World) -> None:
    store.add_metafield("ann@example.com", "a", "one", "1")
    world.clock.advance(60)
    store.add_metafield("ann@example.com", "b", "two", "1")
    assert [item["key"] for item in api.get(PATH, namespace__in="a,b", direction="desc")["data"]] == ["two", "one"]
    assert [item["key"] for item in api.get(PATH, date_modified__min="2026-03-01T12:00:30Z")["data"]] == ["two"]
    assert api("GET", f"{PATH}?customer_id:in=1").status_code == 422


def test_an_account_has_at_most_250_on_one_customer(api: Api, store: StoreSide) -> None:
    for number in range(250):
        store.add_metafield("ann@example.com", "n", f"k{number}", "1")
    refused = api("POST", PATH, [_field(store)]).json()["errors"][0]["errors"]
    assert refused == {"0": "The maximum of 250 metafields is reached"}


def test_reading_customer_by_customer_breaks_a_rule(api: Api, store: StoreSide, world: World) -> None:
    path = f"/v3/customers/{store.customer_id('ann@example.com')}/metafields"
    for _ in range(21):
        api("GET", path)
    assert world.audit.broken_rules == [
        "metafields read customer by customer, more than 20 times: GET /v3/customers/{id}/metafields"
    ]
