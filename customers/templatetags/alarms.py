"""What the watchdog found, a line each, on the page Stores and on a store's card; and the card's tab Notifications."""

from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from customers.alarms import Line, lines, open_alarms, plain, silence
from customers.models import Look
from stores.models import Store

register = template.Library()
# More are on the page Alarms.
MOST_LINES = 12


@register.inclusion_tag("alarms/_lines.html", takes_context=True)
def alarms(context: dict[str, Any], store: Store | None = None) -> dict[str, Any]:
    """The open alarms, of one store or of all, with the watchdog's own silence above them."""
    stores = [store] if store is not None else list(context.get("rows") or [])
    found = lines(open_alarms(stores if store is not None else None), stores)
    looked_at, started_at = Look.last_and_start()
    quiet = silence(looked_at, started_at, stores, timezone.now())
    shown: list[Line] = [quiet, *found] if quiet is not None else found
    bad = sum(line.kind.level == "bad" for line in shown)
    return {
        "chrome": context["chrome"], "csrf_token": context.get("csrf_token"), "request": context.get("request"),
        "lines": shown[:MOST_LINES], "more": len(shown) - MOST_LINES, "of_store": store, "looked_at": looked_at,
        "bad": bad, "warned": len(shown) - bad, "number": len(shown),
    }  # fmt: skip


@register.inclusion_tag("alarms/_notifications.html", takes_context=True)
def notifications_tab(context: dict[str, Any], store: Store) -> dict[str, Any]:
    """Who is told by mail, and whether there is a mail server at all."""
    return {
        "chrome": context["chrome"], "csrf_token": context.get("csrf_token"), "store": store,
        "console": settings.EMAIL_BACKEND.endswith(".console.EmailBackend"), "sender": settings.DEFAULT_FROM_EMAIL,
    }  # fmt: skip


@register.filter
def on_a_line(text: object) -> str:
    """What somebody named, in a mail: no line breaks, no control characters."""
    return plain(str(text))
