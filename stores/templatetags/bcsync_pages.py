"""What every page draws alike: icons, badges, moments, numbers with thin separators, values that may be blank."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from stores import written

register = template.Library()

# key -> (tone, icon, word). Outcomes, statuses, flags and run states share icons where they share a meaning.
BADGES: dict[str, tuple[str, str, str]] = {
    "created": ("ok", "plus-circle", "Created"),
    "linked": ("ok", "link-45deg", "Linked"),
    "defaulted": ("info", "person-badge", "Default customer"),
    "updated": ("info", "pencil", "Updated"),
    "unchanged": ("mute", "dash-lg", "Unchanged"),
    "skipped": ("mute", "skip-forward", "Skipped"),
    "review": ("warn", "question-circle", "Needs review"),
    "conflict": ("clash", "arrow-left-right", "Conflict"),
    "rejected": ("bad", "x-octagon", "Rejected"),
    "failed": ("bad", "exclamation-triangle", "Failed"),
    "parked": ("mute", "p-circle", "Parked"),
    "differs": ("warn", "arrow-left-right", "Differs"),
    "unmapped": ("mute", "circle", "Unmapped"),
    "gone": ("warn", "slash-circle", "Deleted in BigCommerce"),
    "gone in Business Central": ("warn", "slash-circle", "Deleted in Business Central"),
    "to do": ("mute", "clock", "To do"),
    "held": ("mute", "clock", "Not approved yet"),
    "changed": ("warn", "clock-history", "Changed since"),
    "in flight": ("info", "arrow-repeat", "In flight"),
    "waiting": ("warn", "hourglass-split", "Waiting"),
    "running": ("info", "arrow-repeat", "Running"),
    "planned": ("info", "card-list", "Planned"),
    "planned, waiting": ("info", "card-list", "Planned, waits for approval"),
    "stopped": ("warn", "stop-circle", "Stopped"),
    "succeeded": ("ok", "check-circle", "Succeeded"),
    "completed with errors": ("warn", "exclamation-triangle", "Completed with errors"),
    "crashed": ("bad", "bug", "Crashed"),
    "ready": ("ok", "check-circle", "Ready"),
    "not ready": ("bad", "x-octagon", "Not ready"),
    "already linked": ("mute", "link-45deg", "Already linked"),
    "writing on": ("ok", "toggle-on", "Writing on"),
    "read-only": ("mute", "toggle-off", "Read-only: plans only"),
    "on": ("ok", "toggle-on", "On"),
    "off": ("mute", "toggle-off", "Off"),
    "set": ("ok", "key", "Set"),
    "not set": ("warn", "slash-lg", "Not set"),
}
LEVELS = {
    "ok": ("ok", "check-circle", "Works"),
    "info": ("info", "info-circle", "Note"),
    "warn": ("warn", "exclamation-triangle", "Limited"),
    "bad": ("bad", "exclamation-octagon", "Must be mended"),
}


@register.simple_tag
def icon(name: str, tone: str = "") -> SafeString:
    """A decorative icon of the sprite; `tone` colours it (ok, info, warn, bad, clash, mute)."""
    colour = f" f-{tone}" if tone else ""
    return format_html(
        '<svg class="ic{}" aria-hidden="true"><use href="{}#{}"></use></svg>', colour, static("icons.svg"), name
    )


@register.simple_tag
def badge(key: str, word: str = "") -> SafeString:
    """Icon, word and tint of an outcome, a status, a flag or a run's state."""
    tone, shape, usual = BADGES.get(key, ("mute", "circle", key.capitalize()))
    return format_html('<span class="oc t-{}">{}{}</span>', tone, icon(shape), word or usual)


@register.simple_tag
def level(name: str) -> SafeString:
    """The icon of a finding's level, with its word for who cannot see it."""
    tone, shape, word = LEVELS.get(name, LEVELS["info"])
    return format_html('{}<span class="visually-hidden">{}: </span>', icon(shape, tone), word)


# How two values compare: tone, icon, word.
VERDICTS = {
    "agrees": ("ok", "check-circle", "agrees"),
    "partly": ("warn", "circle", "partly"),
    "disagrees": ("bad", "x-octagon", "disagrees"),
}


