"""Sync changes: what changed on either side, or what an event named, and nothing else; whole state before and after."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.sandbox.bigcommerce import metafield_rows
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import answering, tasks
from customers.jobs import update_customers
from customers.models import BusinessCentralCustomer, Customer, CustomerAddress, CustomerAttribute, Link, Run
from stores import inbox
from stores.models import Store, WebhookEndpoint
from tests.customers.syncing import event
from tests.customers.test_add_customers import ready
from tests.fixtures import RunJob, outcomes

EMAIL = "c10@example.com"


@pytest.fixture
def added(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Customers 10 and 20 in both systems, linked and in agreement; one sync has gone by."""
    ready(business, "10", phoneNumber="01223 460001")
    ready(business, "20")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    run_job(store, "sync_changes")
    world.audit.reset()
    return store


def calls(world: World) -> list[str]:
    return sorted(f"{call.vendor} {call.family}" for call in world.audit.calls() if "token" not in call.family)


def test_what_changed_in_business_central_arrives_and_nothing_else_is_touched(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(brake_share=100)
    before = world.state()
    business.change_customer("10", phoneNumber="01223 999999")
    run = run_job(added, "sync_changes", approved=False)
    assert (run.status, outcomes(run)) == (Run.Status.SUCCEEDED, {EMAIL: "updated"})
    after = world.state()
    shopper = after["stores"][shop.hash]["customers"][EMAIL]
    assert shopper["phone"] == "01223 999999"
    other = "c20@example.com"
    assert after["stores"][shop.hash]["customers"][other] == before["stores"][shop.hash]["customers"][other]
    assert world.audit.broken_rules == []


def test_an_event_obeys_the_brake(added: Store, business: CompanySide, world: World, run_job: RunJob) -> None:
    business.change_customer("10", phoneNumber="01223 999999")
    run = run_job(added, "sync_changes", approved=False, trigger=Run.Trigger.EVENT)
    assert (run.status, run.to_do, world.audit.writes()) == (Run.Status.PLANNED, 1, [])
    assert run_job(added, "sync_changes", approved=False).to_do == 0


def test_a_hundred_syncs_after_one_change_make_no_further_write(
    added: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", phoneNumber="01223 999999")
    run_job(added, "sync_changes")
    state, written = world.state(), len(world.audit.writes())
    for _ in range(100):
        run = run_job(added, "sync_changes")
    assert (run.status, run.to_do) == (Run.Status.SUCCEEDED, 0)
    assert (world.state(), len(world.audit.writes())) == (state, written)


def test_an_address_that_no_timestamp_tells_of_is_read_because_an_event_names_its_customer(
    added: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(compare_share=0)
    world.clock.advance(3600)
    run_job(added, "sync_changes")
    id = shop.customer(EMAIL)["id"]
    place = {"address1": "9 Other Street", "city": "Ely", "postal_code": "CB6 1AA", "country_code": "GB"}
    shop.add_address(id, **place)
    run_job(added, "sync_changes")
    assert not CustomerAddress.objects.filter(address1="9 Other Street").exists()
    event(added, "store/customer/address/created", id)
    run_job(added, "sync_changes")
    assert CustomerAddress.objects.filter(address1="9 Other Street").exists()
    assert inbox.pending_ids(added).events == 0


def test_a_changed_attribute_value_is_read_by_its_own_stamp(
    added: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    world.clock.advance(3600)
    run_job(added, "sync_changes")
    world.clock.advance(3600)
    customer = shop.customer(EMAIL)["id"]
    shop.change_customer(customer, attributes={"Tier": "gold"})
    run_job(added, "sync_changes")
    row = Customer.objects.get(store=added, remote_id=customer)
    assert list(CustomerAttribute.objects.filter(customer=row).values_list("value", flat=True)) == ["gold"]


def test_who_was_deleted_is_marked_and_deleted_nowhere_else(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shopper = shop.customer(EMAIL)["id"]
    customer = business.customer("20")
    assert customer is not None
    shop.delete_customer(shopper)
    business.delete_customer("20")
    before = world.state()
    event(added, "store/customer/deleted", shopper)
    event(added, "business_central/customers/deleted", customer["id"])
    run = run_job(added, "sync_changes")
    assert run.status == Run.Status.SUCCEEDED
    assert Customer.objects.get(store=added, remote_id=shopper).gone_at is not None
    assert BusinessCentralCustomer.objects.get(remote_id=customer["id"]).gone_at is not None
    assert outcomes(run) == {EMAIL: "skipped", "c20@example.com": "skipped"}
    assert world.state() == before
    # Told once.
    assert (run_job(added, "sync_changes").looked_at, world.state() == before) == (0, True)


def test_a_plan_alone_claims_nothing(added: Store, shop: StoreSide, run_job: RunJob) -> None:
    event(added, "store/customer/updated", shop.customer(EMAIL)["id"])
    run_job(added, "sync_changes", mode=Run.Mode.PLAN)
    assert inbox.pending_ids(added).events == 1


def test_what_a_run_claimed_and_never_did_is_done_by_the_next(added: Store, shop: StoreSide, run_job: RunJob) -> None:
    event(added, "store/customer/updated", shop.customer(EMAIL)["id"])
    inbox.claim(added, "run-of-a-worker-that-died")
    run_job(added, "sync_changes")
    assert inbox.take_back(added) == 0


def test_a_burst_of_events_starts_one_run_where_webhooks_are_on(added: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[int] = []
    monkeypatch.setattr(tasks, "queue", queued.append)
    for number in range(200):
        event(added, "store/customer/updated", number % 7 + 1, str(number))
    assert answering.answer_events() == 0
    WebhookEndpoint.objects.create(store=added, wanted=True, secret="s")
    assert answering.answer_events() == 0
    added.webhook_events.update(received_at=timezone.now() - timedelta(seconds=6))
    Store.objects.update(writes_enabled=False)
    assert answering.answer_events() == 0
    Store.objects.update(writes_enabled=True)
    assert (answering.answer_events(), answering.answer_events()) == (1, 0)
    (run,) = Run.objects.filter(kind=Run.Kind.SYNC_CHANGES, trigger=Run.Trigger.EVENT)
    assert run.status == Run.Status.WAITING


def test_pairs_are_read_chunk_by_chunk_because_sqlite_lets_nobody_write_beside_a_long_reading(
    added: Store,
    business: CompanySide,
    run_job: RunJob,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(3):
        assert [len(chunk) for chunk in update_customers.chunks(Link.objects.all(), 1)] == [1, 1]
    monkeypatch.setattr(update_customers, "CHUNK", 1)
    Store.objects.update(brake_share=100)
    business.change_customer("10", phoneNumber="01223 999999")
    business.change_customer("20", phoneNumber="01223 888888")
    assert run_job(added, "sync_changes").counts == {"updated": 2}


def test_an_event_of_a_deleted_metafield_brings_it_back(
    added: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(compare_share=0)
    before = {each["key"]: each["value"] for each in shop.state()["customers"][EMAIL]["metafields"]}
    gone = shop.state()["customers"][EMAIL]["metafields"][0]["id"]
    with world.storage.transaction():
        metafield_rows.delete(shop, gone, shop.client_id)
    event(added, "store/metafield/deleted", shop.customer(EMAIL)["id"], metafield_id=str(gone))
    run_job(added, "sync_changes")
    assert {each["key"]: each["value"] for each in shop.state()["customers"][EMAIL]["metafields"]} == before
