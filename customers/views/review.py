"""Review: ambiguous shoppers beside their candidates; link, create or skip one by one, or link in bulk as a plan."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html

from customers import deciding, review, shared_emails
from customers.models import BusinessCentralCustomer, Customer, Run
from customers.views.actions import start_or_tell
from customers.views.deciding import back, reason_of, seen_of
from stores.models import Store
from stores.roles import role

LEAST, USUAL = 50, 80
SHOWN_IN_QUEUE = 30


@role(get="viewer")
def review_page(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The queue, best score first, and the one case that is looked at."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    unranked = review.rank_new(store)
    asked = Customer.objects.filter(store=store, pk=_number(request.GET.get("customer", "")) or 0).first()
    before, cases, after = review.around(store, asked, SHOWN_IN_QUEUE)
    at = next((place for place, case in enumerate(cases) if asked and case.customer.pk == asked.pk), 0)
    least = _least(request.GET.get("least", ""))
    context: dict[str, Any] = {
        "here": "review", "store": store, "cases": cases, "total": review.waiting(store).count(), "unranked": unranked,
        "emails": shared_emails.waiting(store).count(),
        "seen": timezone.now(), "least": least, "above": review.sure(store, least), "earlier": before, "later": after,
    }  # fmt: skip
    if cases:
        context |= {
            "case": cases[at], "candidates": cases[at].candidates, "rows": _rows(cases[at]),
            "before": cases[at - 1].customer if at else before,
            "after": cases[at + 1].customer if at + 1 < len(cases) else after,
        }  # fmt: skip
    return render(request, "review/review.html", context)


@role(post="operator")
def review_link(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Link the shopper to the chosen candidate."""
    customer = _customer(request, store_hash)
    pk = _number(request.POST.get("candidate", ""))
    if pk is None:
        messages.warning(request, "Choose a candidate first.")
        return back(request, customer)
    rows = BusinessCentralCustomer.objects.filter(company=customer.store.company_id)
    business = get_object_or_404(rows, pk=pk)
    try:
        deciding.map_to(customer, business, request.user, reason_of(request), seen=seen_of(request))  # type: ignore[arg-type]
        messages.success(request, f"{customer} is linked to {business.number}.")
    except deciding.NotNow as error:
        messages.error(request, str(error))
    return back(request, customer)


@role(post="operator")
def review_create(request: HttpRequest, store_hash: str) -> HttpResponse:
    """None of the candidates is right: a run creates the shopper in Business Central."""
    customer = _customer(request, store_hash)
    run = start_or_tell(request, customer.store, Run.Kind.TRY_MAPPING, {"create": [customer.pk]}, approved=True)
    if run is not None:
        link = format_html('<a href="{}">Run {}</a>', run.get_absolute_url(), run.pk)
        words = "{} creates {} in Business Central."
        if not customer.store.writes_enabled:
            words = "{} only plans to create {} in Business Central: this store is read-only."
        messages.success(request, format_html(words, link, str(customer)))
    return back(request, customer)


@role(post="operator")
def review_bulk(request: HttpRequest, store_hash: str) -> HttpResponse:
    """A plan that links the best candidates above a score; nothing is linked before it is approved."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    least = _least(request.POST.get("least", ""))
    if not review.sure(store, least):
        messages.warning(request, f"No customer has one free candidate with a score of {least} or more.")
        return redirect("review", store_hash)
    run = start_or_tell(request, store, Run.Kind.TRY_MAPPING, {"above": least}, mode=Run.Mode.PLAN)
    return redirect(run) if run is not None else redirect("review", store_hash)


def _customer(request: HttpRequest, store_hash: str) -> Customer:
    rows = Customer.objects.filter(store__hash=store_hash, gone_at=None).select_related("store__company")
    return get_object_or_404(rows, pk=_number(request.POST.get("only", "")) or 0)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _least(text: str) -> int:
    number = _number(text)
    return USUAL if number is None else min(100, max(LEAST, number))


def _rows(case: review.Case) -> list[tuple[str, str, list[Any]]]:
    """(field, the shopper's value, (No., comparison) of each candidate), row by row."""
    columns = [each.score.compared for each in case.candidates]
    numbers = [each.row.number for each in case.candidates]
    return [(row[0].field, row[0].shopper, list(zip(numbers, row, strict=True))) for row in zip(*columns, strict=True)]
