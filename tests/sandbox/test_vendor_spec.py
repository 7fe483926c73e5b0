"""Every endpoint of the simulated store answers what the vendor's OpenAPI files declare, to good and bad requests."""

from collections.abc import Callable

import pytest

from bcsync.sandbox.bigcommerce.app import ROUTES
from bcsync.sandbox.bigcommerce.geography import countries
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox import vendor_spec
from tests.sandbox.conftest import Api, address, person


def _fill(store: StoreSide) -> tuple[int, int, int]:
    """A store with everything in it: (customer id, address id, metafield id)."""
    store.add_customer_group("Trade", is_default=True)
    store.add_form_field("Floor", on="address")
    metafields = [{"namespace": "n", "key": "k", "value": "v"}]
    fields = {"Colour": "red", "Sizes": ["S", "M"], "Age": 7}
    body = store.add_customer(
        email="ann@example.com",
        attributes={"VAT": "GB1"},
        form_fields=fields,
        metafields=metafields,
        addresses=[address(form_fields={"Floor": "2"}), address(address1="2 Low St")],
        store_credit_amounts=[{"amount": 12.5}],
    )
    store.generate(120)
    return body["id"], body["addresses"][0]["id"], body["metafields"][0]["id"]


def _walk_reads(api: Api, store: StoreSide, customer: int, metafield: int) -> None:
    united_states = countries()["US"]["id"]
    include = "include=addresses,attributes,formfields,storecredit"
    first = api("GET", f"/v3/customers?{include}&limit=50").json()["meta"]
    wanted = {"scope": "store/customer/created", "destination": "https://a.example/x", "headers": {"X-Secret": "s"}}
    hook = api("POST", "/v3/hooks", json=wanted).json()["data"]["id"]
    for path in (
        f"/v3/customers?{include}&after={first['cursor_pagination']['end_cursor']}",
        "/v3/customers?page=2&sort=last_name:desc",
        "/v3/customers?id:in=1",
        "/v3/customers?date_modified:min=2020-01-01&name:like=ann",
        "/v3/customers?foo=1",
        "/v3/customers?id:in=x",
        "/v3/customers?limit=251",
        "/v3/customers/addresses?include=formfields",
        f"/v3/customers/addresses?customer_id:in={customer}",
        "/v3/customers/attributes",
        "/v3/customers/attribute-values?name=VAT",
        "/v3/customers/form-field-values",
        f"/v3/customers/form-field-values?customer_id={customer}",
        "/v3/customers/metafields?namespace=n&limit=250",
        f"/v3/customers/{customer}/metafields",
        f"/v3/customers/{customer}/metafields/{metafield}",
        f"/v3/customers/{customer}/metafields/999",
        "/v3/hooks?scope=store/customer/created&is_active=true&limit=250",
        f"/v3/hooks/{hook}",
        "/v3/hooks/999",
        "/v3/hooks/admin",
        "/v3/channels",
        "/v2/customer_groups",
        "/v2/customer_groups?page=2",
        "/v2/customer_groups/1",
        "/v2/customer_groups/count",
        "/v2/store",
        "/v2/time",
        "/v2/countries",
        "/v2/countries/count",
        "/v2/countries/1",
        "/v2/countries?country_iso2=US",
        "/v2/countries/states",
        "/v2/countries/states/count",
        f"/v2/countries/{united_states}/states",
        f"/v2/countries/{united_states}/states/count",
    ):
        api("GET", path)


