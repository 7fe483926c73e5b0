"""Moments in filters: dates, moments with and without a zone, and what is none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from customers.selection import moment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T09:30:00", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("2026-11-23T09:30:00Z", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("2026-11-23 09:30:00+02:00", datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-13-45", None),
        ("2026-11-23T25:00:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_read_or_is_none(text: str | None, found: datetime | None) -> None:
    assert moment(text) == found
