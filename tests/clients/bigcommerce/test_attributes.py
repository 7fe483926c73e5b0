"""Attribute definitions and values."""

from tests.clients.bigcommerce.conftest import families, gathered, shopper

PUT = "PUT /v3/customers/attribute-values"


def test_definitions_are_created_and_matched_by_name(client, store, world):
    items = [{"name": "VAT", "type": "string"}, {"name": "Since", "type": "date"}]
    results = gathered(client.create_attributes(items))
    assert {result.item["name"]: result.data["id"] for result in results} == {
        name: store.attribute_id(name) for name in ("VAT", "Since")
    }
    assert families(world) == ["POST /v3/customers/attributes"]


def test_values_are_put_and_matched_by_customer_and_attribute(client, store, world):
    attribute = store.attribute_id("VAT")
    ids = [store.add_customer(**shopper(number))["id"] for number in range(12)]
    items = [{"customer_id": id, "attribute_id": attribute, "value": f"GB{id}"} for id in ids]
    results = gathered(client.put_attribute_values(items))
    assert {r.item["customer_id"]: r.data["attribute_value"] for r in results} == {id: f"GB{id}" for id in ids}
    assert families(world) == [PUT, PUT]
    world.faults.add(kind="cut-after", vendor="bigcommerce", match=PUT, times=1)
    again = gathered(client.put_attribute_values({**item, "value": "new"} for item in items))
    assert [result.error for result in again] == [None] * 12
    values = store.attribute_values.select()
    # Two batches at once: which of them the store wrote first is chance.
    assert sorted((value["customer_id"], value["attribute_value"]) for value in values) == [(id, "new") for id in ids]


def test_values_of_some_customers(client, store):
    ids = [store.add_customer(**shopper(number), attributes={"VAT": str(number)})["id"] for number in range(3)]
    pages = list(client.attribute_values(customer_ids=ids[:2]))
    assert [row["attribute_value"] for page in pages for row in page.items] == ["0", "1"]
    assert list(client.attribute_values(customer_ids=[])) == []


def test_a_value_too_long_or_of_nobody_fails_alone(client, store):
    attribute = store.attribute_id("VAT")
    id = store.add_customer(**shopper(1))["id"]
    second = store.attribute_id("Other")
    items = [
        {"customer_id": id, "attribute_id": attribute, "value": "x" * 256},
        {"customer_id": id, "attribute_id": second, "value": "fine"},
        {"customer_id": 999_999, "attribute_id": second, "value": "fine"},
    ]
    results = gathered(client.put_attribute_values(items))
    failed = [(result.item["customer_id"], result.item["attribute_id"]) for result in results if result.error]
    assert sorted(failed) == sorted([(id, attribute), (999_999, second)])
    assert [value["attribute_value"] for value in store.attribute_values.select()] == ["fine"]
