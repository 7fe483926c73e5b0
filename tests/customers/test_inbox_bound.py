"""An inbox that nobody works on: it folds, gives up what is a week old, counts that, and nothing is lost by it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Customer
from stores import inbox, inbox_bound, tasks
from stores.models import Store, WebhookEvent
from tests.customers.syncing import TEN, event, in_step
from tests.fixtures import RunJob, outcomes

WEEK = timedelta(days=7)


@pytest.fixture
def waiting(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """A read-only store, two customers in step."""
    in_step(store, business, world, run_job)
    Store.objects.update(writes_enabled=False)
    return store


def test_events_of_one_customer_become_one_and_all_customers_stay_named(waiting: Store) -> None:
    for number in range(60):
        event(waiting, "store/customer/updated", number % 3 + 1, str(number))
        event(waiting, "store/customer/address/updated", number % 3 + 1, f"a{number}")
    event(waiting, "business_central/customers/collection", "", "c1", since="2026-11-01T00:00:00+00:00")
    event(waiting, "business_central/customers/collection", "", "c2", since="2026-11-02T00:00:00+00:00")
    before = inbox.pending_ids(waiting)
    assert inbox_bound.keep_small(timezone.now()) == (114, 0)
    after = inbox.pending_ids(waiting)
    assert (after.bigcommerce, after.since, after.events) == (before.bigcommerce, before.since, 8)


def test_what_a_run_has_claimed_is_left_alone(waiting: Store) -> None:
    for number in range(4):
        event(waiting, "store/customer/updated", 1, str(number))
    inbox.claim(waiting, "run-1")
    event(waiting, "store/customer/updated", 1, "later")
    assert inbox_bound.keep_small(timezone.now()) == (0, 0)


def test_after_a_week_they_are_given_up_counted_and_said(waiting: Store, admin_client: Client) -> None:
    event(waiting, "store/customer/updated", 1, "old")
    WebhookEvent.objects.update(received_at=timezone.now() - WEEK - timedelta(minutes=1))
    event(waiting, "store/customer/updated", 2, "young")
    tasks.care_for_webhooks()
    waiting.refresh_from_db()
    assert (inbox.pending_ids(waiting).bigcommerce, waiting.events_given_up) == (frozenset({2}), 1)
    text = admin_client.get(waiting.get_absolute_url()).content.decode()
    assert "1 event waited for longer than a week and was given up" in text
    assert "read-only, so events wait" in text


def test_what_was_given_up_is_found_without_it_once_the_store_may_write(
    waiting: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.change_customer("10", phoneNumber="01223 999999")
    shop.delete_customer("c20@example.com")
    assert inbox_bound.keep_small(timezone.now() + 2 * WEEK) == (0, 0)
    Store.objects.update(writes_enabled=True)
    assert outcomes(run_job(waiting, "sync_changes")) == {TEN: "updated", "c20@example.com": "skipped"}
    assert shop.customer(TEN)["phone"] == "01223 999999"
    assert Customer.objects.get(email="c20@example.com").gone_at is not None
