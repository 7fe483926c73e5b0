"""The card of one customer: both systems field by field, addresses, why it matched, and everything that happened."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from customers import comparing, pages, timeline
from customers.models import BusinessCentralCustomer, Customer, Link, Trouble
from customers.store_definitions import Definitions, definitions
from customers.views.place import around, place_in
from customers.why import why
from stores import deep_links
from stores.roles import role

PER_PAGE = 20


@role(get="viewer")
def customer_card(request: HttpRequest, customer_id: int) -> HttpResponse:
    """One customer, also one that is deleted in BigCommerce. The queries do not grow with what it has."""
    customer = get_object_or_404(pages.fact_rows(Customer.objects.all()), pk=customer_id)
    store = customer.store
    defined = definitions(store)
    facts = pages.facts_of(customer)
    link: Link | None = facts["link"]
    other: BusinessCentralCustomer | None = facts["counterpart"]
    show = request.GET.get("show", "")
    show = show if show in timeline.SHOWN else ""
    events: Any = timeline.Timeline(customer, link.business_central_customer if link else None, show)
    page: Page[timeline.Entry] = Paginator(events, PER_PAGE).get_page(request.GET.get("page"))
    entries = list(page.object_list)
    place = place_in(request.GET)
    before, after = around(customer, place)
    context: dict[str, Any] = {
        "place": place, "list": place.list_of(store), "before": before, "after": after,
        "here": "customers", "store": store, "customer": customer, "facts": facts, "link": link, "other": other,
        **_compared(customer, defined, link), "rules": why(store, customer, defined.setup.rules),
        "candidates": _candidates(customer), "page": page, "show": show, "shows": timeline.SHOWN.items(),
        "undo": timeline.last_undoable(entries) if page.number == 1 and not show else None,
        "troubles": list(Trouble.objects.filter(customer=customer, parked=True)), "seen": timezone.now(),
        "in_bigcommerce": deep_links.bigcommerce_customer(store, customer.remote_id),
        "in_business_central": deep_links.business_central_customer(store.company, other.number) if other else "",
    }  # fmt: skip
    return render(request, "customers/customer_card.html", context)


def _compared(customer: Customer, defined: Definitions, link: Link | None) -> dict[str, Any]:
    """Both sides, for a linked customer; what no row maps, for each."""
    names = {entry["id"]: entry["name"] for entry in customer.store.attributes}
    found: dict[str, Any] = {"unmapped": comparing.unmapped_details(customer, defined, names)}
    if link is not None:
        link.customer = customer  # with all that was read of it already
        found["compared"] = made = comparing.compare_pair(customer.store, defined, link)
        found["will"] = [line for line in (*made.fields, *made.details) if line.sends]
        found["address_changes"] = [line for line in made.addresses if line.compared == comparing.DIFFERS]
    return found


def _candidates(customer: Customer) -> list[BusinessCentralCustomer]:
    """Whom Review offers."""
    if customer.status != Customer.Status.REVIEW or not customer.candidates:
        return []
    rows = BusinessCentralCustomer.objects.filter(company=customer.store.company_id, gone_at=None)
    return list(rows.filter(remote_id__in=customer.candidates[: pages.SIZES[0]]).defer("data").order_by("number"))
