"""Where the next page begins, whatever the answer looks like."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from bcsync.clients.bigcommerce import connect
from bcsync.clients.bigcommerce_pages import next_place
from bcsync.clients.gate import NoGate
from bcsync.clients.transport import Answer
from tests.clients.bigcommerce.conftest import TOKEN
from tests.clients.scripted import Reply, serving

ITEMS = [{"id": 1}]


def cursor(end, **links):
    return {"cursor_pagination": {"count": 1, "per_page": 250, "end_cursor": end, "links": links}}


def offset(page, total_pages, **links):
    return {"pagination": {"current_page": page, "total_pages": total_pages, "links": links}}


@pytest.mark.parametrize(
    ("meta", "items", "here", "there"),
    [
        (cursor("b", next="?after=b"), ITEMS, "", "b"),
        (cursor("b", next="?after=b"), ITEMS, "a", "b"),
        (cursor("b"), ITEMS, "a", ""),
        (cursor("b", next="?after=b"), ITEMS, "b", ""),
        (cursor("b", next="?after=b"), [], "a", ""),
        ({**cursor("b", next="x"), **offset(1, 4)}, ITEMS, "", "b"),
        (offset(1, 4), ITEMS, "", "page:2"),
        (offset(4, 4), ITEMS, "page:4", ""),
        (offset(1, 1, next="?page=2"), ITEMS, "", "page:2"),
        (offset(2, 9), ITEMS, "page:3", ""),
        ({**cursor("b", next="x"), **offset(2, 4)}, ITEMS, "page:2", "page:3"),
        ({}, ITEMS, "", ""),
        (None, ITEMS, "", ""),
        ([], ITEMS, "", ""),
        ({"cursor_pagination": None, "pagination": {"current_page": 1, "total_pages": 2}}, ITEMS, "", "page:2"),
        (cursor(None, next="x"), ITEMS, "", ""),
    ],
)
def test_the_next_place(meta, items, here, there):
    assert next_place(Answer(200, {}, {"data": items, "meta": meta}, None), items, here) == there


def test_an_endpoint_without_cursors_is_read_by_pages_and_resumed_by_pages():
    def reply(target):
        page = int(parse_qs(urlsplit(target).query).get("page", ["1"])[0])
        return Reply(200, {"data": [{"id": page}], "meta": offset(page, 3)})

    with serving(Reply(200)) as script:
        script.take = lambda got: script.got.append(got) or reply(got.target)
        client = connect(script.url, "abc", TOKEN, gate=NoGate())
        pages = list(client.customers())
        assert [[item["id"] for item in page.items] for page in pages] == [[1], [2], [3]]
        resumed = list(client.customers(after=pages[0].after))
    assert [[item["id"] for item in page.items] for page in resumed] == [[2], [3]]


def test_a_clamped_limit_loses_nobody():
    def reply(target):
        after = int(parse_qs(urlsplit(target).query).get("after", ["0"])[0])
        ids = [id for id in range(1, 121) if id > after][:50]
        more = {"next": "x"} if ids and ids[-1] < 120 else {}
        return Reply(200, {"data": [{"id": id} for id in ids], "meta": cursor(str(ids[-1]), **more)})

    with serving(Reply(200)) as script:
        script.take = lambda got: script.got.append(got) or reply(got.target)
        pages = list(connect(script.url, "abc", TOKEN, gate=NoGate()).customers())
    assert [item["id"] for page in pages for item in page.items] == list(range(1, 121))
    assert all("limit=250" in got.target for got in script.got)


def test_a_cursor_that_stands_still_ends_the_reading():
    body = {"data": ITEMS, "meta": cursor("same", next="?after=same")}
    with serving(Reply(200, json.dumps(body))) as script:
        pages = list(connect(script.url, "abc", TOKEN, gate=NoGate()).customers())
    assert len(pages) == len(script.got) == 2
