"""v2: groups as bare arrays with 204, the store, countries and states; v3 channels; who may ask."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import STAMP, Api


def test_groups_are_bare_arrays_and_204_after_the_last_page(api: Api, store: StoreSide) -> None:
    assert api("GET", "/v2/customer_groups").status_code == 204
    id = store.add_customer_group("Trade")
    shape = {
        "is_default": False,
        "category_access": {"type": "all"},
        "discount_rules": [],
        "is_group_for_guests": False,
    }
    group = {"id": id, "name": "Trade", **shape, "date_created": STAMP, "date_modified": STAMP}
    assert api("GET", "/v2/customer_groups?page=1&limit=250").json() == [group]
    assert api("GET", "/v2/customer_groups?page=2").status_code == 204
    assert api("GET", f"/v2/customer_groups/{id}").json() == group


def test_a_new_customer_gets_the_default_group_and_loses_a_deleted_one(api: Api, store: StoreSide) -> None:
    id = store.add_customer_group("Trade", is_default=True)
    assert store.add_customer(email="ann@example.com")["customer_group_id"] == id
    assert store.add_customer(email="bo@example.com", customer_group_id=0)["customer_group_id"] == 0
    api("DELETE", f"/v2/customer_groups/{id}")
    assert store.customer("ann@example.com")["customer_group_id"] == 0


def test_countries_and_their_states(api: Api) -> None:
    usa = api("GET", "/v2/countries?country_iso2=US").json()[0]
    assert (usa["country"], usa["country_iso3"]) == ("United States", "USA")
    states = api("GET", f"/v2/countries/{usa['id']}/states?limit=250").json()
    assert {"Texas", "District of Columbia"} <= {state["state"] for state in states}
    everything = [
        *api("GET", "/v2/countries/states?limit=100").json(),
        *api("GET", "/v2/countries/states?limit=100&page=2").json(),
    ]
    assert len(everything) == api("GET", "/v2/countries/states/count").json()["count"]


def test_a_store_may_know_fewer_countries(world: World) -> None:
    store = world.add_store("few", countries=["GB", "US"], states_for=[])
    assert (store.country_codes, store.state_countries) == ({"GB", "US"}, frozenset())


def test_the_store_and_its_channels(api: Api, world: World) -> None:
    assert api("GET", "/v2/store").json()["features"]["multi_storefront_enabled"] is False
    world.add_store("abc", channels=["Main", "Outlet"])
    assert [(item["id"], item["name"]) for item in api.get("/v3/channels")["data"]] == [(1, "Main"), (2, "Outlet")]
    assert api("GET", "/v2/store").json()["features"]["multi_storefront_enabled"] is True
    assert api("GET", "/v2/time").json() == {"time": 1772366400}


@pytest.mark.parametrize(
    ("path", "token", "status", "title"),
    [
        (
            "/v3/customers",
            "wrong",
            401,
            "Unauthorized - the v3 Auth client ID or token in the request are not a valid combination for this store.",
        ),
        ("/v3/channels", "reader", 403, "You don't have a required scope to access the endpoint"),
        ("/v3/customers", "reader", 200, None),
        ("/v3/nothing", "reader", 404, "The resource at that URL is not found."),
    ],
)
def test_who_may_ask(api: Api, world: World, path: str, token: str, status: int, title: str | None) -> None:
    reader = {"token": "reader", "client_id": "r", "scopes": ["store_v2_customers_read_only"]}
    world.add_store("abc", accounts=[reader])
    answer = api("GET", path, headers={"X-Auth-Token": token})
    assert (answer.status_code, answer.json().get("title")) == (status, title)


def test_a_read_only_scope_may_not_write(api: Api, world: World) -> None:
    world.add_store("abc", scopes=["store_v2_customers_read_only"])
    assert api("POST", "/v3/customers", []).status_code == 403


def test_an_unknown_store_is_404(api: Api) -> None:
    api.root = api.root.replace("abc", "nobody")
    assert api("GET", "/v3/customers").status_code == 404
