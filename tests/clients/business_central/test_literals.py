"""How values travel in a URL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bcsync.clients.business_central_literals import MAX_FILTER_TERMS, any_of, moment, parse_moment, query, text


def test_a_quote_is_doubled_and_nothing_is_a_plus() -> None:
    assert query({"$filter": "displayName eq " + text("O'Neil & Søn + 1")}) == (
        "?$filter=displayName%20eq%20%27O%27%27Neil%20%26%20S%C3%B8n%20%2B%201%27"
    )


def test_empty_options_leave_no_question_mark() -> None:
    assert query({"$filter": "", "$expand": ""}) == ""


def test_moments_travel_in_utc_with_milliseconds() -> None:
    there = datetime(2026, 1, 2, 3, 4, 5, 678900, timezone(timedelta(hours=2)))
    assert moment(there) == "2026-01-02T01:04:05.678Z"
    assert parse_moment("2026-01-02T01:04:05.678Z") == datetime(2026, 1, 2, 1, 4, 5, 678000, UTC)
    assert [parse_moment(value) for value in ("", None, "0001-01-01T00:00:00Z", "soon")] == [None] * 4
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 1, 2))


def test_any_of_covers_all_values_once_in_parts() -> None:
    numbers = [f"C{number}" for number in range(MAX_FILTER_TERMS + 1)]
    parts = list(any_of("number", [*numbers, "C0"]))
    assert [part.count(" eq ") for part in parts] == [MAX_FILTER_TERMS, 1]
    assert parts[1] == f"number eq 'C{MAX_FILTER_TERMS}'"
    assert list(any_of("id", [])) == []
