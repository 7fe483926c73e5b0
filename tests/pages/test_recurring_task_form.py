"""The form of a recurring task: made, changed, refused at its fields; Schedule… of Add Customers."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from customers.models import RecurringTask, Run
from tests.pages import data
from tests.pages.test_recurring_tasks import ALL, MINUTE, NEW, PAGE, administrator, task_of, text_of

__all__ = ["administrator"]
EVERY = {"repeat": "interval", "every": "15", "unit": "minutes", "days": "*", "time_zone": "UTC", "on": "1"}


def test_make_one(administrator: Client, queued: list[int]) -> None:
    store = data.store()
    form = administrator.get(NEW, {"store": store.hash, "kind": "update_customers"}).content.decode()
    assert "a new recurring task of" in form
    before = timezone.now()
    answer = administrator.post(NEW, {"store": store.hash, "kind": "update_customers", **EVERY, "country": "gb"})
    task = RecurringTask.objects.get()
    assert answer["Location"] == f"{PAGE}#task-{task.pk}"
    assert (task.store, task.kind, task.scope, task.every_minutes, task.cron) == (
        store, "update_customers", {"country": "GB"}, 15, "",
    )  # fmt: skip
    assert task.created_by == User.objects.get(username="administrator")
    assert task.due_at is not None
    assert before + 15 * MINUTE <= task.due_at <= timezone.now() + 15 * MINUTE
    text = text_of(administrator)
    assert "Update, every 15 minutes is made and on." in text
    assert "<bdi>Country GB</bdi>" in text


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"repeat": "time", "time": "02:30", "days": "1-5"}, "Monday to Friday at 02:30 (Europe/Berlin)"),
        ({"repeat": "cron", "cron": "*/10 6-20 * * *"}, "cron */10 6-20 * * * (Europe/Berlin)"),
        ({"repeat": "interval", "every": "6", "unit": "hours"}, "every 6 hours"),
    ],
)
def test_when_it_runs_is_kept_and_shown_again(administrator: Client, when: dict[str, str], words: str) -> None:
    store = data.store()
    given = {**EVERY, "store": store.hash, "kind": "sync_changes", "time_zone": "Europe/Berlin", **when}
    administrator.post(NEW, given)
    task = RecurringTask.objects.get()
    assert task.in_words == words
    shown = administrator.get(f"{ALL}{task.pk}/").context["when"].initial
    assert {name: str(shown[name])[:5] for name in ("every", "time") if name in when} == {
        name: when[name] for name in ("every", "time") if name in when
    }
    assert {name: shown[name] for name in when if name not in ("every", "time")} == {
        name: value for name, value in when.items() if name not in ("every", "time")
    }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"repeat": "interval", "every": ""}, "Say every how many minutes"),
        ({"repeat": "interval", "every": "0"}, "greater than or equal to 1"),
        ({"repeat": "interval", "every": "400", "unit": "days"}, "Once a year is the longest"),
        ({"repeat": "cron", "cron": "soon"}, "Cron takes five fields"),
        ({"repeat": "cron", "cron": "0 0 31 2 *"}, "never comes"),
        ({"repeat": "time", "time": ""}, "Say at which time"),
        ({"repeat": "sometimes"}, "sometimes is not one of the available choices"),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus is not one of the available choices"),
        ({"group": "99"}, "99 is not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(
    administrator: Client, wrong: dict[str, str], says: str
) -> None:
    store = data.store()
    page = administrator.post(NEW, {"store": store.hash, "kind": "update_customers", **EVERY, **wrong})
    assert says in page.content.decode()
    assert "nothing that you typed is lost" in page.content.decode()
    assert not RecurringTask.objects.exists()


def test_an_import_is_full_incremental_or_since_a_day(administrator: Client) -> None:
    store = data.store()
    base = {"store": store.hash, "kind": "import_customers", **EVERY}
    for given, kept, words in (
        ({}, {}, "everything"),
        ({"since": "last time"}, {"since": "last time"}, "changed since the last time"),
        (
            {"since": "date", "modified_since": "2026-11-01"},
            {"modified_since": "2026-11-01T00:00:00+00:00"},
            "Changed since 1 Nov 2026</bdi>",
        ),
    ):
        administrator.post(NEW, {**base, **given})
        task = RecurringTask.objects.get()
        assert task.scope == kept
        assert words in text_of(administrator)
        # The form shows what is kept, and saving it again changes nothing.
        form = administrator.get(f"{ALL}{task.pk}/").context["scope"]
        assert form.is_valid()
        assert form.scope() == kept
        task.delete()


def test_change_one_and_what_is_due_stays_due_unless_that_was_changed(administrator: Client) -> None:
    task = task_of(data.store(), "update_customers")
    due = task.due_at
    same = {**EVERY, "every": "5"}
    administrator.post(f"{ALL}{task.pk}/", {**same, "country": "FR"})
    task.refresh_from_db()
    assert (task.scope, task.due_at) == ({"country": "FR"}, due)
    administrator.post(f"{ALL}{task.pk}/", {**same, "every": "30"})
    task.refresh_from_db()
    assert (task.scope, task.every_minutes) == ({}, 30)
    assert task.due_at > due
    administrator.post(f"{ALL}{task.pk}/", {**same, "every": "30", "on": ""})
    task.refresh_from_db()
    assert task.due_at is None


def test_schedule_saves_the_filter_of_add_customers_as_it_is_shown(administrator: Client) -> None:
    store = data.store()
    data.business_central_customer(store, "10000", salesperson_code="JO")
    filters = {"store": store.hash, "number_from": "10000", "salesperson": "JO", "only_ready": "on",
               "welcome_email": "on"}  # fmt: skip
    answer = administrator.post("/customers/add/", {**filters, "do": "schedule"})
    form = administrator.get(answer["Location"])
    assert "never sent by a recurring task, although it was ticked" in form.content.decode()
    shown = {name: value for name, value in form.context["scope"].data.items() if name in form.context["scope"].fields}
    assert shown == {"number_from": "10000", "salesperson": "JO", "only_ready": "True"}
    administrator.post(answer["Location"].split("?")[0], {**EVERY, "kind": "add_customers", **filters})
    task = RecurringTask.objects.get()
    assert (task.kind, task.scope) == (
        "add_customers",
        {"number_from": "10000", "salesperson": "JO", "only_ready": True},
    )
    assert not Run.objects.exists()


def test_a_task_of_add_customers_needs_its_storefront(administrator: Client) -> None:
    two = [{"id": number, "name": f"shop{number}", "type": "storefront"} for number in (1, 2)]
    store = data.store(channels=two)
    base = {**EVERY, "store": store.hash, "kind": "add_customers"}
    assert "Choose the storefront" in administrator.post(NEW, base).content.decode()
    administrator.post(NEW, {**base, "channel_id": "2"})
    assert RecurringTask.objects.get().scope == {"channel_id": 2}
    assert "Storefront 2 shop2" in text_of(administrator)


def test_schedule_is_an_administrators(operator: Client) -> None:
    data.store()
    assert 'value="schedule" disabled title="This needs the role administrator."' in text_of(
        operator, "/customers/add/"
    )
    answer = operator.post("/customers/add/", {"store": "k3v9x1q7p2", "do": "schedule"})
    assert operator.get(answer["Location"]).status_code == 403
