"""Recurring Tasks in a real Chromium: axe finds nothing, it works without JavaScript, times are the reader's own."""

import datetime
import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers import schedules
from customers.models import CustomerGroup, RecurringTask
from tests.pages import data
from tests.pages.test_browser import Open, faults, opened

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL, PAGE, NEW = "/recurring-tasks/", "/stores/k3v9x1q7p2/recurring-tasks/", "/recurring-tasks/new/"


def settle() -> RecurringTask:
    """Every state a row can be in; returns the task of every night."""
    store, other = data.store(), data.store("w8n4d2z6r5", "Fabrikam Trade", writes_enabled=False)
    now = timezone.now()
    long = {"country": "GB", "group": "3", "search": "Featherstonehaugh-Cholmondeley-Majoribanks of Ashby-de-la-Zouch"}
    made = [
        RecurringTask(store=store, kind="import_customers", cron="30 2 * * *", time_zone="Europe/Berlin"),
        RecurringTask(store=store, kind="update_customers", every_minutes=60, scope=long),
        RecurringTask(store=other, kind="sync_changes", every_minutes=5),
        RecurringTask(store=other, kind="add_customers", every_minutes=1440, scope={"group": "RETAIL"}),
        RecurringTask(store=other, kind="update_customers", every_minutes=30, scope={"group": "9"}),
    ]
    for place, task in enumerate(made):
        schedules.switch(task, place != 3, now)
    data.run(store, "update_customers", "planned", recurring_task=made[1], trigger="schedule", to_do=80)
    late = {"due_at": now - datetime.timedelta(minutes=9)}
    RecurringTask.objects.filter(pk__in=[made[1].pk, made[4].pk]).update(**late)
    schedules.start_due_at(now)
    RecurringTask.objects.filter(pk=made[2].pk).update(**late)
    return made[0]


def pictured(page: Page, name: str) -> None:
    """Pictures for people to look at, where BCSYNC_PICTURES says."""
    if not (where := os.environ.get("BCSYNC_PICTURES")):
        return
    for scheme, width in (("light", 1280), ("light", 390), ("dark", 1280)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(where) / f"{name}-{scheme}-{width}.png", full_page=True)


def test_axe_finds_nothing_on_any_of_its_pages(opened: Open) -> None:
    nightly = settle()
    page, found = opened(ALL, "administrator"), {}
    paths = {
        "all": ALL, "store": PAGE, "choose": NEW, "task": f"{ALL}{nightly.pk}/",
        "add": f"{NEW}?store=k3v9x1q7p2&kind=add_customers&number_from=10000&welcome_email=True",
        "sync": f"{NEW}?store=w8n4d2z6r5&kind=sync_changes",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(path)
        found[name] = faults(page)
        pictured(page, name)
    CustomerGroup.objects.all().delete()
    page.goto(f"{ALL}{RecurringTask.objects.get(scope__group='3').pk}/")
    found["a group is gone"] = faults(page)
    pictured(page, "gone")
    RecurringTask.objects.all().delete()
    page.goto(PAGE)
    found["none"] = faults(page)
    pictured(page, "none")
    found["a viewer"] = faults(opened(ALL, "viewer"))
    assert {name: each for name, each in found.items() if each} == {}


def test_a_task_is_made_switched_and_deleted_without_javascript(opened: Open) -> None:
    data.store()
    page = opened(PAGE, "administrator", java_script_enabled=False)
    page.get_by_role("button", name="Switch on Sync changes").click()
    expect(page.get_by_role("status").filter(has_text="Sync changes, every 5 minutes is on.")).to_be_visible()
    page.get_by_role("link", name="New Task").click()
    page.get_by_label("Job").select_option("import_customers")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("at a time of the day").check()
    page.get_by_label("At", exact=True).fill("02:30")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_label("Reads").select_option("last time")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="daily at 02:30 (Europe/Berlin)")
    expect(row).to_contain_text("changed since the last time")
    row.get_by_role("button", name="switch off").click()
    expect(page.get_by_role("status").filter(has_text="is off.")).to_be_visible()
    row.get_by_role("link", name="Import").click()
    page.get_by_text("Delete this task…").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").filter(has_text="is deleted; its runs stay")).to_be_visible()
    assert [task.kind for task in RecurringTask.objects.all()] == ["sync_changes"]


def test_the_next_run_is_in_the_readers_own_time(opened: Open) -> None:
    store = data.store()
    task = RecurringTask(store=store, kind="import_customers", cron="30 2 * * *", time_zone="Europe/Berlin")
    task.due_at = datetime.datetime(2027, 1, 15, 1, 30, tzinfo=datetime.UTC)
    task.save()
    page = opened("/", locale="en-GB", timezone_id="Asia/Tokyo")
    page.goto(PAGE)
    expect(page.get_by_text("Fri 15 Jan 10:30", exact=True)).to_be_visible()
    expect(page.get_by_text("Times are in Asia/Tokyo")).to_be_visible()
    page = opened(PAGE, java_script_enabled=False, locale="en-GB", timezone_id="Asia/Tokyo")
    expect(page.get_by_text("Fri 15 Jan 01:30 UTC", exact=True)).to_be_visible()
    expect(page.get_by_text("Times are in UTC")).to_be_visible()
