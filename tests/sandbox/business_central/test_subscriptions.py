"""Business Central's subscriptions in the sandbox: handshake, expiry, renewal, notifications, collection, deletion."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from tests.sandbox.business_central.conftest import API, Caller

URL = "https://shop.example/webhooks/business-central/1"


class Receiver:
    """Answers handshakes as it should unless told otherwise; keeps the notifications."""

    def __init__(self, world: World) -> None:
        self.shaken: list[str] = []
        self.bodies: list[list[dict[str, Any]]] = []
        self.echo, self.status = True, 200
        world.webhooks.send = self

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Any:
        token = parse_qs(urlsplit(url).query).get("validationToken")
        if token:
            self.shaken.append(method)
            return 200, token[0] if self.echo else ""
        self.bodies.append(json.loads(body)["value"])
        return self.status, ""

    def kinds(self) -> list[list[str]]:
        return [[item["changeType"] for item in value] for value in self.bodies]


@pytest.fixture
def receiver(world: World) -> Receiver:
    return Receiver(world)


def subscribe(caller: Caller, company: CompanySide, url: str = URL, status: int = 201, **fields: Any) -> Any:
    resource = f"/api/v2.0/companies({company.id})/customers"
    body = {"notificationUrl": url, "resource": resource, "clientState": "s3cret", **fields}
    return caller.call("POST", f"{API}/subscriptions", body, status=status)


def wait(world: World, seconds: float = 31) -> None:
    world.clock.advance(seconds)
    world.webhooks.deliver_due()


def test_a_change_is_told_half_a_minute_later_without_its_data(
    world: World, caller: Caller, company: CompanySide, receiver: Receiver
) -> None:
    made = subscribe(caller, company)
    row = company.add_customer(number="C1", displayName="Able")
    world.webhooks.deliver_due()
    assert receiver.bodies == []
    for name in ("Abler", "Ablest"):
        company.change_customer("C1", displayName=name)
    wait(world)
    (value,) = receiver.bodies
    assert [item["changeType"] for item in value] == ["created", "updated"]
    for item in value:
        assert (item["subscriptionId"], item["clientState"]) == (made["subscriptionId"], "s3cret")
        assert item["resource"].lstrip("/") == f"api/v2.0/companies({company.id})/customers({row['id']})"
    company.delete_customer("C1")
    wait(world)
    assert receiver.kinds() == [["created", "updated"], ["deleted"]]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_handshake(method: str, world: World, caller: Caller, company: CompanySide, receiver: Receiver) -> None:
    world.switches.handshake_method = method
    subscribe(caller, company)
    receiver.echo = False
    subscribe(caller, company, status=400)
    assert receiver.shaken == [method, method]
    assert len(caller.get(f"{API}/subscriptions")["value"]) == 1


def test_three_days_then_it_is_gone_unless_renewed(
    world: World, caller: Caller, company: CompanySide, receiver: Receiver
) -> None:
    made = subscribe(caller, company)
    path = f"{API}/subscriptions('{made['subscriptionId']}')"
    world.clock.advance(2 * 86400)
    caller.token = caller.new_token()
    body = {name: made[name] for name in ("notificationUrl", "resource", "clientState")}
    assert caller.refusal("PATCH", path, body) == (400, "BadRequest_InvalidToken")
    assert caller.refusal("PATCH", path, body, if_match='W/"other"') == (409, "Request_EntityChanged")
    renewed = caller.call("PATCH", path, body, if_match=made["@odata.etag"])
    assert renewed["expirationDateTime"] > made["expirationDateTime"]
    assert receiver.shaken == ["POST", "POST"]
    world.clock.advance(2.9 * 86400)
    caller.token = caller.new_token()
    assert caller.get(path)["subscriptionId"] == made["subscriptionId"]
    world.clock.advance(0.2 * 86400)
    caller.token = caller.new_token()
    assert caller.refusal("GET", path) == (404, "Internal_RecordNotFound")


def test_no_more_than_two_hundred(world: World, caller: Caller, company: CompanySide, receiver: Receiver) -> None:
    for number in range(200):
        subscribe(caller, company, f"{URL}{number}")
    subscribe(caller, company, status=400)


@pytest.mark.parametrize("resource", ["/api/v2.0/companies(0)/customers", "/api/v2.0/contacts", ""])
def test_what_cannot_be_subscribed_to(resource: str, caller: Caller, company: CompanySide, receiver: Receiver) -> None:
    subscribe(caller, company, status=400, resource=resource)


def test_above_a_thousand_changes_there_is_one_collection_that_swallows_deletes(
    world: World, caller: Caller, company: CompanySide, receiver: Receiver
) -> None:
    subscribe(caller, company)
    for number in range(1001):
        company.add_customer(number=f"C{number}", displayName="Able")
    company.delete_customer("C0")
    wait(world)
    ((item,),) = receiver.bodies
    assert item["changeType"] == "collection"
    assert "customers?$filter=lastModifiedDateTime%20gt%20" in item["resource"]


@pytest.mark.parametrize(
    ("status", "left"), [(200, 1), (202, 1), (500, 1), (429, 1), (408, 1), (404, 0), (302, 0), (401, 0)]
)
def test_what_an_answer_does_to_the_subscription(
    status: int, left: int, world: World, caller: Caller, company: CompanySide, receiver: Receiver
) -> None:
    subscribe(caller, company)
    receiver.status = status
    company.add_customer(number="C1", displayName="Able")
    wait(world)
    assert len(caller.get(f"{API}/subscriptions")["value"]) == left
    assert len(world.webhooks.waiting()) == (1 if status in (500, 429, 408) else 0)


def test_retries_end_with_the_subscription(
    world: World, caller: Caller, company: CompanySide, receiver: Receiver
) -> None:
    subscribe(caller, company)
    receiver.status = 503
    company.add_customer(number="C1", displayName="Able")
    wait(world)
    begun = world.clock.timestamp()
    while world.webhooks.waiting():
        wait(world, 10)
    assert [one.attempt for one in world.webhooks.sent] == list(range(7))
    assert world.clock.timestamp() - begun == pytest.approx(66_780, abs=100)
    caller.token = caller.new_token()
    assert caller.get(f"{API}/subscriptions")["value"] == []


def test_subscriptions_of_one_url_share_a_body(
    world: World, caller: Caller, company: CompanySide, receiver: Receiver
) -> None:
    first, second = subscribe(caller, company), subscribe(caller, company)
    company.add_customer(number="C1", displayName="Able")
    wait(world)
    (value,) = receiver.bodies
    assert {item["subscriptionId"] for item in value} == {first["subscriptionId"], second["subscriptionId"]}


def test_a_refused_write_is_not_told(world: World, caller: Caller, company: CompanySide, receiver: Receiver) -> None:
    subscribe(caller, company)
    caller.call("POST", "customers", {"displayName": "Able", "country": "XX"}, status=400)
    wait(world)
    assert receiver.bodies == []
