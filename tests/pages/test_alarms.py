"""Alarms on the pages: the gravest first, with the page that mends them; who saw one; who is told by mail."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers import alarms
from customers.models import Alarm, Look
from customers.watchdog import Finding
from customers.watchdog_kinds import KINDS
from stores.models import Store
from tests.pages import data


@pytest.fixture
def store(db: None) -> Store:
    return data.store()


def looked(**ago: float) -> None:
    Look.objects.update_or_create(pk=1, defaults={"looked_at": timezone.now() - timedelta(**ago)})


def found(*findings: Finding) -> None:
    alarms.keep(findings, KINDS, timezone.now())


def test_the_gravest_comes_first_and_the_numbers_add_up(store: Store, viewer: Client) -> None:
    looked(seconds=20)
    run = data.run(store)
    found(
        Finding("secret_wrong", "3 so far.", store.pk),
        Finding("run_silent", f"Run {run.pk} is silent.", store.pk, subject=str(run.pk)),
        Finding("subscription_ending", "Ends soon.", company=store.company_id),
        Finding("mail_failed", data.HOSTILE),
    )
    text = viewer.get("/").content.decode()
    assert "4 alarms: 2 must be mended, 2 to look at" in text
    places = [text.index(KINDS[kind].title) for kind in ("run_silent", "subscription_ending", "secret_wrong")]
    assert places == sorted(places)
    assert f'href="/runs/{run.pk}/"' in text
    assert text.count('href="/stores/k3v9x1q7p2/#webhooks"') >= 2
    assert data.HOSTILE not in text
    assert ">Seen</button>" not in text
    assert "never looked" not in text


def test_the_card_shows_its_own_its_company_s_and_everybody_s(store: Store, viewer: Client) -> None:
    looked(seconds=20)
    other = data.store("other", "Trade")
    found(
        Finding("secret_wrong", "Of the other.", other.pk), Finding("plan_waiting", "Of this one.", store.pk),
        Finding("subscription_ending", "Of both.", company=store.company_id), Finding("queue_stuck", "Of all."),
    )  # fmt: skip
    text = viewer.get("/stores/k3v9x1q7p2/").content.decode()
    assert "3 alarms: 2 must be mended, 1 to look at" in text
    assert [words in text for words in ("Of this one.", "Of both.", "Of all.", "Of the other.")] == [True] * 3 + [False]
    assert 'href="/stores/k3v9x1q7p2/runs/?status=planned"' in text


@pytest.mark.parametrize(("minutes", "silent"), [(None, True), (6, True), (4, False)])
def test_the_watchdog_s_own_silence_is_seen_when_the_page_is_made(
    minutes: int | None, silent: bool, store: Store, viewer: Client
) -> None:
    Store.objects.update(created_at=timezone.now() - timedelta(days=1))
    if minutes is not None:
        looked(minutes=minutes)
    text = viewer.get("/").content.decode()
    assert (KINDS["watchdog_silent"].title in text) is silent
    assert ("1 alarm: 1 must be mended, 0 to look at" in text) is silent
    assert ("Nothing to report" in text) is not silent
    assert (f"{minutes} min ago" in text) or minutes is None


@pytest.mark.parametrize(("starts", "silent"), [([1], False), ([3], True), ([3, 1], True), ([120], True), ([], True)])
def test_what_was_switched_off_for_a_day_starts_without_an_alarm_and_a_beat_that_dies_again_has_one(
    starts: list[int], silent: bool, store: Store, viewer: Client
) -> None:
    looked(hours=26)
    for minutes in starts:
        Look.beat_starts(timezone.now() - timedelta(minutes=minutes))
    assert (KINDS["watchdog_silent"].title in viewer.get("/").content.decode()) is silent


def test_every_kind_leads_to_a_page_that_a_viewer_may_see(store: Store, viewer: Client) -> None:
    run = data.run(store)
    found(*(Finding(kind, "Words.", store.pk, subject=str(run.pk)) for kind in KINDS))
    for line in alarms.lines(alarms.open_alarms(), [store]):
        assert viewer.get(line.url).status_code == 200, line.kind
        assert (line.url == "/") is (line.kind.page == "stores"), line.kind


def test_before_the_first_look_of_a_new_installation_nothing_is_called_silent(store: Store, viewer: Client) -> None:
    text = viewer.get("/").content.decode()
    assert "the watchdog has not looked yet" in text
    assert KINDS["watchdog_silent"].title not in text
    assert "Nothing to report" not in text


def test_somebody_saw_it(store: Store, operator: Client, viewer: Client) -> None:
    looked(seconds=20)
    found(Finding("queue_stuck", "80 tasks wait."))
    alarm = Alarm.objects.get()
    assert viewer.post(f"/alarms/{alarm.pk}/seen/").status_code == 403
    page = operator.post(f"/alarms/{alarm.pk}/seen/", {"next": "/"}, follow=True)
    assert page.redirect_chain == [("/#alarms", 302)]
    assert "seen by" in page.content.decode()
    assert ">Seen</button>" not in page.content.decode()
    again = operator.post(f"/alarms/{alarm.pk}/seen/", {"next": "https://evil.example"}, follow=True)
    assert again.redirect_chain == [("/alarms/", 302)]
    assert "Somebody saw it already." in again.content.decode()
    alarm.refresh_from_db()
    assert (alarm.acknowledged_by.get_username(), alarm.closed_at) == ("operator", None)


def test_mended_ones_are_kept(store: Store, viewer: Client) -> None:
    looked(seconds=20)
    found(Finding("queue_stuck", "80 tasks wait."))
    found()
    page = viewer.get("/alarms/")
    text = page.content.decode()
    assert "Nothing is wrong that the watchdog knows of." in text
    assert [line.text for line in page.context["mended"]] == ["80 tasks wait."]
    found(Finding("an_older_kind", "Says little.", store.pk))
    assert "An older kind" in viewer.get("/alarms/").content.decode()


def test_only_an_administrator_says_who_is_told(store: Store, signed_in: Any) -> None:
    where = "/stores/k3v9x1q7p2/notifications/"
    sent = {"emails": "Ann@example.com\r\n\r\n ann@example.com \r\nbob@example.com\r\n", "run_failures": "on"}
    assert signed_in("operator").post(where, sent).status_code == 403
    administrator = signed_in("administrator")
    page = administrator.post(where, sent, follow=True)
    assert page.redirect_chain == [("/stores/k3v9x1q7p2/#notifications", 302)]
    store.refresh_from_db()
    assert (store.alarm_emails, store.mail_run_failures) == (["ann@example.com", "bob@example.com"], True)
    for wrong in ("bob@example.com\nno address", "a\x1bb@example.com", "x" * 250 + "@example.com"):
        text = administrator.post(where, {"emails": wrong}, follow=True).content.decode()
        assert "Nothing was saved" in text, wrong
    many = "\n".join(f"p{number}@example.com" for number in range(21))
    assert "more than 20 addresses" in administrator.post(where, {"emails": many}, follow=True).content.decode()
    store.refresh_from_db()
    assert (len(store.alarm_emails), store.mail_run_failures) == (2, True)
    administrator.post(where, {"emails": ""})
    store.refresh_from_db()
    assert (store.alarm_emails, store.mail_run_failures) == ([], False)
