"""The receivers under load: `python -m benchmarks.webhooks [SECONDS [BURST]]`.

Gunicorn with two workers on DATABASE_URL (a scratch database: its tables are emptied); the load generator on the same
machine: 200 signed events a second at fixed moments, whether the one before was answered or not, and each latency is
counted from its moment. Then a burst as fast as sixteen connections go. Every id must be in the inbox afterwards, and
the burst be taken in a handful of claims. Exits 1 when one is missing or the p99 reaches 250 ms.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bcsync.embedded.places import ROOT, free_port  # noqa: E402
from benchmarks.stage import empty_store  # noqa: E402
from stores import inbox  # noqa: E402
from stores.models import Store, WebhookEndpoint, WebhookEvent  # noqa: E402

HASH, SECRET, CLIENT_SECRET = "loaded", "secret-of-the-benchmark", "client-secret-of-the-benchmark"
RATE, CONNECTIONS = 200, 16
P99_SECONDS = 0.25
BEGINNING = 1_780_000_000


def main(seconds: int, burst: int) -> int:
    store = empty_store(HASH, "token")
    Store.objects.update(client_secret=CLIENT_SECRET)
    WebhookEndpoint.objects.create(store=store, wanted=True, secret=SECRET)
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "bcsync.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--threads", "4", "--log-level", "warning"),
    ]
    web = subprocess.Popen(command, cwd=ROOT)
    try:
        until_it_answers(port)
        print(f"{connection.vendor}, gunicorn with two workers, load averages before: {os.getloadavg()}")
        steady = Load(port, first=1, count=RATE * seconds, rate=RATE).run()
        steady.show(f"{RATE} a second for {seconds} s")
        storm = Load(port, first=RATE * seconds + 1, count=burst, rate=0).run()
        storm.show(f"burst of {burst:,}")
    finally:
        web.terminate()
        web.wait()
    sent = steady.count + storm.count
    stored = WebhookEvent.objects.values("remote_id").distinct().count()
    claims = claimed(store)
    print(f"stored {stored:,} of {sent:,}; taken in {len(claims)} claims of {claims}")
    good = stored == sent and steady.percentile(0.99) < P99_SECONDS
    return 0 if good else 1


class Load:
    """Events of customers first, first+1 ...; rate 0: as fast as they go."""

    def __init__(self, port: int, first: int, count: int, rate: int) -> None:
        self.port, self.count, self.rate = port, count, rate
        self.waiting: queue.SimpleQueue[tuple[float, int]] = queue.SimpleQueue()
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.began = time.monotonic() + 0.5
        for place in range(count):
            self.waiting.put((self.began + place / rate if rate else 0.0, first + place))

    def run(self) -> "Load":
        threads = [threading.Thread(target=self._work) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.took = time.monotonic() - self.began
        return self

    def _work(self) -> None:
        there = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while True:
            try:
                moment, id = self.waiting.get_nowait()
            except queue.Empty:
                return
            time.sleep(max(0.0, moment - time.monotonic()))
            moment = moment or time.monotonic()
            self.statuses[self._send(there, *delivery(id))] += 1
            self.seconds.append(time.monotonic() - moment)

    def _send(self, there: http.client.HTTPConnection, body: bytes, headers: dict[str, str]) -> int:
        for again in (True, False):
            try:
                there.request("POST", f"/webhooks/bigcommerce/{HASH}", body, headers)
                answer = there.getresponse()
                answer.read()
                return answer.status
            except (OSError, http.client.HTTPException):
                # A kept connection that the server closed meanwhile: the vendor, too, sends again.
                there.close()
                if not again:
                    return 0
        return 0

    def percentile(self, share: float) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * share)]

    def show(self, title: str) -> None:
        p50, p99, worst = (self.percentile(share) * 1000 for share in (0.5, 0.99, 0.99999))
        pace = self.count / self.took
        print(f"{title}: {dict(self.statuses)}, p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.0f} ms, {pace:.0f}/s")


def delivery(id: int) -> tuple[bytes, dict[str, str]]:
    """The body and headers of one event, signed as BigCommerce signs."""
    data = {"scope": "store/customer/updated", "store_id": "1", "data": {"type": "customer", "id": id}}
    hash_ = hashlib.sha1(str(id).encode()).hexdigest()
    body = json.dumps({**data, "hash": hash_, "created_at": BEGINNING + id % 60, "producer": f"stores/{HASH}"}).encode()
    stamp = str(int(time.time()))
    mac = hmac.new(CLIENT_SECRET.encode(), f"id{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = {"webhook-id": f"id{id}", "webhook-timestamp": stamp}
    signature["webhook-signature"] = "v1," + base64.b64encode(mac).decode()
    return body, {"Content-Type": "application/json", "X-Webhook-Secret": SECRET, **signature}


def claimed(store: Store) -> list[int]:
    """How many events each claim takes until nothing waits."""
    taken: list[int] = []
    while inbox.stores_with_ripe_events(timezone.now() + inbox.COALESCE):
        taken.append(inbox.claim(store, f"claim-{len(taken)}").events)
    return taken


def until_it_answers(port: int) -> None:
    for _ in range(120):
        there = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            there.request("GET", "/sign-in/")
            there.getresponse().read()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("gunicorn does not answer")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*numbers, *(60, 20_000)[len(numbers) :]))
