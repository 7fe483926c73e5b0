"""Addresses: the vendor's silence about duplicates is looked up, never taken for success or for a new address."""

import pytest

from bcsync.clients.errors import Rejected
from tests.clients.bigcommerce.conftest import address, families, gathered, shopper

POST = "POST /v3/customers/addresses"
GET = "GET /v3/customers/addresses"
PUT = "PUT /v3/customers/addresses"


@pytest.fixture
def owner(store):
    return store.add_customer(**shopper(1))["id"]


def stored(store, owner):
    return {item["address1"]: item for item in store.customer(owner)["addresses"]}


def test_new_addresses_are_matched_by_their_tuple(client, store, world, owner):
    items = [address(number, customer_id=owner) for number in range(12)]
    results = gathered(client.create_addresses(items))
    assert {result.item["address1"]: result.data["id"] for result in results} == {
        name: row["id"] for name, row in stored(store, owner).items()
    }
    assert not any(result.existing or result.adopted or result.error for result in results)
    assert families(world) == [POST, POST]


def test_an_address_that_is_there_is_adopted_and_said_to_be_existing(client, store, world, owner):
    there = store.add_address(owner, **address(1, form_fields={"Dock": "A"}))
    results = gathered(client.create_addresses([address(n, customer_id=owner) for n in (1, 2)]))
    found = {result.item["address1"]: result for result in results}
    assert (found["1 Mill Lane"].existing, found["1 Mill Lane"].data["id"]) == (True, there)
    assert [field["value"] for field in found["1 Mill Lane"].data["form_fields"]] == ["A"]
    assert (found["2 Mill Lane"].existing, found["2 Mill Lane"].error) == (False, None)
    assert families(world) == [POST, GET]
    assert len(stored(store, owner)) == 2


@pytest.mark.parametrize("duplicate", ["drop", "keep"])
def test_the_same_address_twice_in_one_call_is_made_once(client, store, world, owner, duplicate):
    world.switches.duplicate_address_in_batch = duplicate
    results = gathered(client.create_addresses([address(1, customer_id=owner), address(1, customer_id=owner)]))
    assert len({result.data["id"] for result in results}) == 1
    assert [result.existing for result in results] == [False, True]
    assert len(store.customer(owner)["addresses"]) == 1


def test_the_bad_one_fails_alone(client, store, world, owner):
    items = [address(number, customer_id=owner) for number in range(4)]
    items[1]["city"] = "x" * 101
    items[2]["customer_id"] = 999_999
    results = gathered(client.create_addresses(items))
    fields = {result.item["address1"]: result.error.field for result in results if result.error}
    assert fields == {"1 Mill Lane": "city", "2 Mill Lane": "customer_id"}
    assert set(stored(store, owner)) == {"0 Mill Lane", "3 Mill Lane"}
    assert families(world) == [POST, POST]


@pytest.mark.parametrize("kind", ["cut-before", "cut-after", "500", "504", "429", "truncated", "html"])
def test_a_lost_answer_makes_nothing_twice_and_is_not_taken_for_the_shoppers(client, store, world, owner, kind):
    world.faults.add(kind=kind, vendor="bigcommerce", match=POST, times=1)
    results = gathered(client.create_addresses(address(number, customer_id=owner) for number in range(5)))
    rows = stored(store, owner)
    assert {result.item["address1"]: result.data["id"] for result in results} == {
        name: row["id"] for name, row in rows.items()
    }
    assert len(store.customer(owner)["addresses"]) == 5
    assert [result.adopted for result in results] == [kind in ("cut-after", "truncated")] * 5
    assert not any(result.existing for result in results)


def test_a_changed_address_keeps_what_is_not_named(client, store, owner):
    id = store.add_address(owner, **address(1))
    [result] = gathered(client.update_addresses([{"id": id, "city": "York"}]))
    assert (result.data["city"], result.data["address1"]) == ("York", "1 Mill Lane")
    assert stored(store, owner)["1 Mill Lane"]["city"] == "York"


def test_a_change_that_would_make_two_equal_addresses_is_rejected(client, store, world, owner):
    first, second = (store.add_address(owner, **address(number)) for number in (1, 2))
    changed = [{"id": second, **address(1)}, {"id": first, "phone": "5"}]
    results = {result.item["id"]: result for result in gathered(client.update_addresses(changed[:1]))}
    error = results[second].error
    assert isinstance(error, Rejected)
    assert error.code == "duplicate_address"
    assert str(second) in str(error)
    assert set(stored(store, owner)) == {"1 Mill Lane", "2 Mill Lane"}
    assert families(world) == [PUT, GET]


def test_an_address_that_is_gone_fails_alone(client, store, owner):
    id = store.add_address(owner, **address(1))
    results = gathered(client.update_addresses([{"id": id, "city": "York"}, {"id": 999_999, "city": "York"}]))
    assert {result.item["id"]: result.error and result.error.code for result in results} == {id: None, 999_999: "gone"}


def test_deleting_names_each_and_never_sends_an_empty_list(client, store, world, owner):
    ids = [store.add_address(owner, **address(number)) for number in range(60)]
    results = gathered(client.delete_addresses([*ids, 999_999]))
    assert {result.item["id"] for result in results} == {*ids, 999_999}
    assert all(result.data == result.item and result.error is None for result in results)
    assert store.customer(owner)["addresses"] == []
    assert families(world) == ["DELETE /v3/customers/addresses"] * 2
    assert list(client.delete_addresses([])) == []
    assert len(families(world)) == 2
