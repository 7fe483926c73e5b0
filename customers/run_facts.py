"""What a run's page says in words and numbers: totals that add up, progress, failures by cause, calls, scope."""

from typing import Any

from django.db.models import Count, Max, Min

from bcsync.clients.throttle import Quota
from customers import causes, pace
from customers.models import Run, RunRecord
from stores import written

Outcome, State = RunRecord.Outcome, RunRecord.State
TO_DO = "to do"
NEEDS_SOMEBODY = "needs somebody"
SOMEBODY = (Outcome.REVIEW, Outcome.CONFLICT, Outcome.REJECTED, Outcome.FAILED, Outcome.PARKED)
DIRECTION = {
    Run.Kind.IMPORT_CUSTOMERS: "BigCommerce → our copy",
    Run.Kind.TRY_MAPPING: "our copy → links, Business Central",
    Run.Kind.ADD_CUSTOMERS: "Business Central → BigCommerce",
    Run.Kind.UPDATE_CUSTOMERS: "Business Central → BigCommerce",
    Run.Kind.SYNC_CHANGES: "both ways, what changed",
    Run.Kind.UNDO: "back to what was before",
    Run.Kind.UNMAP: "our metafields out of BigCommerce",
    Run.Kind.CHECK_READINESS: "Business Central → our copy",
    Run.Kind.RECONCILE: "both ways, compared only",
    Run.Kind.DELETE_GONE: "deletes who was deleted in the other system",
}


def totals(run: Run) -> list[dict[str, Any]]:
    """Customers per outcome in a fixed order, and what is still to do; they add up to those looked at."""
    found = [{"key": str(key), "n": run.counts[key]} for key in Outcome.values if run.counts.get(key)]
    return [*found, {"key": TO_DO, "n": run.to_do}] if run.to_do else found


