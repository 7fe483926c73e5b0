"""Throttle arithmetic, pure: what a vendor's headers say, how to share a window's last calls, how long to back off.
https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

# Below this share of the quota the rest of the window is shared out evenly instead of being used up at once.
LOW_SHARE = 0.2
# A quota nobody told us is taken for the smallest plan's.
DEFAULT_QUOTA = 150
BACKOFF_BASE = 0.5
BACKOFF_CAP = 30.0
# A vendor that names a longer wait than this is asked again after it, not believed for hours.
LONGEST_WAIT = 600.0


@dataclass(frozen=True)
class Quota:
    """One answer's rate headers, or what a gate knows. left, quota: calls. reset_in, window: seconds.

    pause: for so many seconds nobody may call at all.
    """

    left: int
    quota: int
    reset_in: float
    window: float
    pause: float = 0.0


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """The quota an answer tells of, or None when it does not. Header names in any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    left = _number(lower.get("x-rate-limit-requests-left"))
    reset = _number(lower.get("x-rate-limit-time-reset-ms"))
    if left is None or reset is None:
        return None
    quota = _number(lower.get("x-rate-limit-requests-quota"))
    window = _number(lower.get("x-rate-limit-time-window-ms"))
    return Quota(
        left=max(0, int(left)),
        quota=max(1, int(quota)) if quota is not None else max(DEFAULT_QUOTA, int(left)),
        reset_in=max(0.0, reset / 1000),
        window=max(0.001, window / 1000) if window is not None else 30.0,
    )


def told_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds the vendor asks us to wait (reset of the window, X-Retry-After, Retry-After in either form), or None."""
    lower = {name.lower(): value for name, value in headers.items()}
    reset = _number(lower.get("x-rate-limit-time-reset-ms"))
    if reset is not None:
        return _bounded(reset / 1000)
    for name in ("x-retry-after", "retry-after"):
        seconds = _number(lower.get(name))
        if seconds is not None:
            return _bounded(seconds)
    when = http_date(lower.get("retry-after"))
    if when is None:
        return None
    return _bounded((when - (http_date(lower.get("date")) or now or datetime.now(UTC))).total_seconds())


def spacing(left: int, quota: int, reset_in: float) -> float:
    """Seconds between two calls: none while plenty is left, then the window's rest shared evenly."""
    if reset_in <= 0:
        return 0.0
    if left <= 0:
        return reset_in
    if left >= quota * LOW_SHARE:
        return 0.0
    return reset_in / left


def backoff(attempt: int, random: Random, *, base: float = BACKOFF_BASE, cap: float = BACKOFF_CAP) -> float:
    """Exponential wait with full jitter, in seconds; attempt counts from 0. Never less than a tenth of the base."""
    ceiling = min(cap, base * 2 ** min(attempt, 30))
    return max(base / 10, random.uniform(0, ceiling))


def http_date(value: str | None) -> datetime | None:
    """A Date or Retry-After header as an aware UTC datetime, or None where it is none."""
    if not value:
        return None
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_WAIT)


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and number == number and abs(number) != float("inf") else None
