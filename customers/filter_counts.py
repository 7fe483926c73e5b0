"""How many customers a filter shows, and how many of them each button is about.

Status and flags are kept (`StoreCount`) and always exact; any other filter is counted up to a limit, and then says so.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from customers.counts import FLAGS
from customers.models import Customer, StoreCount
from customers.selection import shoppers
from stores import written
from stores.models import Store

LIMIT = 10_000
KEPT = {"status", "flag", "has_errors"}
TO_MAP = (Customer.Status.UNMAPPED, Customer.Status.DEFAULTED, Customer.Status.REVIEW)
Counts = dict[str, int]


@dataclass
class FilterCounts:
    """everybody: of the store. beside: what each tick would show, None where too many. shown: of the filter.

    limited: the filter shows more than LIMIT; then `shown` only says what is among the first of them.
    """

    everybody: int
    beside: Counts | None
    shown: Counts
    limited: bool = False

    @property
    def to_map(self) -> int:
        return sum(self.shown[status] for status in TO_MAP)

    @property
    def unskipped(self) -> int:
        return self.shown["total"] - self.shown[Customer.Status.SKIPPED]

    @property
    def few(self) -> bool:
        """Few enough to be read and sorted, whatever the order."""
        return not self.limited and self.shown["total"] <= LIMIT


def counts_of(store: Store | None, scope: dict[str, Any]) -> FilterCounts:
    """One query for status and flags, at most three otherwise, however many customers there are."""
    combinations = StoreCount.combinations(store)
    everybody = sum(row["n"] for row in combinations)
    if scope.get("gone"):
        # No button is about them, so they are in none of the counts that the buttons show.
        nobody = dict.fromkeys(StoreCount.add_up([]), 0)
        gone = shoppers(store, scope).order_by()[: LIMIT + 1].count()
        return FilterCounts(everybody, StoreCount.add_up(combinations), {**nobody, "total": gone}, gone > LIMIT)
    rest = {name: value for name, value in scope.items() if name not in KEPT}
    if rest:
        combinations = _combinations(store, rest)
    beside = StoreCount.add_up(combinations)
    if not rest or beside["total"] <= LIMIT:
        return FilterCounts(everybody, beside, StoreCount.add_up([row for row in combinations if _is_in(row, scope)]))
    shown = StoreCount.add_up(_combinations(store, scope)) if rest != scope else beside
    return FilterCounts(everybody, None, shown, shown["total"] > LIMIT)


def _is_in(row: dict[str, Any], scope: dict[str, Any]) -> bool:
    flags = scope.get("flag") or ()
    return (
        (not scope.get("status") or row["status"] in scope["status"])
        and (not flags or any(row[flag] for flag in flags))
        and (not scope.get("has_errors") or any(row[flag] for flag in FLAGS))
    )


def _combinations(store: Store | None, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """As `StoreCount.combinations`, of the first LIMIT and one that the database finds."""
    names = ("status", *FLAGS)
    found, parameters = shoppers(store, scope).order_by().values_list(*names)[: LIMIT + 1].query.sql_with_params()
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}, count(*) FROM ({found}) AS found GROUP BY {columns}", parameters)
        return [dict(zip((*names, "n"), row, strict=True)) for row in cursor.fetchall()]


def in_words(number: int, limited: bool = True) -> str:
    """1,204, or 10,000+ where counting stopped."""
    return f"{written.number(LIMIT)}+" if limited and number > LIMIT else written.number(number)
