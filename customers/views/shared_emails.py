"""Review of e-mails: several Business Central customers share one, or it is another one's shopper's; who gets it?"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from customers import deciding, review, shared_emails
from customers.models import BusinessCentralCustomer, LeftOut
from customers.views.deciding import NO_REASON, reason_of, seen_of
from stores import deep_links
from stores.models import Store
from stores.roles import role

PER_PAGE = 25
MOST_LEFT = 100


@role(get="viewer")
def emails_page(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The e-mails that wait, a page of them, and who was left out before."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    emails, customers = shared_emails.emails(store)
    page = Paginator(emails, PER_PAGE).get_page(request.GET.get("page"))
    cases = shared_emails.cases(store, list(page.object_list))
    for sharer in (each for case in cases for each in case.sharers):
        sharer.row.mend = deep_links.business_central_customer(store.company, sharer.row.number)  # type: ignore[attr-defined]
    left = shared_emails.left(store)
    context: dict[str, Any] = {
        "here": "review", "store": store, "cases": cases, "page": page, "seen": timezone.now(),
        "emails": customers, "shoppers": review.waiting(store).count(),
        "left": list(left[:MOST_LEFT]), "left_count": left.count(),
    }  # fmt: skip
    return render(request, "review/emails.html", context)


@role(post="operator")
def give_email(request: HttpRequest, store_hash: str) -> HttpResponse:
    """One of those who share an e-mail gets it; the others are left out while they have it."""
    store, chosen = _chosen(request, store_hash)
    try:
        others = shared_emails.give(store, chosen, request.user, reason_of(request), seen_of(request))  # type: ignore[arg-type]
    except deciding.NotNow as error:
        messages.error(request, str(error))
    else:
        who = "The other one is" if others == 1 else f"The other {others} are"
        messages.success(request, f"{chosen.number} gets {chosen.email_key}. {who} left out while they have it.")
    return redirect("review_emails", store_hash)


@role(post="operator")
def skip_email(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Leave one Business Central customer out of this store, with a reason."""
    store, chosen = _chosen(request, store_hash)
    reason = reason_of(request)
    if not reason:
        messages.warning(request, NO_REASON)
        return redirect("review_emails", store_hash)
    try:
        shared_emails.skip(store, chosen, request.user, reason, seen_of(request))  # type: ignore[arg-type]
    except deciding.NotNow as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{chosen.number} is left out of this store until somebody takes that back.")
    return redirect("review_emails", store_hash)


@role(post="operator")
def ask_again(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Take back that a customer was left out."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    rows = LeftOut.objects.filter(store=store, pk=_number(request.POST.get("left", "")))
    if shared_emails.take_back(store, rows, request.user, reason_of(request)):  # type: ignore[arg-type]
        messages.success(request, "Taken back: Add Customers looks at it again.")
    else:
        messages.warning(request, "Somebody has taken that back already.")
    return redirect("review_emails", store_hash)


def _chosen(request: HttpRequest, store_hash: str) -> tuple[Store, BusinessCentralCustomer]:
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    return store, get_object_or_404(rows, pk=_number(request.POST.get("chosen", "")))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
