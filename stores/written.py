"""How a number, a day, a moment and a length of time are written for who reads: the only place that decides it.

Formats are Django's own. Names of months are English like every word, so only readers of English get them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils import dateformat, numberformat, timezone
from django.utils.formats import get_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import to_language

from stores.reader import current

# Django writes these with twelve hours; who lives there does not.
_TWENTY_FOUR_HOURS = ("en_GB", "cy")
_MARKS = str.maketrans("", "", "\u200e\u200f")
# How a moment stands in a text that is kept, for whoever reads it later.
_KEPT = re.compile(r"\b(\d{4}-\d\d-\d\d) (\d\d:\d\d)(:\d\d)? UTC\b")


@dataclass(frozen=True)
class Formats:
    """day, short_day (of this year), time and exact_time as Django's date formats; the two signs of a number."""

    day: str
    short_day: str
    time: str
    exact_time: str
    decimal: str
    thousands: str


@cache
def formats_of(locale: str) -> Formats:
    """One locale's, kept. Where Django's short date has a word, the one it reads takes its place."""
    language = to_language(locale)
    day = str(get_format("SHORT_DATE_FORMAT", lang=language)).translate(_MARKS)
    short = day
    if re.search(r"[^dmjnY\W]|\\", day):
        day = short = str(get_format("DATE_INPUT_FORMATS", lang=language)[0]).replace("%", "")
    elif locale.startswith("en") and day[0] in "dm":
        day, short = ("j M Y", "j M") if day[0] == "d" else ("M j, Y", "M j")
    time = str(get_format("TIME_FORMAT", lang=language))
    sign = "." if re.search(r"[GgHh]\.i", time) else ":"
    twelve = re.search("[gPaA]", time) and locale not in _TWENTY_FOUR_HOURS
    hour, half = ("g", " A") if twelve else ("H", "")
    decimal, thousands = str(get_format("DECIMAL_SEPARATOR", lang=language)), _thousands(language)
    return Formats(
        day, short, f"{hour}{sign}i{half}", f"{hour}{sign}i{sign}s{half}", decimal,
        thousands if thousands != decimal else "\xa0",
    )  # fmt: skip


def _thousands(language: str) -> str:
    return str(get_format("THOUSAND_SEPARATOR", lang=language)) or ","


def _formats() -> Formats:
    return formats_of(current().locale)


def number(value: Any, decimals: int | None = None) -> str:
    """1,204 or 1.204; with decimals, rounded to so many. What is no number is given back as text, None as ""."""
    if value is None or isinstance(value, bool | str):
        return "" if value is None else str(value)
    how = _formats()
    text = value if decimals is None else Decimal(f"{value:.{decimals}f}")
    return str(
        numberformat.format(
            text, how.decimal, decimals, grouping=3, thousand_sep=how.thousands, force_grouping=True, use_l10n=True
        )
    )


def thousands() -> str:
    """The sign between thousands."""
    return _formats().thousands


def many(count: int | None, one: str, several: str = "") -> str:
    """1 customer, 1,204 customers."""
    return f"{number(count or 0)} {one if count == 1 else several or one + 's'}"


def local(at: datetime) -> datetime:
    """The same moment in the reader's zone."""
    return timezone.localtime(at, current().zone)


def zone_name(at: datetime) -> str:
    """As short as it is clear at this moment: CET, UTC, UTC+03."""
    name = local(at).tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def day(value: date, *, year: bool = True) -> str:
    """A day; of a moment, the reader's."""
    how = _formats()
    at = local(value) if isinstance(value, datetime) else value
    return dateformat.format(at, how.day if year else how.short_day)


def time(at: datetime, *, seconds: bool = False) -> str:
    how = _formats()
    return dateformat.format(local(at), how.exact_time if seconds else how.time)


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Day and time; with the zone where nobody said which one the reader's is."""
    return f"{day(at)} {time(at, seconds=seconds)}" + ("" if current().zone_known else f" {zone_name(at)}")


def exact(at: datetime) -> str:
    """Day and time to the second, with its zone."""
    return f"{day(at)} {time(at, seconds=True)} {zone_name(at)}"


def iso(text: Any) -> str:
    """A day or a moment in ISO 8601, as filters keep them; midnight in UTC stands for the day. Else the text itself."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text)
    if at.tzinfo is None or at == at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0):
        return day(at.date())
    return moment(at)


def weekday_and_time(at: datetime) -> str:
    """Tue 24 Nov 14:05, the zone as in `moment`."""
    name = dateformat.format(local(at), "D")
    return f"{name} {day(at, year=False)} {time(at)}" + ("" if current().zone_known else f" {zone_name(at)}")


def relative(at: datetime, now: datetime) -> str:
    """In words as short as they stay exact enough: just now, 5 min ago, 3 h ago, 2 d ago, then the date."""
    past = now - at
    if past < timedelta(seconds=-45):
        return f"in {_span(-past)}"
    if past < timedelta(seconds=45):
        return "just now"
    if past < timedelta(days=7):
        return f"{_span(past)} ago"
    return day(at, year=local(at).year != local(now).year)


def _span(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 45 * 60:
        return f"{max(1, round(seconds / 60))} min"
    if seconds < 22 * 3600:
        return f"{max(1, round(seconds / 3600))} h"
    return f"{number(max(1, round(seconds / 86400)))} d"


def estimate(seconds: float) -> str:
    """40 s, 3 min, 2.5 h: as exact as an estimate may claim to be."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{number(seconds / 3600, 1)} h"


def element(at: datetime, text: str) -> SafeString:
    """A <time> that says the moment to machines, and exactly on hover."""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), text)


def kept(at: datetime, *, seconds: bool = False) -> str:
    """A moment inside a text that is stored, or that a log or a command tells: `said` writes it as the reader does."""
    return f"{at.astimezone(UTC):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}} UTC"


def said(text: object, *, plain: bool = False) -> SafeString | str:
    """A stored text with its moments as the reader writes them; escaped, unless plain is asked for (mails)."""
    whole = text if isinstance(text, str) else "" if text is None else str(text)
    if plain:
        return _KEPT.sub(lambda found: _written(found, plain=True), whole)
    # Escaping touches neither digits nor the signs between them.
    return mark_safe(_KEPT.sub(lambda found: _written(found, plain=False), conditional_escape(whole)))


def _written(found: re.Match[str], *, plain: bool) -> str:
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}+00:00")
    except ValueError:  # looks like a moment, and is none
        return found[0]
    text = moment(at, seconds=bool(found[3]))
    return text if plain else element(at, text)
