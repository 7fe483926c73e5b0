"""The transport over real sockets: what it sends, what it tells, what it keeps quiet."""

import json
import logging
import traceback

import pytest

from bcsync.clients import VERSION
from bcsync.clients.errors import ConfigurationError, Rejected, RetryLater, UnexpectedAnswer
from tests.clients.scripted import OK, TOKEN, Reply, Watched, serving, transport_to


def test_success_gives_data_and_the_vendors_date():
    calls = []
    with serving(OK) as script:
        transport, waits = transport_to(script.url + "/stores/abc", on_call=calls.append)
        answer = transport.request("GET", "/v3/customers", params={"id:in": "1,2", "name": "a b+c"})
    assert answer.data == {"data": [1], "meta": {}}
    assert answer.date.isoformat() == "2026-11-24T12:00:00+00:00"
    got = script.got[0]
    assert got.target == "/stores/abc/v3/customers?id:in=1,2&name=a%20b%2Bc"
    assert got.headers["x-auth-token"] == TOKEN
    assert got.headers["accept"] == "application/json"
    assert got.headers["user-agent"] == f"bcsync/{VERSION}"
    assert "content-type" not in got.headers
    assert [(call.method, call.family, call.status) for call in calls] == [("GET", "GET /stores/abc/v3/customers", 200)]
    assert waits == []


def test_bodies_are_utf8_json_or_a_form():
    with serving(OK) as script:
        transport, _ = transport_to(script.url)
        transport.request("POST", "/a", json=[{"name": "Zoë"}])
        transport.request("POST", "/b", form={"scope": "x/.default", "secret": "ä"})
    assert json.loads(script.got[0].body) == [{"name": "Zoë"}]
    assert "Zoë".encode() in script.got[0].body
    assert script.got[0].headers["content-type"] == "application/json"
    assert script.got[1].body == b"scope=x%2F.default&secret=%C3%A4"
    assert script.got[1].headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_netrc_of_the_machine_does_not_replace_our_authorization(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(OK) as script:
        transport, _ = transport_to(script.url, authorize=lambda force=False: {"Authorization": "Bearer ours-0123"})
        transport.request("GET", "/x")
    assert script.got[0].headers["authorization"] == "Bearer ours-0123"


@pytest.mark.parametrize(
    ("body", "what", "words"),
    [
        ("<html><body>Please log in</body></html>", "a web page", "<html><body>Please log in</body></html>"),
        ('{"data": [{"id": 1, "email": "ann@example.com", "fir', "data that breaks off", ""),
    ],
)
def test_an_answer_that_is_no_json_says_what_came_and_shows_no_customer(body, what, words):
    with serving(Reply(200, body)) as script:
        transport, _ = transport_to(script.url)
        with pytest.raises(UnexpectedAnswer) as caught:
            transport.request("GET", "/x", family="GET /v3/customers")
    said = f"BigCommerce answered GET /v3/customers with {what} instead of JSON, so nothing was taken from it"
    assert str(caught.value).startswith(said)
    assert (caught.value.words, "ann@" in str(caught.value)) == (words, False)
    assert len(script.got) == 2


def test_refusals_and_surprises_by_status():
    replies = [
        Reply(422, {"title": "no"}),
        Reply(422, "<html>"),
        Reply(302, headers={"Location": "http://evil.example/"}),
    ]
    kinds = []
    with serving(*replies) as script:
        transport, _ = transport_to(script.url)
        for _ in replies:
            with pytest.raises((Rejected, UnexpectedAnswer)) as caught:
                transport.request("GET", "/x")
            kinds.append(type(caught.value))
    assert kinds == [Rejected, UnexpectedAnswer, UnexpectedAnswer]
    assert len(script.got) == 3


def test_credentials_go_to_no_other_host():
    with serving(OK) as script:
        transport, _ = transport_to(script.url)
        assert transport.request("GET", script.url + "/next?page=2").status == 200
        with pytest.raises(UnexpectedAnswer, match="another host"):
            transport.request("GET", "http://evil.example/next")
    assert [got.target for got in script.got] == ["/next?page=2"]


def test_the_fence_stops_writes_and_lets_reads_pass():
    class Lost(Exception):
        pass

    def fence():
        raise Lost

    gate = Watched()
    with serving(OK) as script:
        transport, _ = transport_to(script.url, fence=fence, gate=gate)
        transport.request("GET", "/x")
        with pytest.raises(Lost):
            transport.request("PUT", "/x", json=[{}])
    assert [got.method for got in script.got] == ["GET"]
    assert gate.told.count("enter") == gate.told.count("leave") == 2


def test_the_fence_is_asked_before_every_try():
    asked = []
    with serving(Reply(503), OK) as script:
        transport, _ = transport_to(script.url, fence=lambda: asked.append(1))
        transport.request("PUT", "/x", json=[{}])
    assert len(asked) == len(script.got) == 2


def test_one_log_line_per_call_and_no_body(caplog):
    with serving(Reply(503), OK) as script, caplog.at_level(logging.INFO, "bcsync.clients"):
        transport, _ = transport_to(script.url)
        transport.request("PUT", "/x", json=[{"email": "shopper@example.com"}], family="PUT /v3/customers")
    lines = [record.getMessage() for record in caplog.records if record.name == "bcsync.clients"]
    assert [line.split(" in ")[0] for line in lines] == [
        "BigCommerce PUT /v3/customers 503",
        "BigCommerce PUT /v3/customers 200",
    ]
    assert [line.split(" ms ")[1] for line in lines] == ["run=run-7 try=1", "run=run-7 try=2"]
    assert "shopper@example.com" not in caplog.text


@pytest.mark.parametrize(
    "reply",
    [
        Reply(422, {"title": f"You sent X-Auth-Token {TOKEN}"}),
        Reply(200, f"<html>{TOKEN}</html>"),
        Reply(400, {"detail": "x" * 190 + TOKEN}),
        Reply(cut=True),
        Reply(403, {"title": f"token {TOKEN} lacks a scope"}),
    ],
)
def test_the_token_is_in_no_error_no_chain_and_no_log(reply, caplog):
    with serving(reply) as script, caplog.at_level(logging.DEBUG, "bcsync"):
        transport, _ = transport_to(script.url)
        with pytest.raises((Rejected, UnexpectedAnswer, ConfigurationError, RetryLater)) as caught:
            transport.request("GET", "/x")
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    assert TOKEN[:12] not in shown
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("token", ["line\nbreak-0123", "Zürich-0123", "nul\x00-0123", " "])
def test_a_token_that_no_header_can_carry_is_the_administrators_and_is_not_shown(token):
    with serving(OK) as script:
        transport, _ = transport_to(script.url, authorize=lambda force=False: {"X-Auth-Token": token + "\r"})
        with pytest.raises(ConfigurationError) as caught:
            transport.request("POST", "/x", json=[{}])
    assert "0123" not in "".join(traceback.format_exception(caught.value))
    assert "enter them again" in str(caught.value)
    assert script.got == []


def test_no_cookie_is_kept():
    with serving(Reply(200, {}, {"Set-Cookie": "a=b; Path=/"}), OK) as script:
        transport, _ = transport_to(script.url)
        transport.request("GET", "/x")
        transport.request("GET", "/x")
    assert "cookie" not in script.got[1].headers


def test_empty_answers_have_no_data_and_bytes_come_as_they_are():
    with serving(Reply(204, "", {}), Reply(200, "<edmx/>")) as script:
        transport, _ = transport_to(script.url)
        assert transport.request("DELETE", "/x").data is None
        assert transport.request("GET", "/$metadata", expect="bytes").data == b"<edmx/>"
