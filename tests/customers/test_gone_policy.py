"""What the store's policy makes of pairs whose one side was deleted or blocked; nothing is deleted by it."""

from collections.abc import Iterable, Iterator

import pytest

from bcsync.clients.bigcommerce import BigCommerce
from bcsync.clients.bigcommerce_writes import Result
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Customer, CustomerMetafield, Link, RefusedPair, Run, RunRecord, Trouble
from stores.models import Store
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.reading import links, ours
from tests.customers.syncing import TEN, TWENTY, event, in_step
from tests.fixtures import RunJob, outcomes, told


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    return in_step(store, business, world, run_job)


def delete_both_ways(store: Store, shop: StoreSide, business: CompanySide) -> None:
    """10 in BigCommerce, 20 in Business Central; both vendors tell of it."""
    id, customer = shop.customer(TEN)["id"], business.customer("20")
    assert customer is not None
    shop.delete_customer(id)
    business.delete_customer("20")
    event(store, "store/customer/deleted", id)
    event(store, "business_central/customers/deleted", customer["id"])


def test_by_default_the_links_rest(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before = links(synced)
    delete_both_ways(synced, shop, business)
    state = world.state()
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "skipped", TWENTY: "skipped"}
    assert (links(synced), world.state()) == (before, state)


def test_by_policy_they_are_unlinked_and_nothing_is_deleted(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(when_deleted=Store.WhenDeleted.UNLINK)
    delete_both_ways(synced, shop, business)
    state = world.state()
    by_policy = "by the store's policy; nothing was deleted."
    assert told(run_job(synced, "sync_changes")) == {
        TEN: ("skipped", f"{TEN} was deleted in BigCommerce: unlinked from 10 {by_policy}"),
        TWENTY: ("updated", f"Business Central customer 20 was deleted there: unlinked from 20 {by_policy}"),
    }
    # Ours would go on naming the old customer: they go as with Unmap, and nothing else does.
    kept = state["stores"][shop.hash]["customers"][TWENTY]["metafields"]
    assert {row["namespace"] for row in kept} == {"bcsync"}
    kept.clear()
    assert (links(synced), world.state()) == ({}, state)
    assert not CustomerMetafield.objects.filter(customer__email=TWENTY).exists()
    assert Customer.objects.get(email=TWENTY).status == Customer.Status.UNMAPPED
    assert run_job(synced, "sync_changes").looked_at == 0


def test_a_read_only_store_unlinks_nobody(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.update(when_deleted=Store.WhenDeleted.UNLINK, writes_enabled=False)
    delete_both_ways(synced, shop, business)
    run_job(synced, "sync_changes")
    assert Link.objects.count() == 2


def test_a_blocked_customer_goes_on_rests_or_is_unlinked(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", blocked="All", phoneNumber="01223 999999")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    Store.objects.update(when_blocked=Store.WhenBlocked.REST)
    business.change_customer("10", phoneNumber="01223 111111")
    ((who, (outcome, reason)),) = told(run_job(synced, "sync_changes")).items()
    assert (who, outcome) == (TEN, "skipped")
    assert reason.startswith("Business Central customer 10 is blocked (All), and this store lets such pairs rest")
    assert shop.customer(TEN)["phone"] == "01223 999999"
    business.change_customer("10", blocked="_x0020_")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    assert shop.customer(TEN)["phone"] == "01223 111111"
    Store.objects.update(when_blocked=Store.WhenBlocked.UNLINK)
    business.change_customer("10", blocked="Ship")
    Trouble.objects.create(store=synced, kind="sync_changes", target="t", customer=Customer.objects.get(email=TEN))
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    assert (ours(shop, TEN), Trouble.objects.count()) == ({}, 0)
    assert ours(shop, TWENTY)
    # A rule that would link the two again knows better.
    assert (list(links(synced)), RefusedPair.objects.count()) == ([TWENTY], 1)
    assert outcomes(run_job(synced, "try_mapping", only=[Customer.objects.get(email=TEN).pk])).get(TEN) != "linked"


def test_a_pair_that_never_agreed_waits_for_a_person_and_holds_up_nobody(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Link.objects.filter(customer__email=TEN).update(base=None)
    business.change_customer("10", phoneNumber="01223 999999")
    business.change_customer("20", phoneNumber="01223 888888")
    run = run_job(synced, "sync_changes", approved=False)
    assert (run.status, outcomes(run)) == (Run.Status.SUCCEEDED, {TEN: "skipped", TWENTY: "updated"})
    assert shop.customer(TEN)["phone"] == "01223 460001"
    assert run_job(synced, "sync_changes", approved=False).looked_at == 0
    waits = run_job(synced, "update_customers", approved=False)
    assert (waits.status, waits.to_do) == (Run.Status.PLANNED, 1)


def test_a_worker_killed_between_the_unlink_and_our_metafields_whose_run_nobody_resumes(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(when_deleted=Store.WhenDeleted.UNLINK)
    customer = business.customer("20")
    assert customer is not None
    business.delete_customer("20")
    event(synced, "business_central/customers/deleted", customer["id"])
    state = world.state()
    state["stores"][shop.hash]["customers"][TWENTY]["metafields"].clear()
    run = runs.start(synced, "sync_changes", trigger=Run.Trigger.SCHEDULE, queue=False)
    assert work_until_death(run, 1, after=False, methods=("DELETE",))
    assert (list(links(synced)), set(ours(shop, TWENTY))) == ([TEN], {"customer_id", "customer_number"})
    Run.objects.filter(pk=run.pk).update(status=Run.Status.STOPPED, lease_token="", lease_until=None)
    leases_run_out()

    following = run_job(synced, "sync_changes")

    assert (following.status, outcomes(following)) == (Run.Status.SUCCEEDED, {TWENTY: "updated"})
    run.refresh_from_db()
    assert (run.to_do, told(run)[TWENTY]) == (0, ("skipped", f"Taken over by run {following.pk}."))
    assert (world.state(), world.audit.broken_rules) == (state, [])


def test_a_run_that_dies_before_our_metafields_are_taken_out_takes_them_out_when_resumed(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.objects.update(when_deleted=Store.WhenDeleted.UNLINK)
    customer = business.customer("20")
    assert customer is not None
    business.delete_customer("20")
    event(synced, "business_central/customers/deleted", customer["id"])
    real, tries = BigCommerce.delete_metafields, []

    def away(self: BigCommerce, ids: Iterable[int]) -> Iterator[list[Result]]:
        tries.append(1)
        if len(tries) == 1:
            # As a worker that dies: the link is gone, the record is in flight.
            raise ZeroDivisionError
        return real(self, ids)

    monkeypatch.setattr(BigCommerce, "delete_metafields", away)
    run = run_job(synced, "sync_changes")
    assert (run.status, list(links(synced)), len(tries)) == (Run.Status.CRASHED, [TEN], 1)
    assert run.records.get().state == RunRecord.State.IN_FLIGHT
    runs.resume(run)
    run = run_job.go_on(run)
    ((who, (outcome, reason)),) = told(run).items()
    assert (run.status, who, outcome, ours(shop, TWENTY)) == (Run.Status.SUCCEEDED, TWENTY, "updated", {})
    assert reason.startswith("Business Central customer 20 was deleted there: unlinked")
