"""The whole cast in both stores: each job planned and approved ends as at once; undone in turn, all is as before.

Compared are both systems whole: customers, addresses, attributes, form fields, metafields, contacts, ship-to.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.sandbox import cast
from bcsync.sandbox.cast.comparing import differences
from bcsync.sandbox.world import World
from customers import plan_facts, runs
from customers.models import Link, Run
from stores.models import Store
from tests.customers.stage import connect_cast, scope_of
from tests.customers.test_cast import wrong_lines
from tests.customers.test_undo import undone
from tests.fixtures import RunJob, driver, serving

JOBS = ("import_customers", "try_mapping", "add_customers", "update_customers")
State = dict[str, Any]


@pytest.fixture
def world(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    forget_tokens()
    made = World()
    cast.seed(made)
    with serving(made, settings, monkeypatch):
        yield made
    made.close()


def whole(world: World) -> State:
    return cast.normal(world.state())


def in_two_steps(run_job: RunJob, store: Store, job: str) -> Run:
    """Planned only; then the plan is approved, as a person does it."""
    if job == "import_customers":
        return run_job(store, job, **scope_of(store, job))
    plan = run_job(store, job, mode=Run.Mode.PLAN, approved=False, **scope_of(store, job))
    if plan.status == Run.Status.PLANNED:
        runs.approve(plan, None, queue=False)
    return run_job.go_on(plan)


def test_each_job_planned_and_approved_ends_as_at_once(world: World) -> None:
    run_job, stores = driver(world), connect_cast()
    played = {(store.hash, job): in_two_steps(run_job, store, job) for job in JOBS for store in stores}
    assert {name: run.to_do for name, run in played.items()} == dict.fromkeys(played, 0)
    assert wrong_lines(played) == []
    assert (cast.differences(world.state()), world.audit.broken_rules) == ([], [])


def with_made(before: State, after: State) -> State:
    """What an undo goes back to: all as before; who was made stays, without our metafields and with its contacts."""
    expected = deepcopy(before)
    for hash, store in after["stores"].items():
        known = expected["stores"][hash]["customers"]
        for email, body in store["customers"].items():
            known.setdefault(email, {name: value for name, value in body.items() if name != "metafields"})
    for key, company in after["companies"].items():
        for table, rows in company.items():
            expected["companies"][key][table] = {**rows, **expected["companies"][key][table]}
    return expected


def test_undone_in_turn_each_job_leaves_both_systems_as_they_were(world: World) -> None:
    run_job, stores = driver(world), connect_cast()
    played: list[tuple[Run, State, int]] = []
    for job in JOBS:
        for store in stores:
            before, links = whole(world), Link.objects.count()
            played.append((run_job(store, job, **scope_of(store, job)), before, links))
    made = {run.pk: run.counts.get("created", 0) for run, _, _ in played}
    assert sum(made.values()) > 60
    for run, before, links in reversed([each for each in played if each[0].kind in runs.UNDOABLE]):
        expected = with_made(before, whole(world))
        undo = undone(run, run_job)
        assert (undo.status, Link.objects.count()) == ("succeeded", links), (run, undo.message)
        assert differences(whole(world), expected) == [], run
        stays = " ".join(plan_facts.cannot_come_back(undo))
        assert "dates of the last change" in stays
        assert ("stays in" in stays) == (run.kind != Run.Kind.UPDATE_CUSTOMERS)
    assert world.audit.broken_rules == []
