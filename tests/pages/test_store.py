"""Stores and the store card: counts that add up, health in words, secrets never shown, Test Connection."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers import readiness_check
from customers.models import Customer, RecurringTask
from mapping.match import DEFAULT_RULES
from stores import connect, views
from stores.chart import chart_of
from stores.probes import Finding
from tests.pages import data


def test_every_store_with_its_counts_health_and_last_run(viewer: Client) -> None:
    store = data.store()
    data.store("w8n4d2z6r5", "Trade", writes_enabled=False, last_test=None)
    data.customers(store, 50)
    run = data.run(store, "import_customers", "succeeded", looked_at=50, counts={"created": 50})
    page = viewer.get("/")
    text = page.content.decode()
    first, second = page.context["rows"]
    assert sum(first.counts[name] for name in ("linked", "unmapped", "review", "defaulted", "skipped")) == 50
    assert first.counts["total"] == 50
    assert (first.last_run, second.last_run) == (run, None)
    for words in ("BigCommerce answers", "Ship-to addresses cannot be read.", "The connection was never tested.",
                  "Writing on", "Read-only: plans only"):  # fmt: skip
        assert words in text, words


def test_stores_take_the_same_queries_for_one_and_for_ten(viewer: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(10):
        data.customers(data.store(f"store{number}", f"Store {number}"), 2) if not number else data.store(
            f"store{number}"
        )
    with django_assert_max_num_queries(16):
        viewer.get("/")


def test_no_store_yet(viewer: Client) -> None:
    text = viewer.get("/").content.decode()
    assert "No store is connected yet" in text
    assert "An administrator does that." in text


def test_the_card_shows_secrets_as_set_or_not_set(signed_in: Any) -> None:
    data.store(client_secret="")
    text = signed_in("superuser").get("/stores/k3v9x1q7p2/").content.decode()
    assert [secret for secret in data.SECRETS if secret in text] == []
    assert text.count(">Set</span>") == 2
    assert text.count("Not set</span>") == 1


def test_the_card_lists_findings_by_side_the_gravest_first(viewer: Client) -> None:
    data.store()
    page = viewer.get("/stores/k3v9x1q7p2/")
    assert [(side, [each["level"] for each in found]) for side, found in page.context["sides"]] == [
        ("BigCommerce", ["ok"]),
        ("Business Central", ["warn", "ok"]),
    ]
    assert "Publish page 300, Ship-to Address, as a web service." in page.content.decode()


def test_the_rules_are_those_of_the_mapping() -> None:
    assert {name: on for name, (_, _, on) in views.RULES.items()} == {rule.name: rule.enabled for rule in DEFAULT_RULES}


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["ok"], "Both sides answer and offer all that is needed."),
        (["ok", "warn"], "Both sides answer; 1 of what was found limits what can be done."),
        (["bad", "warn"], "The connection does not work yet: 1 to mend, listed below."),
    ],
)
def test_test_connection_says_what_it_found(
    levels: list[str], words: str, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.store()
    findings = [Finding(level, "BigCommerce", f"A {level} thing.") for level in levels]
    monkeypatch.setattr(connect, "test_connection", lambda store: connect.Report(timezone.now(), findings))
    page = operator.post("/stores/k3v9x1q7p2/test-connection/", follow=True)
    assert page.redirect_chain == [("/stores/k3v9x1q7p2/#connection", 302)]
    assert words in page.content.decode()


def test_the_last_30_days_are_added_up_from_what_runs_keep(viewer: Client) -> None:
    store = data.store()
    today, now = timezone.localdate(), timezone.now()
    hourly = {"updated": 0, "rejected": 1, "failed": 1}
    for kind, mode, days, counts in (
        ("add_customers", "apply", 0, {"created": 2, "rejected": 1, "failed": 1}),
        *((("update_customers", "apply", 0, hourly),) * 3),
        ("undo", "apply", 0, {"updated": 1000}),
        ("unmap", "apply", 0, {"updated": 1000}),
        ("update_customers", "apply", 0, {"updated": 5, "unchanged": 90}),
        ("update_customers", "apply", 29, {"updated": 7}),
        ("update_customers", "apply", 30, {"updated": 1000}),
        ("update_customers", "plan", 0, {"updated": 1000}),
        ("import_customers", "apply", 1, {"created": 1000, "failed": 3}),
    ):
        at = now - datetime.timedelta(days=days)
        data.run(store, kind, "succeeded", mode=mode, counts=counts, finished_at=at)
    page = viewer.get("/")
    chart = page.context["chart"]
    days = {day.day: (day.created, day.updated, day.failed) for day in chart.days if day.anything}
    assert days == {
        today: (2, 5, 4), today - datetime.timedelta(days=1): (0, 0, 3), today - datetime.timedelta(days=29): (0, 7, 0),
    }  # fmt: skip
    assert (chart.created, chart.updated, chart.failed) == (2, 12, 7)
    shown = viewer.get(f"/runs/?day={today.isoformat()}").context["page"].object_list
    assert sum(run.counts.get("updated", 0) for run in shown) == 3005  # a preview, an undo and an unmap are runs too


@pytest.mark.parametrize("highest", [0, 1, 4, 5, 37, 200, 99_999])
def test_no_column_leaves_the_chart(highest: int) -> None:
    today = timezone.localdate()
    chart = chart_of({today: {"created": highest // 3, "updated": highest - highest // 3, "failed": highest}}, today)
    assert chart.scale[-1][1] >= highest
    assert all(bar.y >= 14 and bar.y + bar.height <= 214 for day in chart.days for bar in day.bars)
    assert [day.day for day in chart.days if day.label][-1] == today


def test_each_tile_opens_the_list_that_it_counts(viewer: Client) -> None:
    store = data.store()
    data.customers(store, 60)
    Customer.objects.filter(store=store, remote_id__in=(3, 5)).update(parked=True)
    row = viewer.get("/").context["rows"][0]
    status, flags = ("linked", "unmapped", "review", "defaulted", "skipped"), ("failed", "conflict", "parked")
    for kind, name in [*(("status", name) for name in status), *(("flag", name) for name in flags)]:
        page = viewer.get(f"/stores/{store.hash}/customers/?{kind}={name}&size=100")
        assert page.context["counts"].shown["total"] == len(page.context["page"].object_list) == row.counts[name]
        assert row.counts[name], name


def test_ready_to_add_is_what_readiness_says(viewer: Client) -> None:
    store = data.store()
    data.business_central_customer(store, "1")
    data.business_central_customer(store, "2", email="")
    readiness_check.bring_up_to_date(store)
    row = viewer.get("/").context["rows"][0]
    page = viewer.get(f"/stores/{store.hash}/readiness/")
    assert row.readiness == page.context["counts"]
    assert row.readiness["ready"] + row.readiness["not_ready"] == 2


def test_the_next_runs_are_those_of_the_recurring_tasks(viewer: Client) -> None:
    store, now = data.store(), timezone.now()
    for place, kind in enumerate(("update_customers", "import_customers", "try_mapping")):
        due = now + datetime.timedelta(minutes=9 - place) if place < 2 else None
        RecurringTask.objects.create(store=store, kind=kind, every_minutes=15, due_at=due)
    found = viewer.get("/").context["next"]
    assert [each["name"] for each in found] == ["Import, every 15 minutes", "Update, every 15 minutes"]


def test_the_navigation_says_how_many_wait(viewer: Client) -> None:
    store = data.store()
    data.customers(store, 16)
    text = viewer.get(f"/stores/{store.hash}/").content.decode()
    assert 'Review <span class="pip">2<span class="visually-hidden"> customers waiting</span></span>' in text
