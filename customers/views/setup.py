"""What the set-up does to customers: the preview on a page of its own, whom a change touches, and the back-fill."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from customers.models import Run
from customers.setup_effect import effect
from customers.views.actions import start_or_tell
from mapping import pages
from mapping.models import OpenChanges
from mapping.models.open_changes import of_store
from mapping.setup import fields_unread, setup_of
from mapping.setup_parts import Setup
from stores.models import Store
from stores.roles import role

# What a person presses, per job; Add Customers has its own request page.
BUTTONS = {Run.Kind.UPDATE_CUSTOMERS: "Update", Run.Kind.TRY_MAPPING: "Try Mapping"}
COUNT_AGAIN = timedelta(minutes=10)


@role(get="viewer")
def setup_preview(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Every row of the set-up for one customer, and exactly what would be sent."""
    store = _store(store_hash)
    context = {"here": "setup", "store": store, "setup": setup_of(store), "titles": pages.TITLES}
    return render(request, "mapping/preview.html", context)


@role(get="viewer", post="operator")
def setup_effect(request: HttpRequest, store_hash: str) -> HttpResponse:
    """GET counts whom the open changes of the set-up touch; POST plans the job for just those, or dismisses them."""
    store = _store(store_hash)
    changes = of_store(store)
    if request.method == "POST":
        return _back_fill(request, store, changes)
    fragment = bool(getattr(request, "htmx", False))
    template = "mapping/_effect.html" if fragment else "mapping/effect.html"
    context: dict[str, Any] = {"here": "setup", "store": store, "titles": pages.TITLES, "open": changes}
    if changes is not None:
        setup = setup_of(store)
        context["unread"] = fields_unread(store, setup)
        context["found"] = [{**each, "button": BUTTONS.get(Run.Kind(each["job"]), "")} for each in _counted(
            store, changes, setup)]  # fmt: skip
    return render(request, template, context)


def _store(store_hash: str) -> Store:
    return get_object_or_404(Store.objects.select_related("company"), hash=store_hash)


def _counted(store: Store, changes: OpenChanges, setup: Setup) -> list[dict[str, Any]]:
    """The reach as numbers; counted again when the set-up changed since, or the mirrors may have."""
    fresh = changes.is_counted and changes.reach_at and timezone.now() - changes.reach_at < COUNT_AGAIN
    if not fresh:
        saves = changes.saves
        found = effect(store, pages.setup_from(store, changes.before), setup)
        changes.reach, changes.reach_saves, changes.reach_at = [each.numbers for each in found], saves, timezone.now()
        changes.save(update_fields=["reach", "reach_saves", "reach_at"])
    counted: list[dict[str, Any]] = changes.reach
    return counted


def _back_fill(request: HttpRequest, store: Store, changes: OpenChanges | None) -> HttpResponse:
    """Plan the job for exactly the customers that the changes touch; the plan page is where it is approved.

    Where not all could be compared, or a field was not read yet, the plan looks at all: it finds whom they touch.
    """
    job = request.POST.get("job", "")
    if changes is None:
        messages.info(request, "The changes of the set-up are planned or dismissed already.")
        return redirect("setup", store.hash)
    if request.POST.get("do") == "forget":
        changes.close(OpenChanges.Closed.DISMISSED, request.user)
        return redirect("setup", store.hash)
    scope = _scope(store, changes, job)
    if scope is None:
        messages.warning(request, "The changes of the set-up touch no customer any more; nothing was started.")
        return redirect("setup", store.hash)
    run = start_or_tell(request, store, job, scope, mode=Run.Mode.PLAN)
    if run is None:
        return redirect("setup", store.hash)
    changes.close(OpenChanges.Closed.PLANNED, request.user, run.pk)
    return redirect(run)


def _scope(store: Store, changes: OpenChanges, job: str) -> dict[str, Any] | None:
    """Of whom the plan is; None when there is nobody, or the job is none of these."""
    if job not in {str(kind) for kind in BUTTONS}:
        return None
    setup = setup_of(store)
    if job == Run.Kind.UPDATE_CUSTOMERS and fields_unread(store, setup):
        return {}
    found = effect(store, pages.setup_from(store, changes.before), setup)
    reach = next((each for each in found if each.job == job), None)
    if reach is None or (reach.complete and not reach.touched):
        return None
    return {"only": reach.touched} if reach.complete else {}
