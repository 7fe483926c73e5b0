"""Who is parked in a store, on either side, since when and why; and letting the jobs try them again."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers import deciding
from customers.models import Run, Trouble
from customers.views.deciding import reason_of
from stores.models import Store
from stores.roles import role

PER_PAGE = 100


def _parked(store: Store) -> QuerySet[Trouble]:
    """Without whom BigCommerce has deleted: no list and no tile counts them."""
    there = Q(customer=None) | Q(customer__gone_at=None)
    return Trouble.objects.filter(there, store=store, parked=True)


@role(get="viewer")
def parked(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The parked customers of a store, the longest parked first."""
    store = get_object_or_404(Store, hash=store_hash)
    rows = _parked(store).order_by("since", "pk")
    page: Page[Any] = Paginator(rows.values_list("pk", flat=True), PER_PAGE).get_page(request.GET.get("page"))
    # Keys first: the pages before this one are counted off without reading their customers.
    shown = rows.filter(pk__in=list(page.object_list)).select_related("customer", "business_central_customer")
    page.object_list = shown.defer("customer__data", "customer__search", "business_central_customer__data")
    for row in page.object_list:
        row.job = Run.Kind(row.kind).label  # type: ignore[attr-defined]
    return render(request, "customers/parked.html", {"here": "customers", "store": store, "page": page})


@role(post="operator")
def unpark(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The ticked ones, or all of the store."""
    rows = _parked(get_object_or_404(Store, hash=store_hash))
    if request.POST.get("reach") != "all":
        only = [int(value) for value in request.POST.getlist("only") if value.isdecimal() and len(value) < 19]
        rows = rows.filter(pk__in=only[:PER_PAGE])
    number = deciding.unpark(rows, request.user, reason_of(request))  # type: ignore[arg-type]
    if number:
        who = "1 customer is" if number == 1 else f"{number} customers are"
        messages.success(request, f"{who} tried again by the next run.")
    else:
        messages.warning(request, "None of these is parked any more; somebody was faster, or nothing was ticked.")
    card = request.POST.get("customer", "")
    if request.POST.get("page") == "card" and card.isdecimal() and len(card) < 19:
        return redirect("customer_card", card)
    return redirect("parked", store_hash)
