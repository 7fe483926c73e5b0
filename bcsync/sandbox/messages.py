"""What passes between the server and the vendors' handlers: Request, Response, Refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus


@dataclass(slots=True)
class Request:
    """One HTTP request: `path` percent-decoded, `raw_path` and `query` as sent, header names in lower case.

    The server fills in vendor, side (store hash, or company key where the path tells) and family
    ("POST /v3/customers"), and the requests in flight, this one included, of that side+family and of that side.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw_path: str = ""
    vendor: str = ""
    side: str = ""
    family: str = ""
    family_in_flight: int = 1
    side_in_flight: int = 1
    base_url: str = ""

    def header(self, name: str) -> str:
        """The header's value, "" when it was not sent."""
        return self.headers.get(name.lower(), "")

    def pairs(self) -> list[tuple[str, str]]:
        """The query as decoded (name, value) pairs, empty names kept: a bare `&` is an error in BigCommerce."""
        if not self.query:
            return []
        parts = [part.partition("=") for part in self.query.split("&")]
        return [(unquote_plus(name), unquote_plus(value)) for name, _, value in parts]

    def json(self) -> Any:
        """The parsed body; ValueError when it is not JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Response:
    """One HTTP answer. `body`: bytes and str are sent as they are, None sends nothing, anything else is dumped as JSON.

    `items` is how many records the answer carries or the write touched, for the audit.
    `wrote` overrides the audit's guess (every method but GET writes).
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    items: int = 0
    wrote: bool | None = None

    def payload(self) -> bytes:
        """The body as it goes over the wire."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


class Refusal(Exception):
    """Raised by a handler to answer with `response` and undo everything the request has written so far."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status}")
        self.response = response
