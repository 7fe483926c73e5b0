"""What only the Customers list draws."""

from django import template

from customers.filter_counts import in_words

register = template.Library()


@register.simple_tag
def capped(number: int | None, limited: bool) -> str:
    """1,204; 10,000+ where counting stopped there."""
    return in_words(number or 0, limited)
