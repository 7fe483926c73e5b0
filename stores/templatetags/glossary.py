"""Glossary tips: a vendor's word that explains itself, by keyboard, by touch and without JavaScript."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stores.glossary import TERMS

register = template.Library()


@register.simple_tag(takes_context=True)
def term(context: template.Context, word: str, shown: str = "") -> SafeString:
    """The word (or `shown`) as a button that opens what it means. Raises KeyError for a word of no glossary.

    The browser's own popover: Enter opens it, Escape closes it, nothing cuts it off, and no script is needed.
    """
    found = TERMS[word]
    request = context.get("request")
    number = getattr(request, "_terms", 0) + 1
    if request is not None:
        request._terms = number
    return format_html(
        '<button type="button" class="tip" popovertarget="tip-{n}">{shown}</button>'
        '<span class="tipbox" id="tip-{n}" popover><strong>{word}</strong> <span class="sub">{whose}</span><br>{text}'
        "</span>",
        n=number,
        shown=shown or word,
        word=found.word[:1].upper() + found.word[1:],
        whose=found.whose,
        text=found.text,
    )
