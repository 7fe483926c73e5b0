"""Stop, Resume, Approve and Retry failed: what can be done to a run."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from customers import runs
from customers.models import Run
from customers.views.actions import tell_busy
from stores.roles import role


@role(post="operator")
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    return _do(request, run_id, runs.request_stop, "The run stops after the batch that is in flight.")


@role(post="operator")
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    return _do(request, run_id, runs.resume, "The run goes on where it stopped.")


@role(post="operator")
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    return _do(
        request,
        run_id,
        lambda run: runs.approve(run, request.user),
        "Approved; what is still as planned is applied now.",
    )


@role(post="operator")
def retry_failed(request: HttpRequest, run_id: int) -> HttpResponse:
    """A new run for what was rejected or failed, shown at once."""
    return _do(request, run_id, lambda run: runs.retry_failed(run, request.user), "Started again for what had failed.")


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
