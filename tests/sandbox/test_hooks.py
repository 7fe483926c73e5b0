"""BigCommerce's webhooks in the sandbox: management, what fires, signatures, retries, blocked domains, faults."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import Api, address, person

URL = "https://shop.example/webhooks/bigcommerce/abc"
CUSTOMER = ("store/customer/created", "store/customer/updated", "store/customer/deleted")
ADDRESS = ("store/customer/address/created", "store/customer/address/updated", "store/customer/address/deleted")


class Receiver:
    """Stands in for the network: keeps what was delivered, answers what it is told to."""

    def __init__(self, world: World) -> None:
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.status = 200
        world.webhooks.send = self

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Any:
        self.got.append((url, headers, body))
        return self.status, ""

    def events(self) -> list[tuple[str, Any]]:
        return [(body["scope"], body["data"]) for body in (json.loads(raw) for _, _, raw in self.got)]


@pytest.fixture
def receiver(world: World) -> Receiver:
    return Receiver(world)


def hook(api: Api, scope: str, destination: str = URL, **fields: Any) -> dict[str, Any]:
    answer = api("POST", "/v3/hooks", json={"scope": scope, "destination": destination, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_an_event_arrives_with_the_headers_of_the_hook_and_a_signature(
    world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    hook(api, "store/customer/created", headers={"X-Secret": "s3cret"})
    made = api("POST", "/v3/customers", json=[person("ann@example.com")]).json()["data"][0]
    world.webhooks.deliver_due()
    ((url, headers, raw),) = receiver.got
    body = json.loads(raw)
    assert url == URL
    assert headers["X-Secret"] == "s3cret"
    assert body["data"] == {"type": "customer", "id": made["id"]}
    assert (body["producer"], body["store_id"]) == ("stores/abc", str(store.store_id))
    assert body["created_at"] == int(world.clock.timestamp())
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    expected = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_what_the_contract_says_fires_and_what_does_not(
    world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    store.add_form_field("Floor", on="address")
    store.add_form_field("Colour")
    attribute = store.attribute_id("VAT")
    customer = store.add_customer(email="ann@example.com")["id"]
    for scope in (*CUSTOMER, *ADDRESS, "store/metafield/created", "store/metafield/updated"):
        hook(api, scope)

    def fired(method: str, path: str, json: Any = None) -> list[tuple[str, Any]]:
        receiver.got.clear()
        assert api(method, path, json=json).status_code in (200, 204)
        world.webhooks.deliver_due()
        return receiver.events()

    one = {"type": "customer", "id": customer}
    made = fired("POST", "/v3/customers/addresses", [address(customer_id=customer, form_fields=[])])
    place = store.customer(customer)["addresses"][0]["id"]
    data = {"type": "customer", "id": place, "address": {"customer_id": customer}}
    assert made == [("store/customer/address/created", data)]
    assert fired("PUT", "/v3/customers", [{"id": customer, "company": "Able"}]) == [("store/customer/updated", one)]
    quiet = [{"id": customer, "form_fields": [{"name": "Colour", "value": "red"}]}]
    assert fired("PUT", "/v3/customers", quiet) == []
    value = [{"customer_id": customer, "attribute_id": attribute, "value": "GB1"}]
    assert fired("PUT", "/v3/customers/attribute-values", value) == []
    floor = [{"id": place, "form_fields": [{"name": "Floor", "value": "2"}]}]
    assert fired("PUT", "/v3/customers/addresses", floor) == []
    moved = fired("PUT", "/v3/customers/addresses", [{"id": place, "city": "York"}])
    assert moved == [("store/customer/address/updated", data)]
    meta = [{"resource_id": customer, "namespace": "n", "key": "k", "value": "v", "permission_set": "read"}]
    ((scope, told),) = fired("POST", "/v3/customers/metafields", meta)
    assert scope == "store/metafield/created"
    assert (told["resource_type"], told["resource_id"]) == ("customer", str(customer))
    assert fired("DELETE", f"/v3/customers/addresses?id:in={place}") == [("store/customer/address/deleted", data)]
    assert fired("DELETE", f"/v3/customers?id:in={customer}") == [("store/customer/deleted", one)]


def test_an_attribute_that_is_changed_in_the_control_panel_is_announced(
    world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    customer = store.add_customer(email="ann@example.com")["id"]
    hook(api, "store/customer/updated")
    store.change_customer(customer, attributes={"VAT": "GB1"})
    world.webhooks.deliver_due()
    assert receiver.events() == [("store/customer/updated", {"type": "customer", "id": customer})]


def test_a_refused_write_fires_nothing(world: World, api: Api, receiver: Receiver) -> None:
    hook(api, "store/customer/created")
    bad = [person("ann@example.com"), person("not an e-mail")]
    assert api("POST", "/v3/customers", json=bad).status_code == 422
    assert world.webhooks.waiting() == []


def test_hooks_are_seen_by_their_own_account_only_and_can_be_changed_and_deleted(world: World, api: Api) -> None:
    world.add_store("abc", quota=1000, accounts=[{"token": "other", "client_id": "other", "scopes": []}])
    made = hook(api, "store/customer/created")
    assert made["is_active"] is True
    theirs = api("GET", "/v3/hooks", headers={"X-Auth-Token": "other"}).json()["data"]
    assert (api.get("/v3/hooks")["data"], theirs) == ([made], [])
    changed = api("PUT", f"/v3/hooks/{made['id']}", json={"headers": {"X": "y"}, "is_active": False}).json()["data"]
    assert (changed["headers"], changed["is_active"]) == ({"X": "y"}, False)
    assert api("DELETE", f"/v3/hooks/{made['id']}").json()["data"]["id"] == made["id"]
    gone = api("GET", f"/v3/hooks/{made['id']}")
    assert (gone.status_code, gone.json()["title"]) == (404, f"Webhook with id {made['id']} not found")


@pytest.mark.parametrize(
    "body",
    [
        {"destination": URL},
        {"scope": "store/customer/created"},
        {"scope": "store/order/created", "destination": "http://shop.example/x"},
        {"scope": "store/customer/created", "destination": "http://shop.example/x"},
        {"scope": "store/customer/created", "destination": "https://shop.example:8443/x"},
        {"scope": "store/customer/created", "destination": URL, "headers": ["x"]},
    ],
)
def test_a_wrong_hook_is_refused(api: Api, body: Any) -> None:
    assert api("POST", "/v3/hooks", json=body).status_code == 422


def test_one_hook_per_scope_and_destination_ten_per_scope(api: Api) -> None:
    for number in range(10):
        hook(api, "store/customer/created", f"{URL}{number}")
    for destination in (f"{URL}0", f"{URL}10"):
        answer = api("POST", "/v3/hooks", json={"scope": "store/customer/created", "destination": destination})
        assert answer.status_code == 422


def test_failures_are_retried_for_two_days_then_the_hook_is_inactive(
    world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    made = hook(api, "store/customer/created")
    assert api("PUT", "/v3/hooks/admin", json={"emails": ["ops@example.com"]}).status_code == 204
    receiver.status = 500
    store.add_customer(email="ann@example.com")
    begun = world.clock.timestamp()
    while world.webhooks.waiting():
        world.webhooks.deliver_due()
        world.clock.advance(60)
    assert [one.attempt for one in world.webhooks.sent] == list(range(12))
    assert world.webhooks.sent[-1].at - begun == pytest.approx(173_040, abs=60 * 12)
    assert api.get(f"/v3/hooks/{made['id']}")["data"]["is_active"] is False
    assert [mail["to"] for mail in store.hook_mails] == ["ops@example.com"]


def test_a_domain_below_ninety_percent_is_blocked_for_three_minutes(
    world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    hook(api, "store/customer/created")
    receiver.status = 404
    for number in range(101):
        store.add_customer(email=f"p{number}@example.com")
    world.webhooks.deliver_due()
    assert len(receiver.got) == 100
    (blocked,) = api.get("/v3/hooks/admin")["data"]["blocked_domains"]
    assert (blocked["destination"], blocked["time_left"]) == ("https://shop.example", 180)
    receiver.status = 200
    world.clock.advance(181)
    world.webhooks.deliver_due()
    assert api.get("/v3/hooks/admin")["data"]["blocked_domains"] == []
    assert len(receiver.got) == 201


def test_ninety_days_without_an_event_end_a_hook(world: World, api: Api) -> None:
    made = hook(api, "store/customer/created")
    world.clock.advance(91 * 86400)
    assert api.get("/v3/hooks?is_active=false")["data"][0]["id"] == made["id"]


@pytest.mark.parametrize(
    ("kind", "count"), [("twice", 2), ("never", 0), ("late", 0), ("wrong-secret", 1), ("shuffled", 0)]
)
def test_faults_of_deliveries(
    kind: str, count: int, world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    hook(api, "store/customer/created", headers={"X-Secret": "right"})
    world.webhooks.spoil(kind, seconds=100)
    store.add_customer(email="ann@example.com")
    world.webhooks.deliver_due()
    assert len(receiver.got) == count
    assert [headers["X-Secret"] for _, headers, _ in receiver.got] == [
        "wrong" if kind == "wrong-secret" else "right"
    ] * count
    world.clock.advance(101)
    world.webhooks.deliver_due()
    assert len(receiver.got) == (1 if kind in ("late", "shuffled") else count)


def test_the_hash_covers_the_time_unless_the_switch_says_otherwise(
    world: World, store: StoreSide, api: Api, receiver: Receiver
) -> None:
    hook(api, "store/customer/updated")
    customer = store.add_customer(email="ann@example.com")["id"]

    def two_updates() -> list[str]:
        receiver.got.clear()
        for name in ("A", "B"):
            store.change_customer(customer, company=name)
            world.clock.advance(2)
        world.webhooks.deliver_due()
        return [json.loads(raw)["hash"] for _, _, raw in receiver.got]

    assert len(set(two_updates())) == 2
    world.switches.hook_hash_covers_created_at = False
    assert len(set(two_updates())) == 1


def test_deliveries_survive_a_restart(tmp_path: Any) -> None:
    first = World(tmp_path / "state.sqlite3")
    store = first.add_store("abc")
    body = {"scope": "store/customer/created", "destination": URL, "client_id": "client", "is_active": True}
    store.add_row(store.hooks, {**body, "headers": None}, **body, last_event=0)
    store.add_customer(email="ann@example.com")
    first.close()
    second = World(tmp_path / "state.sqlite3")
    receiver = Receiver(second)
    second.webhooks.deliver_due()
    assert [scope for scope, _ in receiver.events()] == ["store/customer/created"]
    second.close()
