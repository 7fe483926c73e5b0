"""What a run did lately, line by line, from what it keeps of itself: moments, approvals, samples of its pace."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils import timezone

from customers.models import Run
from stores import written

MOST_LINES = 12
SAMPLES = 6
TONES = {
    Run.Status.SUCCEEDED: "ok", Run.Status.WITH_ERRORS: "warn", Run.Status.CRASHED: "bad", Run.Status.STOPPED: "warn",
    Run.Status.PLANNED: "info",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """at is None for what is so right now. tone: ok, info, warn, bad or mute."""

    at: datetime.datetime | None
    tone: str
    text: str


def lines(run: Run, waits: str = "") -> list[Line]:
    """The newest first. waits: what it waits for at a vendor's door, "" for nothing (`run_facts.going`)."""
    now = list(_now(run, waits)) if run.is_active else []
    past = sorted(_past(run), key=lambda line: line.at or timezone.now(), reverse=True)
    return [*now, *past][:MOST_LINES]


def _now(run: Run, waits: str) -> Iterator[Line]:
    if run.stop_requested:
        yield Line(None, "warn", "Stop was asked for: the batch in flight is finished first.")
    if run.message:
        yield Line(None, "warn" if run.status == Run.Status.WAITING else "info", run.message)
    elif waits:
        yield Line(None, "warn", waits)
    elif run.status == Run.Status.WAITING:
        yield Line(None, "mute", "Waits for a worker to take it.")


def _past(run: Run) -> Iterator[Line]:
    yield Line(run.created_at, "mute", "Asked for.")
    if run.started_at:
        yield Line(run.started_at, "info", "Began.")
    for by, at, number in run.cursor.get("approvals", ()):
        said = f"{written.number(number)} approved{f' by {by}' if by else ''}."
        yield Line(datetime.datetime.fromisoformat(at), "info", said)
    yield from _samples(run)
    if run.finished_at and not run.is_active:
        said = f"{run.get_status_display()}. {run.message}".strip()
        yield Line(run.finished_at, TONES.get(Run.Status(run.status), "mute"), said)


def _samples(run: Run) -> Iterator[Line]:
    """What came to pass between the last samples of its pace."""
    kept = run.pace or {}
    doing = "looked at" if kept.get("step") == "plan" else "done"
    for before, after in list(pairwise(kept.get("at", ())))[-SAMPLES:]:
        customers, calls = round(after[1] - before[1]), round(after[2] - before[2])
        if customers > 0 or calls > 0:
            at = datetime.datetime.fromtimestamp(after[0], tz=datetime.UTC)
            who, how = written.many(customers, "customer"), written.many(calls, "request")
            yield Line(at, "ok", f"{who} {doing} with {how}.")
