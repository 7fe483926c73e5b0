"""What Add Customers would do with the customers that its filters mean: counts and a page of rows, nothing sent."""

from dataclasses import dataclass, field
from typing import Any

from customers.adding import Adding
from customers.claims import UNDECIDED, Unlinked, undecided
from customers.filter_counts import LIMIT
from customers.left_over import MOST_COMPARED
from customers.models import StoreCount
from customers.selection import business_central_customers
from customers.store_definitions import definitions
from stores.models import Store

# Judging is quick but not free: beyond so many, the counts are of the first ones and say so.
MOST_JUDGED = 150


@dataclass
class PreviewRow:
    """verdict: ready, not ready, already linked or review (link and rejected count as ready and not ready)."""

    number: str
    name: str
    email: str
    city: str
    verdict: str
    reasons: list[str] = field(default_factory=list)


@dataclass
class Preview:
    """total: customers that the filters mean, LIMIT at most; more: there are more. judged: how many were looked at;
    counts: per verdict of those.

    uncompared: unlinked shoppers of the store whom the match rules were not asked about, being too many for a page.
    """

    total: int
    judged: int
    counts: dict[str, int]
    rows: list[PreviewRow]
    page: int
    pages: int
    uncompared: int = 0
    more: bool = False

    @property
    def complete(self) -> bool:
        return self.judged >= self.total


VERDICTS = {"link": "ready"}


def preview(store: Store, scope: dict[str, Any], page: int = 1, size: int = 25) -> Preview:
    """Judge the customers as the job would, from the mirrors as they are."""
    rows = business_central_customers(store, scope).order_by("number")
    defined = definitions(store)
    compare = undecided(store)[: MOST_COMPARED + 1].count() <= MOST_COMPARED
    adding = Adding(store, defined, Unlinked(store, defined.setup.rules, compare=compare))
    counts = dict.fromkeys(("ready", "not ready", "already linked", "review"), 0)
    judged = []
    for verdict in adding.judge(list(rows[:MOST_JUDGED])):
        kind = VERDICTS.get(verdict.kind, verdict.kind)
        counts[kind] += 1
        row = verdict.row
        judged.append(PreviewRow(row.number, row.display_name, row.email, row.city, kind, verdict.reasons))
    shown = [row for row in judged if row.verdict == "ready" or not scope.get("only_ready")]
    pages = max(1, -(-len(shown) // size))
    page = min(max(1, page), pages)
    total = len(judged) if len(judged) < MOST_JUDGED else rows.order_by()[: LIMIT + 1].count()
    here = shown[(page - 1) * size : page * size]
    uncompared = 0 if compare else _uncompared(store)
    return Preview(min(total, LIMIT), len(judged), counts, here, page, pages, uncompared, total > LIMIT)


def _uncompared(store: Store) -> int:
    """How many shoppers are neither linked nor skipped, as kept."""
    counts = StoreCount.of(store)
    return sum(counts[status] for status in UNDECIDED)
