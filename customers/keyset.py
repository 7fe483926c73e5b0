"""Pages of a long list by the last row's values instead of by number: page 40,000 costs what page 1 costs."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Field, Func, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
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


def slice_of(
    rows: QuerySet[Any], columns: tuple[str, ...], *, down: bool, size: int, query: QueryDict, few: bool = False
) -> Slice:
    """The page that `after`, `before` and `at` of the query ask for; the first where they make no sense.

    columns: what it is sorted by, none of them null, the last one unique. The objects have these columns only.
    few: the rows are so few that they are to be found first and sorted then. Else the database may walk along the
    order's index until it has met enough of them, which are, where order and filter are related, all at its end.
    """
    fields = [rows.model._meta.get_field(name) if name != "pk" else rows.model._meta.pk for name in columns]
    before = query.get("before", "")
    mark = _values(fields, before or query.get("after", ""))
    back = bool(before) and (mark is not None or before == END)
    terms = [_off_the_index(name) if few else F(name) for name in columns]
    wanted = rows if mark is None else rows.filter(_beyond(terms, fields, mark, up=down == back))
    order = [term.desc() if down != back else term.asc() for term in terms]
    found = list(wanted.order_by(*order).only(*columns)[: size + 1])
    more, found = len(found) > size, found[:size]
    if not found and (mark is not None or back):
        return slice_of(rows, columns, down=down, size=size, query=QueryDict(), few=few)
    start = _start(query) if mark is not None or back else 0
    if back:
        found.reverse()
    page = Slice(found, size, start, own={name: query[name] for name in ("after", "before", "at") if query.get(name)})
    if found and (more if not back else before != END):
        page.next = {"after": _token(found[-1], columns), "at": start + len(found)}
    if found and (more if back else mark is not None):
        page.previous = {"before": _token(found[0], columns), "at": max(0, start - size)}
    return page


def _start(query: QueryDict) -> int:
    at = query.get("at", "")
    return int(at) if at.isdecimal() and len(at) < 10 else 0


def _off_the_index(name: str) -> Func:
    """The column's value in a form that no index is sorted by."""
    return Func(F(name), F(name), function="COALESCE")


def _beyond(terms: list[Any], fields: list[Any], mark: list[Any], *, up: bool) -> Any:
    """(a, b, key) > (x, y, z), which an index over the columns answers at once."""
    row = Func(*terms, template="(%(expressions)s)", output_field=BooleanField())
    values = [Value(value, output_field=field) for value, field in zip(mark, fields, strict=True)]
    than = Func(*values, template="(%(expressions)s)", output_field=BooleanField())
    return GreaterThan(row, than) if up else LessThan(row, than)


def _token(row: Any, columns: tuple[str, ...]) -> str:
    values = [getattr(row, name) for name in columns]
    text = json.dumps([value.isoformat() if hasattr(value, "isoformat") else value for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _values(fields: "list[Field[Any, Any]]", token: str) -> list[Any] | None:
    """The values of a token, or None if it is none of ours."""
    if not token or len(token) > 2000:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(found, list) or len(found) != len(fields) or not storable(found):
            return None
        values = [field.to_python(value) for field, value in zip(fields, found, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, RecursionError):
        return None
    return values if all(value is not None for value in values) else None
