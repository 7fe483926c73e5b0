"""What Sync changes costs: how many calls when nothing happened, and how many more for one edited customer."""

from collections import Counter
from typing import Any

import pytest

from bcsync.sandbox.bigcommerce import metafield_rows
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Conflict, CustomerAttribute, Run
from mapping.models import FieldMappingRow
from stores.models import Store
from tests.customers.syncing import TEN, event, families, in_step
from tests.fixtures import RunJob, outcomes

MOST_MORE = 6
# docs/architecture.md, "How changes are found", says these.
IDLE = {
    "GET /v3/customers": 1,
    "GET /v3/customers/metafields": 1,
    "GET /v3/customers/attribute-values": 1,
    "GET /customers": 1,
    "GET /contacts": 1,
    "GET /ODataV4/Countries_Regions": 1,
}


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Two customers in step; the rolling compare is off, for it is counted apart."""
    Store.objects.update(compare_share=0)
    return in_step(store, business, world, run_job)


def phone_is_the_stores() -> None:
    row = FieldMappingRow.objects.get(target_table="customer", target_field="phone")
    row.owner = "bigcommerce"
    row.save()


def cost(store: Store, world: World, run_job: RunJob, **options: Any) -> Counter[str]:
    world.audit.reset()
    run_job(store, "sync_changes", **options)
    return Counter(families(world))


def test_an_idle_sync_asks_each_feed_once(synced: Store, world: World, run_job: RunJob) -> None:
    for _ in range(2):
        assert cost(synced, world, run_job) == IDLE


def test_the_rolling_compare_adds_the_pages_of_the_base_and_says_so(
    synced: Store, world: World, run_job: RunJob
) -> None:
    Store.objects.update(compare_share=5)
    assert cost(synced, world, run_job) - Counter(IDLE) == {"GET /v3/customers": 1, "GET /v3/customers/metafields": 1}
    assert Run.objects.latest("pk").cursor["rolling"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"phoneNumber": "01223 999999"},
        {"displayName": "Renamed Ltd."},
        {"addressLine1": "2 New Road"},
        {"email": "new10@example.com"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_edit_in_business_central_costs_six_calls_more_at_most(
    synced: Store, business: CompanySide, world: World, run_job: RunJob, change: dict[str, str]
) -> None:
    business.change_customer("10", **change)
    row = business.customer("10")
    assert row is not None
    event(synced, "business_central/customers/updated", row["id"])
    made = cost(synced, world, run_job)
    assert Run.objects.latest("pk").counts == {"updated": 1}
    more = made - Counter(IDLE)
    assert sum(more.values()) <= MOST_MORE, more
    # The echo, on both sides, with its events, costs nothing more than an idle sync.
    event(synced, "business_central/customers/updated", row["id"], "echo")
    assert cost(synced, world, run_job) == IDLE


def test_one_edit_in_the_store_costs_six_calls_more_at_most(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    shop.change_customer(TEN, phone="01223 555555")
    more = cost(synced, world, run_job) - Counter(IDLE)
    assert Run.objects.latest("pk").counts == {"updated": 1}
    assert sum(more.values()) <= MOST_MORE, more


def test_one_edit_that_goes_back_to_business_central_costs_six_calls_more_at_most(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(may_update_business_central=True)
    phone_is_the_stores()
    shop.change_customer(TEN, phone="01223 555555")
    more = cost(synced, world, run_job) - Counter(IDLE)
    row = business.customer("10")
    assert row is not None
    assert row["phone_no"] == "01223 555555"
    assert sum(more.values()) <= MOST_MORE, more
    assert cost(synced, world, run_job) == IDLE


def test_a_hundred_syncs_after_an_edit_on_each_side_write_nothing_and_each_costs_an_idle_one(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", phoneNumber="01223 999999")
    shop.change_customer("c20@example.com", last_name="Changed")
    run_job(synced, "sync_changes")
    state = world.state()
    for number in range(100):
        if number % 10 == 0:
            world.clock.advance(120)
        assert cost(synced, world, run_job) == IDLE
        assert world.audit.writes() == []
    assert world.state() == state
    assert Run.objects.latest("pk").looked_at == 0


def test_a_conflict_is_told_once_and_not_with_every_sync(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    phone_is_the_stores()
    business.change_customer("10", phoneNumber="01223 999999")
    shop.change_customer(TEN, phone="01223 555555")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "conflict"}
    for _ in range(3):
        assert run_job(synced, "sync_changes").looked_at == 0
    assert Conflict.objects.count() == 1
    # Something else of the pair changes: the pair is compared again, the conflict is no news.
    business.change_customer("10", addressLine1="2 New Road")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    assert Conflict.objects.count() == 1


def test_an_attribute_value_that_the_mirror_has_is_not_read_again(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    shop.change_customer(TEN, attributes={"Tier": "gold"})
    assert cost(synced, world, run_job) == IDLE
    assert CustomerAttribute.objects.get(customer__email=TEN, value="gold")
    assert cost(synced, world, run_job) == IDLE


def test_a_changed_metafield_of_ours_is_noticed_by_its_own_stamp_and_taken_back(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    before = world.state()["stores"][shop.hash]["customers"][TEN]["metafields"]
    ours = next(row for row in shop.customer(TEN)["metafields"] if row["key"] == "customer_number")
    metafield_rows.update(shop, ours["id"], {"value": "somebody"}, shop.client_id)
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    now = world.state()["stores"][shop.hash]["customers"][TEN]["metafields"]
    assert [row["value"] for row in now] == [row["value"] for row in before]
