"""Faults to inject: which request they strike, and what the client gets instead of, or after, the real answer."""

import random
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from bcsync.sandbox.messages import Response

REFUSING = ("429", "429-no-headers", "500", "502", "503", "504", "html", "cut-before", "answer")
DONE_ALL_THE_SAME = ("truncated", "slow", "cut-after", "504-after")
KINDS = REFUSING + DONE_ALL_THE_SAME
HTML = "<html><head><title>Service Unavailable</title></head><body><h1>Please try again later.</h1></body></html>"
REFUSALS = {
    "500": (500, "Internal Server Error"),
    "502": (502, "Bad Gateway"),
    "503": (503, "Service Unavailable"),
    "504": (504, "Gateway Timeout"),
}


@dataclass
class Fault:
    """`kinds`: one is drawn per strike. `left`: strikes left, None without end. `rate`: share struck, None all."""

    kinds: tuple[str, ...]
    vendor: str = ""
    match: str = ""
    left: int | None = 1
    rate: float | None = None
    seconds: float = 1.0
    status: int = 200
    body: Any = None
    skip: int = 0
    dice: random.Random = field(default_factory=random.Random)

    def concerns(self, vendor: str, family: str) -> bool:
        """Vendor and family pattern fit ("POST /v3/customers", or a glob such as "* /v3/customers*")."""
        return self.vendor in ("", vendor) and (not self.match or fnmatchcase(family, self.match))


class Faults:
    """The faults waiting to strike; the first that fits a request takes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(
        self,
        kind: str | list[str] | tuple[str, ...],
        vendor: str = "",
        match: str = "",
        times: int | None = None,
        rate: float | None = None,
        seed: int = 0,
        seconds: float = 1.0,
        status: int = 200,
        body: Any = None,
        skip: int = 0,
    ) -> None:
        """Arm a fault. Without `times` it strikes once, or for ever when `rate` (0..1) is given.

        kind: one of KINDS, or several to draw from. seconds: delay of "slow", wait named by "429".
        status: of the "html" answer, and of "answer", whose JSON is body: a refusal that is documented and that no data
        of the sandbox brings about, or a schema never seen. skip: let that many fitting requests pass first.
        ValueError: unknown kind.
        """
        kinds = (kind,) if isinstance(kind, str) else tuple(kind)
        unknown = [name for name in kinds if name not in KINDS]
        if unknown or not kinds:
            raise ValueError(f"unknown fault {unknown!r}; known: {', '.join(KINDS)}")
        left = times if times is not None or rate is not None else 1
        with self._lock:
            dice = random.Random(seed)
            self._waiting.append(Fault(kinds, vendor, match, left, rate, seconds, status, body, skip, dice))

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._waiting.clear()

    def take(self, vendor: str, family: str) -> tuple[str, Fault] | None:
        """The kind that strikes this request, with its fault; None when it passes."""
        with self._lock:
            for fault in self._waiting:
                if fault.left == 0 or not fault.concerns(vendor, family):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.rate is not None and fault.dice.random() >= fault.rate:
                    continue
                if fault.left is not None:
                    fault.left -= 1
                return fault.dice.choice(fault.kinds), fault
        return None


def answer(kind: str, fault: Fault, vendor: str) -> Response | None:
    """The answer in the real one's place; None for the kinds that let the request through (slow, cut-after ...)."""
    if kind == "html":
        return Response(fault.status, HTML, content_type="text/html")
    if kind == "answer":
        return Response(fault.status, fault.body)
    if kind == "429-no-headers":
        return Response(429, refusal_body(vendor, 429, "Too many requests"))
    if kind == "429":
        wait = str(int(fault.seconds * 1000))
        quota = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": wait}
        window = {"X-Rate-Limit-Requests-Quota": "150", "X-Rate-Limit-Time-Window-Ms": "30000"}
        headers = {**quota, **window} if vendor == "bigcommerce" else {"Retry-After": str(max(1, int(fault.seconds)))}
        return Response(429, refusal_body(vendor, 429, "Too many requests"), headers)
    if kind in REFUSALS:
        status, title = REFUSALS[kind]
        return Response(status, refusal_body(vendor, status, title))
    return None


def refusal_body(vendor: str, status: int, title: str) -> dict[str, Any]:
    """The body of an error that has nothing to do with what was asked."""
    if vendor == "bigcommerce":
        return {"status": status, "title": title, "type": "/api-docs/getting-started/api-status-codes", "errors": {}}
    return {"error": {"code": "Unknown", "message": f"{title}  CorrelationId:  00000000-0000-0000-0000-000000000000."}}
