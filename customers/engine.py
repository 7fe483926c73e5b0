"""A run is a plan applied: this moves a run from plan to apply to its end, and decides what an error means for it."""

import logging
from datetime import timedelta
from types import ModuleType

import redis
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bcsync.clients.errors import ConfigurationError, RetryLater, VendorError
from customers import brake, doubts, parking, pending, selection
from customers.context import Context, Stopped
from customers.jobs import (
    add_customers,
    check_readiness,
    delete_gone,
    import_customers,
    reconcile,
    sync_changes,
    try_mapping,
    undo,
    unmap,
    update_customers,
)
from customers.lease import CompanyBusy, Lease, LeaseLost
from customers.models import Run, RunRecord
from stores.connect import NotConnected
from stores.written import kept

logger = logging.getLogger("bcsync.engine")

JOBS: dict[str, ModuleType] = {
    Run.Kind.IMPORT_CUSTOMERS: import_customers,
    Run.Kind.TRY_MAPPING: try_mapping,
    Run.Kind.ADD_CUSTOMERS: add_customers,
    Run.Kind.UPDATE_CUSTOMERS: update_customers,
    Run.Kind.UNDO: undo,
    Run.Kind.UNMAP: unmap,
    Run.Kind.SYNC_CHANGES: sync_changes,
    Run.Kind.CHECK_READINESS: check_readiness,
    Run.Kind.RECONCILE: reconcile,
    Run.Kind.DELETE_GONE: delete_gone,
}
# A queued run that nobody took for so long is queued again.
CLAIM_PATIENCE = timedelta(seconds=30)
# So many times in a row may a vendor be unreachable before the run stops and says so.
MOST_RETRIES = 10
LONGEST_RETRY_WAIT = 300.0
# What nobody worked on for so long (an outage, a dead worker, a busy company) is looked at again before it goes on.
LEFT_ALONE = timedelta(minutes=10)
# A run that found its company busy asks again after so many seconds.
COMPANY_WAIT = 3.0
# The database is locked, restarts or is out of reach: what Django raises then.
DATABASE_AWAY = (OperationalError, InterfaceError)
READ_ONLY = "{} is read-only, so this is a plan only. An administrator turns writing on."
READ_ONLY_BY_NOW = "{} was made read-only, so nothing more is sent: what is left waits, for approval too."
CRASHED = "The run crashed; the log has the details. What is done stays done; Resume goes on."


def advance(run: Run, lease: Lease) -> float | None:
    """Work for one slice. Returns in how many seconds to go on, or None when there is nothing more to do here: the run
    rests, or whoever takes its lease next goes on.
    """
    ctx = Context(run, lease, writes=JOBS[run.kind].WRITES_TO_VENDOR)
    try:
        return _slice(ctx)
    except LeaseLost:
        logger.warning("run %s: its lease is lost; who holds it goes on, or rescue finds the run", run.pk)
        return None
    except DATABASE_AWAY as error:
        return _database_away(ctx, error)


def _slice(ctx: Context) -> float | None:
    """The same; raises LeaseLost, and what a database that is away raises."""
    run = ctx.run
    run.cursor.pop("stopped_by", None)
    if run.step == "plan":
        run.cursor.setdefault("set_up", ctx.set_up)
    elif run.cursor.get("set_up") != ctx.set_up or (run.step == "apply" and _left_alone(run)):
        run.cursor["look_again"] = True
    try:
        ctx.save(status=Run.Status.RUNNING, started_at=run.started_at or timezone.now(), message="")
        return _steps(ctx)
    except (LeaseLost, *DATABASE_AWAY):
        raise
    except Stopped:
        if ctx.stop_requested():
            _end(ctx, Run.Status.STOPPED, pending.stopped(run))
        else:
            _end(ctx, Run.Status.PLANNED, READ_ONLY_BY_NOW.format(ctx.store))
    except CompanyBusy:
        return _wait_for_company(ctx)
    except (ConfigurationError, NotConnected) as error:
        run.cursor["stopped_by"] = "configuration"
        _end(ctx, Run.Status.STOPPED, str(error))
    except RetryLater as error:
        return _retry(ctx, error)
    except redis.RedisError:
        return _retry(ctx, RetryLater("Redis", "Redis, which holds the vendors' rate limits, does not answer."))
    except VendorError as error:
        _end(ctx, Run.Status.CRASHED, str(error))
    except Exception:
        logger.exception("run %s crashed", run.pk)
        ctx.reload()
        _end(ctx, Run.Status.CRASHED, CRASHED)
    return None


def _left_alone(run: Run) -> bool:
    """Whether the last step of this run is so long ago that its plan may not be true any more."""
    worked_at = parse_datetime(run.cursor.get("worked_at", ""))
    return worked_at is not None and timezone.now() - worked_at > LEFT_ALONE


def _steps(ctx: Context) -> float | None:
    run, job = ctx.run, JOBS[ctx.run.kind]
    while True:
        if ctx.stop_requested():
            raise Stopped
        ctx.lease.renew()
        if run.step == "apply" and run.to_do and ctx.read_only():
            raise Stopped
        if run.step == "plan":
            if job.plan(ctx):
                run.cursor.pop("store_read", None)
                if _nobody_meant(ctx) or _planned(ctx):
                    return None
        elif run.cursor.get("look_again"):
            # The plan was made a while ago (approved, resumed): what is still true is for the vendors to say.
            job.look_again(ctx)
            run.cursor.pop("look_again")
            run.cursor["set_up"] = ctx.set_up
            run.cursor.pop("store_read", None)
        elif job.apply(ctx):
            _finish(ctx)
            return None
        run.cursor.pop("retries", None)
        run.cursor["worked_at"] = timezone.now().isoformat()
        ctx.save("cursor")
        if ctx.slice_is_over():
            return 0.0


