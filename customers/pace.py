"""How quickly a run goes on, and when it will be done: arithmetic over samples that the run keeps of itself. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from bcsync.clients.throttle import Quota

# Samples older than this say nothing about now; so many are kept at the most.
WINDOW = 120.0
MOST_KEPT = 20
Sample = Sequence[float]


@dataclass(frozen=True)
class Pace:
    """per_second: customers, None while nothing is known. seconds_left: None alike. bound: the quota decides."""

    per_second: float | None = None
    seconds_left: float | None = None
    bound: bool = False


def noted(kept: dict[str, Any] | None, step: str, now: float, done: int, calls: int) -> dict[str, Any]:
    """The samples with this one: {"step", "at": [[seconds, customers done, vendor calls]]}; a new step begins anew."""
    rows = list(kept["at"]) if kept and kept.get("step") == step else []
    rows = [row for row in rows if now - row[0] <= WINDOW][-MOST_KEPT + 1 :]
    return {"step": step, "at": [*rows, [round(now, 1), done, calls]]}


def pace(kept: dict[str, Any] | None, step: str, now: float, to_do: int, quota: Quota | None) -> Pace:
    """The pace of the last two minutes, and the time left: by the pace, or by the calls that the quota lets through."""
    rows = list(kept["at"]) if kept and kept.get("step") == step else []
    if len(rows) < 2:
        return Pace()
    first, last = rows[0], rows[-1]
    done, calls = last[1] - first[1], last[2] - first[2]
    # A run that stands still gets slower while one looks; between two samples it does not.
    span = max(last[0] - first[0], now - first[0] - WINDOW / 4)
    if done <= 0 or span <= 0:
        return Pace()
    by_pace = to_do * span / done
    by_quota = waiting_for(quota, to_do * calls / done)
    return Pace(done / span, max(by_pace, by_quota), by_quota > by_pace)


def waiting_for(quota: Quota | None, calls: float) -> float:
    """Seconds until the quota has let so many calls through, however quickly they are made."""
    if quota is None or calls <= quota.left:
        return 0.0
    windows = ceil((calls - quota.left) / max(1, quota.quota))
    return quota.reset_in + (windows - 1) * quota.window
