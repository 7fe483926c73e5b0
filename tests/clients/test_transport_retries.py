"""What the transport sends again, what it never does, and how long it waits."""

import pytest

from bcsync.clients.errors import ConfigurationError, LostAnswer, RetryLater
from bcsync.clients.retry import MAX_RATE_WAIT, MAX_TRIES
from tests.clients.scripted import OK, Reply, Watched, serving, transport_to

RATE = {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": "1500"}


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


def test_one_unreadable_answer_is_asked_for_again():
    with serving(Reply(200, '{"data"'), OK) as script:
        transport, _ = transport_to(script.url)
        assert transport.request("GET", "/x").data["data"] == [1]
    assert len(script.got) == 2


def test_a_429_that_says_no_wait_backs_off_all_the_same():
    with serving(*[Reply(429, headers={"X-Rate-Limit-Time-Reset-Ms": "0"})] * 4, OK) as script:
        transport, waits = transport_to(script.url)
        transport.request("GET", "/x")
    assert all(wait > 0 for wait in waits)
    assert len(waits) == 4
