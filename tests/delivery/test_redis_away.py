"""A Redis that is frozen or gone: a click and the health check are answered in seconds, and no run is lost."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bcsync.celery import app
from bcsync.embedded import broker
from bcsync.sandbox.bigcommerce.store import StoreSide
from customers import runs, tasks
from customers.models import Run
from stores.models import Store

SECONDS = 6.0


@pytest.fixture(params=["frozen", "gone"])
def away(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The queue and the settings name a Redis that does not answer."""
    process = None
    if request.param == "frozen":
        process = subprocess.Popen(broker.command(tmp_path, durable=False), stdout=subprocess.DEVNULL)
        broker.wait_until_up(broker.broker_url(tmp_path), process)
        os.kill(process.pid, signal.SIGSTOP)
    url, before = broker.broker_url(tmp_path), app.conf.broker_url
    monkeypatch.setattr(django_settings, "REDIS_URL", url)
    use(url.replace("unix://", "redis+socket://", 1))
    yield
    use(before)
    if process is not None:
        process.kill()
        process.wait()


def use(url: str) -> None:
    app.conf.broker_url = url
    app._pool = app.amqp._producer_pool = None


@pytest.mark.usefixtures("away")
def test_a_run_is_started_and_says_what_it_waits_for(
    store: Store, shop: StoreSide, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        run = runs.start(store, "import_customers", trigger=Run.Trigger.CLICK)
    assert time.monotonic() - started < SECONDS
    run.refresh_from_db()
    assert run.status == "waiting"
    assert run.message == "The queue (Redis) does not answer. The run begins by itself once it does."


@pytest.mark.usefixtures("away")
def test_the_health_check_says_so(client: Client, db: None) -> None:
    started = time.monotonic()
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "redis": "no answer"})
    assert time.monotonic() - started < SECONDS


def test_a_run_that_could_not_be_queued_is_queued_once_by_rescue(
    store: Store, shop: StoreSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(tasks, "queue", lambda run_id, countdown=0.0: queued.append(run_id))
    run = runs.start(store, "import_customers", trigger=Run.Trigger.CLICK, queue=False)
    assert tasks.rescue() == 0
    Run.objects.update(queued_at=timezone.now() - timedelta(seconds=31))
    assert (tasks.rescue(), tasks.rescue(), queued) == (1, 0, [run.pk])
    # The message that was given up may have arrived after all: two of them work on it once.
    for _ in queued * 2:
        tasks.execute(run.pk)
    run.refresh_from_db()
    assert (run.status, run.calls["BigCommerce GET /v3/customers"]) == ("succeeded", 1)
