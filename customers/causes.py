"""What a record's failure is about, as one short key that groups failures of a kind, and what its page says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bcsync.clients.errors import (
    Changed,
    ConfigurationError,
    LostAnswer,
    Rejected,
    RetryLater,
    SkipRecord,
    UnexpectedAnswer,
    VendorError,
)
from customers.cause_words import BUSINESS_CENTRAL, BY_FIELD, CREATING, EITHER, OURS, ROOM, UNKNOWN, Advice
from mapping.field_words import in_part

MOST = 100
VENDORS = {"bigcommerce": "BigCommerce", "business_central": "Business Central"}
ORIGINS = {"bigcommerce": "Business Central", "business_central": "BigCommerce"}
LOST = "bigcommerce:lost"
_SLUGS = {name: slug for slug, name in VENDORS.items()}
# What records of earlier versions say.
_FORMER = {"RetryLater": "unreachable", "LostAnswer": "lost", "Changed": "changed", "Rejected": "refused",
           "UnexpectedAnswer": "unexpected", "ConfigurationError": "configuration"}  # fmt: skip


@dataclass(frozen=True)
class Explained:
    """title: what went wrong, in few words. who: the person who can mend it. what_to_do: a sentence for them. again:
    whether another run helps once it is mended."""

    title: str
    who: str
    what_to_do: str
    again: bool = True


def of(error: VendorError) -> str:
    """The key of a vendor's error: "bigcommerce:email_in_use", "business_central:Application_DialogException: words"
    (where one code covers many causes, the words that are not this customer's own tell them apart)."""
    code = _code(error)
    said = f"{_SLUGS.get(error.vendor, '')}:{code}"
    return f"{said}: {error.gist}"[:MOST] if code in ROOM and error.gist else said[:MOST]


def _code(error: VendorError) -> str:
    """Some are the same whatever the vendor's code says; others have no code."""
    if isinstance(error, LostAnswer):
        return "lost"
    if isinstance(error, Changed):
        return "changed"
    if isinstance(error, RetryLater):
        return f"http_{error.status}" if error.status else "unreachable"
    if isinstance(error, UnexpectedAnswer) and not error.code:
        return "unreadable" if 200 <= (error.status or 0) < 300 else "unexpected"
    if isinstance(error, ConfigurationError):
        return "configuration"
    if isinstance(error, SkipRecord):
        return "gone"
    return error.code or ("refused" if isinstance(error, Rejected) else "unexpected")


def facts(error: VendorError) -> dict[str, str]:
    """What a record and each of its parts keeps of an error beside its sentence."""
    return {"words": error.words[:2000], "field": error.field[:MOST], "cause": of(error)}


def ours(kind: str) -> str:
    """The key of what we found ourselves before anything was sent. kind: of OURS."""
    return f":{kind}"


def gravest_of(parts: Iterable[dict[str, Any]], outcome: str) -> dict[str, str]:
    """What the first part with this outcome says of it: words, field and cause, "" where it says nothing."""
    worst = next((entry for entry in parts if entry["outcome"] == outcome), {})
    return {name: str(worst.get(name, "")) for name in ("words", "field", "cause")}


def explain(cause: str, field: str, *, rejected: bool, creates: bool = False) -> Explained:
    """What a page says of a group of failures. creates: the run makes customers of Business Central from shoppers."""
    slug, found, rest = cause.partition(":")
    if not found or slug not in ("", *VENDORS):
        slug, rest = "", cause.rpartition(": ")[2]
    code = rest.partition(":")[0]
    code = _FORMER.get(code, code)
    advice = _advice(slug, code, field, rejected=rejected, creates=creates)
    named = in_part("", field)
    words = {
        "vendor": VENDORS.get(slug, "the vendor"),
        "origin": ORIGINS.get(slug, "BigCommerce" if creates else "Business Central"),
        "field": named or "what it names",
        "status": code.removeprefix("http_"),
    }
    title = advice.title.format(**words)
    title = title[:1].upper() + title[1:]
    return Explained(f"{named}: {title}" if named else title, advice.who, advice.what.format(**words), advice.again)


def _advice(slug: str, code: str, field: str, *, rejected: bool, creates: bool) -> Advice:
    if slug == "bigcommerce" and code == "refused":
        for beginning, advice in BY_FIELD.items():
            if field.removeprefix("addresses.").startswith(beginning):
                return advice
    if creates and not slug and code in CREATING:
        return CREATING[code]
    table = OURS if not slug else BUSINESS_CENTRAL if slug == "business_central" else {}
    known = table.get(code) or EITHER.get("http_" if code.startswith("http_") and code != "http_429" else code)
    if known is not None:
        return known
    plain = EITHER["refused"] if rejected else UNKNOWN
    return Advice(code, plain.who, plain.what) if code and " " not in code else plain