def progress(run: Run) -> dict[str, Any]:
    """Where the run stands: done of all in this step, percent, and a sentence for the live region.

    percent is None while the size of the work is not known. `said` changes in steps of ten percent, so that a screen
    reader is told now and then and not each second.
    """
    planning = run.step == "plan" and run.is_active
    done = run.looked_at if planning else run.looked_at - run.to_do
    whole = run.total if planning and run.total else run.looked_at
    if planning and not run.total:
        percent = None
    else:
        percent = min(100, done * 100 // whole) if whole else (None if run.is_active else 100)
    doing = "Looking" if planning else "Done"
    said = run.message or f"{run.get_status_display()}: {doing.lower()} {(percent or 0) // 10 * 10} %"
    found = totals(run)
    return {
        "planning": planning, "done": done, "whole": whole, "percent": percent, "said": said, "totals": found,
        "sum": " + ".join(written.number(each['n']) for each in found) if len(found) > 1 else "",
        "errors": sum(run.counts.get(key, 0) for key in (Outcome.REJECTED, Outcome.FAILED)),
        "nothing_left": _nothing_left(run), "direction": DIRECTION.get(Run.Kind(run.kind), ""),
    }  # fmt: skip


def _nothing_left(run: Run) -> bool:
    """Whether an Undo ended with its plan, for there was nothing to approve."""
    back = run.kind in (Run.Kind.UNDO, Run.Kind.UNMAP)
    return back and run.status == Run.Status.SUCCEEDED and not any(run.counts.get(o) for o in Outcome if o != "skipped")


def going(run: Run, quota: Quota | None, now: float) -> dict[str, Any]:
    """Of an active run: customers per second, time left in words ("" while unknown), whether the quota decides it, and
    what it waits for at the vendor's door.
    """
    planning = run.step == "plan"
    to_do = max(0, (run.total or 0) - run.looked_at) if planning else run.to_do
    found = pace.pace(run.pace, run.step, now, to_do, quota)
    left = "" if found.seconds_left is None or not to_do else written.estimate(found.seconds_left)
    waits = ""
    if quota is not None and run.status == Run.Status.RUNNING and (quota.pause > 0 or quota.left <= 0):
        seconds = max(quota.pause, quota.reset_in if quota.left <= 0 else 0.0)
        waits = (
            f"Waiting {written.estimate(seconds)} for BigCommerce's rate limit: {written.number(quota.left)} of "
            f"{written.number(quota.quota)} requests left in this window. Other apps share this quota."
        )
    return {"per_second": found.per_second, "left": left, "bound": found.bound, "waits": waits, "quota": quota}


def failures(run: Run) -> list[dict[str, Any]]:
    """Rejected and failed records by cause, the most frequent first, with the vendor's words and what to do."""
    if not any(run.counts.get(outcome) for outcome in (Outcome.REJECTED, Outcome.FAILED)):
        return []
    grouped = (
        run.records.filter(state=State.DONE, outcome__in=(Outcome.REJECTED, Outcome.FAILED))
        .order_by()
        .values("outcome", "cause", "field")
        .annotate(n=Count("pk"), said=Max("words"), first=Min("reason"), last=Max("reason"))
        .order_by("-n", "cause")
    )
    return [_failure({**row}, creates=run.kind == Run.Kind.TRY_MAPPING) for row in grouped]


def _failure(row: dict[str, Any], *, creates: bool) -> dict[str, Any]:
    said = causes.explain(row["cause"], row["field"], rejected=row["outcome"] == Outcome.REJECTED, creates=creates)
    alike = row["first"] == row["last"]
    return {**row, "title": said.title, "who": said.who, "what_to_do": said.what_to_do, "again": said.again,
            "alike": alike}  # fmt: skip


def calls(run: Run) -> list[dict[str, Any]]:
    """Vendor calls made beside the least possible, most first."""
    names = sorted({*run.calls, *run.least_calls}, key=lambda name: (-run.calls.get(name, 0), name))
    return [{"name": name, "made": run.calls.get(name, 0), "least": run.least_calls.get(name)} for name in names]


WORDS = {
    "number_from": "No. from", "number_to": "No. to", "number": "No.", "name": "Name contains", "country": "Country",
    "salesperson": "Salesperson", "group": "Group", "changed_since": "Changed since", "modified_since": "Changed since",
    "blocked": "Blocked", "search": "Search", "status": "Status", "email": "E-mail", "channel_id": "Storefront",
    "has_errors": "Needs somebody", "only_ready": "Only those ready", "welcome_email": "Welcome e-mail",
    "flag": "Needs somebody", "failed": "Failed", "mapped_by": "Mapped by",
}  # fmt: skip


def scope_in_words(scope: dict[str, Any]) -> list[tuple[str, str]]:
    """What the run was asked to look at; a selection is counted, not listed."""
    found = []
    for name, value in scope.items():
        if name == "only":
            found.append(("Selection", f"{len(value)} chosen"))
        elif name in ("chosen", "create"):
            word = "to link" if name == "chosen" else "to create"
            found.append(("Chosen in Review", f"{len(value)} {word}"))
        elif name == "above":
            found.append(("Chosen in Review", f"best candidates with a score of {value} or more"))
        elif name == "run":
            found.append(("Takes back", f"run {value}"))
        elif name == "unmapped":
            found.append(("After Unmap", f"removes our metafields of {len(value)}"))
        elif name == "records":
            found.append(("Records", f"{len(value)} chosen"))
        elif name == "delete":
            if "run" in scope:
                found.append(("Also", "deletes the customers that the run had made"))
        elif name == "shown":
            found.append(("Shown as ready", str(value)))
        elif name == "drift":
            found.append(("Mends drift", f"found by run {value}"))
        elif name == "retry_of":
            found.append(("Again for", f"what failed in run {value}"))
        elif name in ("changed_since", "modified_since") and isinstance(value, str) and value:
            found.append((WORDS[name], written.iso(value)))
        elif name in WORDS and value not in (None, "", []) and (name, value) != ("blocked", "no"):
            text = ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)
            found.append((WORDS[name], text))
    return found
