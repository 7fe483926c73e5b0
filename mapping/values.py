"""Texts made safe and compared: what counts as blank, what counts as the same."""

import math
import re
from typing import Any

from mapping import emails

# Control characters never belong in a name or an address; lone surrogates cannot be sent as JSON at all.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile(r"[\t\n\r]")


def text(value: Any) -> str:
    """value as one clean line: None is "", NUL and control characters go, tabs and line ends become blanks."""
    if value is None:
        return ""
    line = value if isinstance(value, str) else _as_text(value)
    if _UNSAFE.search(line):
        line = _UNSAFE.sub("", _LINE_BREAK.sub(" ", line))
    return line.strip()


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_blank(value: Any) -> bool:
    """Nothing, an empty or white text, an empty list. False and 0 are values."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == []


def same(one: Any, other: Any, field: str = "") -> bool:
    """Whether two values say the same: blanks are equal; surrounding blanks, the case of an e-mail and the blanks and
    brackets in a phone number do not count.

    A customer_group_id of 0 is the vendor's "no group", so it equals a blank; lists (checkboxes) have no order.
    """
    if isinstance(one, list) or isinstance(other, list):
        return _members(one) == _members(other)
    if field == "customer_group_id":
        return (one or 0) == (other or 0)
    if field == "phone" and not is_blank(one) and not is_blank(other):
        return _dialled(text(one)) == _dialled(text(other))
    if field == "email":
        return emails.key(text(one)) == emails.key(text(other))
    return text(one) == text(other)


def _dialled(number: str) -> str:
    """What is dialled: blanks, brackets and dashes only help the eye; 00 is how + is dialled."""
    if any(map(str.isalpha, number)):
        return number
    sign = "+" if number.lstrip(" (").startswith(("+", "00")) else ""
    digits = "".join(filter(str.isdigit, number))
    return sign + (digits[2:] if sign and digits.startswith("00") else digits)


def _members(value: Any) -> list[str]:
    if is_blank(value):
        return []
    return sorted(text(member) for member in value) if isinstance(value, list) else [text(value)]


def quoted(value: Any, limit: int = 40) -> str:
    """value in quotation marks for a sentence, long ones cut with an ellipsis."""
    line = text(value)
    return f'"{line}"' if len(line) <= limit else f'"{line[: limit - 1]}…"'


def storable(value: Any) -> bool:
    """Whether every database stores it: PostgreSQL takes neither NUL nor lone surrogates, JSON no Infinity or NaN."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(storable(key) and storable(part) for key, part in value.items())
    return all(map(storable, value)) if isinstance(value, list) else True
