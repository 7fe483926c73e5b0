"""Plausible phone numbers by country, each index its own, in national or international style."""

import random

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

STYLES = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)
TRIES = 400


def phone_number(country: str, index: int, mobile: bool = False) -> str:
    """Return a valid number of an ISO country, deterministic by (country, index).

    The style varies with the index: national, +44 20 ..., +4420...; "" where no valid number could be made.
    """
    kind = PhoneNumberType.MOBILE if mobile else PhoneNumberType.FIXED_LINE
    example = phonenumbers.example_number_for_type(country, kind)
    if example is None:
        return ""
    number = _vary(example, random.Random(f"{country}/{index}/{mobile}"))
    if number is None:
        return ""
    style = STYLES[index % len(STYLES)]
    return phonenumbers.format_number(number, style)


def _vary(example: phonenumbers.PhoneNumber, source: random.Random) -> phonenumbers.PhoneNumber | None:
    """Change the last digits of a valid example until the result is valid too."""
    national = phonenumbers.national_significant_number(example)
    for width in (6, 5, 4):
        for _ in range(TRIES // 4):
            digits = national[:-width] + "".join(source.choice("0123456789") for _ in range(width))
            number = phonenumbers.parse(f"+{example.country_code}{digits}")
            if phonenumbers.is_valid_number(number):
                return number
    return None
