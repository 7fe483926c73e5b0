"""BigCommerce's webhooks: the hooks of our API account, and what a delivery says and whether it is genuine (pure).
https://developer.bigcommerce.com/docs/integrations/webhooks https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bcsync.clients.bigcommerce_limits import VENDOR
from bcsync.clients.bigcommerce_pages import Page
from bcsync.clients.bigcommerce_reads import pages
from bcsync.clients.errors import Rejected
from bcsync.clients.transport import Answer, Transport, unexpected

HOOKS = "/v3/hooks"
# Explicit, for whether store/customer/* includes the addresses is not said anywhere.
CUSTOMER_SCOPES = tuple(
    f"store/{resource}/{what}"
    for resource in ("customer", "customer/address", "metafield")
    for what in ("created", "updated", "deleted")
)
UNINSTALLED = "store/app/uninstalled"
DELIVERY_EXCEPTION = "store/hook/deliveryException"
SCOPES = (*CUSTOMER_SCOPES, UNINSTALLED)
SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
# How old a signature may be: the tolerance of the vendor's own library.
TOLERANCE_SECONDS = 300
DOMAIN_BLOCKED = 90003
# Integers of the vendor are int32; more is not an id.
MOST_ID = 2**31 - 1


@dataclass(frozen=True)
class Event:
    """One delivery. created_at: Unix seconds. customer_id: None where it is not about one customer.

    wanted: False for what never concerns a customer: metafield events come for products and orders, too.
    """

    scope: str
    store_hash: str
    hash: str
    created_at: int
    customer_id: int | None = None
    wanted: bool = True
    detail: dict[str, Any] = field(default_factory=dict)


class Hooks:
    """The hooks of the API account whose token the transport has. Every method raises VendorError."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def all(self) -> list[dict[str, Any]]:
        """Every hook of this API account, foreign destinations included."""
        found: list[dict[str, Any]] = []
        page: Page
        for page in pages(self.transport, HOOKS, {}):
            found += page.items
        return found

    def create(self, scope: str, destination: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Create one; LostAnswer when it may have happened: `all` shows it then."""
        wanted = {"scope": scope, "destination": destination, "is_active": True, "headers": dict(headers)}
        return _hook(self.transport.request("POST", HOOKS, json=wanted, family=f"POST {HOOKS}"), f"POST {HOOKS}")

    def update(self, id: int, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change a hook; what is not named stays. Rejected (code "gone") when it is not there any more."""
        family = f"PUT {HOOKS}/{{id}}"
        return _hook(self.transport.request("PUT", f"{HOOKS}/{id}", json=dict(changes), family=family), family)

    def delete(self, id: int) -> None:
        """Delete a hook; gone already is fine."""
        try:
            self.transport.request("DELETE", f"{HOOKS}/{id}", family=f"DELETE {HOOKS}/{{id}}")
        except Rejected as error:
            if error.status != 404:
                raise

    def blocked_domains(self) -> list[dict[str, Any]]:
        """Domains to which BigCommerce sends nothing for now: [{"destination", "time_left" (seconds), "reasons"}]."""
        answer = self.transport.request("GET", f"{HOOKS}/admin", family=f"GET {HOOKS}/admin")
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        blocked = data.get("blocked_domains") if isinstance(data, dict) else None
        return [domain for domain in blocked or [] if isinstance(domain, dict)]


def _hook(answer: Answer, family: str) -> dict[str, Any]:
    """One hook; the overview page of the documentation shows it without the envelope."""
    data = answer.data.get("data", answer.data) if isinstance(answer.data, dict) else None
    if not isinstance(data, dict) or "id" not in data:
        unexpected(VENDOR, family, "a hook", answer.data)
    return data


def read_event(body: bytes) -> Event | None:
    """The event of a delivery's body; None when it is not one."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict) or not isinstance(payload.get("scope"), str):
        return None
    inner = payload.get("data")
    data: dict[str, Any] = inner if isinstance(inner, dict) else {}
    scope, created_at = payload["scope"], payload.get("created_at")
    if not isinstance(created_at, int) or not 0 <= created_at <= MOST_ID * 2:
        return None
    said = payload.get("hash")
    return Event(
        scope=_plain(scope, 64),
        store_hash=str(payload.get("producer") or "").removeprefix("stores/"),
        # The vendor's hash tells duplicates apart; where it is missing, the body does.
        hash=_plain(said, 64) if isinstance(said, str) and said else hashlib.sha1(body).hexdigest(),
        created_at=created_at,
        customer_id=_customer_of(scope, data),
        wanted=not scope.startswith("store/metafield/") or data.get("resource_type") == "customer",
        detail=_detail(scope, data),
    )


def _customer_of(scope: str, data: Mapping[str, Any]) -> int | None:
    """The customer an event is about. Of an address event `id` is the address, although its type says customer."""
    if scope.startswith("store/customer/address/"):
        address = data.get("address")
        return _id(address.get("customer_id")) if isinstance(address, dict) else None
    if scope.startswith("store/metafield/"):
        return _id(data.get("resource_id")) if data.get("resource_type") == "customer" else None
    if scope.startswith("store/customer/"):
        return _id(data.get("id", data.get("customer_id")))
    return None


def _id(value: Any) -> int | None:
    """An id as a number: metafield events write it as a text."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= MOST_ID else None


def _detail(scope: str, data: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "store/customer/address/": ("id",),
        "store/metafield/": ("metafield_id", "namespace"),
        "store/hook/": ("id", "error_code", "message"),
    }
    wanted = next((found for start, found in names.items() if scope.startswith(start)), ())
    return {name: _plain(str(data[name]), 200) for name in wanted if name in data}


def _plain(text: str, most: int) -> str:
    """Cut, and without the characters that no database takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:most]


def signature_state(headers: Mapping[str, str], body: bytes, client_secret: str, now: float) -> str:
    """What the Standard Webhooks signature over the raw body is worth.

    headers: lower-case names. "verified", "stale" (right, but older or newer than five minutes), "wrong", "absent", or
    "unknown" where no client secret is known. The key is the raw client secret: the library is given its base64.
    """
    if not client_secret:
        return "unknown"
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = [part.partition(",") for part in headers.get("webhook-signature", "").split()]
    if not (id and stamp and given):
        return "absent"
    signed = f"{id}.{stamp}.".encode() + body
    expected = base64.b64encode(hmac.new(client_secret.encode(), signed, hashlib.sha256).digest())
    matches = [hmac.compare_digest(value.encode(), expected) for version, _, value in given if version == "v1"]
    if not any(matches):
        return "wrong"
    fresh = stamp.isdigit() and len(stamp) < 12 and abs(now - int(stamp)) <= TOLERANCE_SECONDS
    return "verified" if fresh else "stale"
