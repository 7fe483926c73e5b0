"""Deleting customers and attribute values: what is named goes, what is gone already counts, nothing else is touched."""

from tests.clients.bigcommerce.conftest import families, gathered, shopper


def test_customers_go_for_good(client, store, world):
    ids = [store.add_customer(**shopper(number))["id"] for number in range(3)]
    results = gathered(client.delete_customers([*ids[:2], 999_999]))
    assert {result.item["id"]: result.error for result in results} == dict.fromkeys([*ids[:2], 999_999])
    assert [body["id"] for body in store.state()["customers"].values()] == [ids[2]]
    assert families(world) == ["DELETE /v3/customers"]


def test_a_value_goes_and_the_others_stay(client, store, world):
    number, vat = store.attribute_id("Customer number"), store.attribute_id("VAT number")
    owner = store.add_customer(**shopper(1, attributes={"Customer number": "1", "VAT number": "GB1"}))["id"]
    values = [item for page in client.attribute_values(customer_ids=[owner]) for item in page.items]
    assert {item["attribute_id"] for item in values} == {number, vat}
    unwanted = [item["id"] for item in values if item["attribute_id"] == vat]
    (result,) = gathered(client.delete_attribute_values(unwanted))
    assert (result.error, result.item) == (None, {"id": unwanted[0]})
    left = store.customer(owner)["attributes"]
    assert [value["attribute_id"] for value in left] == [number]


def test_nothing_named_is_no_request(client, world):
    assert [*client.delete_customers([]), *client.delete_attribute_values([])] == []
    assert families(world) == []
