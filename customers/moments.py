"""When a recurring task is due: an interval, or five cron fields in a time zone. Pure: the present is passed in.

Days are the zone's. A time of day that a night skips comes as much later; one that a night has twice comes once.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery.schedules import ParseException, crontab

UTC = datetime.UTC
Moment = datetime.datetime
# 29 February comes back within so many days.
FARTHEST_DAYS = 366 * 9
A_DAY = datetime.timedelta(days=1)
MOST_COUNTED = 300  # moments that are looked at for a pace
# A change of the clocks is never larger.
SHIFT = datetime.timedelta(hours=3)
FIELDS = ("minute", "hour", "day of the month", "month", "weekday")
DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


class NotUnderstood(ValueError):
    """A cron expression that cannot be; str() says which field and what would do."""


@dataclass(frozen=True)
class Interval:
    """Every so many minutes of real time, whatever the clocks do."""

    minutes: int

    @property
    def length(self) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Cron:
    """The five fields as sets of numbers; weekdays count from Sunday, 0. `every_hour`: the hour is not restricted."""

    text: str
    zone: ZoneInfo
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def every_hour(self) -> bool:
        return len(self.hours) == 24


When = Interval | Cron


def zone(name: str) -> ZoneInfo:
    """Raises NotUnderstood for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise NotUnderstood(f"The time zone {name} is not known here.") from None


def cron(text: str, zone: ZoneInfo) -> Cron:
    """Read `minute hour day-of-the-month month weekday`, with * , - / and the names of weekdays and months.

    Raises NotUnderstood with a sentence for who typed it.
    """
    words = text.split()
    if len(words) != len(FIELDS):
        fields = ", ".join(FIELDS)
        raise NotUnderstood(
            f"Cron takes five fields ({fields}), like 30 2 * * * for every day at 02:30; here are {len(words)}."
        )
    if words[2] != "*" and words[4] != "*":
        raise NotUnderstood("Give days of the month or weekdays, not both: cron programs disagree on what both mean.")
    parsed = [_field(place, word) for place, word in enumerate(words)]
    made = Cron(" ".join(words), zone, *parsed)
    if _next_cron(made, Moment(2024, 1, 1, tzinfo=UTC)) is None:
        raise NotUnderstood("That day never comes: no month among these has it.")
    return made


def _field(place: int, word: str) -> frozenset[int]:
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    try:
        found = getattr(crontab(**{names[place]: word}), names[place])
    except (ParseException, ValueError) as error:
        raise NotUnderstood(f"The {FIELDS[place]} {word} is not understood: {error}") from None
    return frozenset(found)


def next_due(when: When, now: Moment, served: Moment | None = None) -> Moment:
    """The next moment after now, in UTC. served: the last one that a run was started for; it does not come twice,
    and an interval keeps its pace. However many were missed, there is one next.
    """
    if isinstance(when, Interval):
        if served is None or served > now:
            return now.astimezone(UTC) + when.length
        return served.astimezone(UTC) + ((now - served) // when.length + 1) * when.length
    found = _next_cron(when, now)
    if found is not None and found == served:
        found = _next_cron(when, found)
    assert found is not None, f"{when.text} never comes"
    return found


def pace(when: When, now: Moment) -> datetime.timedelta:
    """How far apart its moments are from now on: those of a day on the average, or the next two."""
    if isinstance(when, Interval):
        return when.length
    first = at = next_due(when, now)
    number = 0
    while at - first < A_DAY and number < MOST_COUNTED:
        at, number = next_due(when, at), number + 1
    return (at - first) / number


def _next_cron(when: Cron, after: Moment) -> Moment | None:
    """The first moment after this one. Walked by the wall clock, whose order a change of the clocks bends a little."""
    start = after.astimezone(when.zone).replace(tzinfo=None) - SHIFT
    best: Moment | None = None
    until: Moment | None = None
    for wall in _walls(when, start):
        if until is not None and wall > until:
            break
        for moment in _instants(when, wall):
            if moment > after and (best is None or moment < best):
                best, until = moment, until or wall + SHIFT
    return best


def _walls(when: Cron, start: Moment) -> Iterator[Moment]:
    """Times of the wall clock from `start` on that the fields name, without a zone, in order."""
    for number in range(FARTHEST_DAYS):
        day = start.date() + datetime.timedelta(days=number)
        # Weekdays of a date count from Monday, 1, to Sunday, 7.
        if day.month not in when.months or day.day not in when.days or day.isoweekday() % 7 not in when.weekdays:
            continue
        for hour in sorted(when.hours):
            for minute in sorted(when.minutes):
                wall = Moment.combine(day, datetime.time(hour, minute))
                if wall >= start:
                    yield wall


def _instants(when: Cron, wall: Moment) -> list[Moment]:
    """The moments of a wall clock's time. One that is skipped is as much later (PEP 495). One that comes twice counts
    once, except for a task of every hour, which would miss an hour otherwise.
    """
    first = wall.replace(tzinfo=when.zone).astimezone(UTC)
    if not when.every_hour:
        return [first]
    again = wall.replace(tzinfo=when.zone, fold=1).astimezone(UTC)
    # Of a time that is skipped the second reading would be an hour before the first.
    return [first, again] if again > first else [first]


def in_words(when: When) -> str:
    """every 5 minutes; daily at 02:30; Monday to Friday at 07:30; else the cron expression as it was typed."""
    if isinstance(when, Interval):
        return _every(when.minutes)
    return _plain(when) or f"cron {when.text}"


def _every(minutes: int) -> str:
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            number = minutes // size
            return f"every {unit}" if number == 1 else f"every {number} {unit}s"
    raise AssertionError(minutes)


def _plain(when: Cron) -> str:
    """The usual shapes in words: a few times a day, on all days, some weekdays or a day of the month; else ""."""
    if len(when.minutes) != 1 or len(when.hours) > 4 or len(when.months) != 12:
        return ""
    times = " and ".join(f"{hour:02}:{minute:02}" for hour in sorted(when.hours) for minute in when.minutes)
    if len(when.days) == 31:
        return f"{_days(when.weekdays)} at {times}"
    return f"on day {min(when.days)} of the month at {times}" if len(when.days) == 1 else ""


def _days(weekdays: frozenset[int]) -> str:
    if len(weekdays) == 7:
        return "daily"
    if weekdays == frozenset(range(1, 6)):
        return "Monday to Friday"
    return " and ".join(DAY_NAMES[day] for day in sorted(weekdays, key=lambda day: (day - 1) % 7))
