"""Whether the values of a set-up document have the JSON types that its tables take, as sentences with their place."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from mapping.models import SetupRow
from mapping.values import storable

DEEPEST = 20  # levels; a set-up has six
GREATEST = 2_147_483_647  # PostgreSQL's integer


def too_deep(document: Any) -> bool:
    """Whether lists and objects are nested deeper than any set-up's; asked first, for all else recurses."""
    level = [document]
    for _ in range(DEEPEST):
        level = [each for held in level for each in _held(held)]
        if not level:
            return False
    return True


def _held(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def type_problems(model: type[SetupRow], entry: dict[str, Any]) -> Iterator[str]:
    """What is no value of its field, "order: must be a whole number ..."; lists and objects are left to clean_shape."""
    for name, value in entry.items():
        field = model._meta.get_field(name)
        if value is None and field.null:
            continue
        said = _wrong(field, value)
        if said:
            yield f"{name}: {said}"


def _wrong(field: Any, value: Any) -> str:
    if isinstance(field, models.JSONField):
        return ""
    if isinstance(field, models.BooleanField):
        return "" if isinstance(value, bool) else "must be true or false."
    if isinstance(field, models.IntegerField):
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= GREATEST
        return "" if whole else f"must be a whole number from 0 to {GREATEST}."
    if not isinstance(value, str):
        return "must be a text."
    return "" if storable(value) else "has a character that cannot be stored (NUL or half a pair)."


def codes_problem(codes: Any) -> str:
    """What is no table of country/region codes, "" when it is one."""
    if not isinstance(codes, dict) or not all(isinstance(iso, str) for iso in codes.values()):
        return "country_codes: must be an object of country/region codes and ISO codes, both texts."
    return "" if storable(codes) else "country_codes: has a character that cannot be stored (NUL or half a pair)."
