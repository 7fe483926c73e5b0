"""Recurring tasks at work: starting what is due, what keeps one from starting, and how each stands (`facts`)."""

import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from bcsync.celery import app
from customers import engine, runs
from customers.models import RecurringTask, Run
from customers.moments import NotUnderstood, next_due
from customers.schedule_scopes import problem, resolved
from stores.models import Store

logger = logging.getLogger("bcsync.tasks")
# Jobs of a click only.
NEVER_BY_ITSELF = {Run.Kind.UNDO, Run.Kind.UNMAP, Run.Kind.DELETE_GONE}
# The next plan of these would hold everything again that the last one holds, so they wait until somebody decided.
PLAN_IS_WHOLE = {Run.Kind.TRY_MAPPING, Run.Kind.ADD_CUSTOMERS, Run.Kind.UPDATE_CUSTOMERS}
# Due for longer without a reason: beat or the workers do not work.
LATE = datetime.timedelta(minutes=2)
CRASHED = "It could not be started, through an error of ours; the log has the details. It is tried again."


def jobs() -> dict[str, str]:
    """Job -> its name, of all that can recur: what runs know, less what only a person starts."""
    return {str(kind): str(Run.Kind(kind).label) for kind in engine.JOBS if kind not in NEVER_BY_ITSELF}


def writes(kind: str) -> bool:
    """Whether the job changes something in a system or a link, so that gate and brake may hold it."""
    return kind in engine.JOBS and bool(engine.JOBS[kind].WRITES_TO_VENDOR)


@dataclass(frozen=True)
class ScheduleFact:
    """How one recurring task stands at a moment; all moments are aware.

    name: job and when, in words. store: with its company not loaded. expected_at: when it has to run next, or had to
    and did not; None while it is off. pace: from that moment to the one after it, so who asks whether it is late
    knows what that means for a task of five minutes or of a month. last_run: the newest run of it, whoever started
    it; last_outcome: that run's status ("" when it never ran). waits_for: why it is due and not started yet, in a
    sentence ("" when nothing is in its way: it is not due, or beat or the workers do not work). late_by: for how long
    it should have run already; zero when it is off or not due.
    """

    task: RecurringTask
    name: str
    store: Store
    enabled: bool
    expected_at: datetime.datetime | None
    pace: datetime.timedelta | None
    last_run: Run | None
    last_outcome: str
    waits_for: str
    waiting_since: datetime.datetime | None
    late_by: datetime.timedelta


def facts(now: datetime.datetime, tasks: Iterable[RecurringTask] | None = None) -> list[ScheduleFact]:
    """How every recurring task stands (or the given ones), by store and job. Two queries, and changes nothing."""
    found = list(RecurringTask.objects.select_related("store", "created_by")) if tasks is None else list(tasks)
    last = last_runs(found)
    return [_fact(task, last.get(task.pk), now) for task in found]


def _fact(task: RecurringTask, last: Run | None, now: datetime.datetime) -> ScheduleFact:
    due = task.due_at
    try:
        pace = next_due(task.when, due, due) - due if due else None
    except NotUnderstood:
        pace = None
    return ScheduleFact(
        task, str(task), task.store, task.enabled, due, pace,
        last, last.status if last else "", (task.paused or task.waits_for) if due else "",
        (task.waiting_since or task.store.uninstalled_at if task.paused else task.waiting_since) if due else None,
        max(now - due, datetime.timedelta()) if due else datetime.timedelta(),
    )  # fmt: skip


def last_runs(tasks: Iterable[RecurringTask]) -> dict[int, Run]:
    """Primary key of a task -> its newest run."""
    rows = Run.objects.filter(recurring_task__in=list(tasks)).order_by()
    newest = rows.values("recurring_task").annotate(newest=Max("id")).values_list("newest", flat=True)
    found = Run.objects.filter(pk__in=list(newest)).select_related("store").defer("cursor", "calls", "least_calls")
    return {run.recurring_task_id: run for run in found if run.recurring_task_id is not None}


def switch(task: RecurringTask, on: bool, now: datetime.datetime) -> None:
    """Turn it on, or off; or on again with another interval or cron. What it missed while off is not made up for."""
    task.due_at, task.served_at = next_due(task.when, now) if on else None, None
    task.waiting_since, task.waits_for = None, ""
    task.save()


