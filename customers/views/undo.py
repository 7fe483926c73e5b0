"""Undo of a run or of some of its records: makes a plan, which waits for approval like any other."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from customers import runs
from customers.models import Run
from customers.views.actions import tell_busy
from stores.roles import role

MOST_RECORDS = 500


@role(post="operator")
def undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """All of the run, or the records that are named; with "delete" (administrators) what it had made goes too."""
    run = get_object_or_404(Run.objects.select_related("store__company"), pk=run_id)
    named = request.POST.getlist("records")
    if request.POST.get("reach") == "selected" and not named:
        messages.warning(request, "Nothing was selected. Tick records first, or undo the whole run.")
        return redirect(run)
    records = [int(value) for value in named if value.isdecimal() and len(value) < 19][:MOST_RECORDS]
    try:
        plan = runs.undo(
            run, request.user, records=records if named else None, delete=request.POST.get("delete") == "yes"
        )
    except runs.Busy as busy:
        tell_busy(request, busy)
        return redirect(run)
    except runs.CannotStart as error:
        messages.error(request, str(error))
        return redirect(run)
    # Whether anything is left to take back is for the plan to say, which is not made yet.
    messages.success(request, "Being planned: nothing is taken back before you looked at it here and approved it.")
    return redirect(plan)
