"""The HTTP server: keep-alive over real sockets, faults, latency, Date header, audit; one transaction per request."""

import contextlib
import http.client
import io
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from bcsync.sandbox import control
from bcsync.sandbox.audit import WRITE_METHODS, AuditCall
from bcsync.sandbox.bigcommerce import app as bigcommerce
from bcsync.sandbox.business_central import app as business_central
from bcsync.sandbox.families import identify
from bcsync.sandbox.faults import answer
from bcsync.sandbox.messages import Refusal, Request, Response
from bcsync.sandbox.world import World

HANDLERS = {"bigcommerce": bigcommerce.handle, "business_central": business_central.handle, "sandbox": control.handle}


def dispatch(world: World, request: Request) -> Response | None:
    """Answer one request; None means that the connection is cut without an answer."""
    request.vendor, request.side, request.family = identify(request.method, request.path)
    if request.vendor not in HANDLERS:
        return Response(404, {"error": f"nobody answers at {request.path}"})
    if request.vendor == "sandbox":
        return control.handle(world, request)
    strike = world.faults.take(request.vendor, request.family)
    key = (request.vendor, request.side, request.family)
    request.family_in_flight, request.side_in_flight = world.audit.enter(*key)
    try:
        kind = strike[0] if strike else ""
        if strike and kind == "slow":
            time.sleep(strike[1].seconds)
        if world.latency:
            time.sleep(world.latency)
        response = answer(kind, strike[1], request.vendor) if strike else None
        struck = response is not None or kind == "cut-before"
        if response is None and kind != "cut-before":
            response = handle(world, request)
        _record(world, request, response, kind, struck)
    finally:
        world.audit.leave(*key)
    if response is None or kind.startswith("cut-"):
        return None
    if kind == "truncated":
        body = response.payload()
        response = Response(response.status, body[: len(body) // 2] or b"{", response.headers, response.content_type)
    return response


def handle(world: World, request: Request) -> Response:
    """The vendor's own answer, inside one transaction that a Refusal rolls back."""
    try:
        with world.storage.transaction():
            return HANDLERS[request.vendor](world, request)
    except Refusal as refusal:
        return refusal.response


def _record(world: World, request: Request, response: Response | None, kind: str, struck: bool) -> None:
    status = response.status if response and not kind.startswith("cut-") else 0
    wrote = False
    if response and not struck:
        guess = request.method in WRITE_METHODS and response.status < 300
        wrote = guess if response.wrote is None else response.wrote
    items = response.items if response else 0
    at = world.clock.timestamp()
    call = AuditCall(request.vendor, request.side, request.method, request.family, status, items, at, wrote, kind)
    world.audit.record(call)


class _Handler(socketserver.StreamRequestHandler):
    """One connection: requests one after the other until the client closes it."""

    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            while self._one():
                pass

    def _one(self) -> bool:
        line = self.rfile.readline(65537)
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(65537)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0) or 0))
        raw_path, _, query = target.partition("?")
        base = f"http://{headers.get('host', '')}"
        request = Request(method, unquote(raw_path), query, headers, body, raw_path=raw_path, base_url=base)
        response = dispatch(self.server.world, request)
        if response is None:
            return False
        self._send(response)
        return headers.get("connection", "").lower() != "close"

    def _send(self, response: Response) -> None:
        body = response.payload()
        date = format_datetime(self.server.world.clock.now(), usegmt=True)
        head = io.StringIO()
        head.write(
            f"HTTP/1.1 {response.status} {http.client.responses.get(response.status, 'Unknown')}\r\nDate: {date}\r\n"
        )
        if body:
            head.write(f"Content-Type: {response.content_type}\r\n")
        for name, value in response.headers.items():
            head.write(f"{name}: {value}\r\n")
        if response.status != 204:
            head.write(f"Content-Length: {len(body)}\r\n")
        head.write("\r\n")
        self.wfile.write(head.getvalue().encode("latin-1") + body)
        self.wfile.flush()


class Server(socketserver.ThreadingTCPServer):
    """A threaded server over one World. `url` has no trailing slash."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self.world = world
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """Where it listens, e.g. http://127.0.0.1:8100."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bug in the sandbox must be seen by the test that met it: in the audit, and on standard error."""
        self.world.audit.broke("the sandbox itself crashed while answering; see standard error")
        super().handle_error(request, client_address)


@contextmanager
def serve(world: World, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Serve `world` from a thread for the time of the block; port 0 takes a free one."""
    server = Server(world, host, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
