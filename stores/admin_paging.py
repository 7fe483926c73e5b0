"""Lists of the admin over millions of rows: counted as far as every other list, the rest is found by a filter."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

from stores import written

LIMIT = 10_000


class AndMore(int):
    """A number that says, wherever a page shows it, that there are more."""

    def __str__(self) -> str:
        return f"{written.number(int(self))}+"

    __html__ = __str__


class CountedSoFar(Paginator):
    """Counts LIMIT rows at most; pages beyond them are reached by a filter."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found = int(rows.order_by()[: LIMIT + 1].count())
        return AndMore(LIMIT) if found > LIMIT else found
