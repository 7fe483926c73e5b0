"""Mails: a digest of what is new or mended, hourly at most, never about nothing; a dead mail server is an alarm."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from customers import alarms, watching
from customers.models import Alarm, Digest, Run
from stores.models import Store
from tests.pages import data

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def store(settings: Any) -> Store:
    settings.PAGES_URL = "https://bcsync.example.com"
    test = {"ok": True, "at": "2026-11-20T10:00:00+00:00", "findings": []}
    return data.store(last_test=test, alarm_emails=[ANN])


def silent(store: Store) -> Run:
    """A run whose worker died."""
    return data.run(store, "sync_changes", "running", lease_until=NOW - timedelta(hours=1))


def mend(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(status="succeeded", lease_until=None, finished_at=NOW)


def look(**later: float) -> list[tuple[list[str], str]]:
    """Look so much later; the mails of that look: to whom, and the subject."""
    mail.outbox = []
    watching.look(NOW + timedelta(**later), slow=True)
    return [(each.to, each.subject) for each in mail.outbox]


def test_what_is_new_is_told_once_with_what_to_do_and_where(store: Store) -> None:
    run = silent(store)
    assert look() == [([ANN], "bcsync: 1 new (Fabrikam Outdoor)")]
    text = str(mail.outbox[0].body)
    for words in (
        "A run without heartbeat: Fabrikam Outdoor",
        f"Run {run.pk}, Sync changes, was last heard of at 24 Nov 2026 11:00 UTC",
        "What to do: Its worker died", f"https://bcsync.example.com/runs/{run.pk}/",
    ):  # fmt: skip
        assert words in text, words
    assert [look(minutes=minutes) for minutes in (1, 59, 61, 600)] == [[], [], [], []]


def test_nothing_wrong_is_no_mail(store: Store) -> None:
    assert look() == []
    assert Digest.objects.get().told_until is None


def test_what_comes_within_the_hour_waits_for_the_next_and_comes_as_one(store: Store) -> None:
    first = silent(store)
    look()
    other = data.store("other", "Trade", alarm_emails=[ANN], last_test=None)
    silent(other)
    mend(first)
    assert look(minutes=30) == []
    assert look(minutes=60) == [([ANN], "bcsync: 1 new, 1 mended")]
    text = str(mail.outbox[0].body)
    assert text.index("New") < text.index("Trade") < text.index("Mended") < text.index("Fabrikam Outdoor")


def test_what_came_and_went_is_no_reason_for_a_mail_but_is_told_in_the_next(store: Store) -> None:
    look()
    first = silent(store)
    look(minutes=0.5)
    assert Digest.objects.get().told_until == NOW + timedelta(minutes=0.5)
    passing = data.run(data.store("other", "Trade", alarm_emails=[ANN], last_test=None), "sync_changes", "running",
                       lease_until=NOW - timedelta(hours=1))  # fmt: skip
    assert look(minutes=10) == []
    mend(passing)
    assert look(minutes=20) == []
    assert look(minutes=90) == []
    mend(first)
    assert look(minutes=91) == [([ANN], "bcsync: 1 mended (Fabrikam Outdoor)")]
    assert "Came and went" in str(mail.outbox[0].body)


def test_each_is_told_of_their_stores_only(store: Store) -> None:
    other = data.store("other", "Trade", alarm_emails=[BOB, ANN], last_test=None)
    silent(other)
    assert look() == [([ANN], "bcsync: 1 new (Trade)"), ([BOB], "bcsync: 1 new (Trade)")]
    silent(store)
    assert look(hours=2) == [([ANN], "bcsync: 1 new (Fabrikam Outdoor)")]
    Store.objects.update(alarm_emails=[])
    assert look(hours=4) == []
    assert Digest.objects.count() == 0


def test_run_failures_are_told_to_those_who_want_them(store: Store) -> None:
    failed = data.run(
        store, "sync_changes", finished_at=NOW - timedelta(minutes=5), counts={"failed": 3, "rejected": 1}, looked_at=9
    )
    assert look() == []
    Store.objects.update(mail_run_failures=True)
    assert look(minutes=1) == [([ANN], "bcsync: 1 run with failures (Fabrikam Outdoor)")]
    text = str(mail.outbox[0].body)
    assert f"Run {failed.pk}, Sync changes: Fabrikam Outdoor" in text
    assert "1 rejected, 3 failed of 9." in text
    assert look(hours=3) == []
    for _ in range(23):
        data.run(store, "sync_changes", finished_at=NOW + timedelta(hours=3), counts={"updated": 99, "failed": 1})
    assert look(hours=4) == [([ANN], "bcsync: 23 runs with failures (Fabrikam Outdoor)")]
    assert "and 3 more, see the page Runs." in str(mail.outbox[0].body)


def test_hostile_names_cannot_write_a_header(store: Store) -> None:
    Store.objects.update(name="Fabrikam\r\nBcc: all@example.com\x1b\n<b>")
    silent(store)
    assert look() == [([ANN], "bcsync: 1 new (Fabrikam Bcc: all@example.com <b>)")]
    message = mail.outbox[0].message()
    assert message["Bcc"] is None
    assert "\r\nBcc" not in str(mail.outbox[0].body)


def test_a_mail_server_that_fails_is_an_alarm_and_the_mail_comes_when_it_works_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any) -> int:
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    silent(store)
    with monkeypatch.context() as broken:
        broken.setattr(mail, "send_mail", down)
        assert look() == []
        assert look(minutes=1) == []
    assert [alarm.kind for alarm in alarms.open_alarms()] == ["run_silent", "mail_failed"]
    assert "Connection unexpectedly closed" in Alarm.objects.get(kind="mail_failed").text
    assert look(minutes=5) == []
    assert look(minutes=10) == [([ANN], "bcsync: 1 new (Fabrikam Outdoor)")]
    assert look(minutes=11) == []
    assert [alarm.kind for alarm in alarms.open_alarms()] == ["run_silent"]


def test_a_mail_server_that_does_not_answer_is_waited_for_once_a_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def down(subject: str, body: str, sender: str, to: list[str]) -> int:
        tried.extend(to)
        raise TimeoutError("timed out")

    Store.objects.update(alarm_emails=[BOB, ANN])
    silent(store)
    monkeypatch.setattr(mail, "send_mail", down)
    look()
    assert tried == [ANN]
    look(minutes=1)
    assert tried == [ANN, BOB]


def test_when_nothing_is_left_to_tell_the_mail_server_is_tried_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = silent(store)
    monkeypatch.setattr(mail, "send_mail", lambda *args: (_ for _ in ()).throw(TimeoutError("timed out")))
    look()
    mend(run)
    look(minutes=1)
    assert look(minutes=11) == []
    assert Digest.objects.get().problem == ""
    look(minutes=12)
    assert alarms.open_alarms() == []
