"""From Business Central's country/region code to an ISO 3166-1 code, with where it came from. Pure."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import pycountry

# Not in ISO 3166-1 but used by shops for Kosovo; accepted only where an administrator wrote it into the store's table.
USER_ASSIGNED = frozenset({"XK"})


class Iso(NamedTuple):
    """An ISO 3166-1 alpha-2 code ("" when unknown), its source, and one sentence when something is wrong with it."""

    code: str
    source: str
    problem: str


@cache
def is_iso(code: str) -> bool:
    """Return whether the code is a valid ISO 3166-1 alpha-2 code, in capitals."""
    return len(code) == 2 and code.isascii() and code.isupper() and pycountry.countries.get(alpha_2=code) is not None


def iso_of(code: str, published: Mapping[str, str] | None, table: Mapping[str, str]) -> Iso:
    """Return the ISO code for a country/region code.

    published: code -> ISO code as read from the page Countries/Regions, None when that page is not published.
    table: the store's own table, code -> ISO. The page's valid ISO code counts first, then the table, then the code
    itself where it is valid: the table goes before the code because NI is Northern Ireland here and Nicaragua in ISO.
    """
    if not code:
        return Iso("", "", "")
    read = (published or {}).get(code, "").strip().upper()
    if is_iso(read):
        return Iso(read, "published page", "")
    wrong = f'Business Central gives country/region {code} the ISO code "{read}", unknown to ISO 3166-1' if read else ""
    if code in table:
        return _from_table(code, table[code].strip().upper(), wrong)
    if is_iso(code):
        return Iso(code, "country code", f"{wrong}; the code {code} itself was used instead." if wrong else "")
    mend = "correct it on page Countries/Regions (10), or map it in the store's country table."
    return Iso("", "", f"{wrong}; {mend}" if wrong else f"No ISO code is known for country/region {code}; {mend}")


def _from_table(code: str, mapped: str, wrong: str) -> Iso:
    if is_iso(mapped) or mapped in USER_ASSIGNED:
        return Iso(mapped, "store table", f"{wrong}; the store's country table makes it {mapped}." if wrong else "")
    return Iso("", "", f'The store\'s country table maps {code} to "{mapped}", which is not an ISO 3166-1 code.')
