"""Fields as people call them."""

from django import template

from mapping.field_words import in_part

register = template.Library()


@register.filter
def part_called(part: str | None) -> str:
    """A part of a record: its core is the customer itself."""
    return "customer" if part == "core" else str(part or "")


@register.filter
def called(key: str | None, part: str = "") -> str:
    """A record's key of a field as its label; part: where in the record it stands."""
    return in_part(str(part or ""), key) if key else ""
