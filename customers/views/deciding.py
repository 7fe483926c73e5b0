"""Unmap, Skip, Unskip on a selection, and Map to… for one customer: what a person decides, from the pages."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from customers import clearing, deciding, pages, unmapping
from customers.models import BusinessCentralCustomer, Customer, Link, Run
from customers.selection import shoppers
from customers.views.actions import MOST_SELECTED, back_to_list, person, store_of, takes_all, to_card
from stores import written
from stores.parameters import query_inside
from stores.roles import role

MOST_TOLD = 5
# Of all that match, one request decides about so many at most: a few seconds' work.
MOST_AT_ONCE = 5_000
NO_REASON = "Say why first: the reason is kept with the decision."
# Not shown anywhere while deciding, and large.
LARGE = ("data", "search", "candidates", "status_reason", "flag_reason")
Decide = Callable[..., deciding.Decided]
Rows = QuerySet[Customer]


class TooMany(Exception):
    """More customers match than one request decides about."""


@role(post="operator")
def unmap(request: HttpRequest) -> HttpResponse:
    """Also of who is deleted in BigCommerce: it frees the Business Central customer."""
    return _decide(request, deciding.unmap, "unmapped", _linked, gone=True)


@role(post="operator")
def skip(request: HttpRequest) -> HttpResponse:
    return _decide(request, deciding.skip, "skipped", lambda rows: rows.exclude(status=Customer.Status.SKIPPED))


@role(post="operator")
def unskip(request: HttpRequest) -> HttpResponse:
    return _decide(
        request, deciding.unskip, "no longer skipped", lambda rows: rows.filter(status=Customer.Status.SKIPPED)
    )


@role(get="operator", post="operator")
def map_to(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Choose the Business Central customer by number, e-mail or name, and link it."""
    rows = Customer.objects.filter(gone_at=None).select_related("store__company")
    customer = get_object_or_404(rows, pk=customer_id)
    if request.method == "POST":
        return _map(request, customer)
    search = request.GET.get("search", "")
    found = list(deciding.found_business_central(customer.store, search))
    links = Link.objects.filter(store=customer.store, business_central_customer__in=found).select_related("customer")
    taken = {link.business_central_customer_id: link.customer for link in links}
    for row in found:
        row.taken_by = taken.get(row.pk)  # type: ignore[attr-defined]
    context = {"here": "customers", "store": customer.store, "customer": customer, "found": found, "search": search,
               "link": Link.objects.filter(customer=customer).first(), "seen": timezone.now()}  # fmt: skip
    return render(request, "customers/map_to.html", context)


