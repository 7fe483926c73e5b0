"""Business Central's webhooks: subscriptions of one company, and what a notification says (pure).
https://learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/dynamics-subscriptions
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.business_central_session import Row, Session
from bcsync.clients.errors import Rejected, SkipRecord, UnexpectedAnswer

CUSTOMERS = "customers"
CHANGES = ("created", "updated", "deleted", "collection")
PAGE_SIZE = 1_000
# With and without a leading slash, of one entity or of the collection.
RESOURCE = re.compile(r"companies\(([0-9a-fA-F-]{36})\)/(\w+)(?:\(([0-9a-fA-F-]{36})\))?(?:\?(.*))?$")
SUBSCRIPTION = re.compile(r"[0-9a-zA-Z-]{1,64}")
SINCE = re.compile(r"lastModifiedDateTime\s+g[te]\s+(\S+)")


@dataclass(frozen=True)
class Notification:
    """One item of a body. since: of a collection, from when on to read. at: lastModifiedDateTime, aware UTC.

    hash: tells the same item, delivered twice, from another one.
    """

    subscription_id: str
    client_state: str
    change: str
    entity_set: str
    company_id: str
    entity_id: str
    since: datetime | None
    at: datetime
    hash: str


class Subscriptions:
    """The subscriptions of one company; `client` is asked for it once. Every method raises VendorError."""

    def __init__(self, client: BusinessCentral) -> None:
        self.client = client
        self.session: Session = client.session

    def resource(self, entity_set: str = CUSTOMERS) -> str:
        """What a subscription to the company's customers names."""
        if not self.session.company_id:
            self.client.company()
        return f"/api/v2.0/companies({self.session.company_id})/{entity_set}"

    def all(self) -> list[Row]:
        """Every subscription of the environment that we may see, other people's included."""
        path = f"{self.session.root}/api/v2.0/subscriptions"
        return [row for page in self.session.pages(path, "/subscriptions", PAGE_SIZE) for row in page]

    def create(self, url: str, client_state: str) -> Row:
        """Subscribe to the company's customers; Business Central asks `url` for the validation token meanwhile."""
        return self._shaken(
            url,
            "POST",
            f"{self.session.root}/api/v2.0/subscriptions",
            self._values(url, client_state),
            "/subscriptions",
        )

    def renew(self, id: str, etag: str, url: str, client_state: str) -> Row:
        """Three more days; the handshake is repeated. SkipRecord when the subscription is gone."""
        return self._shaken(
            url, "PATCH", self._path(id), self._values(url, client_state), "/subscriptions({id})", etag or "*"
        )

    def delete(self, id: str, etag: str = "*") -> None:
        """End a subscription; gone already is fine."""
        try:
            self.session.remove(self._path(id), "/subscriptions({id})", etag)
        except SkipRecord:
            return

    def _path(self, id: str) -> str:
        return f"{self.session.root}/api/v2.0/subscriptions('{id}')"

    def _values(self, url: str, client_state: str) -> Row:
        return {"notificationUrl": url, "resource": self.resource(), "clientState": client_state}

    def _shaken(self, url: str, *write: Any) -> Row:
        try:
            return self.session.write(*write)
        except (Rejected, UnexpectedAnswer) as error:
            if error.status != 400:
                raise
            sentence = (
                f"Business Central does not accept the subscription. It must reach {url} from the internet within five "
                f"seconds: check PUBLIC_URL, the certificate and the firewall. Business Central says: {error.words}"
            )
            raise type(error)(
                VENDOR, sentence, status=400, code=error.code, words=error.words, call=error.call
            ) from None


def read_notifications(body: bytes) -> list[Notification] | None:
    """The items of a body, those left out that are none; None when it is no such body at all."""
    return [item for item in map(_notification, _items(body)) if item is not None] or None


def read_senders(body: bytes) -> list[tuple[str, str]]:
    """(subscription id, clientState) of each item of a body, also of those that are no notification as we know them."""
    items = [item for item in _items(body) if isinstance(item, Mapping)]
    return [(str(item.get("subscriptionId") or "").lower(), str(item.get("clientState") or "")) for item in items]


def _items(body: bytes) -> list[Any]:
    try:
        value = json.loads(body.removeprefix(b"\xef\xbb\xbf"))["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return value if isinstance(value, list) else []


def _notification(item: Any) -> Notification | None:
    if not isinstance(item, Mapping) or item.get("changeType") not in CHANGES:
        return None
    found = RESOURCE.search(str(item.get("resource") or ""))
    if not found or not SUBSCRIPTION.fullmatch(str(item.get("subscriptionId") or "")):
        return None
    texts = [str(item.get(name) or "") for name in ("subscriptionId", "changeType", "resource", "lastModifiedDateTime")]
    filtered = SINCE.search(unquote(found[4] or ""))
    since = _moment(filtered[1]) if filtered else None
    return Notification(
        subscription_id=texts[0].lower(),
        client_state=str(item.get("clientState") or ""),
        change=texts[1],
        entity_set=found[2],
        company_id=found[1].lower(),
        entity_id=(found[3] or "").lower(),
        since=since,
        at=_moment(texts[3]) or datetime.fromtimestamp(0, UTC),
        hash=hashlib.sha1("\n".join([texts[0], texts[1], texts[2].lstrip("/"), texts[3]]).encode()).hexdigest(),
    )


def _moment(text: str) -> datetime | None:
    """An aware moment of the vendor's text, which may have seven digits after the second; None for anything else."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        moment = datetime.fromisoformat(cut)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
