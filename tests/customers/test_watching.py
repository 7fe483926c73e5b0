"""The watchdog's look at a database: an alarm opens once, is seen again, and is gone when what was wrong is mended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import OperationalError

from bcsync.clients.bigcommerce_webhooks import DELIVERY_EXCEPTION, UNINSTALLED
from customers import alarms, watching
from customers.models import Alarm, Look, RecurringTask, Run, Trouble
from stores import connect, inbox, probes
from stores.models import Store, WebhookEndpoint, WebhookEvent, WebhookSubscription
from tests.pages import data

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(settings: Any) -> Store:
    settings.PUBLIC_URL = "https://bcsync.example.com"
    return data.store(last_test={"ok": True, "at": "2026-11-20T10:00:00+00:00", "findings": []})


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def kinds() -> list[str]:
    return [alarm.kind for alarm in alarms.open_alarms()]


def look(**later: float) -> list[str]:
    watching.look(NOW + timedelta(**later), slow=True)
    return kinds()


def run(store: Store, status: str, **values: Any) -> Run:
    made = data.run(store, values.pop("kind", "sync_changes"), status, **values)
    Run.objects.filter(pk=made.pk).update(**{"created_at": ago(hours=1), **values})
    return made


def event(store: Store, number: int, at: datetime, scope: str = "store/customer/updated", **detail: str) -> None:
    made = inbox.event(store.pk, at, scope=scope, remote_id="5", hash=f"{scope}{number}", created_at=at, detail=detail)
    inbox.receive([made])


def test_a_healthy_store_has_no_alarm_and_the_look_is_noted(store: Store) -> None:
    WebhookEndpoint.objects.create(store=store, wanted=True, registered=[{"id": 1, "scope": "x", "active": True}])
    endpoint = WebhookEndpoint.objects.create(company=store.company)
    until = NOW + timedelta(days=2)
    WebhookSubscription.objects.create(endpoint=endpoint, remote_id="s", resource="x", expires_at=until)
    run(store, "succeeded", finished_at=ago(minutes=5), trigger="schedule")
    assert look() == []
    assert Look.last() == NOW


def test_an_alarm_opens_once_is_seen_again_and_is_gone_when_mended(store: Store) -> None:
    made = run(store, "running", lease_until=ago(minutes=20))
    assert look() == look(minutes=1) == ["run_silent"]
    (alarm,) = Alarm.objects.all()
    assert (alarm.opened_at, alarm.seen_at, alarm.closed_at) == (NOW, NOW + timedelta(minutes=1), None)
    assert (alarm.store, alarm.subject) == (store, str(made.pk))
    Run.objects.update(status="succeeded", lease_until=None, finished_at=NOW)
    assert look(minutes=2) == []
    alarm.refresh_from_db()
    assert alarm.closed_at == NOW + timedelta(minutes=2)
    Run.objects.update(status="running", lease_until=ago(minutes=20), finished_at=None)
    assert look(minutes=3) == ["run_silent"]
    assert [each.closed_at is None for each in Alarm.objects.order_by("pk")] == [False, True]
    assert alarms.purge(NOW + timedelta(days=91)) == 1


def test_two_who_look_at_once_double_nothing(store: Store) -> None:
    run(store, "running", lease_until=ago(minutes=20))
    look()
    alarms.keep([watching.watchdog.Finding("run_silent", "again", store.pk, subject="0")], [], NOW)
    alarms.keep([watching.watchdog.Finding("run_silent", "again", store.pk, subject="0")], [], NOW)
    assert Alarm.objects.filter(closed_at=None).count() == 2


def test_a_look_that_does_not_count_over_days_leaves_these_alarms_open(store: Store) -> None:
    run(store, "crashed", finished_at=ago(minutes=5), message="The run crashed.")
    assert look() == ["run_stopped"]
    watching.look(NOW + timedelta(minutes=1), slow=False)
    assert kinds() == ["run_stopped"]
    run(store, "succeeded", finished_at=ago(minutes=1))
    watching.look(NOW + timedelta(minutes=2))
    assert kinds() == ["run_stopped"]
    watching.look(NOW + timedelta(minutes=5))
    assert kinds() == []


@pytest.mark.parametrize("trigger", ["schedule", "event"])
def test_a_crash_is_told_once_though_the_next_run_went_well_before_anybody_looked(store: Store, trigger: str) -> None:
    assert look() == []
    for status, minutes in (("crashed", 1), ("succeeded", 2)):
        run(store, status, trigger=trigger, finished_at=NOW + timedelta(minutes=minutes))
    assert look(minutes=5) == ["run_stopped"]
    assert look(minutes=10) == []


def test_a_run_that_waits_for_a_worker_after_resume_is_known_from_one_look_to_the_next(store: Store) -> None:
    made = run(store, "waiting", started_at=ago(hours=1), message="", looked_at=5)
    assert (look(), look(minutes=9), look(minutes=11)) == ([], [], ["queue_stuck"])
    # A run in slices is between two of them now and then, but it goes on.
    Run.objects.filter(pk=made.pk).update(looked_at=6)
    assert look(minutes=12) == []
    Run.objects.filter(pk=made.pk).update(message="Waits for another run.")
    assert look(minutes=40) == []


def test_a_nightly_check_for_drift_that_crashed(store: Store) -> None:
    run(store, "crashed", kind="reconcile", mode="plan", trigger="schedule", finished_at=ago(hours=5), message="Crash.")
    assert look() == ["run_stopped"]
    run(store, "succeeded", kind="reconcile", mode="plan", trigger="schedule", finished_at=ago(minutes=5))
    assert look(minutes=1) == []


def test_drift_that_was_found_until_a_newer_check_finds_none(store: Store) -> None:
    check: dict[str, Any] = {"kind": "reconcile", "mode": "plan", "trigger": "schedule"}
    run(store, "succeeded", **check, finished_at=ago(hours=5), counts={"differs": 2, "unchanged": 5})
    run(store, "stopped", **{**check, "trigger": "click"}, finished_at=ago(hours=4))
    assert look() == ["drift_found"]
    (line,) = alarms.lines(alarms.open_alarms(), [store])
    assert line.text.endswith("found at 2026-11-24 07:00 UTC that 2 linked pairs differ.")
    assert line.url == f"/stores/{store.hash}/runs/?kind=reconcile"
    run(store, "succeeded", **check, finished_at=ago(minutes=5), counts={"unchanged": 7})
    assert look(minutes=1) == []


def test_a_plan_of_deletions_that_waits(store: Store) -> None:
    plan = run(store, "planned", kind="delete_gone", mode="plan", to_do=3, finished_at=ago(hours=9))
    run(store, "planned", kind="update_customers", mode="plan", to_do=3, finished_at=ago(hours=9))
    assert look() == ["plan_waiting"]
    Run.objects.filter(pk=plan.pk).update(status="succeeded", to_do=0)
    assert look(minutes=1) == []


def test_the_queue_in_redis_that_stays_long(store: Store, redis_connection: redis.Redis, settings: Any) -> None:
    redis_connection.rpush(settings.CELERY_TASK_DEFAULT_QUEUE, *range(60))
    assert (look(), look(minutes=11)) == ([], ["queue_stuck"])
    redis_connection.delete(settings.CELERY_TASK_DEFAULT_QUEUE)
    assert look(minutes=12) == []


def test_a_redis_that_is_away_does_not_stop_the_look(store: Store, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert look() == []


def test_a_schedule_that_did_not_run(store: Store) -> None:
    task = RecurringTask.objects.create(store=store, kind="sync_changes", every_minutes=5, due_at=ago(minutes=11))
    RecurringTask.objects.create(store=store, kind="sync_changes", every_minutes=5, due_at=NOW + timedelta(minutes=4))
    RecurringTask.objects.create(store=store, kind="import_customers", every_minutes=5)
    broken = RecurringTask.objects.create(store=store, kind="update_customers", cron="never", due_at=ago(minutes=20))
    assert look() == ["schedule_missed"] * 2
    assert set(Alarm.objects.values_list("subject", flat=True)) == {str(task.pk), str(broken.pk)}
    assert {line.url for line in alarms.lines(alarms.open_alarms(), [store])} == {
        f"/stores/{store.hash}/recurring-tasks/"
    }
    broken.delete()
    RecurringTask.objects.filter(pk=task.pk).update(due_at=NOW)
    assert look() == []


def test_webhooks_of_store_and_company(store: Store) -> None:
    hooks = [{"id": 1, "scope": "x", "active": False}]
    endpoint = WebhookEndpoint.objects.create(
        store=store, wanted=True, registered=hooks, refused=2, refused_at=ago(minutes=1)
    )
    central = WebhookEndpoint.objects.create(company=store.company)
    WebhookSubscription.objects.create(
        endpoint=central, remote_id="s", resource="x", expires_at=NOW + timedelta(hours=3)
    )
    assert look() == ["subscription_ending", "webhook_inactive", "secret_wrong"]
    assert [alarm.company_id for alarm in Alarm.objects.filter(kind="subscription_ending")] == [store.company_id]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(wanted=False, registered=[])
    assert look(hours=7) == []


def test_events_wait_and_fail_and_miss(store: Store) -> None:
    hooks = [{"id": 1, "scope": "x", "active": True}]
    WebhookEndpoint.objects.create(store=store, wanted=True, registered=hooks)
    central = WebhookEndpoint.objects.create(company=store.company)
    WebhookSubscription.objects.create(
        endpoint=central, remote_id="s", resource="x", expires_at=NOW + timedelta(days=3)
    )
    for day in range(1, 7):
        for number in range(120):
            event(store, day * 1000 + number, ago(days=day, hours=1))
    WebhookEvent.objects.update(claimed_by="done", done_at=ago(days=1))
    assert look() == ["events_missing"]
    event(store, 1, ago(minutes=20))
    event(store, 2, ago(minutes=10), scope=DELIVERY_EXCEPTION, message="Exhausted")
    assert look() == ["events_waiting", "deliveries_failing"]
    Store.objects.update(writes_enabled=False)
    assert look() == ["deliveries_failing"]
    assert look(minutes=60) == []


def test_an_app_that_was_uninstalled_marks_the_store_until_a_test_opens_it_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    event(store, 1, ago(minutes=3), scope=UNINSTALLED)
    assert look() == ["app_uninstalled"]
    store.refresh_from_db()
    assert store.uninstalled_at == ago(minutes=3)
    bad = [probes.Finding("bad", probes.BIGCOMMERCE, "The token is refused.")]
    monkeypatch.setattr(connect, "_test_bigcommerce", lambda store: bad)
    monkeypatch.setattr(connect, "_test_business_central", lambda company: [])
    connect.test_connection(store)
    assert look(minutes=1) == ["app_uninstalled"]
    bad.clear()
    connect.test_connection(store)
    Store.objects.update(last_test={"ok": True, "at": NOW.isoformat(), "findings": []})
    assert (look(minutes=2), look(minutes=3)) == ([], [])


def test_more_fail_than_usual_and_plans_wait(store: Store) -> None:
    for days in range(1, 8):
        run(store, "succeeded", finished_at=ago(days=days, hours=1), counts={"updated": 100, "failed": 1})
    run(store, "completed with errors", finished_at=ago(hours=1), counts={"updated": 50, "rejected": 9, "failed": 8})
    assert look() == ["failures_rising"]
    run(store, "planned", kind="update_customers", finished_at=ago(hours=5), to_do=3, mode="apply")
    run(store, "planned", kind="update_customers", finished_at=ago(hours=5), to_do=3, mode="plan")
    assert look() == ["failures_rising", "plan_waiting"]
    assert Alarm.objects.get(kind="plan_waiting").text.startswith("1 plan waits")
    assert look(days=2) == ["plan_waiting"]


def test_customers_parked_since_yesterday(store: Store) -> None:
    def park(number: int) -> None:
        Trouble.objects.create(store=store, kind="add_customers", target=f"x{number}", fingerprint="", parked=True)

    park(1)
    assert look() == []
    park(2)
    assert look(hours=1) == ["customers_parked"]
    assert look(hours=25) == []


def test_a_refused_token_is_told_by_a_run_and_mended_by_a_test(store: Store) -> None:
    made = run(store, "stopped", finished_at=ago(minutes=5), message="BigCommerce refuses the access token.")
    Run.objects.filter(pk=made.pk).update(cursor={"stopped_by": "configuration"})
    assert look() == ["token_refused"]
    Store.objects.update(last_test={"ok": True, "at": NOW.isoformat(), "findings": []})
    assert look() == []


def test_a_database_that_is_away_is_no_traceback_each_minute(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(watching.watchdog_reading, "take_uninstalled", away)
    assert watching.watch() == 0
    assert Look.last() is None


def test_the_queries_do_not_grow_with_the_stores(store: Store, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        run(data.store(f"store{number}", f"Store {number}"), "running", lease_until=ago(minutes=20))
    look()
    with django_assert_max_num_queries(30):
        look(minutes=1)


def test_words_of_strangers_cannot_break_a_line_or_the_database(store: Store) -> None:
    endpoint = WebhookEndpoint.objects.create(store=store, wanted=True, problem="Says\r\nBcc: x\x1b[31m<b>")
    look()
    assert Alarm.objects.get(store=endpoint.store).text == "Says Bcc: x [31m<b>"
