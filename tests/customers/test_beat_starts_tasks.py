"""Beat with its real scheduler and queue: a task that is made or changed on the page is heard without a restart."""

import json
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from bcsync.celery import app
from customers import tasks
from customers.models import RecurringTask, Run
from tests.pages import data

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _as_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker imports when it starts; the runs that are started wait."""
    app.loader.import_default_modules()
    monkeypatch.setattr(tasks, "queue", lambda run_id: None)


@pytest.fixture
def beat() -> DatabaseScheduler:
    """The scheduler that `celery beat` would run, which has read its schedule."""
    scheduler = DatabaseScheduler(app=app)
    assert "start_due" in scheduler.schedule
    return scheduler


def beats_and_works(beat: DatabaseScheduler, connection: redis.Redis) -> None:
    """One beat of start_due into the real queue, and a worker's work on what came."""
    entry = beat.schedule["start_due"]
    entry.last_run_at = timezone.now() - timedelta(seconds=6)
    assert entry.is_due().is_due
    beat.apply_entry(entry, producer=beat.producer)
    message: Any = connection.rpop(settings.CELERY_TASK_DEFAULT_QUEUE)
    app.tasks[json.loads(message)["headers"]["task"]]()


def test_what_the_page_changes_is_heard_by_a_beat_that_runs(
    beat: DatabaseScheduler, redis_connection: redis.Redis
) -> None:
    store, client = data.store(), Client()
    client.force_login(data.user("administrator"))
    beats_and_works(beat, redis_connection)
    assert not Run.objects.exists()
    client.post(f"/stores/{store.hash}/recurring-tasks/proposed/", {"kind": "sync_changes"})
    RecurringTask.objects.update(due_at=timezone.now())
    beats_and_works(beat, redis_connection)
    run = Run.objects.get()
    assert (run.kind, run.trigger, run.recurring_task) == ("sync_changes", "schedule", RecurringTask.objects.get())
    Run.objects.update(status="succeeded")
    client.post(f"/recurring-tasks/{RecurringTask.objects.get().pk}/switch/", {"on": "0"})
    beats_and_works(beat, redis_connection)
    assert Run.objects.count() == 1


def test_a_beat_that_starts_anew_finds_the_tasks_as_they_were(redis_connection: redis.Redis) -> None:
    store = data.store()
    due = timezone.now() - timedelta(hours=9)
    RecurringTask.objects.create(store=store, kind="import_customers", cron="30 2 * * *", due_at=due)
    beats_and_works(DatabaseScheduler(app=app), redis_connection)
    assert Run.objects.get().due_at == due
    Run.objects.update(status="succeeded")
    beats_and_works(DatabaseScheduler(app=app), redis_connection)
    assert Run.objects.count() == 1


def test_bcsyncs_own_tasks_are_on_the_beat(beat: DatabaseScheduler) -> None:
    names = set(settings.CELERY_BEAT_SCHEDULE)
    assert names <= set(beat.schedule)
    assert names <= set(PeriodicTask.objects.filter(enabled=True).values_list("name", flat=True))
    assert all(row["task"] in app.tasks for row in settings.CELERY_BEAT_SCHEDULE.values())
