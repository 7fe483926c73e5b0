"""Takes secrets out of any text that may be shown, logged or stored: the values we know, and what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MASK = "[secret]"
# Shorter "secrets" would blank out ordinary words.
SHORTEST_SECRET = 6

_SCHEME = re.compile(r"\b(bearer|basic|negotiate)(\s+)[A-Za-z0-9+/=_.~:-]{6,}", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<name>x-auth-token|x-auth-client|authorization|client_secret|access_token|refresh_token|id_token"
    r"|client_assertion|signed_payload_jwt|password|new_password)"
    r"(?P<between>['\"]?\s*[:=]\s*['\"]?)(?P<value>(?!bearer\b|basic\b)[^'\"\s,;&}]+)",
    re.IGNORECASE,
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with the given secrets, and everything that looks like a credential, replaced by a mask."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    text = _SCHEME.sub(rf"\1\2{MASK}", text)
    text = _NAMED.sub(rf"\g<name>\g<between>{MASK}", text)
    return _JWT.sub(MASK, text)


def secrets_in(headers: Mapping[str, str]) -> list[str]:
    """The secret parts of authorization headers: whole values, and what follows "Bearer " or "Basic "."""
    found: list[str] = []
    for value in headers.values():
        found.append(value)
        scheme, _, rest = value.partition(" ")
        if rest and scheme.lower() in ("bearer", "basic"):
            found.append(rest)
    return sorted(found, key=len, reverse=True)
