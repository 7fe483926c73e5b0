"""The banner that says a store's set-up was changed, by whom, and whom that touches, until somebody plans it."""

from typing import Any

from django import template

from mapping.models.open_changes import of_store
from mapping.setup import fields_unread, read_setup

register = template.Library()


@register.inclusion_tag("mapping/_reach.html")
def setup_changed(store: Any, count: bool = False) -> dict[str, Any]:
    """Nothing where nothing is open. count: ask at once whom the changes touch; else only what was counted is said."""
    found = of_store(store)
    unread = fields_unread(store, read_setup(store)) if found or count else []
    return {"store": store, "open": found, "count": count, "unread": unread}
