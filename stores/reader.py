"""Who reads a page: format locale, region and time zone, from the reader's own setting, else as the browser says.

The words of the pages are English for everybody; only dates, numbers and phone numbers are written as the reader does.
"""

import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import django.conf.locale
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation.trans_real import parse_accept_lang_header

# Of the browser's own time zone, set by bcsync.js.
ZONE_COOKIE = "zone"
# Nobody can take one of its dates for another, so it is for whoever does not say.
DEFAULT_LOCALE = "en_GB"
MOST_OF_A_TAG = 35
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?(?:-.*)?", re.IGNORECASE)
# Browsers' older or wider names for a language that Django has under another one.
_ALSO = {"no": "nb", "iw": "he", "in": "id", "zh": "zh_Hans"}
# English is written as in the United States there, and as in Great Britain elsewhere.
_AS_IN_THE_STATES = ("", "US", "PH", "PR", "GU", "VI", "AS", "MP", "UM")


@dataclass(frozen=True)
class Reader:
    """locale: a folder of django.conf.locale. region: ISO 3166-1, "" where nothing says one.

    zone_known: False where nobody said a zone; then it is the installation's, and pages say which.
    """

    locale: str = DEFAULT_LOCALE
    region: str = ""
    zone: tzinfo = UTC
    zone_known: bool = False


@cache
def locales() -> frozenset[str]:
    """The locales whose formats Django knows."""
    return frozenset(each.name for each in pkgutil.iter_modules(django.conf.locale.__path__) if each.ispkg)


@cache
def zones() -> frozenset[str]:
    """Every name of a time zone; nothing else ever becomes a path to its file."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1000)
def locale_and_region(tag: str) -> tuple[str, str] | None:
    """Of a language tag like de-AT: the locale that comes nearest, and its region; None where Django has none."""
    found = _TAG.fullmatch(tag.replace("_", "-")) if len(tag) <= MOST_OF_A_TAG else None
    if found is None:
        return None
    language, script, region = (part or "" for part in found.groups())
    language, region = language.lower(), region.upper()
    near = [f"{language}_{region}", f"{language}_{script.title()}", language, _ALSO.get(language, "")]
    if language == "en" and region not in _AS_IN_THE_STATES:
        near.insert(1, DEFAULT_LOCALE)
    locale = next((name for name in near if name in locales()), "")
    return (locale, "" if region.isdigit() else region) if locale else None


@lru_cache(maxsize=1000)
def as_the_browser_says(header: str) -> tuple[str, str]:
    """Locale and region of an Accept-Language header: of the first language that Django can write."""
    for tag, _ in parse_accept_lang_header(header):
        found = locale_and_region(tag)
        if found is not None:
            return found
    return DEFAULT_LOCALE, ""


def default() -> Reader:
    """Who reads what no browser asked for: a command's output, a mail to somebody unknown."""
    return Reader(zone=ZoneInfo(settings.TIME_ZONE))


def of_request(request: HttpRequest) -> Reader:
    """The signed-in person's setting; for each part that it leaves open, what the browser says."""
    user = getattr(request, "user", None)
    return of(user, request.headers.get("Accept-Language", ""), request.COOKIES.get(ZONE_COOKIE, ""))


def of(user: Any, languages: str = "", zone: str = "") -> Reader:
    """The same for somebody who need not be here: `languages` as an Accept-Language header, `zone` a name."""
    own = getattr(user, "reader_setting", None) if user is not None and user.is_authenticated else None
    locale, region = (locale_and_region(own.locale) if own else None) or as_the_browser_says(languages)
    name = next((name for name in ((own.zone if own else ""), zone) if name in zones()), "")
    return Reader(locale, region, ZoneInfo(name or settings.TIME_ZONE), bool(name))


_reading: ContextVar[Reader | None] = ContextVar("reading", default=None)


def current() -> Reader:
    """Who reads what is being made now."""
    return _reading.get() or default()


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """Inside, everything is written for this reader."""
    before = _reading.set(reader)
    try:
        yield
    finally:
        _reading.reset(before)


class Reading:
    """Pages are written for who asks for them; found out only where something is written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found: Any = SimpleLazyObject(lambda: of_request(request))
        with reading(found):
            response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response
