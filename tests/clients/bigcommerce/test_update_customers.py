"""Updating customers: partial by id, tried again when lost, only the bad one fails."""

import pytest

from bcsync.clients.errors import Rejected
from tests.clients.bigcommerce.conftest import families, gathered, shopper

PUT = "PUT /v3/customers"


def made(store, count):
    return [store.add_customer(**shopper(number))["id"] for number in range(count)]


def test_what_is_not_named_stays(client, store, world):
    ids = made(store, 12)
    results = gathered(client.update_customers({"id": id, "company": f"Company {id}"} for id in ids))
    assert {result.item["id"]: result.data["company"] for result in results} == {id: f"Company {id}" for id in ids}
    assert [store.customer(id)["first_name"] for id in ids] == [f"First{number}" for number in range(12)]
    assert families(world) == [PUT, PUT]


def test_an_id_that_is_gone_fails_alone(client, store, world):
    ids = made(store, 5)
    results = gathered(client.update_customers({"id": id, "company": "New"} for id in [*ids, 999_999]))
    [failed] = [result for result in results if result.error]
    assert failed.item["id"] == 999_999
    assert isinstance(failed.error, Rejected)
    assert (failed.error.field, failed.error.code, failed.error.words) == ("id", "gone", "invalid customer ID")
    assert [store.customer(id)["company"] for id in ids] == ["New"] * 5
    assert families(world) == [PUT, PUT]


@pytest.mark.parametrize("kind", ["cut-before", "cut-after", "500", "504", "429", "429-no-headers", "truncated"])
def test_a_passing_fault_changes_nothing(client, store, world, kind):
    ids = made(store, 25)
    world.faults.add(kind=kind, vendor="bigcommerce", match=PUT, times=1)
    results = gathered(client.update_customers({"id": id, "company": "New"} for id in ids))
    assert [result.error for result in results] == [None] * 25
    assert {store.customer(id)["company"] for id in ids} == {"New"}


def test_one_customer_twice_ends_with_the_later_values(client, store):
    [id] = made(store, 1)
    results = gathered(client.update_customers([{"id": id, "company": "First"}, {"id": id, "company": "Second"}]))
    assert [result.data["company"] for result in results] == ["First", "Second"]
    assert store.customer(id)["company"] == "Second"
