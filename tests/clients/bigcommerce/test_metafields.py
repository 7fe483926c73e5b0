"""Metafields in bulk: partial success, duplicates looked up, other accounts' left alone."""

import pytest

from bcsync.clients.errors import Rejected
from tests.clients.bigcommerce.conftest import families, gathered, shopper

POST = "POST /v3/customers/metafields"
PUT = "PUT /v3/customers/metafields"
OF_ONE = "GET /v3/customers/{id}/metafields"


@pytest.fixture
def owners(store):
    return [store.add_customer(**shopper(number))["id"] for number in range(6)]


def tracking(owner, value="1", key="customer_id", **fields):
    return {
        "resource_id": owner,
        "namespace": "bcsync",
        "key": key,
        "value": value,
        "permission_set": "app_only",
        **fields,
    }


def values(store):
    return sorted((row["resource_id"], row["key"], row["value"]) for row in store.metafields.select())


def test_two_for_each_customer(client, store, world, owners):
    items = [tracking(owner, key=key) for owner in owners for key in ("customer_id", "customer_number")]
    results = gathered(client.create_metafields(items))
    assert all(result.error is None and result.data["id"] and not result.existing for result in results)
    assert {id(result.item) for result in results} == {id(item) for item in items}
    assert values(store) == sorted((item["resource_id"], item["key"], item["value"]) for item in items)
    assert families(world) == [POST, POST]


def test_only_the_bad_ones_fail(client, store, world, owners):
    items = [tracking(owner) for owner in owners]
    items[1]["value"] = ""
    items[4]["resource_id"] = 999_999
    results = {result.item["resource_id"]: result for result in gathered(client.create_metafields(items))}
    failed = {owner: result.error for owner, result in results.items() if result.error}
    assert set(failed) == {owners[1], 999_999}
    assert all(isinstance(error, Rejected) and error.field == "bcsync.customer_id" for error in failed.values())
    assert "value must be at least 1" in failed[owners[1]].words
    assert failed[999_999].code == "gone"
    assert len(values(store)) == 4
    assert families(world) == [POST]


def test_one_that_exists_is_looked_up(client, store, world, owners):
    same = store.add_metafield(owners[0], "bcsync", "customer_id", "1")
    other = store.add_metafield(owners[1], "bcsync", "customer_id", "another")
    answered = gathered(client.create_metafields(map(tracking, owners)))
    results = {result.item["resource_id"]: result for result in answered}
    assert (results[owners[0]].existing, results[owners[0]].data["id"]) == (True, same["id"])
    assert results[owners[0]].error is None
    assert (results[owners[1]].error.code, results[owners[1]].data["id"]) == ("exists", other["id"])
    assert all(results[owner].error is None and not results[owner].existing for owner in owners[2:])
    assert families(world) == [POST, OF_ONE, OF_ONE]
    assert (owners[1], "customer_id", "another") in values(store)


def test_one_that_exists_with_another_permission_is_not_what_was_asked_for(client, store, owners):
    store.add_metafield(owners[0], "bcsync", "customer_id", "1", permission_set="read")
    [result] = gathered(client.create_metafields([tracking(owners[0])]))
    assert (result.error.code, result.data["permission_set"]) == ("exists", "read")


@pytest.mark.parametrize("kind", ["cut-before", "cut-after", "500", "truncated", "429"])
def test_a_lost_answer_makes_nothing_twice(client, store, world, owners, kind):
    world.faults.add(kind=kind, vendor="bigcommerce", match=POST, times=1)
    results = gathered(client.create_metafields(map(tracking, owners)))
    assert [result.error for result in results] == [None] * 6
    assert [result.adopted for result in results] == [kind in ("cut-after", "truncated")] * 6
    assert values(store) == [(owner, "customer_id", "1") for owner in owners]


def test_the_same_key_of_another_account_does_not_matter(client, store, owners):
    store.add_metafield(owners[0], "bcsync", "customer_id", "theirs", client_id="theirs")
    [result] = gathered(client.create_metafields([tracking(owners[0])]))
    assert result.error is None
    assert [row["value"] for row in client.customer_metafields(owners[0])] == ["1"]


def test_updates_by_id(client, store, world, owners):
    ours = store.add_metafield(owners[0], "bcsync", "customer_id", "1")
    theirs = store.add_metafield(owners[1], "shared", "k", "1", permission_set="read", client_id="theirs")
    changes = [{"id": ours["id"], "value": "2"}, {"id": theirs["id"], "value": "2"}, {"id": 999_999, "value": "2"}]
    results = {result.item["id"]: result for result in gathered(client.update_metafields(changes))}
    assert results[ours["id"]].data["value"] == "2"
    assert results[theirs["id"]].error.words == "Unauthorized to update"
    assert results[999_999].error.code == "gone"
    assert values(store) == sorted([(owners[0], "customer_id", "2"), (owners[1], "k", "1")])


@pytest.mark.parametrize("way", ["array", "query"])
def test_deletes_by_id_in_whichever_way_the_store_wants(client, store, world, owners, way):
    world.switches.metafields_delete_body = way
    ours = [store.add_metafield(owner, "bcsync", "customer_id", "1")["id"] for owner in owners]
    theirs = store.add_metafield(owners[0], "shared", "k", "1", permission_set="read", client_id="theirs")["id"]
    results = {result.item["id"]: result for result in gathered(client.delete_metafields([*ours, theirs, 999_999]))}
    assert results[theirs].error.words == "Unauthorized to delete"
    assert [id for id, result in results.items() if result.error] == [theirs]
    assert values(store) == [(owners[0], "k", "1")]
    assert len(families(world)) == (1 if way == "array" else 2)
    assert world.audit.broken_rules == []
