"""Stop, Resume, Approve, Discard, Plan again and Retry failed: what can be done to a run."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from customers import mending, plan_facts, runs
from customers.models import Run, RunRecord
from customers.views.actions import MOST_SELECTED, tell_busy
from customers.views.runs import plan_filter
from stores.parameters import query_inside
from stores.roles import role


@role(post="operator")
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    return _do(request, run_id, _stop, "The run stops after the batch that is in flight.")


def _stop(run: Run) -> None:
    if not runs.request_stop(run):
        run.refresh_from_db()
        raise runs.CannotStart(f"{run} is {run.get_status_display().lower()}; there is nothing to stop.")


@role(post="operator")
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    return _do(request, run_id, lambda run: runs.resume(run, request.user), "The run goes on where it stopped.")


@role(post="operator")
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    """All of the plan, the ticked records, or those that the filter shows."""
    return _do(
        request,
        run_id,
        lambda run: runs.approve(run, request.user, chosen=_chosen(request, run), seen=request.POST.get("version")),
        "Approved; what is still as planned is applied now.",
    )


def _chosen(request: HttpRequest, run: Run) -> QuerySet[RunRecord] | None:
    """The records that this approval is about; None for all that wait."""
    reach = request.POST.get("reach", "")
    if reach == "filter":
        return plan_facts.filtered(run, **plan_filter(query_inside(request.POST.get("filter", ""))))
    if reach == "selected":
        named = [int(value) for value in request.POST.getlist("records") if value.isdecimal() and len(value) < 19]
        return run.records.filter(pk__in=named[:MOST_SELECTED])
    return None


@role(post="operator")
def discard(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give up what waits in a plan."""
    seen = request.POST.get("version")
    return _do(request, run_id, lambda run: runs.discard(run, request.user, seen=seen), "Discarded; nothing was sent.")


@role(post="operator")
def plan_again(request: HttpRequest, run_id: int) -> HttpResponse:
    """A new plan instead of this one, shown at once."""
    seen = request.POST.get("version")
    return _do(request, run_id, lambda run: runs.plan_again(run, request.user, seen=seen), "Planned again.")


@role(post="operator")
def plan_update(request: HttpRequest, run_id: int) -> HttpResponse:
    """The Update that mends what a drift check found, as a plan, shown at once."""
    done = "Planned; it mends what the drift check found once you approve it."
    return _do(request, run_id, lambda run: mending.plan_update(run, request.user), done)


@role(post="operator")
def retry_failed(request: HttpRequest, run_id: int) -> HttpResponse:
    """A new run for what was rejected or failed, or for one group of it, shown at once."""
    names = ("outcome", "cause", "field")
    group = {name: request.POST.get(name, "")[:100] for name in names} if request.POST.get("reach") == "group" else {}
    return _do(
        request, run_id, lambda run: runs.retry_failed(run, request.user, **group), "Started again for what had failed."
    )


def _do(request: HttpRequest, run_id: int, action: Callable[[Run], Run | None], done: str) -> HttpResponse:
    run = get_object_or_404(Run.objects.select_related("store__company"), pk=run_id)
    try:
        shown = action(run) or run
    except runs.Busy as busy:
        tell_busy(request, busy)
        return redirect(run)
    except runs.CannotStart as error:
        messages.error(request, str(error))
        return redirect(run)
    messages.success(request, done)
    return redirect(shown)
