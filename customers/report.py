"""A run in words and as JSON: outcomes with their reasons, vendor calls beside the least possible."""

from collections import Counter
from typing import Any

from customers.models import Run, RunRecord

MOST_REASONS = 12


def as_json(run: Run) -> dict[str, Any]:
    """{"run", "store", "job", "status", "message", "looked_at", "counts", "planned", "calls", "least_calls"}."""
    return {
        "run": run.pk,
        "store": run.store.hash,
        "job": run.kind,
        "mode": run.mode,
        "status": run.status,
        "message": run.message,
        "looked_at": run.looked_at,
        "counts": run.counts,
        "planned": planned(run),
        "calls": run.calls,
        "least_calls": run.least_calls,
    }


def planned(run: Run) -> dict[str, int]:
    """Customers that wait to be applied, per planned outcome."""
    waiting = run.records.exclude(state=RunRecord.State.DONE).values_list("outcome", flat=True)
    return dict(Counter(waiting.iterator()))


def as_text(run: Run) -> str:
    lines = [f"{run} · {run.store} · {run.get_status_display()}"]
    if run.message:
        lines.append(f"  {run.message}")
    if run.is_active:
        done = run.looked_at - run.to_do
        at_work = f"It is at work, {run.step}: {done} of {run.looked_at} customers"
        waits = "It waits" if run.started_at else "It is queued"
        how = at_work if run.status == Run.Status.RUNNING else waits
        return "\n".join([*lines, f"  {how}; look at it with: manage.py show_run --run {run.pk}"])
    lines.append(f"  {run.looked_at} customers looked at")
    for name, number in sorted(run.counts.items()):
        lines.append(f"  {number:>7} {name}")
    for name, number in sorted(planned(run).items()):
        lines.append(f"  {number:>7} planned: {name}")
    lines += _reasons(run)
    lines.append(f"  {sum(run.calls.values())} vendor calls, {sum(run.least_calls.values())} the least possible")
    for call, number in sorted(run.calls.items()):
        least = run.least_calls.get(call)
        lines.append(f"  {number:>7} {call}" + (f" (least {least})" if least is not None else ""))
    return "\n".join(lines)


def _reasons(run: Run) -> list[str]:
    records = run.records.exclude(reason="").order_by("outcome", "pk")
    lines = [f"          {r.outcome}: {r.label}: {r.reason}" for r in records[:MOST_REASONS]]
    more = records.count() - MOST_REASONS
    return (
        [*lines, f"          and {more} more with a reason; --json has the counts, the run's page has all"]
        if more > 0
        else lines
    )
