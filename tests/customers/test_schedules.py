"""Recurring tasks: what is due starts once, waits where it must and says so, and holds against every interruption."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs, schedules, tasks
from customers.models import Customer, RecurringTask, Run
from stores.models import Store
from tests.fixtures import READY, RunJob
from tests.pages import data

NOW = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the runs that were given to the workers; nobody works on them but the test."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "queue", ids.append)
    return ids


def recurring(store: Store, kind: str = "sync_changes", *, on: bool = True, **values: Any) -> RecurringTask:
    """A task of every five minutes that was turned on at NOW."""
    task = RecurringTask(store=store, kind=kind, **{"every_minutes": 5, **values})
    schedules.switch(task, on, NOW)
    return task


def ended(run: Run, status: str = Run.Status.SUCCEEDED) -> None:
    Run.objects.filter(pk=run.pk).update(status=status, finished_at=NOW, step="done")


def test_what_is_due_starts_and_is_due_again_at_its_pace(store: Store) -> None:
    task = recurring(store)
    assert schedules.start_due_at(NOW + 4 * MINUTE) == 0
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 1
    run = Run.objects.get()
    assert (run.store, run.kind, run.trigger, run.user, run.mode, run.approved) == (
        store, "sync_changes", "schedule", None, "apply", False,
    )  # fmt: skip
    assert (run.recurring_task, run.due_at, run.status) == (task, NOW + 5 * MINUTE, "waiting")
    task.refresh_from_db()
    assert (task.due_at, task.served_at, task.waits_for) == (NOW + 10 * MINUTE, NOW + 5 * MINUTE, "")
    assert schedules.start_due_at(NOW + 6 * MINUTE) == 0


def test_tasks_of_a_store_without_our_app_pause_say_so_and_go_on_by_themselves(
    store: Store, second_store: Store, client: Client
) -> None:
    task, other = recurring(store), recurring(second_store)
    Store.objects.filter(pk=store.pk).update(uninstalled_at=NOW)
    client.force_login(data.user("viewer"))
    said = "Paused: the app was uninstalled from the store on 2026-11-24 09:00 UTC."
    # Told before it is due, too, on both pages.
    for address in ("/", f"/stores/{store.hash}/recurring-tasks/"):
        text = client.get(address).content.decode()
        assert "Paused: the app was uninstalled" in text
        assert "24 Nov 2026 09:00 UTC" in text
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 1
    assert [run.recurring_task for run in Run.objects.all()] == [other]
    (fact,) = schedules.facts(NOW + 6 * MINUTE, [RecurringTask.objects.get(pk=task.pk)])
    assert (fact.waits_for.startswith(said), fact.waiting_since) == (True, NOW + 5 * MINUTE)
    with pytest.raises(runs.CannotStart, match="Paused"):
        schedules.run_now(RecurringTask.objects.get(pk=task.pk), None)

    Store.objects.filter(pk=store.pk).update(uninstalled_at=None)

    assert schedules.start_due_at(NOW + 7 * MINUTE) == 1
    assert Run.objects.get(store=store).recurring_task == task
    assert "Paused: the app" not in client.get(f"/stores/{store.hash}/recurring-tasks/").content.decode()


def test_a_run_of_a_schedule_is_queued_when_it_is_committed(
    store: Store, queued: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    recurring(store)
    with django_capture_on_commit_callbacks(execute=True):
        schedules.start_due_at(NOW + 5 * MINUTE)
    assert queued == [Run.objects.get().pk]


def test_a_day_without_beat_is_one_run(store: Store) -> None:
    task = recurring(store)
    assert schedules.start_due_at(NOW + DAY) == 1
    ended(Run.objects.get())
    assert schedules.start_due_at(NOW + DAY + MINUTE) == 0
    task.refresh_from_db()
    assert task.due_at == NOW + DAY + 5 * MINUTE


def test_a_daily_task_whose_time_passed_long_ago_runs_as_soon_as_beat_is_back(store: Store) -> None:
    task = recurring(store, every_minutes=None, cron="30 2 * * *", time_zone="Europe/Berlin")
    assert task.due_at == datetime.datetime(2026, 11, 25, 1, 30, tzinfo=datetime.UTC)
    assert schedules.start_due_at(NOW + DAY) == 1
    task.refresh_from_db()
    assert task.due_at == datetime.datetime(2026, 11, 26, 1, 30, tzinfo=datetime.UTC)


def test_a_busy_store_makes_it_wait_and_say_so_and_then_it_runs_once(store: Store, second_store: Store) -> None:
    task, other = recurring(store), recurring(second_store)
    busy = runs.start(store, Run.Kind.IMPORT_CUSTOMERS, trigger=Run.Trigger.CLICK)
    for minute in (5, 6, 30):
        schedules.start_due_at(NOW + minute * MINUTE)
    task.refresh_from_db()
    assert (task.due_at, task.waiting_since) == (NOW + 5 * MINUTE, NOW + 5 * MINUTE)
    assert task.waits_for == f"{store} is busy with {busy}; wait until it ends, or stop it."
    # The other store does not notice.
    assert Run.objects.get(recurring_task=other).status == "waiting"
    ended(busy)
    assert schedules.start_due_at(NOW + 31 * MINUTE) == 1
    task.refresh_from_db()
    assert (task.due_at, task.waiting_since, task.waits_for) == (NOW + 35 * MINUTE, None, "")
    run = Run.objects.get(recurring_task=task)
    assert run.due_at == NOW + 5 * MINUTE
    assert Run.objects.filter(store=store, trigger="schedule").count() == 1


def test_of_two_tasks_of_a_store_the_one_that_was_due_first_goes_first(store: Store) -> None:
    second = recurring(store, "update_customers", every_minutes=7)
    first = recurring(store)
    assert schedules.start_due_at(NOW + 20 * MINUTE) == 1
    assert Run.objects.get().recurring_task == first
    second.refresh_from_db()
    assert "is busy with" in second.waits_for


def test_two_at_once_start_one_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    task = recurring(store)
    # Another beat was quicker, between reading the row and claiming the moment.
    stale = RecurringTask.objects.select_related("store").get(pk=task.pk)
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 1
    ended(Run.objects.get())
    assert schedules._started(stale, NOW + 5 * MINUTE) is False
    assert Run.objects.count() == 1


def test_a_start_that_breaks_off_loses_no_moment_and_stops_no_other(
    store: Store, second_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, other = recurring(store), recurring(second_store)
    start = runs.start

    def breaks(where: Store, *rest: Any, **options: Any) -> Run:
        if where == store:
            raise RuntimeError("a bug")
        return start(where, *rest, **options)

    with monkeypatch.context() as patched:
        patched.setattr(runs, "start", breaks)
        assert schedules.start_due_at(NOW + 5 * MINUTE) == 1
    assert Run.objects.get().recurring_task == other
    task.refresh_from_db()
    assert (task.due_at, task.waits_for) == (NOW + 5 * MINUTE, schedules.CRASHED)
    assert schedules.start_due_at(NOW + 6 * MINUTE) == 1


def test_a_clock_that_was_set_back_is_followed(store: Store) -> None:
    task = recurring(store)
    assert schedules.start_due_at(NOW - DAY) == 0
    task.refresh_from_db()
    assert task.due_at == NOW - DAY + 5 * MINUTE


def test_off_is_off_and_on_again_makes_up_for_nothing(store: Store) -> None:
    task = recurring(store, on=False)
    assert schedules.start_due_at(NOW + DAY) == 0
    schedules.switch(task, True, NOW + DAY)
    assert schedules.start_due_at(NOW + DAY) == 0
    assert task.due_at == NOW + DAY + 5 * MINUTE


def test_what_was_switched_on_is_due_when_the_page_says_so_whatever_its_pace_was_before(store: Store) -> None:
    task = recurring(store)
    schedules.start_due_at(NOW + 5 * MINUTE)
    task.refresh_from_db()
    schedules.switch(task, True, NOW + 7 * MINUTE)
    schedules.start_due_at(NOW + 8 * MINUTE)
    task.refresh_from_db()
    assert task.due_at == NOW + 12 * MINUTE


def test_a_plan_that_waits_for_approval_is_not_made_again_every_five_minutes(store: Store) -> None:
    task = recurring(store, "update_customers")
    schedules.start_due_at(NOW + 5 * MINUTE)
    plan = Run.objects.get()
    ended(plan, Run.Status.PLANNED)
    assert schedules.start_due_at(NOW + 10 * MINUTE) == 0
    task.refresh_from_db()
    assert task.waits_for.startswith(f"The plan of {plan} waits for approval")
    ended(plan)
    assert schedules.start_due_at(NOW + 12 * MINUTE) == 1


def test_in_a_read_only_store_the_newest_plan_is_the_one_to_look_at(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(writes_enabled=False)
    recurring(store, "update_customers")
    for minute in (5, 10):
        assert schedules.start_due_at(NOW + minute * MINUTE) == 1
        Run.objects.filter(status="waiting").update(status="planned", finished_at=NOW, to_do=3, counts={"unchanged": 1})
    newer, older = Run.objects.all()
    assert (newer.status, newer.to_do) == ("planned", 3)
    assert (older.status, older.to_do, older.counts) == ("succeeded", 0, {"unchanged": 1, "skipped": 3})
    assert older.message == "Given up for a newer plan of the same recurring task."


def test_plans_of_what_changed_do_not_hold_up_the_next_changes(store: Store) -> None:
    recurring(store)
    schedules.start_due_at(NOW + 5 * MINUTE)
    ended(Run.objects.get(), Run.Status.PLANNED)
    assert schedules.start_due_at(NOW + 10 * MINUTE) == 1


def test_a_job_that_is_no_more_starts_nothing(store: Store) -> None:
    task = recurring(store, "mine_bitcoin")
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 0
    task.refresh_from_db()
    assert "no job mine_bitcoin" in task.waits_for


def test_the_facts_say_what_a_watchdog_asks(store: Store, second_store: Store) -> None:
    due, off = recurring(store), recurring(second_store, "update_customers", on=False)
    schedules.start_due_at(NOW + 5 * MINUTE)
    ended(Run.objects.get(), Run.Status.WITH_ERRORS)
    now = NOW + 30 * MINUTE
    facts = {fact.task: fact for fact in schedules.facts(now)}
    first, second = facts[due], facts[off]
    assert (first.name, first.store, first.enabled) == ("Sync changes, every 5 minutes", store, True)
    assert (first.expected_at, first.pace) == (NOW + 10 * MINUTE, 5 * MINUTE)
    assert (first.last_run, first.last_outcome) == (Run.objects.get(), "completed with errors")
    assert (first.waits_for, first.late_by) == ("", 20 * MINUTE)
    assert (second.enabled, second.expected_at, second.last_run, second.late_by) == (
        False, None, None, datetime.timedelta(),
    )  # fmt: skip


def test_who_made_it_may_go_and_the_task_stays_the_store_may_not(store: Store) -> None:
    who = User.objects.create_user("gone")
    task = recurring(store, created_by=who)
    User.objects.filter(pk=who.pk).update(is_active=False)
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 1
    who.delete()
    task.refresh_from_db()
    assert task.created_by is None
    task.delete()
    assert Run.objects.get().recurring_task is None
    recurring(store)
    store.delete()
    assert not RecurringTask.objects.exists()


def test_a_scheduled_import_brings_the_shoppers(shop: StoreSide, store: Store, run_job: RunJob) -> None:
    shop.add_customer(email="ann@shop.example", first_name="Ann", last_name="Example")
    recurring(store, "import_customers")
    schedules.start_due_at(timezone.now() + 5 * MINUTE + DAY)
    run = run_job.go_on(Run.objects.get())
    assert (run.status, run.counts) == ("succeeded", {"created": 1})
    assert Customer.objects.get().email == "ann@shop.example"


@pytest.mark.parametrize("held_by", ["the gate", "the brake"])
def test_gate_and_brake_hold_a_scheduled_run(
    held_by: str, business: CompanySide, store: Store, run_job: RunJob, world: World
) -> None:
    business.add_customer(number="10", email="ten@firm.example", displayName="Ten Ltd.", **READY)
    business.add_customer(number="20", email="twenty@firm.example", displayName="Twenty Ltd.", **READY)
    held = {"writes_enabled": False} if held_by == "the gate" else {"brake_count": 1}
    Store.objects.filter(pk=store.pk).update(**held)
    before = world.state()
    recurring(store, "add_customers")
    schedules.start_due_at(timezone.now() + DAY)
    run = run_job.go_on(Run.objects.get())
    assert (run.status, run.to_do) == ("planned", 2)
    assert ("is read-only" if held_by == "the gate" else "would change 2 customers") in run.message
    assert world.state() == before


@pytest.mark.parametrize("night", ["2026-03-28", "2026-10-24"])
def test_a_task_of_half_past_two_runs_once_in_each_night_of_the_clocks_change(night: str, store: Store) -> None:
    """Beats every ten minutes over three days, in which Berlin skips 02:30, or has it twice."""
    start = datetime.datetime.fromisoformat(f"{night}T12:00:00+00:00") - DAY
    task = RecurringTask(store=store, kind="sync_changes", cron="30 2 * * *", time_zone="Europe/Berlin")
    schedules.switch(task, True, start)
    began = []
    for beats in range(3 * 144):
        now = start + beats * 10 * MINUTE
        if schedules.start_due_at(now):
            began.append(now.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d %H:%M"))
            ended(Run.objects.latest("pk"))
    days = [(start + number * DAY).strftime("%d") for number in (1, 2, 3)]
    late = "03:30" if night == "2026-03-28" else "02:30"
    assert began == [f"{days[0]} 02:30", f"{days[1]} {late}", f"{days[2]} 02:30"]


def test_a_broken_cron_is_said_and_starts_nothing(store: Store, second_store: Store) -> None:
    task, other = recurring(store), recurring(second_store)
    broken = {"every_minutes": None, "cron": "30 2 * *", "time_zone": "Mars/Olympus"}
    RecurringTask.objects.filter(pk=task.pk).update(**broken)
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 1
    assert Run.objects.get().recurring_task == other
    task.refresh_from_db()
    assert task.waits_for == "The time zone Mars/Olympus is not known here. Edit the task."
    assert "which is not understood" in schedules.facts(NOW)[0].name


def test_the_database_refuses_a_task_without_or_with_two_whens(store: Store) -> None:
    for values in ({"every_minutes": None, "cron": ""}, {"every_minutes": 5, "cron": "30 2 * * *"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RecurringTask.objects.create(store=store, kind="sync_changes", **values)
