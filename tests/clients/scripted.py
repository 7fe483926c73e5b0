"""A tiny HTTP server that answers what a test wrote down, for what the sandbox cannot say: odd headers, odd bodies."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bcsync.clients.gate import NoGate
from bcsync.clients.transport import Transport


@dataclass
class Reply:
    """One answer. body: text as it is, anything else as JSON. cut: close the connection without an answer."""

    status: int = 200
    body: Any = field(default_factory=lambda: {"data": [], "meta": {}})
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass
class Got:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Script:
    """Replies in order, the last for ever; `got` holds the requests."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.got: list[Got] = []
        self.url = ""
        self._lock = threading.Lock()

    def take(self, got: Got) -> Reply:
        with self._lock:
            self.got.append(got)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = script.take(Got(self.command, self.path, headers, body))
            if reply.cut:
                self.close_connection = True
                return
            payload = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
            self.send_response_only(reply.status)
            for name, value in {"Content-Length": str(len(payload)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, *args: Any) -> None:
            return None

    return Handler


@contextmanager
def serving(*replies: Reply) -> Iterator[Script]:
    """A server that answers with these replies while the block runs."""
    script = Script(*replies)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()


TOKEN = "tok-0123456789abcdef"
OK = Reply(200, {"data": [1], "meta": {}}, {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"})


class Watched(NoGate):
    """An open gate that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def enter(self) -> None:
        self.told.append("enter")

    def leave(self) -> None:
        self.told.append("leave")

    def penalize(self, seconds: float) -> None:
        self.told.append(("penalize", seconds))


def transport_to(url: str, **changes: Any) -> tuple[Transport, list[float]]:
    """A transport that never really waits, and the list its waits go to."""
    waits: list[float] = []
    options: dict[str, Any] = {
        "gate": NoGate(),
        "authorize": lambda force=False: {"X-Auth-Token": TOKEN},
        "sleep": waits.append,
        "random": random.Random(1),
        "run_id": "run-7",
    }
    return Transport("BigCommerce", url, **{**options, **changes}), waits
