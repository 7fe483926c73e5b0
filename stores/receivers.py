"""The only addresses without a role: where both vendors deliver their webhooks. They answer before any work.

A wrong answer kills webhooks: see docs/operating.md for which answer is given when, and why.
"""

import hmac
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bcsync.clients.bigcommerce_webhooks import SIGNATURE_HEADERS, read_event, signature_state
from bcsync.clients.business_central_webhooks import (
    CUSTOMERS,
    Notification,
    read_notifications,
    read_senders,
)
from stores import inbox
from stores.models import Store, WebhookEndpoint, WebhookSubscription

logger = logging.getLogger("bcsync.webhooks")

SECRET_HEADER = "X-Webhook-Secret"
# An event of BigCommerce has some 300 bytes; Business Central merges a thousand items and more into one body.
MOST_BYTES_OF_AN_EVENT = 64 * 1024
MOST_BYTES_OF_NOTIFICATIONS = 2 * 1024 * 1024
MOST_OF_A_TOKEN = 2048
View = Callable[..., HttpResponse]


# Of this process; only stores that exist are in it.
_senders: dict[str, tuple[float, Store]] = {}


class Away:
    """Of this process: a database that did not even refuse for a second holds no more threads up for a while."""

    HANGS, FOR = 1.0, 3.0

    def __init__(self) -> None:
        self.until = 0.0

    def note(self, began: float, failed: float) -> None:
        """One that refuses at once is asked each time: a single broken connection must lose no other event."""
        if failed - began >= self.HANGS:
            self.until = failed + self.FOR


_away = Away()


class TooMuch(Exception):
    """The body is longer than a vendor ever sends."""


def receiver(view: View) -> View:
    """A view for a vendor's machine: no sign-in, no CSRF token, no role. Database away: 503, so that it comes again."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        began = monotonic()
        if began < _away.until:
            return HttpResponse(status=503)
        try:
            return view(request, *args, **kwargs)
        except TooMuch:
            return HttpResponse(status=413)
        except (DatabaseError, InterfaceError) as error:
            logger.error("a webhook could not be stored, the vendor is asked to send it again: %s", error)
            _away.note(began, monotonic())
            return HttpResponse(status=503)

    exempt = csrf_exempt(login_not_required(guarded))
    exempt.receives_webhooks = True  # type: ignore[attr-defined]
    return exempt


@receiver
def bigcommerce(request: HttpRequest, store_hash: str) -> HttpResponse:
    """An event of a store: with the right secret stored; a wrong secret is answered 200, thrown away and counted."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    raw = body_of(request, MOST_BYTES_OF_AN_EVENT)
    now, given = timezone.now(), request.headers.get(SECRET_HEADER, "")
    store = _sender(store_hash, given, now)
    if store is None:
        return HttpResponse(status=404)
    headers = {name: request.headers.get(name, "") for name in SIGNATURE_HEADERS}
    signature = signature_state(headers, raw, store.client_secret, now.timestamp())
    if not _knows(store, given, now):
        # Without any secret it is a stranger, unless only BigCommerce can have signed it.
        if not given and signature not in ("verified", "stale"):
            return HttpResponse(status=401)
        _refuse(now, store=store)
        return HttpResponse(status=200)
    if signature in ("wrong", "stale", "absent"):
        logger.warning("store %s: an event with the right secret has a signature that is %s", store_hash, signature)
    event = read_event(raw)
    if event is None or event.store_hash not in ("", store_hash):
        logger.warning("store %s: a delivery with the right secret is no event of this store; ignored", store_hash)
    elif event.wanted:
        stored = inbox.event(
            store.pk, now, scope=event.scope, remote_id=str(event.customer_id or ""), hash=event.hash,
            created_at=datetime.fromtimestamp(event.created_at, UTC), detail=event.detail, signature=signature,
        )  # fmt: skip
        inbox.receive([stored])
    return HttpResponse(status=200)


