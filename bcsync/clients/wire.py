"""The small print of HTTP: the session, URLs and bodies as the vendors want them, what may be shown of an answer."""

from __future__ import annotations

import json as jsonlib
import re
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter

from bcsync.clients import VERSION
from bcsync.clients.redaction import redact

POOL_SIZE = 16
SHOWN_CHARACTERS = 200


def new_session() -> requests.Session:
    """A session that threads may share: a sized pool, no cookies, no retries of its own."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers["User-Agent"] = f"bcsync/{VERSION}"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Without this a .netrc of the machine would replace our authorization.
    session.auth = _as_it_is
    return session


def with_params(url: str, params: Mapping[str, Any] | None) -> str:
    """The URL with params added, a space as %20: Business Central does not take +."""
    if not params:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(params, quote_via=quote, safe=":,$")


def encode_body(json: Any, form: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    """The body in bytes (None: no body) and the headers that go with it."""
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if json is None:
        return None, {}
    body = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
    return body, {"Content-Type": "application/json"}


def never_sent(trouble: Exception) -> bool:
    """Whether the connection was never made, so that the request cannot have been processed."""
    if isinstance(trouble, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(trouble.args[0], "reason", None) if trouble.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def beginning(content: bytes, secrets: list[str]) -> str:
    """The first SHOWN_CHARACTERS of an answer's body, on one line, redacted."""
    # Redacted before it is cut, so that half a secret never stays.
    text = content[: SHOWN_CHARACTERS * 20].decode("utf-8", "replace")
    return redact(re.sub(r"\s+", " ", text).strip(), secrets)[:SHOWN_CHARACTERS]


def shape(data: object, depth: int = 4) -> str:
    """Names and types of a parsed answer without its values: `{data: 2 × {id: number, email: text}}`."""
    if isinstance(data, dict):
        return (
            f"{{{', '.join(f'{name}: {shape(value, depth - 1)}' for name, value in data.items())}}}" if depth else "{…}"
        )
    if isinstance(data, list):
        return f"{len(data)} × {shape(data[0], depth - 1)}" if data else "empty list"
    if data is None:
        return "null"
    return "text" if isinstance(data, str) else "yes or no" if isinstance(data, bool) else "number"


def plain_path(url: str) -> str:
    """A URL's path with its numbers taken out, to count calls by."""
    return re.sub(r"/\d+(?=/|$)", "/{id}", urlsplit(url).path)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
