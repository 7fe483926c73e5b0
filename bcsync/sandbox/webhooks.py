"""Webhooks on their way: kept with the data, sent by the vendors' clock over HTTP, spoiled as a test asks for."""

import json
import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

KINDS = ("late", "twice", "never", "shuffled", "wrong-secret")
SENT_KEPT = 100_000  # a sandbox that runs for days must not grow
PATIENCE_SECONDS = 10.0
PUMP_SECONDS = 0.2
# (method, url, headers, body, seconds to wait) -> (status, body of the answer); status 0: no answer.
Send = Callable[[str, str, Mapping[str, str], bytes, float], tuple[int, str]]
# Delivery -> headers and body as they go out now; None: nobody wants it any more.
Prepare = Callable[["World", "Delivery"], tuple[dict[str, str], bytes] | None]
Answered = Callable[["World", "Delivery", int], None]


@dataclass
class Delivery:
    """One webhook. owners: ids of the hook or subscriptions it is sent for. attempt: 0 is the first."""

    vendor: str
    side: str
    owners: list[str]
    url: str
    body: str
    at: float
    attempt: int = 0
    wrong_secret: bool = False


@dataclass
class Sent:
    """One attempt, for tests and `/sandbox/webhooks`. status 0: no answer."""

    vendor: str
    url: str
    headers: dict[str, str]
    body: str
    attempt: int
    status: int
    at: float


@dataclass
class Spoil:
    """A fault of deliveries. seconds: how late, or within how many seconds shuffled."""

    kind: str
    vendor: str = ""
    left: int | None = 1
    rate: float | None = None
    seconds: float = 60.0
    dice: random.Random = field(default_factory=random.Random)


def post(method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> tuple[int, str]:
    """Send over HTTP; a redirect is an answer like any other."""
    try:
        answer = requests.request(
            method, url, headers=dict(headers), data=body or None, timeout=seconds, allow_redirects=False
        )
    except requests.RequestException:
        return 0, ""
    return answer.status_code, answer.text


class Courier:
    """Both vendors' deliveries. Nothing goes out before `deliver_due`; the sandbox's own process calls it all the time.

    send: replace it to hand deliveries to a Django test client, or to collect them without any server.
    vendors: vendor -> (prepare, answered), see above. flush: called first, makes deliveries of what was collected.
    delay: seconds for which Business Central collects changes.
    """

    def __init__(self, world: "World") -> None:
        self.world = world
        self.table = world.storage.table("webhook deliveries", {"due": "REAL"})
        self.send: Send = post
        self.vendors: dict[str, tuple[Prepare, Answered]] = {}
        self.flush: list[Callable[[World], None]] = []
        self.delay = 30.0
        self.sent: deque[Sent] = deque(maxlen=SENT_KEPT)
        self._spoils: list[Spoil] = []
        self._lock = threading.Lock()

    def spoil(
        self,
        kind: str,
        vendor: str = "",
        times: int | None = None,
        rate: float | None = None,
        seconds: float = 60.0,
        seed: int = 0,
    ) -> None:
        """Arm a fault for deliveries to come. Without `times` it strikes once, or for ever when `rate` is given."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault of deliveries {kind!r}; known: {', '.join(KINDS)}")
        left = times if times is not None or rate is not None else 1
        self._spoils.append(Spoil(kind, vendor, left, rate, seconds, random.Random(seed)))

    def restore(self) -> None:
        """Disarm all faults."""
        self._spoils.clear()

    def add(self, delivery: Delivery, delay: float = 0.0) -> None:
        """A new event: due after `delay` seconds of vendor time, unless a fault has it otherwise."""
        kind, spoil = self._struck(delivery.vendor)
        due = self.world.clock.timestamp() + delay
        if kind == "never":
            return
        if kind == "late":
            due += spoil.seconds
        elif kind == "shuffled":
            due += spoil.dice.uniform(0, spoil.seconds)
        delivery.wrong_secret = kind == "wrong-secret"
        for _ in range(2 if kind == "twice" else 1):
            self.put(delivery, due)

    def put(self, delivery: Delivery, due: float) -> None:
        """Keep a delivery until it is due."""
        self.table.insert(delivery.__dict__, due=due)

    def waiting(self) -> list[Delivery]:
        """What has not been sent yet, in the order in which it will be."""
        return [Delivery(**body) for body in self.table.select(order="due, id")]

    def deliver_due(self) -> list[Sent]:
        """Send everything that is due by the vendors' clock, one after the other; returns the attempts."""
        with self._lock:
            with self.world.storage.transaction():
                for flush in self.flush:
                    flush(self.world)
            made = []
            while delivery := self._next():
                sent = self._attempt(delivery)
                if sent:
                    made.append(sent)
            return made

    def pump(self, stop: threading.Event) -> None:
        """Deliver what is due until `stop` is set."""
        while not stop.wait(PUMP_SECONDS):
            self.deliver_due()

    def handshake(self, method: str, url: str, token: str, seconds: float) -> bool:
        """Whether the receiver gives the validation token back in time (Business Central)."""
        joined = f"{url}{'&' if '?' in url else '?'}validationToken={token}"
        status, body = self.send(method, joined, {"Accept": "text/plain"}, b"", seconds)
        return status == 200 and body == token

    def _next(self) -> Delivery | None:
        with self.world.storage.transaction():
            now = self.world.clock.timestamp()
            row = self.world.storage.execute(
                f"SELECT id, body FROM {self.table.name} WHERE due <= ? ORDER BY due, id LIMIT 1", (now,)
            ).fetchone()
            if not row:
                return None
            self.table.delete("id = ?", (row[0],))
            return Delivery(**json.loads(row[1]))

    def _attempt(self, delivery: Delivery) -> Sent | None:
        prepare, answered = self.vendors[delivery.vendor]
        with self.world.storage.transaction():
            ready = prepare(self.world, delivery)
        if ready is None:
            return None
        headers, body = ready
        # Outside of any transaction: who receives it may ask the sandbox something.
        status, _ = self.send("POST", delivery.url, headers, body, PATIENCE_SECONDS)
        at = self.world.clock.timestamp()
        sent = Sent(delivery.vendor, delivery.url, headers, body.decode(), delivery.attempt, status, at)
        self.sent.append(sent)
        with self.world.storage.transaction():
            answered(self.world, delivery, status)
        return sent

    def _struck(self, vendor: str) -> tuple[str, Spoil]:
        for spoil in [*self._spoils, *self._switched(vendor)]:
            if spoil.left == 0 or spoil.vendor not in ("", vendor):
                continue
            if spoil.rate is not None and spoil.dice.random() >= spoil.rate:
                continue
            if spoil.left is not None:
                spoil.left -= 1
            return spoil.kind, spoil
        return "", Spoil("")

    def _switched(self, vendor: str) -> list[Spoil]:
        """BigCommerce's manners as the switch has them: shuffled within a minute, each twice, half of them lost."""
        kind, rate = {"shuffled": ("shuffled", None), "duplicated": ("twice", None), "dropped": ("never", 0.5)}.get(
            self.world.switches.hook_delivery, ("", None)
        )
        if not kind or vendor != "bigcommerce":
            return []
        return [Spoil(kind, vendor, None, rate, dice=self.world.random)]


def summary(courier: Courier) -> dict[str, Any]:
    """JSON-able: what waits, and the last attempts without their headers, for the control doors."""
    last = list(courier.sent)[-200:]
    return {
        "waiting": len(courier.waiting()),
        "sent": len(courier.sent),
        "last": [{"url": one.url, "status": one.status, "attempt": one.attempt, "body": one.body} for one in last],
    }
