"""The last 30 days as shapes of an SVG: created and updated above the line, failed below it on a scale of its own.

What each number counts is said by `Run.per_day`.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

DAYS = 30
LEFT, STEP, COLUMN, TOP, GROUND, BELOW, DEEPEST = 40, 27.3, 17, 14, 150, 158, 26


@dataclass(frozen=True)
class Bar:
    """A rectangle. tone: info (created), accent (updated) or bad (failed)."""

    tone: str
    y: float
    height: float


@dataclass(frozen=True)
class Day:
    """One day with its three numbers, its bars at x, and its name where the axis has room for it."""

    day: datetime.date
    created: int
    updated: int
    failed: int
    x: float
    bars: tuple[Bar, ...]
    label: bool

    @property
    def middle(self) -> float:
        return self.x + COLUMN / 2

    @property
    def anything(self) -> bool:
        return bool(self.created or self.updated or self.failed)

    @property
    def below(self) -> float:
        return next((bar.y + bar.height + 11 for bar in self.bars if bar.tone == "bad"), 0.0)


@dataclass(frozen=True)
class Chart:
    """days, and the lines of the scale as (y, number). created, updated, failed: the sums."""

    days: list[Day]
    scale: list[tuple[float, int]]
    created: int
    updated: int
    failed: int

    @property
    def anything(self) -> bool:
        return bool(self.created or self.updated or self.failed)

    @property
    def highest(self) -> Day:
        return max(self.days, key=lambda day: day.created + day.updated)


def chart_of(figures: Mapping[datetime.date, Mapping[str, int]], today: datetime.date) -> Chart:
    """The 30 days up to today. figures: day -> created, updated, failed; absent days are empty."""
    first = today - datetime.timedelta(days=DAYS - 1)
    dates = [first + datetime.timedelta(days=number) for number in range(DAYS)]
    numbers = [tuple(figures.get(day, {}).get(name, 0) for name in ("created", "updated", "failed")) for day in dates]
    step = _step(max(created + updated for created, updated, _ in numbers))
    most, worst = 4 * step, max(failed for *_, failed in numbers) or 1
    days = []
    for place, (day, (created, updated, failed)) in enumerate(zip(dates, numbers, strict=True)):
        bars = _bars(created, updated, failed, most, worst)
        days.append(Day(day, created, updated, failed, LEFT + place * STEP, bars, (DAYS - 1 - place) % 7 == 0))
    scale = [(_y(number * step, most), number * step) for number in range(5)]
    sums = [sum(column) for column in zip(*numbers, strict=True)]
    return Chart(days, scale, sums[0], sums[1], sums[2])


def _step(highest: int) -> int:
    """A quarter of the scale: a round number."""
    step = 1
    while 4 * step < highest:
        leading = int(str(step)[0])
        step = step * 5 // 2 if leading == 2 else step * 2
    return step


def _y(number: int, most: int) -> float:
    return round(GROUND - number * (GROUND - TOP) / most, 1)


def _bars(created: int, updated: int, failed: int, most: int, worst: int) -> tuple[Bar, ...]:
    found = []
    middle, top = _y(updated, most), _y(updated + created, most)
    if updated:
        found.append(Bar("accent", middle, round(GROUND - middle, 1)))
    if created:
        found.append(Bar("info", top, round(max(0.8, middle - top - (1 if updated else 0)), 1)))
    if failed:
        found.append(Bar("bad", BELOW, round(max(3.0, failed * DEEPEST / worst), 1)))
    return tuple(found)
