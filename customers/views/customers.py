"""Customers of one store and of all, with their addresses and FactBoxes."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers import orders, pages, saved_views, timeline
from customers.filter_counts import counts_of
from customers.models import Customer, CustomerGroup, SavedView
from customers.selection import shoppers
from customers.views.deciding import MOST_AT_ONCE
from customers.views.place import Place, place_in
from stores.models import Store
from stores.roles import role


@role(get="viewer")
def customers(request: HttpRequest) -> HttpResponse:
    """Customers of all stores."""
    return _list(request, None)


@role(get="viewer")
def store_customers(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Customers of one store."""
    return _list(request, get_object_or_404(Store.objects.select_related("company"), hash=store_hash))


def _list(request: HttpRequest, store: Store | None) -> HttpResponse:
    views = saved_views.views_of(request.user, store)
    if not request.GET and (first := saved_views.opens_first(views)):
        return redirect(f"{request.path}?{_joined(first.query, f'view={first.pk}')}")
    scope = pages.filter_scope(request.GET)
    counts = counts_of(store, scope)
    page = pages.page_of(shoppers(store, scope), request.GET, counts, scope)
    selected = pages.selected_customer(store, request.GET, page)
    groups = list(CustomerGroup.objects.filter(store=store).order_by("name")) if store else []
    names = {(row.store_id, row.remote_id): row.name for row in groups}
    context: dict[str, Any] = {
        "here": "customers", "store": store, "scope": scope, "page": page, "sizes": pages.SIZES, "counts": counts,
        "statuses": Customer.Status.choices, "flags": pages.FLAG_WORDS.items(), "rules": pages.RULE_WORDS.items(),
        "groups": groups, "countries": pages.countries_of(store), "chips": pages.chips(scope, names, store),
        "filter": pages.filter_query(scope), "sort": orders.known(request.GET.get("sort", "")),
        "most": MOST_AT_ONCE, "place": Place(saved_views.query_of(request.GET), store is None),
    }  # fmt: skip
    context["lost_group"] = bool(scope.get("group")) and int(scope["group"]) not in {row.remote_id for row in groups}
    context |= _views(request, views)
    if selected is not None:
        context["facts"] = _facts(selected)
    return render(request, "customers/customers.html", context)


def _views(request: HttpRequest, views: list[SavedView]) -> dict[str, Any]:
    """The saved views, which of them is shown, and what a link of this page carries along."""
    view = next((each for each in views if request.GET.get("view") == str(each.pk)), None)
    query = saved_views.query_of(request.GET)
    asked = {name: request.GET[name] for name in ("sort", "size") if request.GET.get(name)}
    kept = urlencode({**asked, "view": view.pk if view else saved_views.ALL})
    return {"views": views, "view": view, "query": query, "changed": bool(view and view.query != query), "kept": kept}


def _joined(*queries: str) -> str:
    return "&".join(filter(None, queries))


@role(get="viewer")
def factboxes(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The FactBoxes of one customer, for the list to swap in."""
    row = get_object_or_404(pages.fact_rows(Customer.objects.all()), pk=customer_id)
    return render(request, "customers/_factboxes.html", {"facts": _facts(row), "place": place_in(request.GET)})


def _facts(row: Customer) -> dict[str, Any]:
    """What the FactBoxes show, with the newest of what happened."""
    facts = pages.facts_of(row)
    link = facts["link"]
    return {**facts, "timeline": timeline.latest(row, link.business_central_customer if link else None)}
