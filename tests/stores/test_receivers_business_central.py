"""What the receiver answers to Business Central: anything but a 2xx ends a subscription of ours."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from stores import inbox
from stores.models import Store, WebhookEndpoint, WebhookSubscription

SECRET = "the-right-secret"
GUID = "11111111-2222-3333-4444-555555555555"
COMPANY = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


@pytest.fixture
def central(store: Store) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.create(company=store.company, secret=SECRET)
    until = timezone.now() + timedelta(days=3)
    WebhookSubscription.objects.create(endpoint=endpoint, remote_id="sub1", resource="x", expires_at=until)
    return endpoint


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


def test_a_company_number_that_no_database_holds_is_404(db: None) -> None:
    assert Client().post(f"/webhooks/business-central/{'9' * 30}", b"{}", "application/json").status_code == 404
