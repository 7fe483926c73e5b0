"""Phone numbers in E.164, the only form in which two of them are compared."""

import re
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers

_LONGEST = 100  # characters; no field of either vendor holds a longer number
_DOUBLE_ZERO = re.compile(r"^[\s(]*00")


@lru_cache(maxsize=50_000)
def e164(text: str, region: str = "") -> str:
    """text as "+" and digits, or "" when it is not a valid number. region: ISO 3166-1 code for national numbers.

    An extension is dropped: it is not part of E.164. "00" is read as "+" also where the region dials otherwise.
    """
    if not text or len(text) > _LONGEST or not any(map(str.isdigit, text)):
        return ""
    found = _parsed(text, region)
    if not found and _DOUBLE_ZERO.match(text):
        found = _parsed(_DOUBLE_ZERO.sub("+", text, count=1), region)
    return found


def _parsed(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def all_e164(texts: Iterable[str], region: str = "") -> frozenset[str]:
    """Every valid number among texts; the others are left out, so that they match nothing."""
    return frozenset(found for found in (e164(text, region) for text in texts) if found)


def national(text: str, region: str = "") -> str:
    """text in the national format of its own country, or "" when it is not a valid number."""
    found = e164(text, region)
    if not found:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(found, None), phonenumbers.PhoneNumberFormat.NATIONAL)


@lru_cache(maxsize=10_000)
def for_region(text: str, country: str, region: str) -> str:
    """text as somebody in `region` reads it: nationally where the number is of there, else internationally.

    country: ISO code that a number without its prefix belongs to. What is no valid number, or has more than a number
    (an extension, a word), stays as it is.
    """
    found = e164(text, country)
    if not found or any(map(str.isalpha, text)):
        return text
    number = phonenumbers.parse(found, None)
    own = region and phonenumbers.region_code_for_number(number) == region
    formats = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, formats.NATIONAL if own else formats.INTERNATIONAL)


_LONG, _SHORT = 7, 4  # last digits that are compared of a number with ten digits or more, and with seven or more
_PLAIN = re.compile(r"[\d\s()+./\-]*", re.ASCII)


class Endings:
    """The last digits of numbers in E.164: a quick look at whether a text could be one of them.

    Parsing takes a fifth of a millisecond; of many texts only those that can match need it.
    """

    def __init__(self, numbers: Iterable[str]) -> None:
        self._long, self._short = set(), set()
        for number in numbers:
            self._long.add(number[-_LONG:])
            self._short.add(number[-_SHORT:])

    def may_be(self, text: str) -> bool:
        """False only where `e164` of the text, in whatever region, is none of the numbers.

        What a number is dialled with nationally (at most three digits) stands in front; an extension stands behind, so
        whatever has more than digits and the usual signs between them may be anything.
        """
        if not text:
            return False
        digits = "".join(filter(str.isdigit, text))
        if not _PLAIN.fullmatch(text) or len(digits) < _SHORT + 3:
            return True
        if len(digits) < _LONG + 3:
            return digits[-_SHORT:] in self._short
        return digits[-_LONG:] in self._long
