"""The care task: what is gone, inactive, ending, left behind or blocked at the vendors is mended, and told of."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bcsync.clients.bigcommerce_webhooks import SCOPES
from bcsync.sandbox.world import World
from customers import alarms, watching
from stores import connect, subscriptions, tasks, webhooks
from stores.models import Store, WebhookEndpoint
from tests.stores.conftest import TOKEN, days_later, hooks, subscribed

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_changed_at_the_vendor_is_mended(reachable: World, store: Store) -> None:
    webhooks.turn_on(store)
    table = reachable.stores["abc123"].hooks
    inactive, deleted, other = hooks(reachable)[:3]
    table.put(inactive["id"], {**inactive, "is_active": False}, is_active=0)
    table.delete("id = ?", (deleted["id"],))
    table.put(other["id"], {**other, "headers": None})
    reachable.subscriptions.subscriptions.delete("1 = 1")
    assert tasks.care_for_webhooks() == {"abc123": [], "CRONUS (Production)": []}
    secret = WebhookEndpoint.objects.get(store=store).secret
    found = hooks(reachable)
    assert len(found) == len(SCOPES) + 1
    assert all(hook["is_active"] and hook["headers"] == {"X-Webhook-Secret": secret} for hook in found)
    assert len(subscribed(reachable)) == 1


def test_a_subscription_is_renewed_a_day_before_it_ends_and_made_again_when_gone(
    reachable: World, store: Store
) -> None:
    webhooks.turn_on(store)
    (first,) = subscribed(reachable)
    days_later(reachable, 1.9)
    tasks.care_for_webhooks()
    assert subscribed(reachable) == [first]
    days_later(reachable, 0.2)
    tasks.care_for_webhooks()
    (renewed,) = subscribed(reachable)
    assert renewed["subscriptionId"] == first["subscriptionId"]
    assert renewed["expirationDateTime"] > first["expirationDateTime"]
    days_later(reachable, 4)
    tasks.care_for_webhooks()
    (again,) = subscribed(reachable)
    assert again["subscriptionId"] != first["subscriptionId"]
    rows = WebhookEndpoint.objects.get(company=store.company).subscriptions.values_list("remote_id", flat=True)
    assert list(rows) == [again["subscriptionId"]]


def test_a_subscription_whose_creation_was_lost_is_taken_over(reachable: World, store: Store) -> None:
    reachable.faults.add("cut-after", "business_central", "POST /subscriptions")
    assert "POST /subscriptions" in webhooks.turn_on(store)[0]
    assert len(subscribed(reachable)) == 1
    assert webhooks.check(store) == []
    assert len(subscribed(reachable)) == 1


def test_what_could_not_be_removed_is_removed_by_care(reachable: World, store: Store) -> None:
    webhooks.turn_on(store)
    Store.objects.update(access_token="expired")
    store.refresh_from_db()
    assert "refuses the access token" in webhooks.turn_off(store)[0]
    Store.objects.update(access_token=TOKEN)
    assert tasks.care_for_webhooks() == {"abc123": []}
    assert (hooks(reachable), subscribed(reachable), tasks.care_for_webhooks()) == ([], [], {})
    assert WebhookEndpoint.objects.get(store=store).problem == ""


def test_a_problem_is_looked_at_again_within_minutes_and_only_where_there_is_one(
    reachable: World, store: Store
) -> None:
    webhooks.turn_on(store)
    reachable.stores["abc123"].hooks.delete("1 = 1")
    assert (tasks.mend_webhooks(), hooks(reachable)) == ({}, [])
    WebhookEndpoint.objects.filter(store=store).update(problem="It was blocked.", blocked=True)
    assert tasks.mend_webhooks() == {"abc123": []}
    endpoint = WebhookEndpoint.objects.get(store=store)
    assert (len(hooks(reachable)), endpoint.problem, endpoint.blocked) == (len(SCOPES) + 1, "", False)


def test_a_blocked_domain_is_said_in_words(reachable: World, store: Store) -> None:
    webhooks.turn_on(store)
    shop = reachable.stores["abc123"]
    Store.objects.filter(pk=store.pk).update(hash="renamed")
    for number in range(101):
        shop.change_customer("ann@example.com", company=f"Able {number}")
    reachable.webhooks.deliver_due()
    Store.objects.filter(pk=store.pk).update(hash="abc123")
    (problem,) = webhooks.check(store)
    assert "BigCommerce has blocked localhost" in problem
    assert WebhookEndpoint.objects.get(store=store).blocked
    watching.look(timezone.now(), slow=True)
    assert "webhook_blocked" in [alarm.kind for alarm in alarms.open_alarms([store])]
    days_later(reachable, 0.1)
    assert webhooks.care()["abc123"] == []
    watching.look(timezone.now(), slow=True)
    assert "webhook_blocked" not in [alarm.kind for alarm in alarms.open_alarms([store])]


def test_an_app_that_is_taken_out_marks_its_store_until_a_test_opens_it_again(reachable: World, store: Store) -> None:
    webhooks.turn_on(store)
    shop = reachable.stores["abc123"]
    secret = WebhookEndpoint.objects.get(store=store).secret
    now = timezone.now()
    body = {"scope": "store/app/uninstalled", "store_id": "1", "data": {"type": "app", "id": "1"}, "hash": "h" * 40,
            "created_at": int(now.timestamp()), "producer": "stores/abc123"}  # fmt: skip
    path, headers = "/webhooks/bigcommerce/abc123", {"X-Webhook-Secret": secret}
    assert Client().post(path, body, content_type="application/json", headers=headers).status_code == 200
    shop.hooks.delete("1 = 1")
    Store.objects.update(access_token="revoked")
    assert tasks.care_for_webhooks()["abc123"] != []
    watching.look(timezone.now(), slow=True)
    assert [alarm.kind for alarm in alarms.open_alarms([store])] == ["app_uninstalled"]
    store.refresh_from_db()
    connect.test_connection(store)
    watching.look(timezone.now(), slow=True)
    assert [alarm.kind for alarm in alarms.open_alarms([store])] == ["app_uninstalled"]
    store.access_token = TOKEN
    store.save()
    connect.test_connection(store)
    tasks.mend_webhooks()
    watching.look(timezone.now(), slow=True)
    kinds = [alarm.kind for alarm in alarms.open_alarms([store])]
    assert ("app_uninstalled" in kinds, "webhook_inactive" in kinds) == (False, False)
    assert len(hooks(reachable)) == len(SCOPES) + 1


def test_the_care_task_is_on_the_beat(settings: Any) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["care_for_webhooks"]["task"] == tasks.care_for_webhooks.name
    assert timedelta(days=1) == subscriptions.RENEW_BEFORE
