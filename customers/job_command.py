"""What the four jobs have in common as commands: options, a progress bar on standard error, the exit status."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import drive, engine, runs, selection
from customers.models import Run, RunRecord
from customers.report import as_json, as_text
from stores.models import Store

# Exit statuses: 0 succeeded (or planned, as asked), 1 completed with errors, 2 could not run, 3 waits for approval.
WITH_ERRORS, COULD_NOT_RUN, WAITS = 1, 2, 3


def find_store(hash_: str) -> Store:
    store = Store.objects.select_related("company").filter(hash=hash_).first()
    if store is None:
        known = ", ".join(Store.objects.values_list("hash", flat=True)) or "none yet: connect one with connect_store"
        raise CommandError(f"There is no store with hash {hash_}. Known: {known}.", returncode=COULD_NOT_RUN)
    return store


class JobCommand(BaseCommand):
    """Base of the job commands; `kind` names the job. The options a job has are added by its own command."""

    kind: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", required=True, metavar="HASH", help="store hash")
        parser.add_argument("--plan", action="store_true", help="change nothing, print what would happen")
        parser.add_argument("--background", action="store_true", help="queue it for a worker, print the run's id")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
        parser.add_argument("--approve", action="store_true", help="go on where the brake would wait for approval")

    def scope(self, store: Store, options: dict[str, Any]) -> dict[str, Any]:
        """The run's scope from the command's own options."""
        return {}

    def handle(self, *args: Any, **options: Any) -> None:
        store = find_store(options["store"])
        mode = Run.Mode.PLAN if options["plan"] else Run.Mode.APPLY
        try:
            run = runs.start(
                store, self.kind, trigger=Run.Trigger.COMMAND, scope=self.scope(store, options), mode=mode,
                approved=options["approve"], queue=options["background"],
            )  # fmt: skip
        except runs.CannotStart as error:
            raise CommandError(str(error), returncode=COULD_NOT_RUN) from None
        if options["background"]:
            # A queue that does not answer is said in the run.
            run.refresh_from_db(fields=["status", "message"])
        else:
            run = finish_here(run)
        finish_command(self, run, options)


def finish_here(run: Run) -> Run:
    """Work on the run in this process with a progress bar. Ctrl-C asks it to stop after its batch."""
    bar = Progress()
    try:
        return drive.to_rest(run, on_progress=bar.show)
    except engine.DATABASE_AWAY as error:
        words = str(error).strip().split("\n")[0]
        told = f"The database does not answer ({words}). {run} goes on by itself once a worker reaches it again."
        raise CommandError(told, returncode=COULD_NOT_RUN) from None
    except KeyboardInterrupt:
        runs.request_stop(run)
        sys.stderr.write("\nStopping after the current batch; run the command again, or resume the run.\n")
        return drive.to_rest(run, on_progress=bar.show)
    finally:
        bar.close()


def finish_command(command: BaseCommand, run: Run, options: dict[str, Any]) -> None:
    """Print the run and leave with its exit status."""
    command.stdout.write(json.dumps(as_json(run), ensure_ascii=False) if options["json"] else as_text(run))
    if not options["background"] and (status := exit_status(run)):
        raise SystemExit(status)


def exit_status(run: Run) -> int:
    if run.status in (Run.Status.STOPPED, Run.Status.CRASHED):
        return COULD_NOT_RUN
    if run.status == Run.Status.PLANNED and run.mode == Run.Mode.APPLY:
        return WAITS
    errors = (RunRecord.Outcome.REJECTED, RunRecord.Outcome.FAILED)
    counted = any(run.counts.get(outcome) for outcome in errors)
    return WITH_ERRORS if counted or run.status == Run.Status.WITH_ERRORS else 0


def shopper_options(parser: ArgumentParser) -> None:
    parser.add_argument("--country", metavar="ISO", help="only customers whose first address is there")
    only_option(parser)


def only_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--only", metavar="EMAIL|NUMBER", nargs="+", action="extend", default=[], help="only these customers"
    )


def shopper_scope(store: Store, options: dict[str, Any]) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    if options["country"]:
        scope["country"] = options["country"]
    if named := options["only"]:
        found, unknown = selection.shoppers_named(store, named)
        if not found:
            told = selection.no_customer(unknown)
            raise CommandError(f"{told} The mirror of {store} has none; Import first?", returncode=COULD_NOT_RUN)
        scope |= {"only": found, "unknown": unknown}
    return scope


def moment_scope(options: dict[str, Any]) -> dict[str, Any]:
    if not options["modified_since"]:
        return {}
    since = selection.moment(options["modified_since"])
    if since is None:
        given = options["modified_since"]
        text = f"--modified-since takes a date or moment, like 2026-11-23 or 2026-11-23T09:00:00Z, not {given}."
        raise CommandError(text, returncode=COULD_NOT_RUN)
    return {"modified_since": since.isoformat()}


class Progress:
    """A bar on standard error: a line that redraws on a terminal, a line per change elsewhere."""

    WIDTH = 30

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.last = ""

    def show(self, run: Run) -> None:
        done = run.looked_at - run.to_do
        share = 1.0 if not run.is_active else done / run.looked_at if run.step == "apply" and run.looked_at else 0.0
        filled = int(share * self.WIDTH)
        what = run.message or f"{run.get_status_display()}, {run.step}: {done} of {run.looked_at} customers"
        line = f"{run.get_kind_display():14} [{'#' * filled}{'.' * (self.WIDTH - filled)}] {share:4.0%} {what}"
        if self.live:
            sys.stderr.write("\r" + line[:118].ljust(118))
        elif line != self.last:
            sys.stderr.write(line + "\n")
        self.last = line
        sys.stderr.flush()

    def close(self) -> None:
        if self.live and self.last:
            sys.stderr.write("\n")
