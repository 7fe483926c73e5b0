"""Customers of one store and of all, with their addresses and FactBoxes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from customers import pages
from customers.filter_counts import counts_of
from customers.models import Customer, CustomerGroup
from customers.selection import shoppers
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
    scope = pages.filter_scope(request.GET)
    counts = counts_of(store, scope)
    page = pages.page_of(shoppers(store, scope), request.GET, counts, filtered=bool(scope))
    selected = pages.selected_customer(store, request.GET, page)
    groups = list(CustomerGroup.objects.filter(store=store).order_by("name")) if store else []
    names = {(row.store_id, row.remote_id): row.name for row in groups}
    context: dict[str, Any] = {
        "here": "customers", "store": store, "scope": scope, "page": page, "sizes": pages.SIZES, "counts": counts,
        "statuses": Customer.Status.choices, "flags": pages.FLAG_WORDS.items(), "rules": pages.RULE_WORDS.items(),
        "groups": groups, "countries": pages.countries_of(store), "chips": pages.chips(scope, names, store),
        "filter": pages.filter_query(scope), "sort": request.GET.get("sort", "-changed"),
    }  # fmt: skip
    if selected is not None:
        context["facts"] = pages.facts_of(selected)
    return render(request, "customers/customers.html", context)


@role(get="viewer")
def factboxes(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The FactBoxes of one customer, for the list to swap in."""
    row = get_object_or_404(pages.fact_rows(Customer.objects.all()), pk=customer_id)
    return render(request, "customers/_factboxes.html", {"facts": pages.facts_of(row)})
