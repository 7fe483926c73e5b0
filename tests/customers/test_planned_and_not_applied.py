"""A change that Sync changes planned and never applied is not forgotten, though no mirror learns of it twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import retention, runs
from customers.models import Link, Run
from stores.models import Store
from tests.customers.syncing import TEN, TWENTY, in_step
from tests.customers.test_two_stores import step
from tests.fixtures import RunJob, outcomes, told

NEW = "01223 999999"


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    return in_step(store, business, world, run_job)


@pytest.fixture
def plan(synced: Store, business: CompanySide, run_job: RunJob) -> Run:
    """Customer 10 changed in Business Central, and the brake holds the only change."""
    Store.objects.update(brake_count=0, brake_share=0)
    business.change_customer("10", phoneNumber=NEW)
    run = run_job(synced, "sync_changes", approved=False)
    assert (run.status, run.to_do) == ("planned", 1)
    return run


def test_plan_again_plans_the_same_again_and_its_approval_sends_it(
    plan: Run, synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    before = world.state()
    again = run_job.go_on(runs.plan_again(run_job.go_on(runs.plan_again(plan, None)), None))
    assert (again.status, again.looked_at, again.to_do, world.state() == before) == ("planned", 1, 1, True)
    # The change waits for a person: no sync may send it past that.
    assert run_job(synced, "sync_changes").looked_at == 0
    runs.approve(again, None, queue=False)
    assert outcomes(run_job.go_on(again)) == {TEN: "updated"}
    assert shop.customer(TEN)["phone"] == NEW


@pytest.mark.parametrize("resumed", [True, False])
def test_a_plan_that_was_purged_is_planned_again_by_resume_and_by_the_next_sync(
    plan: Run, synced: Store, shop: StoreSide, run_job: RunJob, resumed: bool
) -> None:
    then = timezone.now() - timedelta(days=400)
    Run.objects.filter(pk=plan.pk).update(finished_at=then, created_at=then)
    retention.purge(timezone.now())
    Store.objects.update(brake_count=100, brake_share=100)
    plan.refresh_from_db()
    if resumed:
        runs.resume(plan)
    run = run_job.go_on(plan) if resumed else run_job(synced, "sync_changes", approved=False)
    assert (outcomes(run), shop.customer(TEN)["phone"]) == ({TEN: "updated"}, NEW)


def test_who_discards_a_plan_is_told_when_its_customers_are_looked_at_again(
    plan: Run, synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    before = world.state()
    runs.discard(plan, None)
    plan.refresh_from_db()
    assert plan.message.endswith(
        " Sync changes leaves these customers until one changes again; Update and Check for drift look at them."
    )
    Store.objects.update(brake_count=100, brake_share=100)
    # A refusal holds: nothing sends what a person discarded but another person.
    assert (run_job(synced, "sync_changes", approved=False).looked_at, world.state() == before) == (0, True)
    assert list(told(run_job(synced, "reconcile"))) == [TEN]
    assert outcomes(run_job(synced, "update_customers")) == {TEN: "updated"}
    assert shop.customer(TEN)["phone"] == NEW


def test_retry_failed_looks_at_whom_a_sync_could_not_send(
    synced: Store, business: CompanySide, shop: StoreSide, run_job: RunJob
) -> None:
    business.change_customer("10", email=TWENTY)
    run = run_job(synced, "sync_changes")
    assert outcomes(run) == {TEN: "rejected"}
    again = run_job.go_on(runs.retry_failed(run, None))
    assert (again.status, again.looked_at, outcomes(again)) == ("completed with errors", 1, {TEN: "rejected"})
    shop.delete_customer(shop.customer(TWENTY)["id"])
    last = run_job.go_on(runs.retry_failed(again, None))
    # The shopper who was deleted is told of as well, and had the same e-mail.
    told_of = sorted(last.records.values_list("customer__email", "outcome"))
    assert (last.status, told_of) == ("succeeded", [(TWENTY, "skipped"), (TWENTY, "updated")])


def test_what_a_person_stopped_the_next_sync_goes_on_with(
    synced: Store, business: CompanySide, shop: StoreSide, run_job: RunJob, settings: Any
) -> None:
    business.change_customer("10", phoneNumber=NEW)
    settings.RUN_SLICE_SECONDS = 0.0
    run = runs.start(synced, "sync_changes", trigger=Run.Trigger.SCHEDULE, queue=False)
    step(run)
    runs.request_stop(run)
    step(run)
    run.refresh_from_db()
    assert (run.status, run.to_do) == ("stopped", 1)
    following = run_job(synced, "sync_changes")
    assert (outcomes(following), shop.customer(TEN)["phone"]) == ({TEN: "updated"}, NEW)
    run.refresh_from_db()
    assert (run.to_do, told(run)) == (0, {TEN: ("skipped", f"Taken over by run {following.pk}.")})
    runs.resume(run)
    assert run_job.go_on(run).counts == {"skipped": 1}


@pytest.fixture
def stopped(synced: Store, business: CompanySide, settings: Any) -> Run:
    """An Update that somebody stopped before it sent anything: 10 changed, 20 never agreed on anything."""
    Link.objects.filter(customer__email=TWENTY).update(base=None)
    for number in ("10", "20"):
        business.change_customer(number, phoneNumber=NEW)
    slices, settings.RUN_SLICE_SECONDS = settings.RUN_SLICE_SECONDS, 0.0
    run = runs.start(synced, "update_customers", trigger=Run.Trigger.CLICK, approved=True, queue=False)
    step(run)
    runs.request_stop(run)
    step(run)
    run.refresh_from_db()
    settings.RUN_SLICE_SECONDS = slices
    assert (run.status, run.to_do) == ("stopped", 2)
    return run


def test_an_update_that_a_person_stopped_is_left_alone_for_an_hour_and_then_nobody_of_it_forgotten(
    stopped: Run, synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    before = world.state()
    assert stopped.message.endswith("After an hour Sync changes compares those who are left.")
    assert (run_job(synced, "sync_changes").looked_at, world.state() == before) == (0, True)
    Run.objects.filter(pk=stopped.pk).update(finished_at=timezone.now() - timedelta(minutes=61))

    following = run_job(synced, "sync_changes")

    assert (outcomes(following), shop.customer(TEN)["phone"]) == ({TEN: "updated"}, NEW)
    stopped.refresh_from_db()
    # The first Update of a pair is for the run that somebody approved it in.
    assert (stopped.to_do, outcomes(stopped)) == (1, {TEN: "skipped", TWENTY: "updated"})
    assert shop.customer(TWENTY)["phone"] != NEW
    runs.resume(stopped)
    run = run_job.go_on(stopped)
    assert (run.status, run.counts, shop.customer(TWENTY)["phone"]) == ("succeeded", {"skipped": 1, "updated": 1}, NEW)
    assert run_job(synced, "sync_changes").looked_at == 0


def test_whom_a_crashed_update_left_the_next_sync_compares_at_once(
    stopped: Run, synced: Store, shop: StoreSide, run_job: RunJob
) -> None:
    Run.objects.filter(pk=stopped.pk).update(status=Run.Status.CRASHED)
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    assert shop.customer(TEN)["phone"] == NEW
