"""What is proposed for a store; a coming moment with its weekday."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from customers.schedule_proposals import proposals
from stores import written
from stores.models import Store

register = template.Library()


@register.inclusion_tag("schedules/_proposed.html", takes_context=True)
def proposed(context: template.Context, store: Store) -> dict[str, Any]:
    """On the store's card: what it could do by itself and does not yet; nothing when there is no proposal."""
    return {"proposals": proposals([store]), "store": store, "chrome": context["chrome"]}


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """Weekday, day and time."""
    if at is None:
        return ""
    return written.element(at, written.weekday_and_time(at))
