"""Events of a store that has webhooks and no schedule: a run that ends without them keeps them from nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import answering, business_central_changes, tasks
from customers.models import Run
from stores.models import Store, WebhookEndpoint, WebhookEvent
from tests.customers.syncing import TEN, event, in_step
from tests.fixtures import RunJob

MINUTE = timedelta(minutes=1)


def crash(*_: Any) -> None:
    raise ZeroDivisionError


@pytest.fixture
def crashed(store: Store, business: CompanySide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that an event started and that crashed after it had claimed it."""
    in_step(store, business, world, run_job)
    WebhookEndpoint.objects.create(store=store, wanted=True)
    monkeypatch.setattr(tasks, "queue", lambda *_, **__: None)
    customer = business.customer("10")
    assert customer is not None
    business.change_customer("10", phoneNumber="01223 999999")
    event(store, "business_central/customers/updated", customer["id"])
    WebhookEvent.objects.update(received_at=timezone.now() - MINUTE)
    with monkeypatch.context() as broken:
        broken.setattr(business_central_changes, "refresh", crash)
        return crashes(run_job)


def crashes(run_job: RunJob) -> Run:
    assert answering.answer_events() == 1
    run = run_job.go_on(Run.objects.latest("pk"))
    assert (run.status, WebhookEvent.objects.get().claimed_by) == (Run.Status.CRASHED, f"run-{run.pk}")
    return run


def ended_ago(run: Run, ago: timedelta) -> None:
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - ago)


def test_what_a_crashed_run_had_claimed_is_answered_by_another_one_after_a_while(
    crashed: Run, shop: StoreSide, run_job: RunJob
) -> None:
    assert answering.answer_events() == 0
    ended_ago(crashed, MINUTE)
    assert answering.answer_events() == 1
    assert run_job.go_on(Run.objects.latest("pk")).status == Run.Status.SUCCEEDED
    assert (shop.customer(TEN)["phone"], WebhookEvent.objects.filter(done_at=None).count()) == ("01223 999999", 0)
    assert answering.answer_events() == 0


def test_each_crash_in_a_row_makes_the_wait_longer(
    crashed: Run, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(business_central_changes, "refresh", crash)
    ended_ago(crashed, MINUTE)
    second = crashes(run_job)
    ended_ago(second, MINUTE)
    assert answering.answer_events() == 0
    ended_ago(second, 2 * MINUTE)
    assert answering.answer_events() == 1


def test_what_a_person_stopped_is_that_persons_to_resume(crashed: Run) -> None:
    stopped = {"status": Run.Status.STOPPED, "message": "Stopped by an operator; Resume goes on from here."}
    Run.objects.filter(pk=crashed.pk).update(**stopped)
    ended_ago(crashed, timedelta(days=1))
    assert answering.answer_events() == 0
