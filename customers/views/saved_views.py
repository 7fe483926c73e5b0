"""Saving, changing and deleting a view of the Customers list. Viewers have views, too."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from customers import saved_views
from customers.models import SavedView
from customers.views.actions import person
from stores.models import Store
from stores.parameters import query_inside
from stores.roles import ADMINISTRATOR, MissingRole, has_role, role


@role(post="viewer")
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep what the list shows now under a name."""
    store_hash, query = request.POST.get("store", ""), request.POST.get("query", "")
    store = get_object_or_404(Store, hash=store_hash) if store_hash else None
    owner = person(request)
    if request.POST.get("shared"):
        _administrator(request)
        owner = None
    try:
        view = saved_views.save(
            owner, store, request.POST.get("name", ""), query, first=bool(request.POST.get("first"))
        )
    except saved_views.NotSaved as error:
        messages.error(request, str(error))
        return redirect(f"{_list(store)}?{query_and(query, saved_views.ALL)}")
    messages.success(request, f"The view “{view}” is saved.")
    return redirect(address_of(view))


@role(post="viewer")
def change_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Another name, whether it opens first, and, with `replace`, what the list shows now."""
    view = _own(request, view_id)
    query = request.POST.get("query", "")
    kept = query if request.POST.get("replace") else view.query
    name, first = request.POST.get("name", ""), bool(request.POST.get("first"))
    try:
        saved_views.save(view.owner, view.store, name, kept, first=first, view=view)
    except saved_views.NotSaved as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The view “{view}” is changed.")
    return redirect(f"{_list(view.store)}?{query_and(query, str(view.pk))}")


@role(post="viewer")
def delete_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """The customers stay, of course; what was shown is still shown."""
    view = _own(request, view_id)
    view.delete()
    messages.success(request, f"The view “{view}” is deleted.")
    return redirect(f"{_list(view.store)}?{query_and(request.POST.get('query', ''), saved_views.ALL)}")


def _own(request: HttpRequest, pk: int) -> SavedView:
    """A view that the person may change; somebody else's is as if it were not there."""
    rows = SavedView.objects.select_related("owner", "store").filter(Q(owner=None) | Q(owner=person(request)))
    view: SavedView = get_object_or_404(rows, pk=pk)
    if view.owner is None:
        _administrator(request)
    return view


def _administrator(request: HttpRequest) -> None:
    if not has_role(request.user, ADMINISTRATOR):
        raise MissingRole(ADMINISTRATOR)


def address_of(view: SavedView) -> str:
    return f"{_list(view.store)}?{query_and(view.query, str(view.pk))}"


def query_and(query: str, view: str) -> str:
    """A list's query string, read as every address is, with the saved view it belongs to."""
    return "&".join(filter(None, (saved_views.query_of(query_inside(query)), f"view={view}")))


def _list(store: Store | None) -> str:
    return reverse("store_customers", args=[store.hash]) if store else reverse("customers")
