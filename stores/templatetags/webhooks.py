"""The store card's tab Webhooks, so that the card needs one line for it."""

from typing import Any

from django import template

from stores import inbox
from stores.models import Store, WebhookEndpoint, WebhookEvent
from stores.webhook_addresses import trouble_with_public_url

register = template.Library()

LAST_EVENTS = 8


@register.inclusion_tag("stores/_webhooks.html", takes_context=True)
def webhooks_tab(context: dict[str, Any], store: Store) -> dict[str, Any]:
    """Both endpoints as they were last seen, the inbox in numbers, and its last events."""
    endpoints = {
        endpoint.store_id or 0: endpoint
        for endpoint in WebhookEndpoint.objects.filter(store=store)
        | WebhookEndpoint.objects.filter(company=store.company_id)
    }
    endpoint, central = endpoints.get(store.pk), endpoints.get(0)
    on = bool(endpoint and endpoint.wanted)
    # Turned off, but the vendor could not be told.
    left = bool(endpoint and endpoint.registered and not on)
    events = list(WebhookEvent.objects.filter(store=store).order_by("-received_at")[:LAST_EVENTS])
    return {
        "request": context.get("request"), "chrome": context["chrome"], "csrf_token": context.get("csrf_token"),
        "store": store, "company": store.company, "endpoint": endpoint, "central": central, "on": on,
        "subscription": central.subscriptions.first() if central else None,
        "inactive": sum(not hook["active"] for hook in endpoint.registered) if endpoint else 0,
        "problems": [each.problem for each in (endpoint, central) if each and each.problem and (on or left)],
        "left": left, "last": events[0].received_at if events else None,
        "refused": sum(each.refused for each in (endpoint, central) if each),
        "counts": inbox.counts(store), "trouble": trouble_with_public_url(),
        "events": events,
    }  # fmt: skip
