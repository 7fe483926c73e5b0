"""The whole client under faults and under every answer the vendor's documentation leaves open: the same end state."""

import pytest
import redis

from bcsync.clients.errors import LostAnswer
from bcsync.clients.gate import RedisGate
from bcsync.sandbox.switches import ALTERNATIVES
from tests.clients.bigcommerce.conftest import HASH, address, gathered, shopper

UNKNOWN = [(name, value) for name, values in ALTERNATIVES.items() for value in values]
READ_FAULTS = ["429", "429-no-headers", "500", "502", "503", "504", "html", "truncated", "cut-before", "cut-after"]


def create(client, numbers):
    """Create these shoppers; those whose answer was lost are looked up, and sent again only when they are not there."""
    ids = {}
    waiting = [shopper(number, addresses=[address(number)]) for number in numbers]
    for _ in range(20):
        results = gathered(client.create_customers(waiting))
        ids.update((result.item["email"], result.data["id"]) for result in results if result.data)
        lost = [result.item for result in results if isinstance(result.error, LostAnswer)]
        assert [result.error for result in results if result.error and result.item not in lost] == []
        if not lost:
            return ids
        found = {row["email"].lower(): row["id"] for row in client.find_customers(item["email"] for item in lost)}
        ids.update(found)
        waiting = [item for item in lost if item["email"] not in found]
        if not waiting:
            return ids
    raise AssertionError("still lost after twenty rounds")


def work(client):
    """Create, extend, change and read sixty shoppers."""
    ids = create(client, range(60))
    addresses = [address(100 + number, customer_id=id) for number, id in enumerate(ids.values())]
    made = gathered(client.create_addresses(addresses))
    assert [result.error for result in made] == [None] * 60
    moved = [{**address(200), "id": result.data["id"], "city": "York"} for result in made]
    fields = ("namespace", "key", "value", "permission_set")
    metafields = [dict(zip(fields, ("bcsync", "customer_id", str(id), "app_only"), strict=True)) for id in range(60)]
    for metafield, id in zip(metafields, ids.values(), strict=True):
        metafield["resource_id"] = id
    attribute = client.attributes()[0]["id"]
    values = [{"customer_id": id, "attribute_id": attribute, "value": email} for email, id in ids.items()]
    for results in (
        gathered(client.update_customers({"id": id, "company": email} for email, id in ids.items())),
        gathered(client.update_addresses(moved)),
        gathered(client.create_metafields(metafields)),
        gathered(client.put_attribute_values(values)),
    ):
        assert [result.error for result in results] == [None] * 60
    read = [customer for page in client.customers() for customer in page.items]
    return sorted((customer["email"].lower(), len(customer["addresses"]), customer["company"]) for customer in read)


@pytest.fixture
def plain_state(client_for, store, world):
    """The end state without any fault, with ids that differ from run to run left out."""
    store.attribute_id("VAT")
    work(client_for())
    state = world.state(ids=False)
    for body in state["stores"][HASH]["customers"].values():
        assert [len(body["addresses"]), len(body["metafields"]), len(body["attributes"])] == [2, 1, 1]
    return without_ids(state)


def without_ids(state):
    for body in state["stores"][HASH]["customers"].values():
        body["metafields"] = [{**row, "value": "id"} for row in body["metafields"]]
    return state


@pytest.mark.parametrize("seed", range(3))
def test_five_percent_of_everything_changes_nothing(plain_state, store, world, client_for, seed):
    for id in [body["id"] for body in store.customers.select()]:
        store.delete_customer(id)
    kinds = ("429", "429-no-headers", "500", "502", "503", "504", "cut-before", "cut-after")
    world.faults.add(kind=kinds, vendor="bigcommerce", match="*", rate=0.05, seed=seed)
    work(client_for())
    world.faults.clear()
    assert without_ids(world.state(ids=False)) == plain_state


@pytest.mark.parametrize(("name", "value"), UNKNOWN, ids=[f"{name}={value}" for name, value in UNKNOWN])
def test_what_the_vendor_leaves_open_changes_nothing(plain_state, store, world, client_for, name, value):
    for id in [body["id"] for body in store.customers.select()]:
        store.delete_customer(id)
    world.switches.change({name: value})
    work(client_for())
    assert without_ids(world.state(ids=False)) == plain_state
    assert world.audit.broken_rules == []


@pytest.mark.parametrize("kind", READ_FAULTS)
def test_a_passing_fault_while_reading_loses_nobody(client, store, world, kind):
    store.generate(600)
    world.faults.add(kind=kind, vendor="bigcommerce", match="GET /v3/customers", times=1, skip=1)
    ids = [customer["id"] for page in client.customers() for customer in page.items]
    assert ids == [body["id"] for body in store.customers.select()]


def test_a_slow_answer_is_only_slow(client, store, world):
    store.generate(3)
    world.faults.add(kind="slow", vendor="bigcommerce", match="GET /v3/customers", times=1, seconds=0.05)
    assert len([customer for page in client.customers() for customer in page.items]) == 3


def test_the_shared_gate_slows_down_before_the_vendor_has_to_refuse(client_for, store, world, redis_url):
    with redis.Redis.from_url(redis_url) as connection:
        connection.delete("bcsync:gate:{test-quota}:quota")
        store.quota = 40
        gate = RedisGate(connection, "test-quota", sleep=world.clock.advance, clock=world.clock.timestamp)
        client = client_for(gate=gate)
        ids = [store.add_customer(**shopper(number))["id"] for number in range(60)]
        began = world.clock.now()
        for id in ids * 2:
            assert gathered(client.update_customers([{"id": id, "company": "New"}]))[0].error is None
    assert len(world.audit.calls(status=200)) == 120
    assert world.audit.calls(status=429) == []
    assert 55 <= (world.clock.now() - began).total_seconds() <= 100
