"""A database that is locked, restarts or is away in the middle of a run: the run waits and goes on, nothing is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError, connection, transaction

from bcsync.sandbox import cast
from bcsync.sandbox.bigcommerce.store import StoreSide
from customers import drive, engine, records, runs, tasks
from customers.job_command import finish_here
from customers.lease import Lease
from customers.models import Run
from stores.models import BusinessCentralCompany, Store
from tests.customers.killing import leases_run_out
from tests.customers.replaying import Stage
from tests.fixtures import FIRST, RunJob, connected

LOCKED = "database is locked"
# Only one statement in so many is tried, so that the test stays quick.
EVERY = 29
MOST_STATEMENTS = 900


class Away:
    """Raises what a database that is away raises, from the `at`th statement on, `statements` times."""

    def __init__(self, at: int, statements: int) -> None:
        self.at, self.last, self.count = at, at + statements, 0

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "SAVEPOINT" in sql:
            # It stands for a transaction, which does not go through here.
            return execute(sql, *rest)
        self.count += 1
        if self.at <= self.count < self.last:
            raise OperationalError(LOCKED)
        return execute(sql, *rest)

    @property
    def came(self) -> bool:
        return self.count >= self.at


@contextmanager
def away(it: Away) -> Iterator[None]:
    """As outside a test: there no transaction is around a single statement that an error would spoil."""
    patch = pytest.MonkeyPatch()
    patch.setattr(transaction, "mark_for_rollback_on_error", lambda using=None: nullcontext())
    try:
        with connection.execute_wrapper(it):
            yield
    finally:
        connection.needs_rollback = False
        patch.undo()


def slice_with(at: int, statements: int) -> Callable[[Run], bool]:
    """Works on a run in tasks as a worker does, with the database away at the `at`th statement."""

    def work(run: Run) -> bool:
        it = Away(at, statements)
        while not it.came and run.is_active:
            with away(it):
                tasks.execute(run.pk)
            run.refresh_from_db()
        assert not it.came or run.status in ("waiting", "running", "succeeded", "completed with errors"), run.message
        return it.came

    return work


@pytest.mark.parametrize("statements", [1, 4], ids=["for a moment", "for longer"])
@pytest.mark.parametrize("job", ["import_customers", "try_mapping", "add_customers", "update_customers"])
def test_wherever_it_goes_away_the_run_ends_as_if_it_had_not(
    company: BusinessCentralCompany,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    job: str,
    statements: int,
) -> None:
    monkeypatch.setattr(tasks, "queue", lambda run_id, countdown=0.0: None)
    stage = Stage(job, tmp_path, connected(FIRST, company), settings, monkeypatch)
    _, undisturbed = stage.play()
    for at in range(2 + statements, MOST_STATEMENTS, EVERY):
        came, ending = stage.play(slice_with(at, statements))
        if not came:
            break
        assert ending[1:] == undisturbed[1:], f"away at statement {at}"
        assert cast.comparing.differences(ending[0], undisturbed[0]) == [], f"away at statement {at}"
    assert at > EVERY


def test_away_for_longer_than_the_lease_rescue_finds_the_run(
    store: Store, shop: StoreSide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(tasks, "queue", lambda run_id, countdown=0.0: queued.append(run_id))
    shop.add_customer(email="one@example.com")
    run = runs.start(store, "import_customers", trigger=Run.Trigger.COMMAND, queue=False)
    with away(Away(12, 1000)):
        tasks.execute(run.pk)
        assert tasks.rescue() == 0
    run.refresh_from_db()
    assert (run.status, queued) == ("running", [])

    leases_run_out()
    assert (tasks.rescue(), queued) == (1, [run.pk])
    tasks.execute(run.pk)
    run.refresh_from_db()
    assert (run.status, run.counts) == ("succeeded", {"created": 1})
    tasks.execute(run.pk)
    assert Run.objects.get(pk=run.pk).finished_at == run.finished_at


def test_a_command_waits_for_the_database_and_gives_up_with_a_sentence(
    store: Store, shop: StoreSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    shop.add_customer(email="one@example.com")
    run = runs.start(store, "import_customers", trigger=Run.Trigger.COMMAND, queue=False)
    gone = Away(1, 3)
    with away(gone):
        drive.to_rest(run, sleep=waits.append)
    assert (run.status, waits) == ("succeeded", [drive.AWAY_SECONDS] * 3)

    monkeypatch.setattr(drive, "AWAY_SECONDS", 0.0)
    run = runs.start(store, "import_customers", trigger=Run.Trigger.COMMAND, queue=False)
    with away(Away(1, 10_000)), pytest.raises(CommandError, match=f"The database does not answer .{LOCKED}.") as told:
        finish_here(run)
    assert told.value.returncode == 2


def test_a_crash_in_the_middle_of_storing_leaves_totals_that_add_up(
    store: Store, shop: StoreSide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        shop.add_customer(email=f"{name}@example.com")
    with monkeypatch.context() as broken:
        broken.setattr(records, "set_flags", lambda ctx, done: 1 / 0)
        run = run_job(store, "import_customers")
    assert (run.status, run.message) == ("crashed", engine.CRASHED)
    assert (run.counts, run.looked_at, run.to_do, run.records.count()) == ({}, 0, 0, 0)
    runs.resume(run)
    assert run_job.go_on(run).counts == {"created": 2}


def test_a_lease_is_given_back_over_a_new_connection(company: BusinessCentralCompany) -> None:
    held = Lease.take(company)
    assert held is not None
    with away(Away(1, 1)):
        held.release()
    company.refresh_from_db()
    assert (company.lease_token, company.lease_until) == ("", None)
