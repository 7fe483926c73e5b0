"""Starting, stopping, resuming, approving and retrying runs: what buttons, schedules, events and commands call."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers import tasks
from customers.jobs import undo as jobs_undo
from customers.models import Run, RunRecord
from stores.models import Store
from stores.roles import ADMINISTRATOR, has_role

Somebody = User | AnonymousUser | None
UNDOABLE = (Run.Kind.ADD_CUSTOMERS, Run.Kind.TRY_MAPPING, Run.Kind.UPDATE_CUSTOMERS)
ERRORS = (RunRecord.Outcome.REJECTED, RunRecord.Outcome.FAILED)


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
) -> Run:
    """Create the run and queue it. `approved`: the operator saw the plan, or gave --approve, so the brake lets it pass.

    Raises Busy or CannotStart, both with a sentence for who pressed the button.
    """
    scope = dict(scope or {})
    if kind == Run.Kind.ADD_CUSTOMERS:
        _check_channel(store, scope)
    if trigger == Run.Trigger.SCHEDULE:
        scope.pop("welcome_email", None)
    run = Run(store=store, kind=kind, trigger=trigger, user=person(user), scope=scope, mode=mode, approved=approved)
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
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        active = Run.objects.filter(store=run.store, mode=Run.Mode.APPLY, status__in=Run.ACTIVE).first()
        if active is None:
            raise
        raise Busy(active) from None


def request_stop(run: Run) -> None:
    """Ask the run to end after its current batch. A run that nobody works on yet stops at once."""
    Run.objects.filter(pk=run.pk, status__in=Run.ACTIVE).update(stop_requested=True)
    Run.objects.filter(pk=run.pk, status=Run.Status.WAITING, lease_token="").update(
        status=Run.Status.STOPPED, message="Stopped before it began.", finished_at=timezone.now()
    )


def resume(run: Run) -> None:
    """Go on where the run stopped or crashed. Raises CannotStart or Busy."""
    run.refresh_from_db()
    if run.status not in (Run.Status.STOPPED, Run.Status.CRASHED):
        raise CannotStart(f"{run} is {run.get_status_display().lower()}; only a stopped or crashed run can go on.")
    run.stop_requested, run.message, run.finished_at = False, "", None
    _activate(run, Run.Status.WAITING)
    transaction.on_commit(lambda: tasks.queue(run.pk))


def approve(run: Run, user: Somebody, *, queue: bool = True) -> None:
    """Apply a plan. What changed since is planned again instead of applied. Raises CannotStart or Busy."""
    run.refresh_from_db()
    if run.status != Run.Status.PLANNED:
        raise CannotStart(f"{run} is {run.get_status_display().lower()}; only a planned run can be approved.")
    if not run.store.writes_enabled:
        raise CannotStart(f"{run.store} is read-only; an administrator must turn writing on first.")
    _may_delete(bool(run.scope.get("delete")), user)
    claimed = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED, approved_at=run.approved_at)
    run.mode, run.approved, run.approved_by, run.approved_at = Run.Mode.APPLY, True, person(user), timezone.now()
    run.step, run.message, run.finished_at, run.queued_at = "apply", "", None, timezone.now()
    # From here on a record whose sources changed since the plan was looked at is planned again instead of applied.
    run.cursor["looked_at_plan"] = run.cursor["look_again"] = True
    try:
        with transaction.atomic():
            values = (
                "mode",
                "approved",
                "approved_by",
                "approved_at",
                "step",
                "message",
                "finished_at",
                "queued_at",
                "cursor",
            )
            changed = claimed.update(status=Run.Status.WAITING, **{name: getattr(run, name) for name in values})
    except IntegrityError:
        active = Run.objects.filter(store=run.store, mode=Run.Mode.APPLY, status__in=Run.ACTIVE).first()
        if active is None:
            raise
        raise Busy(active) from None
    run.records.filter(state=RunRecord.State.CHANGED).update(state=RunRecord.State.PLANNED)
    if not changed:
        raise CannotStart(f"{run} was approved by somebody else a moment ago.")
    run.status = Run.Status.WAITING
    if queue:
        transaction.on_commit(lambda: tasks.queue(run.pk))


def retry_failed(run: Run, user: Somebody) -> Run:
    """A new run of the same job for the customers that were rejected or failed. Raises CannotStart or Busy."""
    failed = run.records.filter(state=RunRecord.State.DONE, outcome__in=ERRORS)
    customers = list(failed.exclude(customer=None).values_list("customer_id", flat=True))
    others = list(failed.exclude(business_central_customer=None).values_list("business_central_customer_id", flat=True))
    if not customers and not others:
        raise CannotStart(f"{run} has nothing that was rejected or failed.")
    scope = {key: value for key, value in run.scope.items() if key in ("channel_id", "welcome_email")}
    scope["only"] = others if run.kind == Run.Kind.ADD_CUSTOMERS else customers
    scope["retry_of"] = run.pk
    return start(run.store, run.kind, trigger=Run.Trigger.CLICK, user=user, scope=scope)


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
    _may_delete(delete, user)
    scope: dict[str, Any] = {"run": run.pk, **({"delete": True} if delete else {})}
    if records is not None:
        scope["records"] = records
    if not jobs_undo.sources(run, scope).exists():
        raise CannotStart(f"{run} did nothing that can be undone, or its details were purged.")
    return start(run.store, Run.Kind.UNDO, trigger=Run.Trigger.CLICK, user=user, scope=scope, queue=queue)


def _may_delete(delete: bool, user: Somebody) -> None:
    if delete and user is not None and not has_role(user, ADMINISTRATOR):
        raise CannotStart("Only an administrator may delete customers.")
