"""Recurring Tasks: the list, making and changing one, on and off, Run now."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from customers import runs, schedule_scopes, schedules
from customers.models import RecurringTask, Run
from customers.pages import group_names
from customers.schedule_forms import WhenForm, scope_form, values_of
from customers.schedule_proposals import care, proposals
from customers.schedules import ScheduleFact
from customers.views.actions import tell_busy
from stores.models import Store
from stores.reader import current
from stores.roles import role


@role(get="viewer")
def recurring_tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of all stores."""
    return _list(request, None)


@role(get="viewer")
def store_recurring_tasks(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The tasks of one store."""
    return _list(request, get_object_or_404(Store, hash=store_hash))


def _list(request: HttpRequest, store: Store | None) -> HttpResponse:
    stores = [store] if store else list(Store.objects.all())
    tasks = list(RecurringTask.objects.filter(store__in=stores).select_related("store", "created_by"))
    groups = group_names({each.pk for each in stores})
    rows = [_row(fact, groups) for fact in schedules.facts(timezone.now(), tasks)]
    context = {
        "here": "recurring_tasks", "store": store, "rows": rows, "stores": stores, "proposals": proposals(stores),
        "care": care(), "on": sum(row["fact"].enabled for row in rows), "late": sum(row["late"] for row in rows),
        "waiting": sum(bool(row["fact"].waits_for) for row in rows), "zone": current().zone,
    }  # fmt: skip
    return render(request, "schedules/recurring_tasks.html", context)


def _row(fact: ScheduleFact, groups: dict[tuple[int, int], str]) -> dict[str, Any]:
    task, last = fact.task, fact.last_run
    held = last is not None and last.status == Run.Status.PLANNED and last.mode == Run.Mode.APPLY
    return {
        "fact": fact, "task": task, "filters": schedule_scopes.in_words(task, groups),
        "problem": schedule_scopes.problem(task, groups), "note": schedule_scopes.note(task),
        "everything": schedule_scopes.EVERYTHING.get(task.kind, "everything"),
        "late": not fact.waits_for and fact.late_by > schedules.LATE, "held": held,
    }  # fmt: skip


@role(get="administrator", post="administrator")
def new_recurring_task(request: HttpRequest) -> HttpResponse:
    """GET: choose store and job, then fill in the rest; the query may bring filters (Schedule… of Add Customers)."""
    data = request.POST if request.method == "POST" else request.GET
    stores = list(Store.objects.select_related("company"))
    store = next((row for row in stores if row.hash == data.get("store")), None)
    kind = data.get("kind", "")
    if store is None or kind not in schedules.jobs():
        context = {"here": "recurring_tasks", "stores": stores, "chosen": data.get("store"), "jobs": schedules.jobs()}
        return render(request, "schedules/choose.html", context)
    task = RecurringTask(store=store, kind=kind, created_by=runs.person(request.user))
    return _edit(request, task, _fields(request.GET))


@role(get="administrator", post="administrator")
def recurring_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Change a task: when it runs, and what it looks at."""
    task = _task(task_id)
    return _edit(request, task, values_of(task.scope))


def _task(task_id: int) -> RecurringTask:
    return get_object_or_404(RecurringTask.objects.select_related("store__company", "created_by"), pk=task_id)


def _fields(query: QueryDict) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name not in ("store", "kind")}


def _edit(request: HttpRequest, task: RecurringTask, values: dict[str, Any]) -> HttpResponse:
    """The form; a POST that is right saves and goes to the list."""
    if request.method == "POST":
        when, scope = WhenForm(request.POST, task=task), scope_form(task.kind, task.store, request.POST)
        if when.is_valid() and scope.is_valid():
            return _save(request, task, when, scope.scope())
    else:
        # Bound to what is saved, so that a choice that is gone meanwhile is named at its field.
        when, scope = WhenForm(task=task), scope_form(task.kind, task.store, values if task.pk else values or None)
    context = {
        "here": "recurring_tasks", "store": task.store, "task": task, "when": when, "scope": scope,
        "on": request.POST.get("on") if request.method == "POST" else task.enabled or task.pk is None,
        "ignored": "welcome_email" in values, "writes": schedules.writes(task.kind),
    }  # fmt: skip
    return render(request, "schedules/recurring_task.html", context)


def _save(request: HttpRequest, task: RecurringTask, when: WhenForm, scope: dict[str, Any]) -> HttpResponse:
    made, on = task.pk is None, bool(request.POST.get("on"))
    # Kept where it stands when nothing moved it: saving must not put off what is due.
    moved = when.store_in(task) or on != task.enabled
    changed, task.scope = task.scope != scope, scope
    if moved:
        schedules.switch(task, on, timezone.now())
    elif changed:
        task.waiting_since, task.waits_for = None, ""
        task.save(update_fields=["scope", "waiting_since", "waits_for"])
    said = "made" if made else "saved"
    messages.success(request, f"{task} is {said} and {'on' if task.enabled else 'off'}.")
    return redirect(task)


@role(post="administrator")
def switch_recurring_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """On or off."""
    task, on = _task(task_id), request.POST.get("on") == "1"
    if on != task.enabled:
        schedules.switch(task, on, timezone.now())
    messages.success(request, f"{task} is {'on' if task.enabled else 'off'}.")
    return redirect(task)


@role(post="administrator")
def delete_recurring_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Its runs stay."""
    task = _task(task_id)
    where = reverse("store_recurring_tasks", args=[task.store.hash])
    messages.success(request, f"{task} is deleted; its runs stay in Runs.")
    task.delete()
    return redirect(where)


@role(post="operator")
def run_recurring_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Run it now, or plan it only; its schedule goes on as it is."""
    task = _task(task_id)
    mode = Run.Mode.PLAN if request.POST.get("mode") == "plan" else Run.Mode.APPLY
    try:
        return redirect(schedules.run_now(task, request.user, mode=mode))
    except runs.Busy as busy:
        tell_busy(request, busy)
    except runs.CannotStart as error:
        messages.error(request, str(error))
    return redirect(task)


@role(post="administrator")
def switch_on_proposed(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Make the task that is proposed for this store and job, and turn it on."""
    store = get_object_or_404(Store, hash=store_hash)
    found = next((each for each in proposals([store]) if each.kind == request.POST.get("kind")), None)
    if found is None:
        messages.info(request, "That is not proposed any more; the store has such a task.")
        return redirect("store_recurring_tasks", store.hash)
    task = found.task()
    task.created_by = runs.person(request.user)
    schedules.switch(task, True, timezone.now())
    messages.success(request, f"{task} is on.")
    return redirect(task)


def schedule_query(store: Store, scope: dict[str, Any]) -> str:
    """Where Schedule… of Add Customers leads: the form of a new task with the filter as it is shown."""
    query = {"store": store.hash, "kind": Run.Kind.ADD_CUSTOMERS, **scope}
    return f"{reverse('new_recurring_task')}?{urlencode({name: str(value) for name, value in query.items()})}"