@receiver
def business_central(request: HttpRequest, company_id: int) -> HttpResponse:
    """The validation handshake, by its parameter, not its method; else notifications that carry our clientState."""
    # A number that no database can hold names no company.
    endpoint = WebhookEndpoint.objects.filter(company_id=company_id).first() if company_id < 2**63 else None
    if endpoint is None:
        return HttpResponse(status=404)
    token = request.GET.get("validationToken")
    if token is not None:
        return _shake(token)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    raw = body_of(request, MOST_BYTES_OF_NOTIFICATIONS)
    notifications, now = read_notifications(raw), timezone.now()
    secrets = endpoint.secrets_at(now)
    if notifications is None:
        return _not_understood(endpoint, read_senders(raw), secrets, now)
    good = [item for item in notifications if _is_one_of(item.client_state, secrets)]
    if len(good) < len(notifications):
        wrong = [item.subscription_id for item in notifications if item not in good]
        if not good and not _subscribed(endpoint, wrong):
            return HttpResponse(status=401)
        _refuse(now, company_id=company_id)
    _store_notifications(company_id, [item for item in good if item.entity_set == CUSTOMERS], now)
    return HttpResponse(status=200)


def body_of(request: HttpRequest, most: int) -> bytes:
    """The raw body. Raises TooMuch, from the announced length where there is one, before anything is read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > most:
        raise TooMuch
    if not length and "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        # Django takes a body without a length for none.
        raw: bytes = request.META["wsgi.input"].read(most + 1)
    else:
        raw = request.body
    if len(raw) > most:
        raise TooMuch
    return raw


def _not_understood(
    endpoint: WebhookEndpoint, senders: list[tuple[str, str]], secrets: list[str], now: datetime
) -> HttpResponse:
    """Nothing in it is a notification as we know them. From who knows our clientState: no reason to lose it."""
    if any(_is_one_of(state, secrets) for _, state in senders):
        logger.warning("%s: a body with the right clientState has no notification that is understood", endpoint)
        return HttpResponse(status=200)
    if not _subscribed(endpoint, [id for id, _ in senders]):
        return HttpResponse(status=400)
    _refuse(now, company_id=endpoint.company_id)
    return HttpResponse(status=200)


def _subscribed(endpoint: WebhookEndpoint, ids: list[str]) -> bool:
    """Whether one of these subscriptions is ours: any other answer than 2xx would end it."""
    return WebhookSubscription.objects.filter(endpoint=endpoint, remote_id__in=set(ids)).exists()


def _shake(token: str) -> HttpResponse:
    """Give the token back, as text that no browser takes for a page."""
    if not 0 < len(token) <= MOST_OF_A_TOKEN:
        return HttpResponse(status=400)
    return HttpResponse(token, content_type="text/plain; charset=utf-8")


def _sender(store_hash: str, given: str, now: datetime) -> Store | None:
    """The store with its endpoint. Remembered for some seconds, but read again before a secret counts as wrong."""
    read_at, store = _senders.get(store_hash, (0.0, None))
    if store is not None and monotonic() - read_at < settings.WEBHOOK_SENDER_SECONDS and _knows(store, given, now):
        return store
    columns = ("hash", "client_secret", "webhook_endpoint__secret", "webhook_endpoint__store_id")
    previous = ("webhook_endpoint__previous_secret", "webhook_endpoint__previous_until")
    rows = Store.objects.select_related("webhook_endpoint").only(*columns, *previous)
    store = rows.filter(hash=store_hash).first()
    if store is not None:
        _senders[store_hash] = (monotonic(), store)
    return store


def _knows(store: Store, given: str, now: datetime) -> bool:
    """Whether the store's vendor was told this secret."""
    endpoint = getattr(store, "webhook_endpoint", None)
    return endpoint is not None and _is_one_of(given, endpoint.secrets_at(now))


def _is_one_of(given: str, secrets: list[str]) -> bool:
    """Each compared in constant time."""
    return any(hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()) for secret in secrets)


def _refuse(now: datetime, **owner: Any) -> None:
    """Count a delivery that was thrown away: the page shows it, and the log."""
    endpoint, _ = WebhookEndpoint.objects.get_or_create(**owner)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(refused=F("refused") + 1, refused_at=now)
    logger.error("%s: a delivery with a wrong secret was thrown away", endpoint)


def _store_notifications(company_id: int, items: list[Notification], now: datetime) -> None:
    """Every store of the company gets its own copy: none waits for another, and one that is down loses nothing."""
    stores = list(Store.objects.filter(company_id=company_id).values_list("pk", flat=True)) if items else []
    inbox.receive(
        inbox.event(
            store_id, now, scope=f"{inbox.BUSINESS_CENTRAL}{item.change}", remote_id=item.entity_id, hash=item.hash,
            created_at=item.at, detail={"since": item.since.isoformat()} if item.since else {},
        )
        for store_id in stores
        for item in items
    )  # fmt: skip
