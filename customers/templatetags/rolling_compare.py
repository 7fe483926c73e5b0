"""What the store card tells of the rolling compare."""

from django import template

from customers import rolling
from stores.models import Store

register = template.Library()


@register.simple_tag
def rolling_compare(store: Store) -> list[str]:
    return rolling.told(store)
