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
from stores.models import Store, WebhookEndpoint, WebhookEvent, WebhookSubscription

SECRET, CLIENT_SECRET = "the-right-secret", "client-secret-of-the-account"
NOW = 1_780_000_000
GUID = "11111111-2222-3333-4444-555555555555"
COMPANY = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


@pytest.fixture
def endpoint(store: Store) -> WebhookEndpoint:
    store.client_secret = CLIENT_SECRET
    store.save()
    return WebhookEndpoint.objects.create(store=store, wanted=True, secret=SECRET)


@pytest.fixture
def central(store: Store) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.create(company=store.company, secret=SECRET)
    until = timezone.now() + timedelta(days=3)
    WebhookSubscription.objects.create(endpoint=endpoint, remote_id="sub1", resource="x", expires_at=until)
    return endpoint


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


# Business Central


def notification(id: str = GUID, change: str = "updated", state: str = SECRET, sub: str = "sub1", **more: str) -> Any:
    resource = f"api/v2.0/companies({COMPANY})/customers" + (f"({id})" if id else "") + more.pop("query", "")
    return {
        "subscriptionId": sub, "clientState": state, "expirationDateTime": "2026-12-01T00:00:00Z", "resource": resource,
        "changeType": change, "lastModifiedDateTime": "2026-11-24T08:00:00.123Z", **more,
    }  # fmt: skip


def tell(store: Store, *items: Any) -> int:
    return tell_raw(store, json.dumps({"value": items}).encode())


def tell_raw(store: Store, body: bytes) -> int:
    url = f"/webhooks/business-central/{store.company_id}"
    return Client(enforce_csrf_checks=True).post(url, body, content_type="application/json").status_code


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_handshake_gives_the_token_back(method: str, central: WebhookEndpoint, store: Store) -> None:
    url = f"/webhooks/business-central/{store.company_id}"
    answer = getattr(Client(enforce_csrf_checks=True), method)(f"{url}?validationToken=T%20%3Cb%3E%2B1")
    assert (answer.status_code, answer.content.decode()) == (200, "T <b>+1")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Client().post(f"{url}?validationToken={'x' * 3000}").status_code == 400
    assert Client().post("/webhooks/business-central/999999?validationToken=T").status_code == 404


def test_several_notifications_in_one_body_reach_every_store_of_the_company(
    central: WebhookEndpoint, store: Store, second: Store
) -> None:
    other = GUID.replace("1", "9")
    since = "?$filter=lastModifiedDateTime%20gt%202026-11-24T07:59:59.95Z"
    items = [
        notification(), notification(), notification(other, "created"), notification(other, "updated"),
        notification(other, "deleted"), notification("", "collection", query=since),
        {**notification(), "resource": f"/api/v2.0/companies({COMPANY})/items({GUID})"},
    ]  # fmt: skip
    assert tell(store, *items) == 200
    for each in (store, second):
        pending = inbox.pending_ids(each)
        assert pending.business_central == {GUID, other}
        assert pending.business_central_deleted == {other}
        assert pending.since == datetime(2026, 11, 24, 7, 59, 59, 950_000, UTC)
        assert pending.events == 5
        assert not pending.ripe
    assert inbox.claim(store, "one").events == 5
    assert inbox.pending_ids(second).events == 5


def test_whose_client_state_is_wrong(central: WebhookEndpoint, store: Store) -> None:
    assert tell(store, notification(state="wrong")) == 200
    assert tell(store, notification(state="wrong", sub="unknown")) == 401
    assert tell(store, notification(state="wrong"), notification(GUID.replace("1", "9"))) == 200
    central.refresh_from_db()
    assert (central.refused, inbox.pending_ids(store).business_central) == (2, {GUID.replace("1", "9")})


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"value": []}', b'{"value": [1]}', b'{"value": [{"changeType": "updated"}]}']
)
def test_what_is_no_notification_is_400(body: bytes, central: WebhookEndpoint, store: Store) -> None:
    assert tell_raw(store, body) == 400


def test_what_is_not_understood_costs_no_subscription_if_it_knows_our_client_state(
    central: WebhookEndpoint, store: Store
) -> None:
    assert tell(store, notification(change="merged")) == 200
    assert tell(store, notification(change="merged", state="wrong", sub="unknown")) == 400
    assert tell(store, notification(change="merged"), notification()) == 200
    assert inbox.pending_ids(store).business_central == {GUID}


def test_what_is_not_understood_costs_no_known_subscription_whose_client_state_is_wrong(
    central: WebhookEndpoint, store: Store
) -> None:
    assert tell(store, notification(change="merged", state="wrong")) == 200
    central.refresh_from_db()
    assert (central.refused, inbox.pending_ids(store).events) == (1, 0)


def test_a_moment_before_the_first_year_is_no_error_of_ours(central: WebhookEndpoint, store: Store) -> None:
    before = {"lastModifiedDateTime": "0001-01-01T00:00:00+05:00"}
    assert tell(store, notification(state="wrong", sub="unknown", **before)) == 401
    assert tell(store, notification(**before)) == 200
    assert inbox.pending_ids(store).business_central == {GUID}


def test_what_is_too_long_is_413_and_a_bom_is_no_reason_to_lose_a_subscription(
    central: WebhookEndpoint, store: Store
) -> None:
    assert tell_raw(store, b"x" * (2 * 1024 * 1024 + 1)) == 413
    many = [notification(f"11111111-2222-3333-4444-{number:012d}") for number in range(1000)]
    assert tell_raw(store, b"\xef\xbb\xbf" + json.dumps({"value": many}).encode()) == 200
    assert len(inbox.pending_ids(store).business_central) == 1000
