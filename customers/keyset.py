"""Pages of a long list by the last row's values instead of by number: page 40,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.http import QueryDict

from stores.parameters import storable

END = "end"


@dataclass
class Slice:
    """Some rows of an order. start: their place in it, from 0; exact as long as nobody changes the list meanwhile.

    The links are parameters: {after, before, at}; None where there is nothing further.
    """

    object_list: list[Any]
    size: int
    start: int
    next: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None
    last: dict[str, Any] | None = None
    own: dict[str, Any] = field(default_factory=dict)

    @property
    def first_shown(self) -> int:
        return self.start + 1 if self.object_list else 0

    @property
    def last_shown(self) -> int:
        return self.start + len(self.object_list)


@dataclass(frozen=True)
class Part:
    """Rows that stand together in an order. key: names the part in a place. columns: what its rows are sorted by, none
    of them null, the last one unique; each a column of the model or an annotation. few: as for `slice_of`.
    """

    key: str
    rows: QuerySet[Any]
    columns: tuple[str, ...]
    few: bool = False

    def field(self, name: str) -> Any:
        if name in self.rows.query.annotations:
            return self.rows.query.annotations[name].output_field
        meta = self.rows.model._meta
        return meta.get_field(name) if name != "pk" else meta.pk


@dataclass(frozen=True)
class Mark:
    """A place in an order: the part, and the values of a row in it."""

    part: str
    values: list[Any]


def slice_of(parts: Sequence[Part], *, down: bool, size: int, query: QueryDict, few: bool = False) -> Slice:
    """The page that `after`, `before` and `at` of the query ask for; the first where they make no sense.

    The parts stand one after the other, in ascending order. The objects have the parts' columns only.
    few: the rows are so few that they are to be found first and sorted then. Else the database may walk along the
    order's index until it has met enough of them, which are, where order and filter are related, all at its end.
    """
    before = query.get("before", "")
    mark = _mark(parts, before or query.get("after", ""))
    back = bool(before) and (mark is not None or before == END)
    met = _walk(parts, mark, size + 1, down=down != back, few=few)
    more, met = len(met) > size, met[:size]
    if not met and (mark is not None or back):
        return slice_of(parts, down=down, size=size, query=QueryDict(), few=few)
    start = _start(query) if mark is not None or back else 0
    if back:
        met.reverse()
    page = Slice([row for _, row in met], size, start)
    page.own = {name: query[name] for name in ("after", "before", "at") if query.get(name)}
    if met and (more if not back else before != END):
        page.next = {"after": _token(*met[-1]), "at": start + len(met)}
    if met and (more if back else mark is not None):
        page.previous = {"before": _token(*met[0]), "at": max(0, start - size)}
    return page


def neighbour(parts: Sequence[Part], mark: Mark, *, down: bool, few: bool = False) -> Any:
    """The row after a place (down: before it, in ascending order), None at the end."""
    return next((row for _, row in _walk(parts, mark, 1, down=down, few=few)), None)


def _walk(parts: Sequence[Part], mark: Mark | None, most: int, *, down: bool, few: bool) -> list[tuple[Part, Any]]:
    """The next rows from a place on (None: from the beginning), each with its part."""
    met: list[tuple[Part, Any]] = []
    ahead = list(reversed(parts)) if down else list(parts)
    if mark is not None:
        keys = [part.key for part in ahead]
        ahead = ahead[keys.index(mark.part) :] if mark.part in keys else []
    for part in ahead:
        terms = [_off_the_index(name) if few or part.few else F(name) for name in part.columns]
        rows = part.rows
        if mark is not None and part.key == mark.part:
            rows = rows.filter(_beyond(part, terms, mark.values, up=not down))
        order = [term.desc() if down else term.asc() for term in terms]
        own = [name for name in part.columns if name not in rows.query.annotations]
        met += [(part, row) for row in rows.order_by(*order).only(*own)[: most - len(met)]]
        if len(met) == most:
            break
    return met


def _start(query: QueryDict) -> int:
    at = query.get("at", "")
    return int(at) if at.isdecimal() and len(at) < 10 else 0


def _off_the_index(name: str) -> Func:
    """The column's value in a form that no index is sorted by."""
    return Func(F(name), F(name), function="COALESCE")


def _beyond(part: Part, terms: list[Any], mark: list[Any], *, up: bool) -> Any:
    """(a, b, key) > (x, y, z), which an index over the columns answers at once.

    Where the first one stands in another table, its own index needs to be told separately where to begin.
    """
    row = Func(*terms, template="(%(expressions)s)", output_field=BooleanField())
    fields = [part.field(name) for name in part.columns]
    values = [Value(value, output_field=field) for value, field in zip(mark, fields, strict=True)]
    than = Func(*values, template="(%(expressions)s)", output_field=BooleanField())
    beyond = GreaterThan(row, than) if up else LessThan(row, than)
    if part.columns[0] not in part.rows.query.annotations:
        return beyond
    begins = GreaterThanOrEqual(terms[0], values[0]) if up else LessThanOrEqual(terms[0], values[0])
    return Q(begins, beyond)


def _token(part: Part, row: Any) -> str:
    values = [getattr(row, name) for name in part.columns]
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([part.key, *plain]).encode()).decode().rstrip("=")


def _mark(parts: Sequence[Part], token: str) -> Mark | None:
    """The place that a token names, or None if it is none of ours."""
    if not token or len(token) > 2000:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(found, list) or not found or not storable(found):
            return None
        part = next((each for each in parts if each.key == found[0]), None)
        if part is None or len(found) != len(part.columns) + 1:
            return None
        fields = [part.field(name) for name in part.columns]
        values = [field.to_python(value) for field, value in zip(fields, found[1:], strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, RecursionError):
        return None
    return Mark(part.key, values) if all(value is not None for value in values) else None
