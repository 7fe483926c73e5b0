"""What a search of customers looks through, and what it looks for: names, e-mail, company, phone in any format, number.

One folded text per customer, so that one index (pg_trgm on PostgreSQL) answers every word.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import phonenumbers
from django.db import models
from django.db.models import Q

INDEX = ("customers_search", "customers_customer USING gin (search gin_trgm_ops)")
MOST_WORDS = 6
# Between what is the customer's own and the phones of the addresses, which a write's answer does not bring along.
SEAM = "\n"
FEWEST_NATIONAL = 7
# Hyphens and dashes as word processors write them, too; the plus may stand in brackets.
PHONE = re.compile(r"\(?\+?[\d\s()./\u2010-\u2015-]{5,30}")


class SearchText(models.TextField):
    """Filled from the row itself whenever the row is written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "editable": False, "default": "", "blank": True})

    def deconstruct(self) -> Any:
        name, _, positional, options = super().deconstruct()
        return name, "django.db.models.TextField", positional, options

    def pre_save(self, instance: Any, add: bool) -> str:
        setattr(instance, self.attname, text_of(instance))
        return str(getattr(instance, self.attname))


def text_of(row: Any, address_phones: Iterable[str] | None = None) -> str:
    """What is searched: words of the customer, digits of the phones. Without phones given the old ones stay."""
    words = fold(f"{row.first_name} {row.last_name} {row.company} {row.email}").split()
    own = f" {' '.join(words)} {digits(row.phone)}"
    if address_phones is None:
        return own + SEAM + row.search.partition(SEAM)[2]
    return own + SEAM + "".join(f" {number}" for number in dict.fromkeys(map(digits, address_phones)) if number)


def fold(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def digits(text: str) -> str:
    return "".join(part for part in text if part in "0123456789")


@models.CharField.register_lookup
@models.TextField.register_lookup
class Like(models.Lookup):
    """A LIKE pattern, whatever the case, as an index of trigrams on the column itself can answer it. Not for JSON."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        column, values = self.process_lhs(compiler, connection)
        pattern, more = self.process_rhs(compiler, connection)
        operator = "ILIKE" if connection.vendor == "postgresql" else "LIKE"
        return f"{column} {operator} {pattern} ESCAPE '!'", (*values, *more)


@models.CharField.register_lookup
@models.TextField.register_lookup
class Has(Like):
    """A text somewhere in the column, for whoever cannot make a pattern (the admin)."""

    lookup_name = "has"

    def get_prep_lookup(self) -> str:
        return f"%{_plain(str(self.rhs))}%"


def _plain(text: str) -> str:
    return re.sub(r"[!%_]", r"!\g<0>", text)


def like(column: str, text: str) -> Q:
    """Who has this text somewhere in the column; one or two letters at the beginning of a word, as everywhere."""
    plain = _plain(text)
    if len(text) > 2:
        return Q(**{f"{column}__like": f"%{plain}%"})
    return Q(**{f"{column}__like": f"{plain}%"}) | Q(**{f"{column}__like": f"% {plain}%"})


def begins(column: str, text: str) -> Q:
    """Who has this text at the beginning of the column."""
    return Q(**{f"{column}__like": _plain(text) + "%"})


def matching(text: str, numbers: dict[str, Q]) -> Q:
    """Every word is found somewhere, or the whole is a phone number. numbers: a word in capitals -> who has that No.

    Words of one or two letters are beginnings of words: an index of three letters cannot find them elsewhere.
    """
    found = Q()
    for word in words_of(text):
        folded = fold(word)
        found &= Q(search__contains=folded if len(folded) > 2 else f" {folded}") | numbers.get(word.upper(), Q())
    for number in phone_digits(text):
        found |= Q(search__contains=number)
    return found


def words_of(text: str) -> list[str]:
    return text.split()[:MOST_WORDS]


def phone_digits(text: str) -> list[str]:
    """The digits by which a phone number is found however either side writes it; none if the text is no number.

    +44 (0)1632 960001, 0044 1632 960001 and 01632 960001 all have 1632960001 in common.
    """
    if not PHONE.fullmatch(text.strip()):
        return []
    plain = digits(text.replace("(0)", ""))
    if len(plain) < 5:
        return []
    found = [] if "+" in text or plain.startswith("00") else [plain.lstrip("0") or plain]
    try:
        parsed = phonenumbers.parse("+" + (plain[2:] if plain.startswith("00") else plain))
    except phonenumbers.NumberParseException:
        return found or [plain]
    national = str(parsed.national_number)
    # Without a plus it may be a number of this country as well as one with its calling code: both are looked for.
    if not found or (phonenumbers.is_possible_number(parsed) and len(national) >= FEWEST_NATIONAL):
        found.append(national)
    return found
