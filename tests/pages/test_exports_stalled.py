"""A browser that stops reading: gunicorn's own worker over a real connection lets it go, and holds nothing for it."""

import logging
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from customers import exports
from customers.models import Export
from tests.pages import data

TOKEN = "t" * 32


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Browser's end and ours, with little room between; requests keep the test's own connection to the database."""
    browser, ours = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    monkeypatch.setattr(exports, "PER_PAGE", 10)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with browser, ours:
        yield browser, ours
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def request(client: Client, how: str) -> bytes:
    body = f"csrfmiddlewaretoken={TOKEN}&reach=all&filter="
    head = (
        f"POST /customers/export/?format={how} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}",
        f"Cookie: sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}",
        "Content-Type: application/x-www-form-urlencoded",
    )  # fmt: skip
    return "\r\n".join((*head, "", body)).encode()


def serve(ours: socket.socket) -> Any:
    """Whether gunicorn keeps the connection for a next request."""
    config = Config()
    log = Logger(config)
    log.error_log.setLevel(logging.CRITICAL)
    worker = ThreadWorker(1, 1, [], SimpleNamespace(), 30, config, log)
    worker.wsgi = get_wsgi_application()
    return worker.handle(TConn(config, ours, ("127.0.0.1", 1), ("127.0.0.1", 80)))


@pytest.mark.parametrize("how", ["csv", "xlsx"])
def test_a_browser_that_stops_reading_is_let_go(
    ends: tuple[socket.socket, socket.socket], operator: Client, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    browser, ours = ends
    data.customers(data.store(), 300)
    monkeypatch.setattr(exports, "SECONDS_PER_BLOCK", 0.2)
    browser.sendall(request(operator, how))
    assert serve(ours) is False
    assert Export.objects.get().status == "broken off"
    assert browser.recv(15) == b"HTTP/1.1 200 OK"
    slots = [exports.SLOTS.acquire(blocking=False) for _ in range(exports.MOST_AT_ONCE)]
    for _ in slots:
        exports.SLOTS.release()
    assert all(slots)
