"""The arithmetic of waiting."""

import random
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bcsync.clients.throttle import BACKOFF_CAP, LONGEST_WAIT, Quota, backoff, read_quota, spacing, told_wait

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def test_quota_from_headers_in_any_case():
    headers = {
        "x-rate-limit-requests-left": "12",
        "X-Rate-Limit-Requests-Quota": "150",
        "X-RATE-LIMIT-TIME-RESET-MS": "2500",
        "x-rate-limit-time-window-ms": "30000",
    }
    assert read_quota(headers) == Quota(left=12, quota=150, reset_in=2.5, window=30.0)


def test_no_quota_without_its_headers_or_with_nonsense():
    assert read_quota({}) is None
    assert read_quota({"X-Rate-Limit-Requests-Left": "many", "X-Rate-Limit-Time-Reset-Ms": "1"}) is None
    assert read_quota({"X-Rate-Limit-Requests-Left": "nan", "X-Rate-Limit-Time-Reset-Ms": "1"}) is None


def test_told_wait_takes_the_reset_first_then_the_retry_headers():
    assert told_wait({"X-Rate-Limit-Time-Reset-Ms": "1500", "Retry-After": "9"}) == 1.5
    assert told_wait({"x-retry-after": "7"}) == 7.0
    assert told_wait({"Retry-After": "9"}) == 9.0
    assert told_wait({"Retry-After": "Tue, 24 Nov 2026 12:00:30 GMT"}, NOW) == 30.0
    dated = {"Retry-After": "Tue, 24 Nov 2026 12:00:30 GMT", "Date": "Tue, 24 Nov 2026 12:00:20 GMT"}
    assert told_wait(dated, NOW) == 10.0
    assert told_wait({"Retry-After": "soon"}) is None
    assert told_wait({}) is None


@given(st.text() | st.integers().map(str) | st.floats().map(str))
def test_a_told_wait_is_never_negative_nor_endless(value):
    for name in ("X-Rate-Limit-Time-Reset-Ms", "X-Retry-After", "Retry-After"):
        told = told_wait({name: value}, NOW)
        assert told is None or 0 <= told <= LONGEST_WAIT


@given(st.integers(0, 1000), st.integers(1, 1000), st.floats(0, 60))
def test_spacing_never_spends_more_than_what_is_left(left, quota, reset_in):
    gap = spacing(left, quota, reset_in)
    assert 0 <= gap <= reset_in
    if gap and left:
        assert gap * left <= reset_in * 1.000001
        assert gap * left >= reset_in * 0.999999


def test_spacing_is_none_while_plenty_is_left_and_the_whole_rest_at_the_end():
    assert spacing(100, 150, 20.0) == 0.0
    assert spacing(10, 150, 20.0) == 2.0
    assert spacing(0, 150, 20.0) == 20.0


@given(st.integers(0, 10_000), st.integers())
def test_backoff_grows_but_stays_within_bounds(attempt, seed):
    wait = backoff(attempt, random.Random(seed))
    assert 0 < wait <= BACKOFF_CAP
    assert wait <= max(0.05, 0.5 * 2 ** min(attempt, 30))


def test_backoff_spreads_a_crowd():
    waits = {backoff(6, random.Random(seed)) for seed in range(20)}
    assert len(waits) == 20
    assert max(waits) - min(waits) > 5