def run_now(task: RecurringTask, user: runs.Somebody, *, mode: str = Run.Mode.APPLY) -> Run:
    """A run of it by somebody's click, beside its schedule. The brake applies: nobody looked at a plan.

    Raises runs.Busy or runs.CannotStart, with a sentence.
    """
    if told := not_now(task) or problem(task):
        raise runs.CannotStart(told)
    scope = resolved(task, timezone.now())
    with transaction.atomic():
        _give_up_plans(task)
        return runs.start(
            task.store, task.kind, trigger=Run.Trigger.CLICK, user=user, scope=scope, mode=mode, task=task
        )


def not_now(task: RecurringTask) -> str:
    """What of its own stands in its way, in a sentence, or "": its last run goes on, or a plan of it is undecided."""
    if task.paused:
        return task.paused
    if task.kind not in engine.JOBS:
        return f"This bcsync has no job {task.kind}. Delete the task, or update bcsync."
    last = Run.objects.filter(recurring_task=task).order_by("-id").first()
    if last is not None and last.is_active:
        return f"{last}, of this same task, has not ended yet."
    plan = _plans(task).first()
    if plan is None or not task.store.writes_enabled:
        return ""
    return f"The plan of {plan} waits for approval; what comes after it waits until somebody approves or discards it."


def _plans(task: RecurringTask) -> QuerySet[Run]:
    """Its plans that nobody decided about and whose place the next plan takes."""
    plans = Run.objects.filter(recurring_task=task, kind__in=PLAN_IS_WHOLE, status=Run.Status.PLANNED)
    return plans.filter(mode=Run.Mode.APPLY).order_by("-id")


def _give_up_plans(task: RecurringTask) -> None:
    """In a store that is read-only nobody can approve them: the newest plan is the one to look at."""
    if not task.store.writes_enabled:
        for plan in _plans(task):
            runs.discard(plan, None, because="Given up for a newer plan of the same recurring task.")


@app.task
def start_due() -> int:
    """Every few seconds: start the recurring tasks that are due. Returns how many runs were started."""
    try:
        return start_due_at(timezone.now())
    except engine.DATABASE_AWAY as error:
        logger.warning("start_due: the database does not answer: %s", error)
        return 0


def start_due_at(now: datetime.datetime) -> int:
    """The same for a given present. One run each, however many moments were missed; who cannot start yet stays due."""
    started = 0
    tasks = RecurringTask.objects.exclude(due_at=None).select_related("store__company").order_by("due_at", "id")
    for task in tasks:
        try:
            started += _started(task, now)
        except engine.DATABASE_AWAY:
            raise
        except NotUnderstood as error:
            _wait(task, now, f"{error} Edit the task.")
        except Exception:
            logger.exception("recurring task %s could not be started", task.pk)
            _wait(task, now, CRASHED)
    return started


def _started(task: RecurringTask, now: datetime.datetime) -> bool:
    """Whether a run of it was started."""
    due = task.due_at
    assert due is not None
    following = next_due(task.when, now, task.served_at)
    if due > now:
        # The clock was set back meanwhile: the task must not sleep until the old future comes.
        if following < due:
            RecurringTask.objects.filter(pk=task.pk, due_at=due).update(due_at=following)
        return False
    if told := not_now(task) or problem(task):
        _wait(task, now, told)
        return False
    try:
        return _start(task, due, now)
    except runs.CannotStart as reason:
        _wait(task, now, str(reason))
        return False


def _start(task: RecurringTask, due: datetime.datetime, now: datetime.datetime) -> bool:
    """Claim the moment and start its run in one transaction: of two at once only one does, and neither loses it."""
    values = {"due_at": next_due(task.when, now, due), "served_at": due, "waiting_since": None, "waits_for": ""}
    with transaction.atomic():
        if not RecurringTask.objects.filter(pk=task.pk, due_at=due).update(**values):
            return False
        scope = resolved(task, now)
        _give_up_plans(task)
        runs.start(task.store, task.kind, trigger=Run.Trigger.SCHEDULE, scope=scope, task=task, due_at=due)
    return True


def _wait(task: RecurringTask, now: datetime.datetime, reason: str) -> None:
    """It stays due, and says since when and why; asked again at the next beat."""
    if task.waiting_since is None or task.waits_for != reason:
        since = task.waiting_since or now
        rows = RecurringTask.objects.filter(pk=task.pk, due_at=task.due_at)
        rows.update(waiting_since=since, waits_for=reason)
        logger.info("recurring task %s waits: %s", task.pk, reason)
