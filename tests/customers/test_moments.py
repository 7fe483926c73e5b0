"""When recurring tasks are due: cron in a time zone through every change of the clocks, intervals, missed moments."""

import datetime
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.moments import Interval, NotUnderstood, When, cron, in_words, next_due

BERLIN, UTC = ZoneInfo("Europe/Berlin"), datetime.UTC
# Half an hour, at midnight, in the south, twice a year; and none.
ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Cairo",
         "America/Santiago", "Africa/Casablanca", "UTC")  # fmt: skip


def at(text: str, zone: datetime.tzinfo = BERLIN) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


def walk(when: When, start: datetime.datetime, end: datetime.datetime) -> list[datetime.datetime]:
    """All moments between the two, as a beat that never sleeps would serve them."""
    found: list[datetime.datetime] = []
    now = start
    while (now := next_due(when, now, found[-1] if found else None)) < end:
        found.append(now)
    return found


def local(moments: list[datetime.datetime], zone: datetime.tzinfo = BERLIN) -> list[str]:
    return [moment.astimezone(zone).strftime("%d %H:%M %z") for moment in moments]


def test_each_day_at_that_time_of_the_zone() -> None:
    found = walk(cron("30 2 * * *", BERLIN), at("2026-11-23T12:00"), at("2026-11-26T00:00"))
    assert local(found) == ["24 02:30 +0100", "25 02:30 +0100"]


def test_the_night_that_skips_half_past_two_runs_it_once_as_much_later() -> None:
    found = walk(cron("30 2 * * *", BERLIN), at("2026-03-28T00:00"), at("2026-03-31T00:00"))
    assert local(found) == ["28 02:30 +0100", "29 03:30 +0200", "30 02:30 +0200"]


def test_the_night_that_has_half_past_two_twice_runs_it_once() -> None:
    found = walk(cron("30 2 * * *", BERLIN), at("2026-10-24T00:00"), at("2026-10-27T00:00"))
    assert local(found) == ["24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"]


def test_a_task_of_every_quarter_of_an_hour_keeps_its_pace_through_both_nights() -> None:
    for night in ("2026-03-28T22:00", "2026-10-24T22:00"):
        start = at(night)
        found = walk(cron("*/15 * * * *", BERLIN), start, start.astimezone(UTC) + datetime.timedelta(hours=8))
        gaps = {later - earlier for earlier, later in itertools.pairwise(found)}
        assert (gaps, len(found)) == ({datetime.timedelta(minutes=15)}, 31)


def test_two_times_that_fall_on_one_moment_are_one() -> None:
    found = walk(cron("30 2,3 * * *", BERLIN), at("2026-03-29T00:00"), at("2026-03-30T00:00"))
    assert local(found) == ["29 03:30 +0200"]


@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), minute=st.integers(0, 59), year=st.integers(2024, 2030))
def test_a_daily_task_runs_exactly_once_for_every_day_of_a_year(zone: str, hour: int, minute: int, year: int) -> None:
    info = ZoneInfo(zone)
    start, end = at(f"{year}-01-01T00:00", info), at(f"{year + 1}-01-01T00:00", info)
    found = walk(cron(f"{minute} {hour} * * *", info), start - datetime.timedelta(seconds=1), end)
    days = [moment.astimezone(info).date() for moment in found]
    assert len(days) == len(set(days)) == (end.date() - start.date()).days
    for moment in found:
        shown = moment.astimezone(info)
        wall = shown.replace(hour=hour, minute=minute, fold=0)
        exists = wall.astimezone(UTC).astimezone(info).replace(tzinfo=None) == wall.replace(tzinfo=None)
        assert not exists or (shown.hour, shown.minute) == (hour, minute)


@given(
    text=st.sampled_from(
        ["*/7 * * * *", "0 * * * *", "5,35 1-4 * * 1-5", "15 2 1 * *", "0 0 * * sun", "59 23 31 12 *"]
    ),
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 3 * 366 * 24 * 60),
    ahead=st.integers(1, 400_000),
)
def test_the_next_moment_is_the_first_after_now_whatever_now_is(text: str, zone: str, minutes: int, ahead: int) -> None:
    """From any present before it, and none nearer: asking later never gives an earlier answer."""
    when = cron(text, ZoneInfo(zone))
    now = at("2025-01-01T00:00", UTC) + datetime.timedelta(minutes=minutes)
    found = next_due(when, now)
    assert found > now
    assert next_due(when, found - datetime.timedelta(microseconds=1)) == found
    later = now + datetime.timedelta(seconds=ahead)
    assert next_due(when, later) >= found
    assert later >= found or next_due(when, later) == found


def test_an_interval_keeps_its_pace_and_what_was_missed_is_one() -> None:
    five, start = Interval(5), at("2026-11-24T09:00", UTC)
    assert next_due(five, start) == at("2026-11-24T09:05", UTC)
    assert next_due(five, at("2026-11-24T09:00:04", UTC), start) == at("2026-11-24T09:05", UTC)
    assert next_due(five, at("2026-11-25T10:01", UTC), start) == at("2026-11-25T10:05", UTC)


def test_a_clock_that_went_back_makes_nobody_wait_for_the_old_future() -> None:
    now, served = at("2026-11-24T09:00", UTC), at("2026-11-25T09:00", UTC)
    assert next_due(Interval(5), now, served) == at("2026-11-24T09:05", UTC)
    daily = cron("30 2 * * *", UTC)
    assert next_due(daily, now, at("2026-11-26T02:30", UTC)) == at("2026-11-25T02:30", UTC)
    # A second back, just after it ran: the same moment does not come twice.
    assert next_due(daily, at("2026-11-24T02:29:59", UTC), at("2026-11-24T02:30", UTC)) == at("2026-11-25T02:30", UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("30 2 * *", "five fields"),
        ("61 2 * * *", "The minute 61 is not understood"),
        ("0 0 * * someday", "The weekday someday is not understood"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 1 * mon", "not both"),
        ("", "here are 0"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        cron(text, BERLIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30 2 * * *", "daily at 02:30"),
        ("0 8,20 * * *", "daily at 08:00 and 20:00"),
        ("30 7 * * mon-fri", "Monday to Friday at 07:30"),
        ("0 5 * * 0,1", "Monday and Sunday at 05:00"),
        ("0 6 1 * *", "on day 1 of the month at 06:00"),
        ("*/10 6-20 * * *", "cron */10 6-20 * * *"),
    ],
)
def test_in_words(text: str, words: str) -> None:
    assert in_words(cron(text, BERLIN)) == words


def test_intervals_in_words() -> None:
    said = [in_words(Interval(minutes)) for minutes in (1, 5, 60, 90, 360, 1440, 2880)]
    assert said == ["every minute", "every 5 minutes", "every hour", "every 90 minutes", "every 6 hours", "every day",
                    "every 2 days"]  # fmt: skip
