"""Starting, stopping, resuming, approving and retrying runs: what buttons, schedules, events and commands call."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers import pending, retrying, tasks
from customers.deciding import name_of
from customers.jobs import undo as jobs_undo
from customers.models import RecurringTask, Run, RunRecord
from customers.set_up_version import set_up_of
from stores.models import Store
from stores.roles import ADMINISTRATOR, has_role

Somebody = User | AnonymousUser | None
UNDOABLE = (Run.Kind.ADD_CUSTOMERS, Run.Kind.TRY_MAPPING, Run.Kind.UPDATE_CUSTOMERS)
RESUMABLE = (Run.Status.STOPPED, Run.Status.CRASHED)
# The run that was in the way may end before it is looked for: then the store is free after all.
TRIES = 3
READ_ONLY = "{} is read-only; an administrator must turn writing on first."


class CannotStart(Exception):
    """The run cannot start; str() says why and what to do."""


class Busy(CannotStart):
    """The store has an active run already."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.store} is busy with {run}; wait until it ends, or stop it.")
        self.run = run


def start(
    store: Store,
    kind: str,
    *,
    trigger: str,
    user: Somebody = None,
    scope: dict[str, Any] | None = None,
    mode: str = Run.Mode.APPLY,
    approved: bool = False,
    queue: bool = True,
    task: RecurringTask | None = None,
    due_at: datetime | None = None,
) -> Run:
    """Create the run and queue it. `approved`: the operator saw the plan, or gave --approve, so the brake lets it pass.
    `task`, `due_at`: the recurring task it is a run of, and the moment it was due.

    Raises Busy or CannotStart, both with a sentence for who pressed the button.
    """
    scope = dict(scope or {})
    if kind == Run.Kind.ADD_CUSTOMERS:
        _check_channel(store, scope)
    if kind in (Run.Kind.CHECK_READINESS, Run.Kind.RECONCILE):
        mode = Run.Mode.PLAN  # it changes nothing, so it waits for no other run of the store
    if trigger == Run.Trigger.SCHEDULE or task is not None:
        scope.pop("welcome_email", None)
    run = Run(
        store=store, kind=kind, trigger=trigger, user=person(user), scope=scope, mode=mode, approved=approved,
        recurring_task=task, due_at=due_at,
    )  # fmt: skip
    if approved:
        run.approved_by, run.approved_at = person(user), timezone.now()
    _activate(run, Run.Status.WAITING)
    if queue:
        transaction.on_commit(lambda: tasks.queue(run.pk))
    return run


def person(user: Somebody) -> User | None:
    return user if isinstance(user, User) else None


def _check_channel(store: Store, scope: dict[str, Any]) -> None:
    """A customer's storefront cannot be changed later, so with several it has to be chosen."""
    known = store.storefronts
    if not known and (store.information.get("features") or {}).get("multi_storefront_enabled"):
        raise CannotStart(
            f"{store} may have several storefronts, and the access token may not read them: give its API account the "
            "scope store_channel_settings_read_only, or a token that has it."
        )
    if len(known) > 1 and scope.get("channel_id") not in known:
        names = ", ".join(f"{key} ({name})" for key, name in known.items())
        raise CannotStart(f"{store} has several storefronts; choose one of {names} (--channel).")


def _activate(run: Run, status: str) -> None:
    run.status, run.queued_at = status, timezone.now()
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                _alone(run)
                run.save()
            return
        except IntegrityError:
            busy = _busy(run)
            if isinstance(busy, Busy) or not left:
                raise busy from None


def _alone(run: Run) -> None:
    """Two drift checks of a store at once would each read everything. Locks the store's row. Raises Busy."""
    if run.kind == Run.Kind.RECONCILE:
        Store.objects.select_for_update().get(pk=run.store_id)
        other = Run.objects.filter(store=run.store_id, kind=run.kind, status__in=Run.ACTIVE).exclude(pk=run.pk).first()
        if other is not None:
            raise Busy(other)


def _busy(run: Run) -> CannotStart:
    """Why the store takes no further run now: another one is active, or was when the database refused this one."""
    active = Run.objects.filter(store=run.store, mode=Run.Mode.APPLY, status__in=Run.ACTIVE).first()
    return Busy(active) if active else CannotStart(f"{run.store} was busy until this moment; press the button again.")


def request_stop(run: Run) -> bool:
    """Ask the run to end after its current batch. A run that nobody works on yet stops at once.

    Returns whether there was anything to stop.
    """
    asked = Run.objects.filter(pk=run.pk, status__in=Run.ACTIVE).update(stop_requested=True)
    waiting = Run.objects.filter(pk=run.pk, status=Run.Status.WAITING, lease_token="")
    rests = {"status": Run.Status.STOPPED, "finished_at": timezone.now(), "stop_requested": False}
    waiting.filter(started_at=None).update(message="Stopped before it began.", **rests)
    waiting.update(message=pending.stopped(run), **rests)
    return bool(asked)


