"""make demo: the main job once, for real, through web, queue and worker, and the sandboxes' end state checked."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connections

from bcsync.embedded import doors, ending, report, setup
from bcsync.embedded.places import ROOT, CannotServe, Place
from bcsync.sandbox import cast

# Name shown, command.
JOBS = (
    ("Import", "import_customers"),
    ("Try Mapping", "try_mapping"),
    ("Add Customers", "add_customers"),
    ("Update", "update_customers"),
    ("Update again", "update_customers"),
)
LONGEST_RUN_SECONDS = 180.0
POLL_SECONDS = 0.15
END_SECONDS = 15.0
GOOD = ("succeeded", "completed with errors")


def reset(place: Place) -> None:
    """Forget everything an earlier demo left here."""
    shutil.rmtree(place.directory, ignore_errors=True)


@contextmanager
def running(place: Place) -> Iterator[None]:
    """All processes of this place while the block runs; they end with it, however it ends."""
    place.directory.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "bcsync.embedded.supervise", str(place.directory)),
        *(str(place.web_port), str(place.sandbox_port)),
        *(str(int(place.own_broker)), str(int(place.own_database))),
    ]
    with (place.directory / "log").open("ab") as log:
        # A session of its own: Ctrl-C reaches us first, and we end the rest in order.
        supervisor = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
        try:
            setup.wait_until_up(place, lambda: supervisor.poll() is None)
            yield
        finally:
            supervisor.terminate()
            try:
                supervisor.wait(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                supervisor.kill()


def make_data(place: Place) -> list[str]:
    """Connect the demo's stores and run the main job in both. Returns what is not as expected, one sentence each."""
    connect()
    print("Connected: " + ", ".join(str(store) for store in stores()) + ".", flush=True)
    problems = []
    for label, kind in JOBS:
        print(f"\n{label}", flush=True)
        writes_before = doors.writes(place)
        for store in stores():
            problems += one_run(label, kind, store)
        if label == "Update again" and doors.writes(place) != writes_before:
            problems.append(
                f"Update again sent {doors.writes(place) - writes_before} writes; there was nothing to send."
            )
    state = doors.look(place, "state")
    print("\nNow in both systems")
    print("\n".join(report.system_lines(state, linked())))
    problems += cast.differences(state)
    problems += [f"Against a vendor's rules: {rule}" for rule in doors.look(place, "audit")["broken_rules"]]
    return problems


def connect() -> None:
    """Connect the demo's stores by the real command, secrets in the environment, and set them up as the cast has it."""
    for words, secrets in cast.connections():
        os.environ.update(secrets)
        try:
            call_command("connect_store", *words, stdout=io.StringIO())
        finally:
            for name in secrets:
                del os.environ[name]
    for store in stores():
        for template in cast.TEMPLATES.get(store.hash, ()):
            store.templates.get_or_create(**template)
        # The first look at a store's set-up makes the rows that every store begins with.
        call_command("export_setup", store=store.hash, stdout=io.StringIO())
        for (table, name), owner in cast.OWNERS.get(store.hash, {}).items():
            rows = apps.get_model("mapping.FieldMappingRow").objects
            row = rows.get(store=store, target_table=table, target_field=name)
            row.owner = owner
            row.save()


def stores() -> list[Any]:
    """The stores connected here, in the order of their hashes."""
    return list(apps.get_model("stores.Store").objects.order_by("hash"))


def one_run(label: str, kind: str, store: Any) -> list[str]:
    """Queue one job by its command, watch it, print what came of it. Returns what is wrong."""
    printed = io.StringIO()
    started = time.monotonic()
    options = cast.options(store.hash, kind)
    call_command(kind, store=store.hash, background=True, json=True, stdout=printed, **options)
    run = watch(int(json.loads(printed.getvalue())["run"]), f"{label} {store.hash}")
    seconds = time.monotonic() - started
    print(f"  {store}: {run.status}, {run.looked_at} customers looked at, {seconds:.1f} s. {run.message}".rstrip())
    print("\n".join(report.outcome_lines(run.counts, run.records.values_list("outcome", "reason"))))
    print("\n".join(report.call_lines(run.calls, run.least_calls)), flush=True)
    if run.status not in GOOD:
        return [f"{label} of {store} ended as {run.status}: {run.message}"]
    if sum(run.counts.values()) != run.looked_at:
        return [f"{label} of {store}: the outcomes do not add up to {run.looked_at}."]
    return []


def watch(id: int, label: str) -> Any:
    """Follow a run to its end. Raises CannotServe when it takes too long."""
    runs = apps.get_model("customers.Run").objects
    progress = report.Progress(label)
    deadline = time.monotonic() + LONGEST_RUN_SECONDS
    while True:
        run = runs.get(pk=id)
        if not run.is_active:
            progress.end()
            return run
        if time.monotonic() > deadline:
            raise CannotServe(f"{label} did not end within {LONGEST_RUN_SECONDS:.0f} s: {run.message or run.status}")
        progress.show(f"{run.get_status_display().lower()}: {run.step}", *position(run))
        time.sleep(POLL_SECONDS)


def position(run: Any) -> tuple[int, int | None]:
    """(done, of how many) for the step that the run is in."""
    if run.step == "apply":
        return run.looked_at - run.to_do, run.looked_at
    return run.looked_at, run.total


def linked() -> dict[str, int]:
    """Store hash -> linked pairs."""
    return {store.hash: store.links.count() for store in stores()}


def demo(place: Place) -> int:
    """The whole demo. Returns the exit status: 0 only when both sandboxes are exactly as expected."""
    started = time.monotonic()
    reset(place)
    setup.prepare(place)
    with running(place):
        print(f"Sandbox at {place.sandbox_url}, web at {place.web_url}, {setup_time(started)}", flush=True)
        problems = make_data(place)
        problems += ending.both_ways(place) if not problems else []
    connections.close_all()
    seconds = time.monotonic() - started
    if problems:
        print(f"\nNot as expected ({seconds:.0f} s):", *problems, sep="\n  - ")
        return 1
    print(f"\nBoth systems are exactly as expected ({seconds:.0f} s). make run serves the pages over this data.")
    return 0


def setup_time(started: float) -> str:
    """How long starting took."""
    return f"a worker and beat, up in {time.monotonic() - started:.1f} s."
