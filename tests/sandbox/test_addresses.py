"""/v3/customers/addresses: the silent drop of duplicates, what is demanded where, states by full name."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import STAMP, Api, address, person

PATH = "/v3/customers/addresses"


@pytest.fixture
def ann(store: StoreSide) -> int:
    """The id of a customer with one address."""
    return int(store.add_customer(email="ann@example.com", addresses=[address()])["id"])


def _cities(store: StoreSide) -> list[str]:
    return [item["city"] for item in store.customer("ann@example.com")["addresses"]]


def test_an_address_is_added(api: Api, store: StoreSide, ann: int) -> None:
    answer = api("POST", PATH, [address(customer_id=ann, city="York")])
    made = answer.json()["data"][0]
    assert (answer.status_code, answer.json()["meta"]) == (200, {})
    assert store.customer(ann)["addresses"][1] == made
    assert (made["city"], made["country"], store.customer(ann)["address_count"]) == ("York", "United Kingdom", 2)


def test_a_duplicate_is_missing_from_the_answer_and_its_form_fields_are_dropped(
    api: Api, store: StoreSide, ann: int
) -> None:
    store.add_form_field("Floor", on="address")
    before = store.customer(ann)
    twin = address(customer_id=ann, form_fields=[{"name": "Floor", "value": "9"}])
    answer = api("POST", PATH, [twin, address(customer_id=ann, city="York")])
    assert (answer.status_code, [item["city"] for item in answer.json()["data"]]) == (200, ["York"])
    assert store.customer(ann)["addresses"][0] == before["addresses"][0]


@pytest.mark.parametrize(("mode", "cities"), [("drop", ["Leeds", "York"]), ("keep", ["Leeds", "York", "York"])])
def test_twins_within_a_batch_are_a_switch(
    api: Api, store: StoreSide, world: World, ann: int, mode: str, cities: list[str]
) -> None:
    world.switches.duplicate_address_in_batch = mode
    api("POST", PATH, [address(customer_id=ann, city="York")] * 2)
    assert _cities(store) == cities


def test_put_that_would_collide_is_silently_left_out(api: Api, store: StoreSide, ann: int) -> None:
    second = store.add_address(ann, **address(city="York"))
    before = store.customer(ann)
    answer = api("PUT", PATH, [{"id": second, "city": "Leeds"}])
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert store.customer(ann) == before


def test_put_changes_the_fields_sent_and_cannot_move_to_another_customer(api: Api, store: StoreSide, ann: int) -> None:
    other = store.add_customer(email="bo@example.com")["id"]
    before = store.customer(ann)["addresses"][0]
    api("PUT", PATH, [{"id": before["id"], "city": "Hull", "customer_id": other}])
    assert store.customer(ann)["addresses"] == [{**before, "city": "Hull"}]


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"postal_code": None}, {"0.postal_code": "error.path.missing"}),
        ({"country_code": "XX"}, {"0.country_code": "XX is not a valid country code"}),
        ({"country_code": "US"}, {"0.state_or_province": "error.path.missing"}),
        (
            {"country_code": "US", "state_or_province": "TX"},
            {"0.state_or_province": "TX is not a state or province of US; its full name is needed"},
        ),
        ({"country_code": "US", "state_or_province": "Texas"}, {}),
        ({"postal_code": ""}, {"0.postal_code": "error.path.missing"}),
        ({"country_code": "IE", "postal_code": ""}, {}),
        ({"customer_id": 5}, {"0.customer_id": "invalid customer ID"}),
        ({"address_type": "home"}, {"0.address_type": "address_type must be one of residential, commercial"}),
    ],
)
def test_what_an_address_needs(api: Api, ann: int, change: dict[str, Any], errors: dict[str, str]) -> None:
    answer = api("POST", PATH, [{**address(customer_id=ann, city="York"), **change}])
    assert answer.json().get("errors", {}) == errors


def test_a_nested_address_needs_less_than_one_alone(api: Api, ann: int) -> None:
    bare = {"first_name": "A", "last_name": "B", "address1": "1 St", "city": "Dublin", "country_code": "IE"}
    assert api("POST", "/v3/customers", [person("new@example.com", addresses=[bare])]).status_code == 200
    alone = api("POST", PATH, [{**bare, "customer_id": ann}])
    assert alone.json()["errors"] == {
        f"0.{name}": "error.path.missing" for name in ("state_or_province", "postal_code")
    }


def test_an_unknown_state_may_be_accepted(api: Api, store: StoreSide, world: World, ann: int) -> None:
    world.switches.unknown_state = "accept"
    api("POST", PATH, [address(customer_id=ann, city="Austin", country_code="US", state_or_province="TX")])
    assert _cities(store) == ["Leeds", "Austin"]


@pytest.mark.parametrize(("maximum", "status"), [(10, 200), (1, 422)])
def test_the_batch_cap_is_a_switch(api: Api, world: World, ann: int, maximum: int, status: int) -> None:
    world.switches.addresses_batch_maximum = maximum
    answer = api("POST", PATH, [address(customer_id=ann, city=f"Town {number}") for number in range(2)])
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["title"] == "Max batch size allowed is 1"


def test_customers_show_ten_addresses_and_the_rest_is_read_here(api: Api, store: StoreSide, ann: int) -> None:
    for number in range(12):
        store.add_address(ann, **address(city=f"Town {number}"))
    shown = api.get("/v3/customers", include="addresses")["data"][0]
    assert (len(shown["addresses"]), shown["address_count"]) == (10, 13)
    rest = api.get(PATH, customer_id__in=ann, limit=250)
    assert (len(rest["data"]), list(rest["meta"])) == (13, ["pagination"])


@pytest.mark.parametrize(("moves", "stamp"), [(False, STAMP), (True, "2026-03-01T12:00:30Z")])
def test_whether_the_customer_is_stamped_is_a_switch(
    api: Api, store: StoreSide, world: World, ann: int, moves: bool, stamp: str
) -> None:
    world.switches.subresource_moves_date_modified = moves
    world.clock.advance(30)
    api("POST", PATH, [address(customer_id=ann, city="York")])
    assert store.customer(ann)["date_modified"] == stamp


def test_delete_by_ids(api: Api, store: StoreSide, ann: int) -> None:
    id = store.customer(ann)["addresses"][0]["id"]
    assert api("DELETE", f"{PATH}?id:in={id},1").status_code == 204
    assert (store.customer(ann)["addresses"], store.customer(ann)["address_count"]) == ([], 0)