def resume(run: Run, user: Somebody = None) -> None:
    """Go on where the run stopped or crashed. Raises CannotStart or Busy."""
    run.refresh_from_db()
    _may_delete(run.kind, run.scope, user)
    if run.status not in RESUMABLE:
        raise CannotStart(f"{run} is {run.get_status_display().lower()}; only a stopped or crashed run can go on.")
    if run.step == "apply" and not run.store.writes_enabled:
        raise CannotStart(READ_ONLY.format(run.store))
    if run.step == "apply" and run.to_do and not run.records.exclude(state=RunRecord.State.DONE).exists():
        raise CannotStart(f"The details of {run} were purged, so nobody knows what it had to do; start the job again.")
    values: dict[str, Any] = {"stop_requested": False, "message": "", "finished_at": None, "queued_at": timezone.now()}
    if run.step == "apply":
        # Nobody can tell how long it rested: what was planned before may not be true any more.
        values["cursor"] = {**run.cursor, "look_again": True}
    if not _claim(run, Run.objects.filter(status__in=RESUMABLE), values):
        raise CannotStart(f"{run} was resumed by somebody else a moment ago.")
    transaction.on_commit(lambda: tasks.queue(run.pk))


def approve(
    run: Run,
    user: Somebody,
    *,
    chosen: QuerySet[RunRecord] | None = None,
    seen: str | None = None,
    queue: bool = True,
) -> None:
    """Apply a plan, or the chosen records of it; the others are held back and wait on.

    What changed since is planned again instead of applied. seen: `plan_version` of the plan that was looked at; another
    one by now is refused. Raises CannotStart or Busy.
    """
    run.refresh_from_db()
    if seen is not None and seen != plan_version(run):
        raise CannotStart(f"{run} is not as your page showed it any more{_by_whom(run)}; look at it again.")
    if run.status != Run.Status.PLANNED:
        raise CannotStart(f"{run} is {run.get_status_display().lower()}; only a planned run can be approved.")
    if not run.store.writes_enabled:
        raise CannotStart(READ_ONLY.format(run.store))
    _may_delete(run.kind, run.scope, user)
    claimed = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED, finished_at=run.finished_at)
    run.mode, run.approved, run.approved_by, run.approved_at = Run.Mode.APPLY, True, person(user), timezone.now()
    run.step, run.message, run.finished_at, run.queued_at = "apply", "", None, timezone.now()
    # From here on a record whose sources changed since the plan was looked at is planned again instead of applied.
    run.cursor["looked_at_plan"] = run.cursor["look_again"] = True
    try:
        with transaction.atomic():
            # The claim comes first: of two who approve at once only one may say which records go.
            values = {name: getattr(run, name) for name in APPROVAL}
            if not claimed.update(status=Run.Status.WAITING, **values):
                raise CannotStart(f"{run} was approved by somebody else a moment ago.")
            number = _let_go(run, chosen)
            run.cursor.setdefault("approvals", []).append(
                [name_of(user) if person(user) else "", run.approved_at.isoformat(), number]
            )
            Run.objects.filter(pk=run.pk).update(cursor=run.cursor)
    except IntegrityError:
        raise _busy(run) from None
    run.status = Run.Status.WAITING
    if queue:
        transaction.on_commit(lambda: tasks.queue(run.pk))


def _claim(run: Run, as_it_was: QuerySet[Run], values: dict[str, Any]) -> bool:
    """Make the run active with these values, if it is still as it was: only one of two people at once succeeds."""
    values = {**values, "status": Run.Status.WAITING}
    try:
        with transaction.atomic():
            _alone(run)
            claimed = as_it_was.filter(pk=run.pk).update(**values)
    except IntegrityError:
        raise _busy(run) from None
    for name, value in values.items() if claimed else ():
        setattr(run, name, value)
    return bool(claimed)


APPROVAL = ("mode", "approved", "approved_by", "approved_at", "step", "message", "finished_at", "queued_at")


def _let_go(run: Run, chosen: QuerySet[RunRecord] | None) -> int:
    """Of the records that wait: the chosen ones go, the others are held back. Returns how many go."""
    waiting = run.records.filter(state__in=RunRecord.WAITING)
    if chosen is None:
        waiting.exclude(state=RunRecord.State.PLANNED).update(state=RunRecord.State.PLANNED)
        return run.to_do
    waiting.update(state=RunRecord.State.HELD)
    number = chosen.filter(run=run, state__in=RunRecord.WAITING).update(state=RunRecord.State.PLANNED)
    if not number:
        raise CannotStart("None of the chosen records waits for approval; nothing was approved.")
    return number


def plan_version(run: Run) -> str:
    """Which plan a page shows: another after each approval, when it was planned again, and when the set-up changed."""
    return f"{run.status}:{run.finished_at.isoformat() if run.finished_at else ''}|{set_up_of(run.store)}"


