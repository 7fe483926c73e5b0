"""How many customers a filter shows, and how many of them each button is about.

Status and flags are kept (`StoreCount`) and always exact; any other filter is counted up to a limit, and then says so.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from customers.counts import FLAGS
from customers.models import Customer, StoreCount
from customers.selection import shoppers
from stores.models import Store

LIMIT = 10_000
KEPT = {"status", "flag", "has_errors"}
TO_MAP = (Customer.Status.UNMAPPED, Customer.Status.DEFAULTED, Customer.Status.REVIEW)
Counts = dict[str, int]


@dataclass
class FilterCounts:
    """everybody: of the store. beside: what each tick would show, None where too many. shown: of the filter.

    A number above LIMIT in `shown` with `limited` means: more than LIMIT.
    """

    everybody: int
    beside: Counts | None
    shown: Counts
    limited: bool = False

    @property
    def to_map(self) -> int:
        return sum(self.shown[status] for status in TO_MAP)


def counts_of(store: Store | None, scope: dict[str, Any]) -> FilterCounts:
    """One query for status and flags, at most five otherwise, however many customers there are."""
    combinations = StoreCount.combinations(store)
    everybody = sum(row["n"] for row in combinations)
    if scope.get("gone"):
        # No button is about them, so they are in none of the counts that the buttons show.
        nobody = dict.fromkeys(StoreCount.add_up([]), 0)
        gone = shoppers(store, scope).order_by()[: LIMIT + 1].count()
        return FilterCounts(everybody, StoreCount.add_up(combinations), {**nobody, "total": gone}, gone > LIMIT)
    if set(scope) <= KEPT:
        shown = StoreCount.add_up([row for row in combinations if _is_in(row, scope)])
        return FilterCounts(everybody, StoreCount.add_up(combinations), shown)
    rest = {name: value for name, value in scope.items() if name not in KEPT}
    beside = _count(store, rest)
    shown = _count(store, scope) if rest != scope else beside
    limited = shown["total"] > LIMIT
    if limited:
        shown = {**shown, **_of_buttons(store, scope)}
    return FilterCounts(everybody, None if beside["total"] > LIMIT else beside, shown, limited)


def _is_in(row: dict[str, Any], scope: dict[str, Any]) -> bool:
    flags = scope.get("flag") or ()
    return (
        (not scope.get("status") or row["status"] in scope["status"])
        and (not flags or any(row[flag] for flag in flags))
        and (not scope.get("has_errors") or any(row[flag] for flag in FLAGS))
    )


def _count(store: Store | None, scope: dict[str, Any]) -> Counts:
    """As `StoreCount.add_up`, of the first LIMIT and one that the database finds."""
    wanted: dict[str, Any] = {status: Count("pk", filter=Q(status=status)) for status in Customer.Status.values}
    # First, because the later names hide the columns they are made of.
    errors = Count("pk", filter=Q(conflict=True) | Q(failed=True) | Q(parked=True))
    wanted |= {flag: Count("pk", filter=Q(**{flag: True})) for flag in FLAGS}
    found: Counts = shoppers(store, scope).order_by()[: LIMIT + 1].aggregate(total=Count("pk"), errors=errors, **wanted)
    return found


def _of_buttons(store: Store | None, scope: dict[str, Any]) -> Counts:
    """Too many to tell them apart: how many at least are linked, and how many are still to be mapped."""
    found: Counts = dict.fromkeys(TO_MAP, 0)
    asked = set(scope.get("status") or Customer.Status.values)
    for name, statuses in ((Customer.Status.LINKED, {Customer.Status.LINKED}), (TO_MAP[0], set(TO_MAP))):
        wanted = sorted(statuses & asked)
        rows = shoppers(store, {**scope, "status": wanted})
        found[str(name)] = rows.order_by()[: LIMIT + 1].count() if wanted else 0
    return found


def in_words(number: int, limited: bool = True) -> str:
    """1,204, or 10,000+ where counting stopped."""
    return f"{LIMIT:,}+" if limited and number > LIMIT else f"{number:,}"