def _walk_writes(api: Api, store: StoreSide, customer: int, address_id: int, metafield: int) -> None:
    store.world.switches.single_metafield_data = "array"  # what the spec declares; clients have seen an object
    field = {"namespace": "n", "key": "k2", "value": "v", "permission_set": "read"}
    attribute = {"attribute_id": store.attribute_id("VAT"), "customer_id": customer, "value": "GB2"}
    rich = person("bo@example.com", addresses=[address()], form_fields=[{"name": "Colour", "value": "blue"}])
    for method, path, body in (
        ("POST", "/v3/customers", [rich, person("cy@example.com", trigger_account_created_notification=False)]),
        ("POST", "/v3/customers", [person("BO@example.com")]),
        ("POST", "/v3/customers", [{"email": "x"}]),
        ("POST", "/v3/customers", [person(f"p{number}@example.com") for number in range(11)]),
        ("PUT", "/v3/customers", [{"id": customer, "phone": "1", "channel_ids": None}]),
        ("PUT", "/v3/customers", [{"id": 1}]),
        (
            "POST",
            "/v3/customers/addresses",
            [address(customer_id=customer), address(customer_id=customer, city="York")],
        ),
        ("POST", "/v3/customers/addresses", [address(customer_id=customer, country_code="US")]),
        ("PUT", "/v3/customers/addresses", [{"id": address_id, "city": "Hull"}]),
        ("POST", "/v3/customers/attributes", [{"name": "Tier", "type": "string"}]),
        ("PUT", "/v3/customers/attributes", [{"id": store.attribute_id("Tier"), "name": "Level"}]),
        ("PUT", "/v3/customers/attribute-values", [attribute]),
        ("PUT", "/v3/customers/form-field-values", [{"customer_id": customer, "name": "Colour", "value": "x"}]),
        ("POST", "/v3/customers/metafields", [{**field, "resource_id": customer}]),
        ("POST", "/v3/customers/metafields", [{**field, "resource_id": customer}, {**field, "resource_id": 1}]),
        ("PUT", "/v3/customers/metafields", [{"id": metafield, "value": "w"}]),
        ("PUT", "/v3/customers/metafields", [{"id": 9, "value": "w"}]),
        ("POST", f"/v3/customers/{customer}/metafields", {**field, "key": "k3"}),
        ("POST", f"/v3/customers/{customer}/metafields", {**field, "key": "k3"}),
        ("PUT", f"/v3/customers/{customer}/metafields/{metafield}", {"value": "z"}),
        ("DELETE", "/v3/customers/metafields", [metafield]),
        ("DELETE", "/v3/customers/metafields", [metafield]),
        ("DELETE", f"/v3/customers/{customer}/metafields/999", None),
        ("DELETE", "/v3/customers/attribute-values?id:in=1", None),
        ("POST", "/v3/hooks", {"scope": "store/customer/updated", "destination": "https://a.example/x"}),
        ("POST", "/v3/hooks", {"scope": "store/customer/updated"}),
        ("PUT", "/v3/hooks/1", {"is_active": False, "headers": None}),
        ("PUT", "/v3/hooks/admin", {"emails": ["ops@example.com"]}),
        ("DELETE", "/v3/hooks/1", None),
        ("DELETE", f"/v3/customers/attributes?id:in={store.attribute_id('Level')}", None),
        ("DELETE", f"/v3/customers/addresses?id:in={address_id}", None),
        ("DELETE", f"/v3/customers?id:in={customer}", None),
        ("POST", "/v2/customer_groups", {"name": "Retail"}),
        ("PUT", "/v2/customer_groups/2", {"name": "Retail B"}),
        ("DELETE", "/v2/customer_groups/2", None),
    ):
        api(method, path, body)


def test_the_walk_visits_every_endpoint(api: Api, store: StoreSide) -> None:
    ids = _fill(store)
    _walk_reads(api, store, ids[0], ids[2])
    _walk_writes(api, store, *ids)
    asked = {call.family for call in store.world.audit.calls(vendor="bigcommerce")}
    offered = {
        f"{method} /{path.replace('{n}', '{id}')}" for path, (_, methods) in ROUTES.items() for method in methods
    }
    assert asked == offered


if vendor_spec.available():

    @pytest.mark.parametrize("walk", ["reads", "writes"])
    def test_answers_and_requests_follow_the_spec(api: Api, store: StoreSide, world: World, walk: str) -> None:
        customer, address_id, metafield = _fill(store)
        walks: dict[str, Callable[[], None]] = {
            "reads": lambda: _walk_reads(api, store, customer, metafield),
            "writes": lambda: _walk_writes(api, store, customer, address_id, metafield),
        }
        world.exchanges = []
        walks[walk]()
        assert [
            problem for exchange in world.exchanges for problem in vendor_spec.problems_of_exchange(*exchange)
        ] == []
        assert len(world.exchanges) > 25

    def test_a_wrong_answer_is_found() -> None:
        wrong = {"data": [{"id": "7", "email": "a@x.com", "channel_ids": None}], "meta": {}}
        assert vendor_spec.problems_of_answer("GET", "/v3/customers", 200, wrong) == [
            "data.0.id: '7' is not of type 'integer'"
        ]

    def test_a_wrong_request_is_found() -> None:
        problems = vendor_spec.problems_of_request("POST", "/v3/customers", [("foo", "1")], [{"email": "a@x.com"}])
        assert problems == [
            "query parameter foo is not declared",
            "0: 'first_name' is a required property",
            "0: 'last_name' is a required property",
        ]