def _rest_of(version: str) -> str:
    """Without the set-up: for those who do not want the plan whatever it is."""
    return version.partition("|")[0]


def _by_whom(run: Run) -> str:
    approvals = run.cursor.get("approvals")
    return f" ({approvals[-1][0]} approved it)" if approvals and approvals[-1][0] else ""


def discard(run: Run, user: Somebody, *, seen: str | None = None, because: str = "") -> None:
    """Give up what waits in a plan: it is counted as skipped, and nothing of it can be applied. Raises CannotStart."""
    run.refresh_from_db()
    if run.status != Run.Status.PLANNED or (seen is not None and _rest_of(seen) != _rest_of(plan_version(run))):
        raise CannotStart(f"{run} is not as your page showed it any more{_by_whom(run)}; look at it again.")
    said = because or f"Discarded by {name_of(user)}; what had waited was not applied.{pending.left_by(run)}"
    skipped = RunRecord.Outcome.SKIPPED
    counts = {**run.counts, skipped: run.counts.get(skipped, 0) + run.to_do}
    ended = Run.Status.WITH_ERRORS if any(counts.get(outcome) for outcome in retrying.ERRORS) else Run.Status.SUCCEEDED
    with transaction.atomic():
        claimed = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED, finished_at=run.finished_at)
        if not claimed.update(status=ended, counts=counts, to_do=0, message=said, finished_at=timezone.now()):
            raise CannotStart(f"{run} was approved by somebody else a moment ago.")
        pending.given_up(run, by_person=not because)
        run.records.filter(state__in=RunRecord.WAITING).update(
            state=RunRecord.State.DONE, outcome=skipped, reason=said, plan={}, parts=[], said="", at=timezone.now()
        )


def plan_again(run: Run, user: Somebody, *, seen: str | None = None) -> Run:
    """A new plan of the same job and scope; the old one is given up. Raises CannotStart or Busy."""
    scope = {name: value for name, value in run.scope.items() if name != "shown"}
    mode = Run.Mode.APPLY if run.kind == Run.Kind.UNDO else Run.Mode.PLAN
    if run.kind == Run.Kind.SYNC_CHANGES:
        scope["only"] = pending.waiting_in(run)
    _may_delete(run.kind, scope, user)
    with transaction.atomic():
        discard(run, user, seen=seen, because="Given up for a new plan of the same.")
        again = start(run.store, run.kind, trigger=Run.Trigger.CLICK, user=user, scope=scope, mode=mode)
        Run.objects.filter(pk=run.pk).update(message=f"Given up for a new plan of the same: run {again.pk}.")
    return again


def retry_failed(run: Run, user: Somebody, **group: str) -> Run:
    """A new run of the same job for the customers that were rejected or failed, or those of one group of them
    (outcome, cause, field). Raises CannotStart or Busy.
    """
    _may_delete(run.kind, run.scope, user)
    scope = retrying.scope_of(run, **group)
    if scope is None:
        raise CannotStart(f"{run} has nothing that was rejected or failed.")
    # Of what nobody approved a retry is a preview as well.
    return start(run.store, run.kind, trigger=Run.Trigger.CLICK, user=user, scope=scope, mode=run.mode)


def undo(
    run: Run, user: Somebody, *, records: list[int] | None = None, delete: bool = False, queue: bool = True
) -> Run:
    """A plan that takes this run back, or only these records of it; it always waits for approval.

    delete: delete the customers that the run had made, too; only an administrator may ask for it and approve it.
    Raises CannotStart or Busy.
    """
    if run.kind not in UNDOABLE:
        raise CannotStart(f"{run.get_kind_display()} changes nothing but our own copy; there is nothing to undo.")
    if run.is_active:
        raise CannotStart(f"{run} is still active; stop it first.")
    scope: dict[str, Any] = {"run": run.pk, **({"delete": True} if delete else {})}
    if user is not None:
        _may_delete(Run.Kind.UNDO, scope, user)
    if records is not None:
        scope["records"] = records
    if not jobs_undo.sources(run, scope).exists():
        raise CannotStart(f"{run} did nothing that can be undone, or its details were purged.")
    return start(run.store, Run.Kind.UNDO, trigger=Run.Trigger.CLICK, user=user, scope=scope, queue=queue)


def _may_delete(kind: str, scope: dict[str, Any], user: Somebody) -> None:
    """What deletes customers is an administrator's, who is signed in: a command is nobody."""
    if not (kind == Run.Kind.DELETE_GONE or scope.get("delete")):
        return
    if user is None:
        raise CannotStart("Only an administrator may delete customers: sign in, and do it on the run's page.")
    if not has_role(user, ADMINISTRATOR):
        raise CannotStart("Only an administrator may delete customers.")
