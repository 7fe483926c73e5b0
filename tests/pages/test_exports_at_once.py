"""Exports keep a thread of the web process while they are written: two at once, and each gives its slot back."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client

from customers import export_sheets, exports
from customers.models import Export
from stores.models import Store
from tests.pages import data

FORM = {"filter": "", "reach": "all"}
ASKED: list[Any] = []


@pytest.fixture(autouse=True)
def merchant(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(exports, "SLOTS", threading.BoundedSemaphore(exports.MOST_AT_ONCE))
    monkeypatch.setattr(exports, "PER_PAGE", 10)
    store = data.store()
    data.customers(store, 30)
    yield store
    while ASKED:
        leave(ASKED.pop())


def ask(client: Client, how: str = "csv") -> Any:
    ASKED.append(client.post(f"/customers/export/?format={how}", FORM))
    return ASKED[-1]


def begun(client: Client, how: str = "csv") -> tuple[Any, Iterator[bytes]]:
    """An export whose first bytes went out."""
    answer = ask(client, how)
    parts = iter(answer.streaming_content)
    next(parts)
    return answer, parts


def leave(answer: Any) -> None:
    """As a server does when the browser is gone; the test's own connection stays, as when a test client reads all."""
    if answer.streaming:
        answer._iterator.close()  # the test client's own wrapping, which does the same where it was begun
    request_finished.disconnect(close_old_connections)
    try:
        answer.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.mark.parametrize("how", ["csv", "xlsx"])
def test_the_third_at_once_is_told_to_wait_and_goes_when_one_has_ended(operator: Client, how: str) -> None:
    _first, rest = begun(operator, how)
    second, _ = begun(operator, how)
    refused = ask(operator, how)
    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert "2 exports are being written already" in refused.content.decode()
    assert Export.objects.count() == 2
    list(rest)
    third = ask(operator, how)
    assert third.status_code == 200
    assert ask(operator).status_code == 503
    list(third.streaming_content)
    assert sorted(Export.objects.values_list("status", flat=True)) == ["finished", "finished", "under way"]
    assert not second.closed


def test_a_browser_that_goes_away_makes_room_before_the_first_byte_as_well(operator: Client) -> None:
    first, second = begun(operator)[0], ask(operator)
    assert ask(operator).status_code == 503
    for answer in (first, second):
        leave(answer)
        leave(answer)
    assert [row.status for row in Export.objects.all()] == ["broken off"]
    both = [begun(operator), begun(operator)]
    assert ask(operator).status_code == 503
    assert len(both) == 2


def test_one_that_crashes_makes_room(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(export_sheets, "_at", lambda link: 1 // 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                b"".join(ask(operator).streaming_content)
    both = [ask(operator), ask(operator)]
    assert [answer.status_code for answer in both] == [200, 200]


@pytest.mark.parametrize("how", ["csv", "xlsx"])
def test_one_that_takes_too_long_is_broken_off(operator: Client, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    _answer, rest = begun(operator, how)
    monkeypatch.setattr(exports.time, "monotonic", lambda: float("inf"))
    with pytest.raises(exports.TookTooLong):
        list(rest)
    monkeypatch.undo()
    assert Export.objects.get().status == "broken off"
    assert [answer.status_code for answer in (ask(operator), ask(operator))] == [200, 200]
