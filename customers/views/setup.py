"""What the set-up does to customers: the preview on a page of its own, whom a change touches, and the back-fill."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers.models import Run
from customers.setup_effect import Reach, effect
from customers.views.actions import start_or_tell
from mapping import pages
from mapping.setup import setup_of
from stores.models import Store
from stores.roles import role

# What a person presses, per job; Add Customers has its own request page.
BUTTONS = {Run.Kind.UPDATE_CUSTOMERS: "Update", Run.Kind.TRY_MAPPING: "Try Mapping"}


@role(get="viewer")
def setup_preview(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Every row of the set-up for one customer, and exactly what would be sent."""
    store = _store(store_hash)
    context = {"here": "setup", "store": store, "setup": setup_of(store), "titles": pages.TITLES}
    return render(request, "mapping/preview.html", context)


@role(get="viewer", post="operator")
def setup_effect(request: HttpRequest, store_hash: str) -> HttpResponse:
    """GET counts whom the changes of this session touch; POST plans the job for just those, or forgets the changes."""
    store = _store(store_hash)
    if request.method == "POST":
        return _back_fill(request, store)
    fragment = bool(getattr(request, "htmx", False))
    template = "mapping/_effect.html" if fragment else "mapping/effect.html"
    context: dict[str, Any] = {"here": "setup", "store": store, "titles": pages.TITLES}
    return render(request, template, {**context, "found": _effect(request, store)})


def _store(store_hash: str) -> Store:
    return get_object_or_404(Store.objects.select_related("company"), hash=store_hash)


def _effect(request: HttpRequest, store: Store) -> list[tuple[Reach, str]] | None:
    """Each reach with the word of its button; None when this session changed nothing."""
    before = pages.remembered(request, store)
    if before is None:
        return None
    return [(reach, BUTTONS.get(Run.Kind(reach.job), "")) for reach in effect(store, before, setup_of(store))]


def _back_fill(request: HttpRequest, store: Store) -> HttpResponse:
    """Plan the job for exactly the customers that the changes touch; the plan page is where it is approved."""
    job = request.POST.get("job", "")
    if request.POST.get("do") == "forget":
        pages.forget(request, store)
        return redirect("setup", store.hash)
    reach = next((each for each, word in _effect(request, store) or () if word and each.job == job), None)
    if reach is None or not reach.touched:
        messages.warning(request, "The changes of the set-up touch no customer any more; nothing was started.")
        return redirect("setup", store.hash)
    run = start_or_tell(request, store, job, {"only": reach.touched}, mode=Run.Mode.PLAN)
    if run is None:
        return redirect("setup", store.hash)
    if reach.complete:
        pages.forget(request, store)
    return redirect(run)
