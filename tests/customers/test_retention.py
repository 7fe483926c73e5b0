"""Nightly: details of old runs go after the days that the store sets; counts stay, what is active stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from customers import retention, runs, tasks
from customers.models import Customer, RecurringTask, Run
from stores.models import Store
from tests.fixtures import RunJob


@pytest.fixture
def ran(store: Store, shop: StoreSide, run_job: RunJob) -> Run:
    for name in ("one", "two"):
        shop.add_customer(email=f"{name}@example.com")
    return run_job(store, "import_customers")


def age(run: Run, days: int) -> None:
    """As if the run had been so many days ago."""
    then = timezone.now() - timedelta(days=days)
    Run.objects.filter(pk=run.pk).update(created_at=then, finished_at=then, queued_at=then)


@pytest.mark.parametrize(("days", "left"), [(89, 2), (91, 0)])
def test_details_go_after_ninety_days_and_counts_stay(ran: Run, days: int, left: int) -> None:
    age(ran, days)
    assert tasks.purge() == {ran.store.hash: 2 - left}
    ran.refresh_from_db()
    assert (ran.records.count(), ran.counts, ran.looked_at) == (left, {"created": 2}, 2)


def test_each_store_sets_its_own_days(ran: Run, store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(run_detail_days=7)
    age(ran, 8)
    assert tasks.purge() == {store.hash: 2}


def test_a_run_that_is_under_way_keeps_its_details(ran: Run) -> None:
    age(ran, 91)
    Run.objects.filter(pk=ran.pk).update(status=Run.Status.RUNNING)
    assert tasks.purge() == {ran.store.hash: 0}


def test_a_plan_that_nobody_approved_cannot_be_approved_without_its_details(
    store: Store, shop: StoreSide, run_job: RunJob
) -> None:
    shop.add_customer(email="one@example.com")
    run_job(store, "import_customers")
    plan = run_job(store, "try_mapping", mode=Run.Mode.PLAN)
    assert plan.status == "planned"
    age(plan, 91)
    tasks.purge()
    plan.refresh_from_db()
    assert (plan.status, plan.to_do, "never approved" in plan.message) == ("stopped", 0, True)
    with pytest.raises(runs.CannotStart):
        runs.approve(plan, None)
    assert sum(plan.counts.values()) == plan.looked_at
    runs.resume(plan)
    plan = run_job.go_on(plan)
    assert (plan.status, plan.to_do, plan.records.count()) == ("planned", 1, 1)


def test_a_run_whose_open_details_were_purged_says_so_instead_of_going_on(
    store: Store, shop: StoreSide, run_job: RunJob
) -> None:
    shop.add_customer(email="one@example.com")
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping", mode=Run.Mode.PLAN)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.STOPPED, step="apply", mode=Run.Mode.APPLY)
    age(run, 91)
    tasks.purge()
    with pytest.raises(runs.CannotStart, match="were purged, so nobody knows what it had to do; start the job again"):
        runs.resume(run)
    run.refresh_from_db()
    assert (run.status, run.to_do) == ("stopped", 1)


def test_runs_that_started_by_themselves_and_found_nothing_go_after_a_month(store: Store) -> None:
    task = RecurringTask.objects.create(store=store, kind="sync_changes", every_minutes=5)

    def ran_ago(days: int, **values: Any) -> Run:
        found = {"kind": "sync_changes", "trigger": "schedule", "status": "succeeded", "recurring_task": task}
        run = Run.objects.create(store=store, **{**found, **values})
        age(run, days)
        return run

    ran_ago(31)
    ran_ago(31, counts={"unchanged": 240})
    ran_ago(31, trigger="event", recurring_task=None)
    kept = [
        ran_ago(31, counts={"updated": 1, "unchanged": 239}), ran_ago(29), ran_ago(31, trigger="click"),
        ran_ago(31, status="completed with errors"), ran_ago(31),
    ]  # fmt: skip
    tasks.purge()
    assert list(Run.objects.order_by("pk")) == kept


def test_erasing_takes_an_e_mail_out_of_a_recurring_tasks_filter(store: Store) -> None:
    task = RecurringTask.objects.create(
        store=store, kind="update_customers", every_minutes=5, scope={"search": "Ann@Shop.example", "country": "GB"}
    )
    shopper = Customer.objects.create(
        store=store, remote_id=1, email="ann@shop.example", email_key="ann@shop.example", written_at=timezone.now()
    )
    retention.erase(store, shopper, [])
    task.refresh_from_db()
    assert task.scope == {"search": "(erased)", "country": "GB"}