@register.simple_tag
def verdict(name: str) -> SafeString | str:
    """The icon of a comparison with its word for who cannot see it; nothing where one side is blank."""
    if name not in VERDICTS:
        return ""
    tone, shape, word = VERDICTS[name]
    return format_html('{}<span class="visually-hidden">{}: </span>', icon(shape, tone), word)


# How a field compares on both sides: tone, icon.
COMPARED = {
    "equal": ("mute", "check-lg"),
    "differs": ("warn", "asterisk"),
    "conflict": ("clash", "arrow-left-right"),
    "refused": ("bad", "x-octagon"),
    "shopper's": ("mute", "person"),
}


@register.simple_tag
def compared(name: str) -> SafeString:
    """Icon and word of how two sides compare; never the colour alone."""
    tone, shape = COMPARED.get(name, ("mute", "circle"))
    return format_html('<span class="f-{}">{} {}</span>', tone, icon(shape), name)


@register.filter
def tone(key: str) -> str:
    return BADGES.get(key, ("mute",))[0]


@register.simple_tag
def ago(moment: datetime | str | None, never: str = "never") -> SafeString:
    """A moment relative to now, the exact one on hover. ISO text is understood too."""
    if not moment:
        return format_html('<span class="blank">{}</span>', never)
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return written.element(at, written.relative(at, timezone.now()))


@register.simple_tag
def exact(at: datetime | None) -> SafeString | str:
    """Day and time."""
    return written.element(at, written.moment(at)) if at else ""


@register.simple_tag
def clock(at: datetime) -> SafeString:
    """The time of the day, to the second; the day on hover."""
    return written.element(at, written.time(at, seconds=True))


@register.filter
def day(value: date) -> str:
    """A day with its year."""
    return written.day(value)


@register.filter
def short_day(value: date) -> str:
    """A day of which the year is clear."""
    return written.day(value, year=False)


@register.filter
def number(value: Any) -> str:
    """1,204 or 1.204; no number is nothing."""
    return written.number(value)


@register.filter
def decimal(value: Any, decimals: int = 1) -> str:
    """Rounded to so many decimals."""
    return written.number(value, decimals)


@register.filter
def said(text: Any) -> SafeString | str:
    """A stored text; its moments are written for the reader."""
    return written.said(text)


@register.filter
def said_plain(text: Any) -> str:
    """The same where no element can stand: in an attribute, in a mail."""
    return str(written.said(text, plain=True))


@register.simple_tag
def thousands() -> str:
    """The sign between thousands, for the script that counts ticked rows."""
    return written.thousands()


@register.simple_tag
def took(start: datetime | None, end: datetime | None) -> str:
    """How long something took, or has been going on."""
    if start is None:
        return ""
    seconds = round(((end or timezone.now()) - start).total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{written.number(seconds // 3600)} h {seconds % 3600 // 60} min"


@register.simple_tag
def many(number: int | None, one: str, several: str = "") -> str:
    """1 customer, 1,204 customers."""
    return written.many(number, one, several)


@register.filter
def shown(value: Any) -> SafeString | str:
    """A vendor's value as text: lists joined, yes and no, blank said as such."""
    if value is None or value == "" or value == []:
        return mark_safe('<span class="blank">empty</span>')
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


@register.simple_tag(takes_context=True)
def waiting(context: template.Context, name: str) -> SafeString | str:
    """How many customers of the page's store wait in a status or flag, as a pip of the navigation; none is nothing."""
    store, chrome = context.get("store"), context.get("chrome")
    number = chrome.counts.get(store.pk, {}).get(name, 0) if store and chrome else 0
    if not number:
        return ""
    words = ' <span class="pip">{}<span class="visually-hidden"> customers waiting</span></span>'
    return format_html(words, written.number(number))


@register.filter
def item(mapping: dict[str, Any] | None, key: str) -> Any:
    return (mapping or {}).get(key, "")


# Where in a list one is: a number, or the row that was last seen.
PLACE = ("page", "after", "before", "at")


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """This page's query string with some parameters changed; None or "" removes one. The page starts anew."""
    request: HttpRequest = context["request"]
    values = request.GET.copy()
    for name in PLACE:
        values.pop(name, None)
    for name, value in changes.items():
        values.pop(name, None)
        if value not in (None, ""):
            values.setlist(name, value if isinstance(value, list) else [str(value)])
    return "?" + urlencode([(name, each) for name in values for each in values.getlist(name)])
