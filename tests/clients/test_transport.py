"""The transport over real sockets: what is retried, what never is, how long it waits, what it tells and keeps quiet."""

import json
import logging
import random
import traceback

import pytest

from bcsync.clients import VERSION
from bcsync.clients.errors import ConfigurationError, LostAnswer, Rejected, RetryLater, UnexpectedAnswer
from bcsync.clients.gate import NoGate
from bcsync.clients.retry import MAX_RATE_WAIT, MAX_TRIES
from bcsync.clients.transport import Transport
from tests.clients.scripted import Reply, serving

TOKEN = "tok-0123456789abcdef"
OK = Reply(200, {"data": [1], "meta": {}}, {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"})
RATE = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": "1500"}


class Watched(NoGate):
    """An open gate that remembers what it was told."""

    def __init__(self):
        self.told = []

    def enter(self):
        self.told.append("enter")

    def leave(self):
        self.told.append("leave")

    def penalize(self, seconds):
        self.told.append(("penalize", seconds))


def transport_to(url, **changes):
    waits = []
    options = {
        "gate": NoGate(),
        "authorize": lambda force=False: {"X-Auth-Token": TOKEN},
        "sleep": waits.append,
        "random": random.Random(1),
        "run_id": "run-7",
    }
    transport = Transport("BigCommerce", url, **{**options, **changes})
    return transport, waits


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


@pytest.mark.parametrize("trouble", [Reply(cut=True), Reply(500), Reply(502, "<html>bad</html>"), Reply(503)])
def test_reads_are_tried_again(trouble):
    with serving(trouble, trouble, trouble, OK) as script:
        transport, waits = transport_to(script.url)
        assert transport.request("GET", "/x").data == {"data": [1], "meta": {}}
    assert len(script.got) == 4
    assert len(waits) == 3
    assert waits == sorted(waits)
    assert 0.25 <= waits[0] <= 0.5


@pytest.mark.parametrize("trouble", [Reply(cut=True), Reply(503)])
def test_a_read_gives_up_after_its_tries(trouble):
    with serving(trouble) as script:
        transport, _ = transport_to(script.url)
        with pytest.raises(RetryLater) as caught:
            transport.request("GET", "/x")
    assert len(script.got) == MAX_TRIES
    assert not isinstance(caught.value, LostAnswer)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_absolute_writes_are_tried_again(method):
    with serving(Reply(cut=True), OK) as script:
        transport, _ = transport_to(script.url)
        transport.request(method, "/x", json=[{"id": 1}])
    assert len(script.got) == 2


@pytest.mark.parametrize("trouble", [Reply(cut=True), Reply(500), Reply(504, "<html>"), Reply(200, '{"data": [')])
def test_a_create_is_never_sent_again_once_its_answer_may_be_lost(trouble):
    with serving(trouble, OK) as script:
        transport, _ = transport_to(script.url)
        with pytest.raises(LostAnswer):
            transport.request("POST", "/x", json=[{}])
    assert len(script.got) == 1


def test_a_create_that_never_left_is_tried_again_then_is_no_lost_answer():
    with serving(OK) as script:
        url = script.url
    transport, waits = transport_to(url)
    with pytest.raises(RetryLater) as caught:
        transport.request("POST", "/x", json=[{}])
    assert type(caught.value) is RetryLater
    assert len(waits) == MAX_TRIES - 1
    assert "could not be reached" in str(caught.value)


def test_429_waits_what_the_vendor_says_even_for_a_create():
    gate = Watched()
    with serving(Reply(429, headers=RATE), OK) as script:
        transport, waits = transport_to(script.url, gate=gate)
        transport.request("POST", "/x", json=[{}])
    assert len(script.got) == 2
    assert gate.told == ["enter", "leave", ("penalize", 1.5), "enter", "leave"]
    assert 1.5 <= waits[0] <= 2.5


def test_429_without_headers_backs_off_with_jitter():
    gate = Watched()
    with serving(*[Reply(429)] * 6, OK) as script:
        transport, waits = transport_to(script.url, gate=gate)
        transport.request("GET", "/x")
    assert len(waits) == 6
    assert all(0 < wait <= 0.5 * 2 ** (number + 1) for number, wait in enumerate(waits))
    assert [told[1] for told in gate.told if isinstance(told, tuple)] == waits


def test_429_for_ever_ends_in_retry_later_within_the_bound():
    with serving(Reply(429, headers={"Retry-After": "20"})) as script:
        transport, waits = transport_to(script.url)
        with pytest.raises(RetryLater) as caught:
            transport.request("PUT", "/x", json=[{}])
    assert sum(waits) <= MAX_RATE_WAIT
    assert caught.value.retry_after == 20
    assert caught.value.status == 429


def test_503_waits_for_retry_after_but_not_for_the_quotas_reset():
    with serving(Reply(503, headers={"Retry-After": "6"}), Reply(503, headers=RATE), OK) as script:
        transport, waits = transport_to(script.url)
        transport.request("GET", "/x")
    assert waits[0] == 6
    assert waits[1] != 1.5


def test_being_throttled_uses_up_no_tries():
    with serving(*[Reply(429)] * 4, Reply(503), OK) as script:
        transport, _ = transport_to(script.url)
        assert transport.request("GET", "/x").status == 200
    assert len(script.got) == 6


def test_a_longer_wait_than_a_worker_may_take_is_the_jobs():
    with serving(Reply(503, headers={"Retry-After": "500"})) as script:
        transport, waits = transport_to(script.url)
        with pytest.raises(RetryLater) as caught:
            transport.request("GET", "/x")
    assert (len(script.got), waits, caught.value.retry_after) == (1, [], 500)


def test_a_netrc_of_the_machine_does_not_replace_our_authorization(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(OK) as script:
        transport, _ = transport_to(script.url, authorize=lambda force=False: {"Authorization": "Bearer ours-0123"})
        transport.request("GET", "/x")
    assert script.got[0].headers["authorization"] == "Bearer ours-0123"


def test_401_renews_a_token_once_where_it_can_be_renewed():
    tokens = ["old-token-1", "new-token-2"]

    def authorize(force=False):
        if force:
            tokens.pop(0)
        return {"Authorization": f"Bearer {tokens[0]}"}

    with serving(Reply(401, {"title": "expired"}), OK) as script:
        transport, _ = transport_to(script.url, authorize=authorize)
        transport.request("GET", "/x")
    assert [got.headers["authorization"] for got in script.got] == ["Bearer old-token-1", "Bearer new-token-2"]


def test_401_with_a_token_that_stays_the_same_is_the_administrators():
    with serving(Reply(401, {"title": "Unauthorized"})) as script:
        transport, _ = transport_to(script.url)
        with pytest.raises(ConfigurationError):
            transport.request("GET", "/x")
    assert len(script.got) == 1


@pytest.mark.parametrize("body", ["<html><body>Please log in</body></html>", '{"data": [{"id": 1, "fir'])
def test_an_answer_that_is_no_json_names_vendor_call_and_what_came(body):
    with serving(Reply(200, body)) as script:
        transport, _ = transport_to(script.url)
        with pytest.raises(UnexpectedAnswer) as caught:
            transport.request("GET", "/x", family="GET /v3/customers")
    assert str(caught.value) == f"BigCommerce answered GET /v3/customers with something that is not JSON: {body}"
    assert len(script.got) == 2


def test_one_unreadable_answer_is_asked_for_again():
    with serving(Reply(200, '{"data"'), OK) as script:
        transport, _ = transport_to(script.url)
        assert transport.request("GET", "/x").data["data"] == [1]
    assert len(script.got) == 2


def test_refusals_and_surprises_by_status():
    replies = [Reply(422, {"title": "no"}), Reply(422, "<html>"), Reply(302, headers={"Location": "http://evil.example/"})]
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


def test_a_429_that_says_no_wait_backs_off_all_the_same():
    with serving(*[Reply(429, headers={"X-Rate-Limit-Time-Reset-Ms": "0"})] * 4, OK) as script:
        transport, waits = transport_to(script.url)
        transport.request("GET", "/x")
    assert all(wait > 0 for wait in waits)
    assert len(waits) == 4


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
