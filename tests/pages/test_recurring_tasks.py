"""Recurring Tasks: the list says how each stands; on and off, Run now, proposals."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import runs, schedules
from customers.models import CustomerGroup, RecurringTask, Run
from stores.models import Store
from tests.pages import data

ALL, PAGE, NEW = "/recurring-tasks/", "/stores/k3v9x1q7p2/recurring-tasks/", "/recurring-tasks/new/"
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def administrator(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("administrator")


def task_of(store: Store, kind: str = "sync_changes", *, on: bool = True, **values: Any) -> RecurringTask:
    task = RecurringTask(store=store, kind=kind, **{"every_minutes": 5, **values})
    schedules.switch(task, on, timezone.now())
    return task


def text_of(client: Client, address: str = PAGE) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_on_off_and_delete_leave_the_runs(administrator: Client) -> None:
    task = task_of(data.store())
    run = data.run(task.store, "sync_changes", "succeeded", recurring_task=task, trigger="schedule")
    due = task.due_at
    administrator.post(f"{ALL}{task.pk}/switch/", {"on": "1"})
    task.refresh_from_db()
    assert task.due_at == due  # on already: pressing it twice does not put it off
    administrator.post(f"{ALL}{task.pk}/switch/", {"on": "0"})
    task.refresh_from_db()
    assert not task.enabled
    assert '<span class="wrap">off</span>' in text_of(administrator)
    administrator.post(f"{ALL}{task.pk}/delete/")
    assert not RecurringTask.objects.exists()
    run.refresh_from_db()
    assert (run.recurring_task, run.trigger) == (None, "schedule")


def test_run_now_and_preview_are_an_operators(operator: Client, queued: list[int]) -> None:
    task = task_of(data.store(), "update_customers", scope={"country": "GB"})
    answer = operator.post(f"{ALL}{task.pk}/run/", {"mode": "plan"})
    plan = Run.objects.get()
    assert answer["Location"] == plan.get_absolute_url()
    Run.objects.update(status="planned", finished_at=timezone.now())
    operator.post(f"{ALL}{task.pk}/run/")
    run = Run.objects.first()
    assert (plan.mode, run.mode, run.trigger, run.approved, run.scope) == (
        "plan", "apply", "click", False, {"country": "GB"},
    )  # fmt: skip
    # It is still going on, so a second one is told why not.
    operator.post(f"{ALL}{task.pk}/run/")
    assert f"{run}, of this same task, has not ended yet." in text_of(operator)
    assert Run.objects.count() == 2


def test_run_now_of_a_busy_store_shows_the_run_in_the_way(operator: Client, queued: list[int]) -> None:
    task = task_of(data.store())
    busy = runs.start(task.store, Run.Kind.IMPORT_CUSTOMERS, trigger=Run.Trigger.CLICK)
    operator.post(f"{ALL}{task.pk}/run/")
    assert f'<a href="{busy.get_absolute_url()}">Show run {busy.pk}</a>' in text_of(operator)


def test_the_row_says_why_it_waits_and_the_run_says_who_waits(viewer: Client, queued: list[int]) -> None:
    task = task_of(data.store())
    busy = runs.start(task.store, Run.Kind.IMPORT_CUSTOMERS, trigger=Run.Trigger.CLICK)
    schedules.start_due_at(timezone.now() + 6 * MINUTE)
    text = text_of(viewer)
    assert "1 waiting" in text
    assert f"</time>:</span> {task.store} is busy with {busy}; wait until it ends, or stop it." in text
    text = text_of(viewer, busy.get_absolute_url())
    assert "Waiting for it" in text
    assert "Sync changes, every 5 minutes" in text


def test_a_scheduled_run_says_so_and_how_long_it_waited(viewer: Client) -> None:
    task = task_of(data.store())
    due = timezone.now() - 7 * MINUTE
    started = {"trigger": "schedule", "recurring_task": task, "due_at": due}
    run = data.run(task.store, "sync_changes", "succeeded", looked_at=1, counts={"updated": 1}, **started)
    text = text_of(viewer, run.get_absolute_url())
    assert "<dt>Started by</dt><dd>Schedule</dd>" in text
    assert f'<a href="{PAGE}#task-{task.pk}">every 5 minutes</a>' in text
    assert "waited 7 min" in text
    data.run(task.store, "sync_changes", "succeeded")
    data.record(run, "customer:1", "updated")
    for query, found in (
        ("did=1", [run.pk]),
        ("trigger=schedule", [run.pk]),
        (f"task={task.pk}", [run.pk]),
        ("trigger=event", []),
    ):
        page = viewer.get(f"/runs/?{query}")
        assert [each.pk for each in page.context["page"].object_list] == found, query


def test_the_last_run_that_waits_for_approval_is_said(viewer: Client) -> None:
    task = task_of(data.store(), "update_customers")
    run = data.run(task.store, "update_customers", "planned", recurring_task=task, trigger="schedule", to_do=9)
    text = text_of(viewer)
    assert f'<a href="{run.get_absolute_url()}">{run.pk}</a>' in text
    assert "Planned, waits for approval" in text
    schedules.start_due_at(timezone.now() + 6 * MINUTE)
    assert f"The plan of {run} waits for approval" in text_of(viewer)


def test_what_nobody_started_is_overdue(viewer: Client) -> None:
    task = task_of(data.store())
    RecurringTask.objects.filter(pk=task.pk).update(due_at=timezone.now() - 5 * MINUTE)
    text = text_of(viewer)
    assert "1 overdue" in text
    assert "beat or the workers do not work" in text


def test_a_group_that_is_gone_is_said_in_the_row_and_at_the_field(administrator: Client) -> None:
    task = task_of(data.store(), "update_customers", scope={"group": "3"})
    assert "Group Wholesale" in text_of(administrator)
    CustomerGroup.objects.all().delete()
    assert "Does not run: Customer group 3 does not exist" in text_of(administrator)
    form = text_of(administrator, f"{ALL}{task.pk}/")
    assert "names what is no more" in form
    assert "3 is not one of the available choices" in form


def test_a_price_group_that_nobody_has_any_more_is_noted(viewer: Client) -> None:
    store = data.store()
    task_of(store, "add_customers", scope={"group": "RETAIL"})
    assert "has the customer price group RETAIL any more, so it finds nobody" in text_of(viewer)
    data.business_central_customer(store, "1", customer_price_group="RETAIL")
    assert "finds nobody" not in text_of(viewer)


def test_proposals_are_switched_on_by_one_click_and_nothing_is_on_before(administrator: Client, viewer: Client) -> None:
    store, other = data.store(), data.store("w8n4d2z6r5", "Fabrikam Trade")
    assert not RecurringTask.objects.exists()
    page = viewer.get(ALL)
    assert {(each.store, each.kind) for each in page.context["proposals"]} >= {
        (store, "sync_changes"), (other, "sync_changes"),
    }  # fmt: skip
    assert "Switch on" not in text_of(viewer).replace("Switch on</span></th>", "")
    card = "/stores/k3v9x1q7p2/"
    assert "Proposed to run by itself, and off:</strong> Sync changes, every 5 minutes" in text_of(viewer, card)
    administrator.post(f"{PAGE}proposed/", {"kind": "sync_changes"})
    assert "Sync changes, every 5 minutes" not in text_of(viewer, card)
    task = RecurringTask.objects.get()
    assert (task.store, task.kind, task.every_minutes, task.enabled) == (store, "sync_changes", 5, True)
    administrator.post(f"{PAGE}proposed/", {"kind": "sync_changes"})
    assert RecurringTask.objects.count() == 1
    # Off is a decision: it is not proposed again.
    administrator.post(f"{ALL}{task.pk}/switch/", {"on": "0"})
    assert "sync_changes" not in {each.kind for each in viewer.get(PAGE).context["proposals"]}


def test_the_care_of_connections_is_always_on(viewer: Client) -> None:
    assert "Looked after by bcsync itself" in text_of(viewer, ALL)
    assert "Business Central's subscription is renewed" in text_of(viewer, ALL).replace("&#x27;", "'")


def test_hostile_names_stay_text(administrator: Client) -> None:
    store = data.store(name=data.HOSTILE)
    task_of(store, "update_customers", scope={"search": data.HOSTILE})
    assert data.HOSTILE not in text_of(administrator)
    assert data.HOSTILE not in text_of(administrator, ALL)


def test_the_role_centre_shows_what_comes_next(viewer: Client) -> None:
    store = data.store()
    task_of(store)
    task_of(store, "update_customers", on=False)
    found = viewer.get("/").context["next"]
    assert [(each["name"], each["store"]) for each in found] == [("Sync changes, every 5 minutes", store)]
    assert "Recurring Tasks" in text_of(viewer, "/stores/k3v9x1q7p2/")


def test_whoever_made_it_may_be_deactivated_or_gone(viewer: Client) -> None:
    who = User.objects.create_user("carol")
    task_of(data.store(), created_by=who)
    User.objects.filter(pk=who.pk).update(is_active=False)
    assert "made by <bdi>carol</bdi> (no longer active)" in text_of(viewer)
    who.delete()
    assert "whoever made it is gone" in text_of(viewer)


def test_a_hundred_tasks_take_the_same_queries_as_one(viewer: Client, django_assert_num_queries: Any) -> None:
    store = data.store()
    task_of(store, "update_customers", scope={"group": "3"})
    with CaptureQueriesContext(connection) as one:
        viewer.get(PAGE)
    for _ in range(20):
        data.run(store, "update_customers", recurring_task=task_of(store, "update_customers", scope={"group": "3"}))
    with django_assert_num_queries(len(one) + 1):  # the newest runs themselves
        viewer.get(PAGE)
