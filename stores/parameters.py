"""What a browser sends, before any view reads it: text that no database can hold is refused in words.

A view reads a query string that stands inside a parameter with `query_inside` and nothing else.
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

NUL = "\0"
# JSON can name these alone, UTF-8 cannot.
HALF_A_LETTER = re.compile("[\ud800-\udfff]")
LARGEST = 2**63 - 1


class Unreadable(Exception):
    """A parameter's text has a NUL, which PostgreSQL refuses in every text; `name` is the parameter's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The parameter {name} has a NUL.")
        self.name = name


class ReadableParameters:
    """Answers 400 where a parameter of the address or of a form has a NUL, in our pages and in Django's admin alike.

    Decoding has replaced what is no UTF-8 already. Receivers of webhooks read no parameters but their own few.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if getattr(view, "receives_webhooks", False):
            return None
        try:
            _check(request.GET)
            _check(request.POST)
        except Unreadable as error:
            return refused(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refused(request, error) if isinstance(error, Unreadable) else None


def query_inside(text: str) -> QueryDict:
    """The query string that a form carries along as one parameter, for instance the filter of the list it stands on.

    Raises Unreadable, which is answered with 400: what was escaped twice the middleware could not see.
    """
    query = QueryDict(text)
    _check(query)
    return query


def _check(query: QueryDict) -> None:
    for name, values in query.lists():
        if NUL in name or any(NUL in value for value in values):
            raise Unreadable(name.replace(NUL, ""))


def storable(value: Any) -> bool:
    """Whether every text and number in a JSON value that somebody may have made up can stand in a database."""
    if isinstance(value, dict):
        return all(storable(each) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return all(storable(each) for each in value)
    if isinstance(value, str):
        return NUL not in value and not HALF_A_LETTER.search(value)
    return not isinstance(value, int) or abs(value) <= LARGEST


def refused(request: HttpRequest, error: Unreadable) -> HttpResponse:
    """400: which parameter it was, and that nothing was changed."""
    return render(request, "unreadable.html", {"name": error.name[:60]}, status=400)
