"""The preview beside the rows of a setup page: one customer, each row's input and output, and what would be sent."""

import json
from typing import Any

from django import template
from django.http import HttpRequest

from customers import setup_preview as core
from mapping.catalogue import TABLES
from mapping.explain import Traced
from mapping.field_words import label_of
from mapping.models import MatchRule
from mapping.rows import steps_as_json
from mapping.template import conditions
from mapping.widgets import words_of
from stores.models import Store

register = template.Library()
WHO = "setup_who"  # the session's key of the customer that is looked at, by store
RULE_WORDS: dict[str, str] = dict(MatchRule.Name.choices)
ADDRESSES = ("address", "ship_to_address", "address_form_field")


@register.inclusion_tag("mapping/_preview.html", takes_context=True)
def setup_preview(context: template.Context, *tables: str, parts: str = "rows calls") -> dict[str, Any]:
    """The pane. tables: only rows onto these; none: all. parts: of rows, calls, template, rules."""
    request: HttpRequest = context["request"]
    store: Store = context["store"]
    shopper, business = core.chosen(store, _who(request, store))
    made = core.preview(store, context["setup"], shopper, business)
    rows = [_line(each) for each in made.traced if not tables or each.row.target.table in tables]
    calls = [(each, json.dumps(each.item, indent=1, ensure_ascii=False)) for each in made.requests]
    search = request.GET.get("find", "")[:100]
    return {
        "store": store, "made": made, "rows": rows, "calls": calls, "search": search, "request": request,
        "hits": core.find(store, search), "trial": context.get("trial"), "parts": parts.split(),
        "rules": [(each, RULE_WORDS.get(each.rule, each.rule)) for each in made.rules],
        "templates": [(each, conditions(each.template)) for each in made.templates],
        "somebody": made.shopper or made.business, "path": request.path,
    }  # fmt: skip


def _who(request: HttpRequest, store: Store) -> str:
    """The customer asked for, kept while one goes from page to page."""
    kept = request.session.get(WHO, {})
    asked = request.GET.get("who", "")[:20]
    if asked and kept.get(str(store.pk)) != asked:
        request.session[WHO] = kept = {**kept, str(store.pk): asked}
    found: str = kept.get(str(store.pk), "")
    return found


def _line(traced: Traced) -> dict[str, Any]:
    row = traced.row
    label = label_of("bigcommerce", row.target.table, row.target.name)
    named = label if row.target.table in ("customer", *ADDRESSES[:2]) else str(row.target.name)
    source = f"{TABLES.get(('business_central', row.source.table), row.source.table)}, "
    source += label_of("business_central", row.source.table, row.source.name)
    return {
        "target": named, "part": traced.part if traced.part.startswith("address:") else "", "input": traced.input,
        "source": source if row.source.name else "", "output": traced.output, "note": traced.note,
        "steps": words_of(steps_as_json(row.steps)), "issue": traced.issue.text if traced.issue else "",
        "kind": traced.issue.kind if traced.issue else "",
    }  # fmt: skip