def _map(request: HttpRequest, customer: Customer) -> HttpResponse:
    pk = request.POST.get("business_central_customer", "")
    rows = BusinessCentralCustomer.objects.filter(company=customer.store.company_id)
    business = get_object_or_404(rows, pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
    reason = reason_of(request)
    try:
        deciding.map_to(customer, business, person(request), reason, seen=seen_of(request))
    except deciding.NotNow as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{customer} is linked to {business.number}. Its first Update waits for approval.")
    return back(request, customer)


def _linked(rows: Rows) -> Rows:
    """With a link that is at work; one that rests because its customer is skipped is not what the button counts."""
    return rows.filter(status=Customer.Status.LINKED, link__isnull=False)


def _decide(
    request: HttpRequest, decide: Decide, done: str, concerned: Callable[[Rows], Rows], *, gone: bool = False
) -> HttpResponse:
    """Decide about the ticked customers, or about all of the filter whom it concerns.

    concerned: those for whom there is something to decide. gone: the ticked may be deleted in BigCommerce.
    """
    reason, every = reason_of(request), takes_all(request.POST)
    try:
        customers = _all_that_match(request, concerned) if every else selected(request, gone=gone)
    except TooMany:
        words = "More than {} customers match, too many to be {} at once; narrow the filter. Nothing was done."
        messages.warning(request, words.format(written.number(MOST_AT_ONCE), done))
        return back_to_list(request)
    if not customers:
        nobody = f"All that match are {done} already; nothing was done." if every else ""
        messages.warning(request, nobody or "Nothing was selected. Tick customers first.")
    elif decide is not deciding.unskip and not reason:
        messages.warning(request, NO_REASON)
    else:
        decided = decide(customers, person(request), reason, seen=seen_of(request))
        tell(request, decided, done)
        if decide is deciding.unmap:
            _clear_metafields(request, decided.done)
    return back(request, customers[0] if customers else None)


def _all_that_match(request: HttpRequest, concerned: Callable[[Rows], Rows]) -> list[Customer]:
    """Those whom the filter of the page finds at this moment, by key. Raises TooMany."""
    rows = concerned(shoppers(store_of(request.POST), pages.filter_scope(query_inside(request.POST.get("filter", "")))))
    keys = list(rows.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(keys) > MOST_AT_ONCE:
        raise TooMany
    found = list(rows.filter(pk__in=keys).select_related("store").defer(*LARGE).order_by())
    return sorted(found, key=lambda row: row.pk)


def _clear_metafields(request: HttpRequest, customers: list[Customer]) -> None:
    """Our metafields would name the old customer in the store: a run of their own takes them away."""
    stores = {customer.store_id: customer.store for customer in customers}
    for store in stores.values():
        pks = unmapping.concerned(store, [customer for customer in customers if customer.store_id == store.pk])
        if not pks:
            continue
        run = clearing.clear_metafields(store, pks, request.user)
        words = "{} takes our metafields of {} out of the store."
        if run.mode == Run.Mode.PLAN or not store.writes_enabled:
            words = "{} would take our metafields of {} out of the store; it waits for approval."
        link = format_html('<a href="{}">Run {}</a>', run.get_absolute_url(), run.pk)
        who = written.many(len(pks), "customer")
        messages.info(request, format_html(words, link, who))


def tell(request: HttpRequest, decided: deciding.Decided, done: str) -> None:
    """One message: how many were decided about, how many were so already, who was left alone and why."""
    said = []
    if len(decided.done) == 1:
        said.append(f"{decided.done[0]} is {done}.")
    elif decided.done:
        said.append(f"{written.number(len(decided.done))} customers are {done}.")
    if len(decided.already) > MOST_TOLD:
        said.append(f"{written.number(len(decided.already))} were so already.")
    else:
        said += [sentence for _, sentence in decided.already]
    said += [reason for _, reason in decided.refused[:MOST_TOLD]]
    if more := len(decided.refused) - MOST_TOLD if len(decided.refused) > MOST_TOLD else 0:
        said.append(f"And {written.number(more)} more were left as they are.")
    if said:
        level = messages.SUCCESS if not decided.refused else messages.WARNING if decided.done else messages.ERROR
        messages.add_message(request, level, " ".join(said))


def selected(request: HttpRequest, *, gone: bool = False) -> list[Customer]:
    """The ticked customers that are still there (gone: or were), in a fixed order."""
    only = [int(value) for value in request.POST.getlist("only") if value.isdecimal() and len(value) < 19]
    rows = Customer.objects.filter(pk__in=only[:MOST_SELECTED])
    rows = rows if gone else rows.filter(gone_at=None)
    return list(rows.select_related("store").order_by("pk"))


def reason_of(request: HttpRequest) -> str:
    return " ".join(request.POST.get("reason", "").split())[:500]


def seen_of(request: HttpRequest) -> datetime | None:
    """When the page that was posted was made; nonsense counts as now, so that only the rows themselves decide."""
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return None
    return seen if seen.tzinfo else None


def back(request: HttpRequest, customer: Customer | None) -> HttpResponse:
    """To the page that asked, named by a word and never by an address from outside."""
    page = request.POST.get("page", "")
    if page == "review" and customer is not None:
        place = request.POST.get("next", "")
        chosen = f"?customer={place}" if place.isdecimal() else ""
        return redirect(reverse("review", args=[customer.store.hash]) + chosen)
    if page in ("map_to", "card") and customer is not None:
        return to_card(request, customer.pk)
    return back_to_list(request)
