"""What is proposed for a store; a coming moment in the pages' time zone, and by bcsync.js in the reader's own."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customers.schedule_proposals import proposals
from stores.models import Store

register = template.Library()


@register.inclusion_tag("schedules/_proposed.html", takes_context=True)
def proposed(context: template.Context, store: Store) -> dict[str, Any]:
    """On the store's card: what it could do by itself and does not yet; nothing when there is no proposal."""
    return {"proposals": proposals([store]), "store": store, "chrome": context["chrome"]}


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """Weekday, day and time; the zone is told once on the page."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    exact = f"{date_format(local, 'j M Y H:i:s')} {local.tzname()}"
    shown = date_format(local, "D j M H:i")
    return format_html('<time datetime="{}" title="{}" data-local>{}</time>', at.isoformat(), exact, shown)
