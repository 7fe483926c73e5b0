"""Import, Try Mapping and Update, from the Customers page: for the selection, or for all that its filter shows."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html

from customers import pages, runs
from customers.filter_counts import TO_MAP
from customers.models import Customer, Run
from customers.selection import shoppers
from customers.views.place import place_in
from stores.models import Store
from stores.parameters import query_inside
from stores.roles import role

# Of all that a filter shows, a button works on those it says: the linked, or those still to be mapped.
CONCERNED: dict[str, tuple[str, ...]] = {
    Run.Kind.UPDATE_CUSTOMERS: (Customer.Status.LINKED,),
    Run.Kind.TRY_MAPPING: TO_MAP,
}
MOST_SELECTED = max(pages.SIZES)


class NothingSelected(Exception):
    """The form asked for the selection and nothing was ticked."""


@role(post="operator")
def import_customers(request: HttpRequest) -> HttpResponse:
    """Import the store, or every store."""
    return _start(request, Run.Kind.IMPORT_CUSTOMERS, _stores(request), {})


@role(post="operator")
def reconcile(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Check for drift: it changes nothing, so it waits for no other run."""
    return _start(request, Run.Kind.RECONCILE, [get_object_or_404(Store, hash=store_hash)], {})


@role(post="operator")
def try_mapping(request: HttpRequest) -> HttpResponse:
    return _on_selection(request, Run.Kind.TRY_MAPPING)


@role(post="operator")
def update_customers(request: HttpRequest) -> HttpResponse:
    return _on_selection(request, Run.Kind.UPDATE_CUSTOMERS)


@role(post="operator")
def retry_customers(request: HttpRequest) -> HttpResponse:
    """The job again for those who failed: Update for the linked, Try Mapping for the others."""
    form = request.POST
    try:
        failed = {**whom_of(form), "failed": True}
    except NothingSelected:
        return nothing_selected(request)
    kinds = [kind for kind in CONCERNED if shoppers(store_of(form), _narrowed(failed, kind)).exists()]
    if not kinds:
        messages.warning(
            request, "None of them has failed; nothing was started. A parked customer is let go by Unpark."
        )
        return back_to_list(request)
    if len(kinds) > 1:
        words = "Those that are not linked need Try Mapping: press Retry once more when this run has ended."
        messages.info(request, words)
    return _on_scope(request, kinds[0], _narrowed(failed, kinds[0]))


def store_of(form: QueryDict) -> Store | None:
    """The store of the list that was posted, None of the list of all."""
    store_hash = form.get("store", "")
    return get_object_or_404(Store, hash=store_hash) if store_hash else None


def _stores(request: HttpRequest) -> list[Store]:
    store = store_of(request.POST)
    return [store] if store else list(Store.objects.all())


def _on_selection(request: HttpRequest, kind: str) -> HttpResponse:
    form = request.POST
    try:
        whom = whom_of(form)
    except NothingSelected:
        return nothing_selected(request)
    return _on_scope(request, kind, _narrowed(whom, kind) if takes_all(form) else whom)


def _on_scope(request: HttpRequest, kind: str, scope: dict[str, Any]) -> HttpResponse:
    concerned = set(shoppers(None, scope).order_by().values_list("store_id", flat=True).distinct())
    stores = [store for store in _stores(request) if store.pk in concerned]
    if not stores:
        messages.warning(request, "No customer matches any more; nothing was started.")
        return back_to_list(request)
    return _start(request, kind, stores, scope)


def nothing_selected(request: HttpRequest) -> HttpResponse:
    messages.warning(
        request, "Nothing was selected. Tick customers first, or use the button for all that the filter shows."
    )
    return back_to_list(request)


def takes_all(form: QueryDict) -> bool:
    """Whether the form is about all that match, and not about the ticked rows."""
    return form.get("every") == "1" or form.get("reach") == "all"


def whom_of(form: QueryDict) -> dict[str, Any]:
    """The ticked rows, or the filter as it was shown. Raises NothingSelected."""
    if takes_all(form):
        return pages.filter_scope(query_inside(form.get("filter", "")))
    only = [int(value) for value in form.getlist("only") if value.isdecimal() and len(value) < 19]
    if not only:
        raise NothingSelected
    return {"only": only[:MOST_SELECTED]}


def _narrowed(scope: dict[str, Any], kind: str) -> dict[str, Any]:
    """Those of a scope that the job is about."""
    statuses = [str(each) for each in CONCERNED[kind] if each in scope.get("status", CONCERNED[kind])]
    return {**scope, "status": statuses} if statuses else {"only": []}


def _start(request: HttpRequest, kind: str, stores: list[Store], scope: dict[str, Any]) -> HttpResponse:
    """One run per store; a single one is shown at once."""
    started = []
    # "Preview" on a page: the same job, planned only.
    mode = Run.Mode.PLAN if request.POST.get("mode") == "plan" else Run.Mode.APPLY
    for store in stores:
        own = {**scope, "only": _own(store, scope)} if "only" in scope and len(stores) > 1 else scope
        run = start_or_tell(request, store, kind, own, mode=mode)
        if run is not None:
            started.append(run)
    if len(started) == 1:
        return redirect(started[0])
    if started:
        messages.success(request, f"{len(started)} runs were started, one per store.")
        return redirect("runs")
    return back_to_list(request)


def _own(store: Store, scope: dict[str, Any]) -> list[int]:
    return list(shoppers(store, scope).values_list("pk", flat=True))


def start_or_tell(request: HttpRequest, store: Store, kind: str, scope: dict[str, Any], **options: Any) -> Run | None:
    """Start a run, or leave the sentence why not as a message, with a link to the run that is in the way."""
    try:
        return runs.start(store, kind, trigger=Run.Trigger.CLICK, user=request.user, scope=scope, **options)
    except runs.Busy as busy:
        tell_busy(request, busy)
    except runs.CannotStart as error:
        messages.error(request, str(error))
    return None


def tell_busy(request: HttpRequest, busy: runs.Busy) -> None:
    """The sentence with a link to the run that is in the way."""
    where = busy.run.get_absolute_url()
    messages.error(request, format_html('{} <a href="{}">Show run {}</a>', str(busy), where, busy.run.pk))


def back_to_list(request: HttpRequest) -> HttpResponse:
    """To the list with its filter, or to the card, built from what was posted: no address is taken from outside."""
    card = request.POST.get("only", "")
    if request.POST.get("page") == "card" and card.isdecimal() and len(card) < 19:
        return to_card(request, int(card))
    store = Store.objects.filter(hash=request.POST.get("store", "")).first()
    query = pages.filter_query(pages.filter_scope(query_inside(request.POST.get("filter", ""))))
    view = request.POST.get("view", "")
    if view == "all" or (view.isdecimal() and len(view) < 19):
        query += f"{'&' if query else ''}view={view}"
    target = redirect("store_customers", store.hash) if store else redirect("customers")
    target["Location"] += f"?{query}" if query else ""
    return target


def to_card(request: HttpRequest, customer_id: int) -> HttpResponse:
    """To a customer's card, which still knows the list that one came from."""
    place, target = place_in(request.POST).parameters, redirect("customer_card", customer_id)
    target["Location"] += f"?{place}" if place else ""
    return target


def person(request: HttpRequest) -> Any:
    """Who asks; a role was checked, so it is somebody."""
    return request.user