def _nobody_meant(ctx: Context) -> bool:
    """Whom a person named and nobody is: said at the end of the run; nobody at all, and it ends here."""
    run = ctx.run
    unknown = selection.unknown(ctx.store, run.scope)
    run.cursor["unknown"] = selection.no_customer(unknown)
    if not unknown or "named" not in run.scope or len(unknown) < len(run.scope["named"]):
        return False
    _end(ctx, Run.Status.STOPPED, "Nothing was done.")
    return True


def _planned(ctx: Context) -> bool:
    """The plan is complete: end here (preview, gate or brake), or go on to apply it. True when the run ends."""
    run = ctx.run
    if run.mode == Run.Mode.PLAN or not run.to_do:
        if run.to_do:
            _end(ctx, Run.Status.PLANNED, "Planned; nothing was changed. Approve it to apply it.")
        else:
            _finish(ctx)
        return True
    if ctx.read_only():
        _end(ctx, Run.Status.PLANNED, READ_ONLY.format(ctx.store))
        return True
    reason = brake.reason_to_wait(run)
    if reason:
        _end(ctx, Run.Status.PLANNED, reason)
        return True
    ctx.save(step="apply")
    return False


def _finish(ctx: Context) -> None:
    run = ctx.run
    if run.mode == Run.Mode.APPLY and run.to_do:
        _end(ctx, Run.Status.PLANNED, _what_waits(run))
        return
    parking.count(run)
    errors = any(run.counts.get(outcome) for outcome in (RunRecord.Outcome.REJECTED, RunRecord.Outcome.FAILED))
    errors = errors or bool(doubts.notes(run))
    _end(ctx, Run.Status.WITH_ERRORS if errors else Run.Status.SUCCEEDED, "", step="done")


def _what_waits(run: Run) -> str:
    """Why an approved plan still has something to do."""
    held = run.records.filter(state=RunRecord.State.HELD).count()
    changed = run.to_do - held
    said = []
    if changed:
        who = "1 customer" if changed == 1 else f"{changed} customers"
        again = "was" if changed == 1 else "were"
        said.append(f"{who} changed since the plan was made and {again} planned again.")
    if held:
        said.append("1 customer was not approved yet." if held == 1 else f"{held} customers were not approved yet.")
    return " ".join(said)


def _end(ctx: Context, status: str, message: str, **fields: object) -> None:
    """The run rests in this status. Raises LeaseLost: then it is not ours to end."""
    run = ctx.run
    run.cursor.pop("store_read", None)
    if run.total is None or status in (Run.Status.SUCCEEDED, Run.Status.WITH_ERRORS, Run.Status.PLANNED):
        fields["total"] = run.looked_at
    message = " ".join(filter(None, (run.cursor.get("unknown", ""), *doubts.notes(run), message)))
    rests = {"status": status, "message": message, "finished_at": timezone.now(), "stop_requested": False}
    ctx.save("counts", "cursor", **rests, **fields)


def _retry(ctx: Context, error: RetryLater) -> float | None:
    """Somebody we need is unreachable: wait and go on by itself, a bounded number of times in a row."""
    ctx.run.cursor.pop("store_read", None)
    retries = ctx.run.cursor.get("retries", 0) + 1
    if retries > MOST_RETRIES:
        _end(ctx, Run.Status.STOPPED, f"{error} Tried {retries} times; Resume goes on.")
        return None
    wait = error.retry_after or min(LONGEST_RETRY_WAIT, 5.0 * 2**retries)
    ctx.run.cursor["retries"] = retries
    at = timezone.now() + timedelta(seconds=wait)
    ctx.save("cursor", status=Run.Status.WAITING, message=f"{error} Goes on by itself at {kept(at, seconds=True)}.")
    return wait


def _wait_for_company(ctx: Context) -> float:
    """Another store's run works in the company: the worker is free for others meanwhile."""
    others = Run.objects.filter(store__company=ctx.company, status=Run.Status.RUNNING).exclude(pk=ctx.run.pk)
    other = others.select_related("store").first()
    busy = f"{other} of {other.store}" if other is not None else "another run"
    message = f"Waits for {busy}, which works in {ctx.company} just now. Goes on by itself."
    ctx.save("cursor", status=Run.Status.WAITING, message=message)
    return COMPANY_WAIT


def reconnect() -> None:
    """Let go of a connection that is broken; the next statement opens a new one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _database_away(ctx: Context, error: Exception) -> float | None:
    """Wait as for a vendor, from what is stored. Where not even that can be written the lease runs out, and `rescue`
    queues the run once the database is back.
    """
    words = str(error).strip().split("\n")[0]
    logger.warning("run %s: the database does not answer: %s", ctx.run.pk, words)
    try:
        reconnect()
        ctx.reload()
        return _retry(ctx, RetryLater("database", f"The database did not answer ({words})."))
    except (LeaseLost, DatabaseError) as again:
        logger.warning("run %s: left for rescue: %s", ctx.run.pk, again)
        return None
