"""What a recurring task looks at: filters that hold, those that do not any more, and moments that are counted anew."""

import datetime

from customers import schedules
from customers.models import CustomerGroup, RecurringTask, Run
from stores.models import Store, SyncCursor
from tests.customers.test_schedules import DAY, MINUTE, NOW, ended, queued, recurring

__all__ = ["queued"]


def test_a_filter_whose_group_is_gone_runs_on_nobody_and_says_so(store: Store) -> None:
    group = CustomerGroup.objects.create(store=store, remote_id=7, name="Trade")
    task = recurring(store, "update_customers", scope={"group": "7"})
    group.delete()
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 0
    task.refresh_from_db()
    assert task.waits_for.startswith("Customer group 7 does not exist")
    CustomerGroup.objects.create(store=store, remote_id=7, name="Trade")
    assert schedules.start_due_at(NOW + 6 * MINUTE) == 1
    assert Run.objects.get().scope == {"group": "7"}


def test_a_storefront_that_is_gone_stops_the_task(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(channels=[{"id": 1, "name": "One", "type": "storefront"}])
    task = recurring(store, "add_customers", scope={"channel_id": 2})
    assert schedules.start_due_at(NOW + 5 * MINUTE) == 0
    task.refresh_from_db()
    assert task.waits_for.startswith("Storefront 2 is not one of")


def test_the_welcome_mail_is_never_sent_by_a_recurring_task(store: Store) -> None:
    task = recurring(store, "add_customers", scope={"welcome_email": True, "country": "GB"})
    schedules.start_due_at(NOW + 5 * MINUTE)
    ended(Run.objects.get())
    runs_now = schedules.run_now(task, None)
    assert [run.scope for run in Run.objects.all()] == [{"country": "GB"}] * 2
    assert (runs_now.trigger, runs_now.recurring_task) == ("click", task)


def test_days_and_last_time_become_moments_when_it_runs(store: Store) -> None:
    stamp = NOW - DAY
    Store.objects.filter(pk=store.pk).update(imported_at=stamp)
    SyncCursor.objects.create(store=store, feed="customers", changed_since=stamp)
    recurring(store, "import_customers", scope={"since": "last time"})
    schedules.start_due_at(NOW + 5 * MINUTE)
    run = Run.objects.get()
    assert run.scope == {"modified_since": (stamp - datetime.timedelta(seconds=30)).isoformat()}
    ended(run)
    RecurringTask.objects.all().delete()
    recurring(store, "update_customers", scope={"within_days": 7})
    schedules.start_due_at(NOW + 5 * MINUTE)
    assert Run.objects.first().scope == {"changed_since": (NOW + 5 * MINUTE - 7 * DAY).isoformat()}
