"""E-mail fields: Business Central's may hold several addresses, BigCommerce's exactly one."""

import re

_SEPARATORS = re.compile(r"[;,]")
_ADDRESS = re.compile(r"[^@\s<>()\[\]\\,;:\"]+@[^@\s.<>()\[\]\\,;:\"]+(\.[^@\s.<>()\[\]\\,;:\"]+)+")


def all_of(field: str) -> list[str]:
    """Every address of a field that separates them by ";" or ",", trimmed, empty ones left out."""
    return [part for part in (piece.strip() for piece in _SEPARATORS.split(field)) if part]


def first(field: str) -> str:
    """The address that counts: the first one, or ""."""
    return next(iter(all_of(field)), "")


def key(address: str) -> str:
    """What two spellings of one address have in common; stores treat e-mail as case-insensitive."""
    return address.strip().lower()


def keys(field: str) -> frozenset[str]:
    """The compare keys of every address of a field."""
    return frozenset(key(address) for address in all_of(field))


def is_valid(address: str) -> bool:
    """Whether address has the form local@domain.tld; says nothing about whether anybody reads it."""
    local = address.partition("@")[0]
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    return _ADDRESS.fullmatch(address) is not None
