"""How values travel in a Business Central URL: OData literals, filters and percent-encoding. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

# Longest $filter we build: proxies and IIS refuse long URLs, and Business Central documents no longer limit.
MAX_FILTER_TERMS = 50


def text(value: str) -> str:
    """Return an OData string literal: quoted, `'` doubled."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """Return a bare UTC datetime literal with milliseconds; a naive value is a ValueError."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be compared with Business Central's UTC times")
    utc = value.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def parse_moment(value: object) -> datetime | None:
    """Return Business Central's UTC datetime, or None for "", a missing value and the empty date of year 1."""
    if not isinstance(value, str) or not value or value.startswith("0001-01-01"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def query(options: Mapping[str, str]) -> str:
    """Return `?name=value&...` percent-encoded with %20 for blanks, or "" for no options.

    OData services may refuse `+` for a blank, so nothing here may pass through form encoding.
    """
    pairs = [f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in options.items() if value]
    return "?" + "&".join(pairs) if pairs else ""


def segment(value: str) -> str:
    """Return one path segment, percent-encoded."""
    return quote(value, safe="")


def any_of(property_name: str, values: Iterable[str], *, quoted: bool = True) -> Iterator[str]:
    """Yield filters `p eq a or p eq b ...` of at most MAX_FILTER_TERMS terms, together covering all values.

    `or` over one property is allowed at every schema version; `in` is refused by API v2.0.
    """
    terms = [f"{property_name} eq {text(value) if quoted else value}" for value in dict.fromkeys(values)]
    for start in range(0, len(terms), MAX_FILTER_TERMS):
        yield " or ".join(terms[start : start + MAX_FILTER_TERMS])
