"""What was asked of the sandbox: every call, the concurrency reached, and every rule a well-behaved client broke."""

import threading
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import Any

CALLS_KEPT = 200_000  # a sandbox that runs for days must not grow
WRITE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(slots=True)
class AuditCall:
    """One call. `status` 0: the connection was cut. `inner`: a request inside a $batch."""

    vendor: str
    side: str
    method: str
    family: str
    status: int
    items: int
    at: float
    wrote: bool
    fault: str = ""
    inner: bool = False


class Audit:
    """Filled by the server after each request; handlers add `broke(...)`. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight: Counter[tuple[str, ...]] = Counter()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the requests in flight."""
        with self._lock:
            self._calls: deque[AuditCall] = deque(maxlen=CALLS_KEPT)
            self._families: dict[str, dict[str, Counter[str]]] = {}
            self._statuses: Counter[str] = Counter()
            self._writes: Counter[str] = Counter()
            self.peaks: defaultdict[str, int] = defaultdict(int)
            self.broken_rules: list[str] = []

    def enter(self, vendor: str, side: str, family: str) -> tuple[int, int]:
        """A request begins: (in flight for side+family, in flight for side), this one included."""
        with self._lock:
            counts = []
            for key in ((vendor, side, family), (vendor, side)):
                self._in_flight[key] += 1
                counts.append(self._in_flight[key])
                name = " ".join(key)
                self.peaks[name] = max(self.peaks[name], counts[-1])
            return counts[0], counts[1]

    def leave(self, vendor: str, side: str, family: str) -> None:
        """The request that `enter` announced has been handled."""
        with self._lock:
            self._in_flight[(vendor, side, family)] -= 1
            self._in_flight[(vendor, side)] -= 1

    def record(self, call: AuditCall) -> None:
        """Add one call. The counts of `summary` are of all calls, `calls` has the last CALLS_KEPT."""
        with self._lock:
            self._calls.append(call)
            if call.inner:
                return
            row = self._families.setdefault(call.vendor, {}).setdefault(
                call.family, Counter(calls=0, items=0, refused=0)
            )
            row.update(calls=1, items=call.items, refused=int(call.status >= 400 or call.status == 0))
            self._statuses[str(call.status)] += 1
            if call.wrote:
                self._writes[call.vendor] += 1

    def broke(self, rule: str) -> None:
        """Note a rule that a well-behaved client never breaks, as a sentence with the call in it."""
        with self._lock:
            self.broken_rules.append(rule)

    def calls(
        self,
        vendor: str | None = None,
        family: str | None = None,
        side: str | None = None,
        status: int | None = None,
        inner: bool = False,
    ) -> list[AuditCall]:
        """Calls in order, narrowed by what is given; the requests inside a $batch only with `inner=True`."""
        wanted = {"vendor": vendor, "family": family, "side": side, "status": status}
        tests = [(name, value) for name, value in wanted.items() if value is not None]
        with self._lock:
            calls = list(self._calls)
        return [call for call in calls if call.inner == inner and all(getattr(call, n) == v for n, v in tests)]

    def writes(self, vendor: str | None = None) -> list[AuditCall]:
        """Calls that were allowed to change a vendor's data and answered below 300, token requests left out."""
        return [call for call in self.calls(vendor=vendor) if call.wrote]

    def summary(self) -> dict[str, Any]:
        """JSON-able: calls and items by vendor and family, statuses, peaks, broken rules."""
        with self._lock:
            families = {
                vendor: {name: dict(row) for name, row in rows.items()} for vendor, rows in self._families.items()
            }
            return {
                "calls": sum(self._statuses.values()),
                "writes": dict(self._writes),
                "families": families,
                "statuses": dict(sorted(self._statuses.items())),
                "peaks": dict(sorted(self.peaks.items())),
                "broken_rules": list(self.broken_rules),
            }
