"""How alike a shopper and a Business Central customer are, 0 to 100, with evidence. Sorts Review, never links."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

Verdict = Literal["agrees", "partly", "disagrees", "empty"]
# Points that each kind of evidence can bring; a tax number counts only where both sides have one.
TAX, PHONE, EMAIL, NAME, ADDRESS = 30, 25, 20, 15, 10
ALIKE, SOMEWHAT = 95.0, 60.0
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ł": "l", "đ": "d"})
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "đ": "d"})


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison. emails, phones (E.164) and tax_numbers compare; the texts are shown."""

    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    tax_number: str = ""
    street: str = ""
    city: str = ""
    post_code: str = ""
    country: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    tax_numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compared:
    """One field as both sides say it."""

    field: str
    shopper: str
    candidate: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """Points of those possible, and why in a few words."""

    field: str
    points: int
    of: int
    why: str


@dataclass(frozen=True, slots=True)
class Score:
    """total: 0 to 100, the points in percent of those possible."""

    total: int
    compared: tuple[Compared, ...]
    evidence: tuple[Evidence, ...]


def score(shopper: Side, candidate: Side) -> Score:
    """Compare a shopper with one candidate, field by field. Symmetric but for who is shown where."""
    evidence = [
        _exact("Phone", shopper.phones, candidate.phones, PHONE),
        _exact("E-mail", shopper.emails, candidate.emails, EMAIL),
        _names(shopper, candidate),
        _address(shopper, candidate),
    ]
    if shopper.tax_numbers and candidate.tax_numbers:
        evidence.insert(0, _exact("Tax number", shopper.tax_numbers, candidate.tax_numbers, TAX))
    possible = sum(each.of for each in evidence)
    total = round(100 * sum(each.points for each in evidence) / possible)
    return Score(total, tuple(_compared(shopper, candidate)), tuple(evidence))


def likeness(one: str, other: str) -> float:
    """0 to 100: alike whatever the order of the words, case and accents; ü is u, and ue too. Blank is like nothing."""
    if not one.strip() or not other.strip():
        return 0.0
    pairs = ((mine, theirs) for mine in _folded(one) for theirs in _folded(other))
    return max(fuzz.token_sort_ratio(mine, theirs) for mine, theirs in pairs)


def _folded(text: str) -> set[str]:
    lower = text.casefold()
    return {_plain(lower.translate(_PLAIN)), _plain(lower.translate(_GERMAN))}


def _plain(text: str) -> str:
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def _exact(field: str, ours: Iterable[str], theirs: Iterable[str], of: int) -> Evidence:
    shared = sorted(set(ours) & set(theirs))
    if shared:
        return Evidence(field, of, of, f"equal: {shared[0]}")
    return Evidence(field, 0, of, "differs" if set(ours) and set(theirs) else "empty on one side")


def _names(shopper: Side, candidate: Side) -> Evidence:
    """The best of person and company against what Business Central calls the customer and its contact."""
    ours = [text for text in (shopper.name, shopper.company) if text]
    theirs = [text for text in (candidate.name, candidate.company) if text]
    best = max(((likeness(mine, his), mine, his) for mine in ours for his in theirs), default=(0.0, "", ""))
    why = f"{best[0]:.0f} % alike ({best[1]} ~ {best[2]})" if best[1] else "empty on one side"
    return Evidence("Name and company", _share(best[0], NAME), NAME, why)


def _address(shopper: Side, candidate: Side) -> Evidence:
    if not (shopper.street or shopper.city) or not (candidate.street or candidate.city):
        return Evidence("Address", 0, ADDRESS, "empty on one side")
    street = likeness(shopper.street, candidate.street)
    same_code = bool(_code(shopper.post_code)) and _code(shopper.post_code) == _code(candidate.post_code)
    city = likeness(shopper.city, candidate.city) >= ALIKE
    points = _share(street, ADDRESS - 4) + 2 * same_code + 2 * city
    equal = [word for word, found in (("post code", same_code), ("city", city)) if found]
    why = f"street {street:.0f} % alike" + (f", {' and '.join(equal)} equal" if equal else "")
    return Evidence("Address", points, ADDRESS, why)


def _share(alike: float, of: int) -> int:
    """Half alike is chance: points begin above it."""
    return round(of * max(0.0, (alike - 50) / 50))


def _code(text: str) -> str:
    return "".join(text.casefold().split())


def _compared(shopper: Side, candidate: Side) -> Iterable[Compared]:
    for field, mine, theirs in (
        ("Name", shopper.name, candidate.name),
        ("Company", shopper.company, candidate.company),
    ):
        yield Compared(field, mine, theirs, _verdict(mine, theirs, likeness(mine, theirs)))
    for field, mine, theirs, same in (
        ("E-mail", shopper.email, candidate.email, bool(shopper.emails & candidate.emails)),
        ("Phone", shopper.phone, candidate.phone, bool(shopper.phones & candidate.phones)),
        ("Tax number", shopper.tax_number, candidate.tax_number, bool(shopper.tax_numbers & candidate.tax_numbers)),
    ):
        yield Compared(field, mine, theirs, _verdict(mine, theirs, 100.0 if same else 0.0))
    yield Compared(
        "Street", shopper.street, candidate.street,
        _verdict(shopper.street, candidate.street, likeness(shopper.street, candidate.street)),
    )  # fmt: skip
    mine, theirs = place(shopper), place(candidate)
    same_code = _code(shopper.post_code) == _code(candidate.post_code)
    alike = likeness(shopper.city, candidate.city)
    both = 100.0 if same_code and alike >= ALIKE else SOMEWHAT if same_code or alike >= ALIKE else 0.0
    yield Compared("City and post code", mine, theirs, _verdict(mine, theirs, both))


def place(side: Side) -> str:
    town = " ".join(filter(None, (side.post_code, side.city)))
    return ", ".join(filter(None, (town, side.country)))


def _verdict(mine: str, theirs: str, alike: float) -> Verdict:
    if not mine or not theirs:
        return "empty"
    return "agrees" if alike >= ALIKE else "partly" if alike >= SOMEWHAT else "disagrees"
