"""/v3/customers/attributes, attribute-values and form-field-values."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import STAMP, Api, address, person

VALUES = "/v3/customers/attribute-values"


def test_a_value_is_asked_with_value_and_answered_with_attribute_value(
    api: Api, store: StoreSide, world: World
) -> None:
    id = store.add_customer(email="ann@example.com", attributes={"VAT": "old"})["id"]
    vat, tier = store.attribute_id("VAT"), store.attribute_id("Tier")
    world.clock.advance(5)
    items = [
        {"attribute_id": vat, "customer_id": id, "value": "new"},
        {"attribute_id": tier, "customer_id": id, "value": "gold"},
    ]
    data = api("PUT", VALUES, items).json()["data"]
    later = "2026-03-01T12:00:05Z"
    first, second = store.customer(id)["attributes"]
    shape = {"customer_id": id, "date_modified": later}
    assert data == [first, second]
    assert first == {**shape, "id": first["id"], "attribute_id": vat, "attribute_value": "new", "date_created": STAMP}
    assert second == {
        **shape,
        "id": second["id"],
        "attribute_id": tier,
        "attribute_value": "gold",
        "date_created": later,
    }
    assert store.customer(id)["attribute_count"] == 2


def test_values_have_a_date_filter_of_their_own(api: Api, store: StoreSide, world: World) -> None:
    id = store.add_customer(email="ann@example.com", attributes={"VAT": "1"})["id"]
    world.clock.advance(60)
    store.change_customer(id, attributes={"Tier": "gold"})
    data = api.get(VALUES, date_modified__min="2026-03-01T12:00:30Z")["data"]
    assert [item["attribute_value"] for item in data] == ["gold"]
    assert [item["attribute_value"] for item in api.get(VALUES, name="VAT")["data"]] == ["1"]


@pytest.mark.parametrize(
    ("type", "value", "status"),
    [
        ("number", "12.5", 200),
        ("number", "twelve", 422),
        ("date", "2026-01-31", 200),
        ("date", "soon", 422),
        ("string", "x" * 256, 422),
    ],
)
def test_a_value_must_fit_its_attribute(api: Api, store: StoreSide, type: str, value: str, status: int) -> None:
    id = store.add_customer(email="ann@example.com")["id"]
    item = {"attribute_id": store.attribute_id("Any", type), "customer_id": id, "value": value}
    assert api("PUT", VALUES, [item]).status_code == status


def test_a_store_has_at_most_fifty_attributes_each_name_once(api: Api, store: StoreSide) -> None:
    for number in range(49):
        store.attribute_id(f"A{number}")
    define = {"name": "A0", "type": "string"}
    assert api("POST", "/v3/customers/attributes", [define]).json()["errors"] == {
        "0.name": "the attribute A0 already exists"
    }
    assert api("POST", "/v3/customers/attributes", [{**define, "name": "last"}]).status_code == 200
    answer = api("POST", "/v3/customers/attributes", [{**define, "name": "one more"}])
    assert (answer.status_code, store.attributes.count()) == (422, 50)


def test_attributes_cannot_be_filtered_by_id(api: Api) -> None:
    answer = api("GET", "/v3/customers/attributes?id:in=1")
    assert answer.json()["title"] == "The filter(s): id:in are not valid filter parameter(s)."


def test_deleting_an_attribute_deletes_its_values(api: Api, store: StoreSide) -> None:
    id = store.add_customer(email="ann@example.com", attributes={"VAT": "1", "Tier": "gold"})["id"]
    api("DELETE", f"/v3/customers/attributes?id:in={store.attribute_id('VAT')}")
    assert [item["attribute_value"] for item in store.customer(id)["attributes"]] == ["gold"]


def test_form_field_values_belong_to_a_customer_or_to_an_address(api: Api, store: StoreSide) -> None:
    place = address(form_fields={"Floor": "2"})
    ann = store.add_customer(email="ann@example.com", form_fields={"Sizes": ["S", "M"]}, addresses=[place])
    floor = {"name": "Floor", "value": "2", "address_id": ann["addresses"][0]["id"]}
    sizes = {"name": "Sizes", "value": ["S", "M"], "customer_id": ann["id"]}
    assert api.get("/v3/customers/form-field-values")["data"] == [sizes, floor]
    assert api.get("/v3/customers/form-field-values", customer_id=ann["id"])["data"] == [sizes]
    shown = api.get("/v3/customers", include="addresses,formfields")["data"][0]
    assert (shown["form_fields"], shown["addresses"][0]["form_fields"]) == ([sizes], [floor])


@pytest.mark.parametrize(
    ("mode", "status", "stored"), [("422", 422, None), ("accept", 200, {"New": "1"}), ("ignore", 200, {})]
)
def test_an_unknown_form_field_is_a_switch(
    api: Api, store: StoreSide, world: World, mode: str, status: int, stored: dict[str, str] | None
) -> None:
    world.switches.unknown_form_field = mode
    body = person("ann@example.com", form_fields=[{"name": "New", "value": "1"}])
    assert api("POST", "/v3/customers", [body]).status_code == status
    customers = store.state(ids=False)["customers"]
    assert customers.get("ann@example.com", {}).get("form_fields") == stored


def test_a_missing_required_form_field_is_a_switch(api: Api, store: StoreSide, world: World) -> None:
    store.add_form_field("VAT", required=True)
    assert api("POST", "/v3/customers", [person("ann@example.com")]).status_code == 200
    world.switches.missing_required_form_field = "422"
    answer = api("POST", "/v3/customers", [person("bo@example.com")])
    assert answer.json()["errors"] == {"0.form_fields": "the form field VAT is required"}
