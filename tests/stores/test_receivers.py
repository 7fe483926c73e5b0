"""The receivers' answers, each of which may kill webhooks when it is wrong; and what then lies in the inbox."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stores import inbox, receivers
from stores.models import Store, WebhookEndpoint, WebhookEvent

SECRET, CLIENT_SECRET = "the-right-secret", "client-secret-of-the-account"
NOW = 1_780_000_000


@pytest.fixture
def endpoint(store: Store) -> WebhookEndpoint:
    store.client_secret = CLIENT_SECRET
    store.save()
    return WebhookEndpoint.objects.create(store=store, wanted=True, secret=SECRET)


def event(scope: str = "store/customer/updated", **data: Any) -> bytes:
    body = {"scope": scope, "store_id": "1", "producer": "stores/abc123", "created_at": NOW, "hash": "a" * 40}
    return json.dumps({**body, "data": {"type": "customer", "id": 32, **data}}).encode()


def signed(body: bytes, secret: str = CLIENT_SECRET, at: float | None = None) -> dict[str, str]:
    stamp = str(int(at if at is not None else timezone.now().timestamp()))
    mac = hmac.new(secret.encode(), f"id1.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1,AAAA v1," + base64.b64encode(mac).decode()
    return {"webhook-id": "id1", "webhook-timestamp": stamp, "webhook-signature": signature}


def send(body: bytes, secret: str | None = SECRET, store: str = "abc123", **headers: str) -> int:
    own = {"X-Webhook-Secret": secret} if secret is not None else {}
    return (
        Client(enforce_csrf_checks=True)
        .post(f"/webhooks/bigcommerce/{store}", body, content_type="application/json", headers={**own, **headers})
        .status_code
    )


def waiting() -> list[tuple[str, str, str]]:
    return list(WebhookEvent.objects.values_list("scope", "remote_id", "signature"))


def test_an_event_is_one_look_and_one_insert(endpoint: WebhookEndpoint) -> None:
    body = event()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert send(body, **signed(body)) == 200
    assert waiting() == [("store/customer/updated", "32", "verified")]
    statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert [sql.split()[0] for sql in statements] == ["SELECT", "INSERT"]
    row = WebhookEvent.objects.get()
    assert (row.created_at, row.hash) == (datetime.fromtimestamp(NOW, UTC), "a" * 40)


@pytest.mark.parametrize(
    ("scope", "data", "customer"),
    [
        ("store/customer/address/updated", {"id": 60, "address": {"customer_id": 32}}, "32"),
        ("store/metafield/created", {"metafield_id": 1, "resource_id": "32", "resource_type": "customer"}, "32"),
        ("store/metafield/created", {"metafield_id": 1, "resource_id": "7", "resource_type": "product"}, None),
        ("store/hook/deliveryException", {"type": "webhook", "id": 5, "error_code": 90001, "message": "x"}, ""),
        ("store/customer/updated", {"id": "not a number"}, ""),
        ("store/something/new", {"id": 4}, ""),
    ],
)
def test_which_customer_an_event_is_about(
    scope: str, data: dict[str, Any], customer: str | None, endpoint: WebhookEndpoint
) -> None:
    assert send(event(scope, **data)) == 200
    assert [row[1] for row in waiting()] == ([] if customer is None else [customer])


@pytest.mark.parametrize(
    ("change", "state"),
    [({}, "verified"), ({"at": NOW}, "stale"), ({"secret": "another"}, "wrong")],
)
def test_the_right_secret_is_enough_whatever_the_signature_is(
    change: dict[str, Any], state: str, endpoint: WebhookEndpoint
) -> None:
    body = event()
    assert send(body, **signed(body, **change)) == 200
    assert [row[2] for row in waiting()] == [state]


def test_without_a_client_secret_the_signature_is_unknown(endpoint: WebhookEndpoint, store: Store) -> None:
    Store.objects.update(client_secret="")
    body = event()
    assert send(body, **signed(body)) == 200
    assert [row[2] for row in waiting()] == ["unknown"]


def test_a_remembered_sender_costs_no_look_and_a_new_secret_is_known_at_once(
    endpoint: WebhookEndpoint, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receivers, "_senders", {})
    settings.WEBHOOK_SENDER_SECONDS = 60.0
    assert send(event()) == 200
    with CaptureQueriesContext(connection) as queries:
        assert send(event(id=33)) == 200
    assert not any(query["sql"].startswith("SELECT") for query in queries)
    endpoint.new_secret(timezone.now())
    endpoint.save()
    assert send(event(id=34), endpoint.secret) == 200
    assert send(event(id=35), "wrong") == 200
    endpoint.refresh_from_db()
    assert (endpoint.refused, len(waiting())) == (1, 1)


def test_strangers_get_no_detail_and_leave_nothing(endpoint: WebhookEndpoint) -> None:
    answers = {
        "no secret": send(event(), None),
        "unknown store": send(event(), SECRET, "nosuchstore"),
        "too long": send(b"x" * 70_000, None),
        "signed by somebody else": send(event(), None, **signed(event(), "another")),
    }
    assert answers == {"no secret": 401, "unknown store": 404, "too long": 413, "signed by somebody else": 401}
    assert Client().get("/webhooks/bigcommerce/abc123").status_code == 405
    endpoint.refresh_from_db()
    assert (waiting(), endpoint.refused) == ([], 0)


def test_a_wrong_secret_of_a_known_store_is_answered_thrown_away_and_counted(
    endpoint: WebhookEndpoint, second: Store
) -> None:
    assert send(event(), "wrong") == 200
    assert send(event(), "wrong", "second") == 200
    signature = signed(event())
    assert send(event(), None, **signature) == 200
    endpoint.refresh_from_db()
    assert (waiting(), endpoint.refused, second.webhook_endpoint.refused) == ([], 2, 1)
    assert endpoint.refused_at is not None


def test_the_previous_secret_is_good_for_a_day(endpoint: WebhookEndpoint) -> None:
    endpoint.new_secret(timezone.now() - timedelta(hours=23))
    endpoint.save()
    assert (send(event(), endpoint.secret), send(event(), SECRET), endpoint.refused) == (200, 200, 0)
    assert len(waiting()) == 1
    endpoint.previous_until = timezone.now()
    endpoint.save()
    WebhookEvent.objects.all().delete()
    assert (send(event(), SECRET), waiting()) == (200, [])


def test_a_secret_made_anew_twice_in_a_day_leaves_the_first_one_good(endpoint: WebhookEndpoint) -> None:
    endpoint.new_secret(timezone.now() - timedelta(hours=40))
    second = endpoint.secret
    endpoint.new_secret(timezone.now() - timedelta(hours=20))
    endpoint.new_secret(timezone.now() - timedelta(hours=10))
    endpoint.save()
    answers = [send(event(), secret) for secret in (endpoint.secret, second)]
    endpoint.refresh_from_db()
    assert (answers, endpoint.refused) == ([200, 200], 0)
    assert send(event(), SECRET) == 200
    endpoint.refresh_from_db()
    assert endpoint.refused == 1, "that one was replaced forty hours ago"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"[" * 60_000, b"\xff\xfe", b'{"scope": 4}'])
def test_nonsense_with_the_right_secret_is_answered_and_ignored(body: bytes, endpoint: WebhookEndpoint) -> None:
    assert (send(body), waiting()) == (200, [])


def test_an_event_of_another_store_is_ignored(endpoint: WebhookEndpoint) -> None:
    assert send(event().replace(b"stores/abc123", b"stores/other")) == 200
    assert waiting() == []


def test_characters_that_no_database_takes(endpoint: WebhookEndpoint) -> None:
    body = json.loads(event("store/metafield/created", resource_type="customer", resource_id="32"))
    body["hash"], body["data"]["namespace"], body["scope"] = "h\x00\ud800", "\x00n\ud800", "store/metafield/created\x00"
    assert send(json.dumps(body).encode()) == 200
    assert WebhookEvent.objects.get().detail == {"namespace": "n?"}


def test_a_repeated_delivery_is_one_row_that_waits_again(endpoint: WebhookEndpoint, store: Store) -> None:
    assert (send(event()), send(event())) == (200, 200)
    assert inbox.claim(store, "run-1").events == 1
    assert inbox.pending_ids(store).events == 0
    # The vendor's hash may not cover the time: this may be another change of the same second.
    assert send(event()) == 200
    assert inbox.settle("run-1") == 0
    assert inbox.pending_ids(store).bigcommerce == {32}
    assert inbox.counts(store).twice == 1


@pytest.mark.parametrize("broken", ["look", "insert"])
def test_with_the_database_away_the_vendor_is_asked_to_come_again(
    broken: str, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("the database is away")

    monkeypatch.setattr(*((Store.objects, "select_related") if broken == "look" else (inbox, "receive")), away)
    assert send(event()) == 503


def test_a_database_that_hangs_holds_no_thread_for_each_event_and_one_that_refuses_loses_only_that_event(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, tries, slow = [1000.0], [0], [4.0]

    def away(*args: Any, **kwargs: Any) -> Any:
        tries[0] += 1
        clock[0] += slow[0]
        raise OperationalError("couldn't get a connection after 3.00 sec")

    monkeypatch.setattr(receivers, "_away", receivers.Away())
    monkeypatch.setattr(receivers, "_senders", {})
    monkeypatch.setattr(receivers, "monotonic", lambda: clock[0])
    with monkeypatch.context() as broken:
        broken.setattr(inbox, "receive", away)
        assert ([send(event()) for _ in range(50)], tries) == ([503] * 50, [1])
        clock[0] += 3.5
        slow[0] = 0.1
        assert ([send(event()) for _ in range(3)], tries) == ([503] * 3, [4])
    assert send(event()) == 200
    assert len(waiting()) == 1
