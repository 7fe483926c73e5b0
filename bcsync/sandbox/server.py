"""The HTTP server: HTTP/1.1 keep-alive over real sockets, one thread per connection, the vendors' Date header."""

import contextlib
import http.client
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from bcsync.sandbox.dispatch import dispatch
from bcsync.sandbox.messages import Request, Response
from bcsync.sandbox.world import World


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
        lines = [
            f"HTTP/1.1 {response.status} {http.client.responses.get(response.status, 'Unknown')}",
            f"Date: {format_datetime(self.server.world.clock.now(), usegmt=True)}",
            *([f"Content-Type: {response.content_type}"] if body else []),
            *(f"{name}: {value}" for name, value in response.headers.items()),
            *([] if response.status == 204 else [f"Content-Length: {len(body)}"]),
        ]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        self.wfile.flush()


class Server(socketserver.ThreadingTCPServer):
    """A threaded server over one World. `url` has no trailing slash."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self.world = world
        self._connections: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """Where it listens, e.g. http://127.0.0.1:8100."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection: a kept-alive one must not outlive the server."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and cut what is still connected."""
        super().server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

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
