"""Phone numbers as the reader dials them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mapping.phones import for_region
from stores.reader import current

register = template.Library()


@register.filter
def phone(text: str | None, country: str = "") -> SafeString | str:
    """The number, and as it is stored on hover. country: ISO code of whoever has it, for one without its prefix."""
    if not text:
        return format_html('<span class="blank">{}</span>', "empty")
    shown = for_region(text, country, current().region)
    return text if shown == text else format_html('<span title="stored as {}">{}</span>', text, shown)
