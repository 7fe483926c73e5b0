"""Each job of the main job undone: both sandboxes are as before, what it had created stays and is named."""

from typing import Any

import pytest

from bcsync.sandbox import cast
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Customer, Link, Run
from stores.models import Store
from tests.customers import small_town
from tests.customers.test_undo import undone
from tests.fixtures import FIRST, RunJob


@pytest.fixture
def town(world: World, store: Store) -> Store:
    small_town.settle(world)
    small_town.set_up(store)
    return store


def state(world: World) -> tuple[Any, Any]:
    """Customers of the store and of the company, in a form without ids and stamps."""
    found = cast.normal(world.state())
    (company,) = found["companies"].values()
    return found["stores"][FIRST]["customers"], company["customers"]


def without(bodies: dict[str, Any], who: set[str]) -> dict[str, Any]:
    return {name: body for name, body in bodies.items() if name not in who}


def test_of_try_mapping_with_creation(town: Store, world: World, run_job: RunJob) -> None:
    run_job(town, "import_customers")
    shoppers, business = state(world)
    run = run_job(town, "try_mapping")
    assert {"created", "linked", "review"} <= set(run.counts)
    undo = undone(run, run_job)
    assert (undo.status, Link.objects.count()) == ("succeeded", 0)
    after = state(world)
    made = set(after[1]) - set(business)
    assert after[0] == shoppers
    assert (without(after[1], made), len(made)) == (business, run.counts["created"])
    marked = Customer.objects.filter(status_reason__contains=f"creation by run {run.pk} was undone")
    assert marked.count() == run.counts["created"]


def test_of_add_customers(town: Store, world: World, run_job: RunJob) -> None:
    for job in ("import_customers", "try_mapping"):
        run_job(town, job)
    shoppers, business = state(world)
    links = Link.objects.count()
    run = run_job(town, "add_customers")
    undo = undone(run, run_job)
    assert (undo.status, Link.objects.count()) == ("succeeded", links)
    after = state(world)
    made = set(after[0]) - set(shoppers)
    assert (without(after[0], made), after[1]) == (shoppers, business)
    assert (len(made), [after[0][who].get("metafields", []) for who in made]) == (
        run.counts["created"],
        [[]] * len(made),
    )


def test_of_update(town: Store, world: World, run_job: RunJob) -> None:
    for job in small_town.ROUND:
        run_job(town, job)
    small_town.change(world)
    run_job(town, "import_customers")
    before = state(world)
    run = run_job(town, "update_customers")
    assert run.counts["updated"] > 2
    undo = undone(run, run_job)
    assert (undo.status, state(world)) == ("succeeded", before)


def test_a_run_planned_approved_and_undone_is_as_one_at_once_and_undone(
    town: Store, world: World, run_job: RunJob
) -> None:
    for job in small_town.ROUND:
        run_job(town, job)
    small_town.change(world)
    run_job(town, "import_customers")
    before = state(world)
    at_once = run_job(town, "update_customers")
    after = state(world)
    undone(at_once, run_job)
    plan = run_job(town, "update_customers", approved=False, mode=Run.Mode.PLAN)
    runs.approve(plan, None, queue=False)
    in_two_steps = run_job.go_on(plan)
    assert (in_two_steps.counts["updated"], state(world)) == (at_once.counts["updated"], after)
    undone(in_two_steps, run_job)
    assert state(world) == before


def test_two_undo_the_same_run(town: Store, world: World, run_job: RunJob) -> None:
    """Both planned, both approved: the second finds nothing left, and says so."""
    for job in small_town.ROUND:
        run_job(town, job)
    small_town.change(world)
    run_job(town, "import_customers")
    before = state(world)
    run = run_job(town, "update_customers")
    first = runs.undo(run, None, queue=False)
    with pytest.raises(runs.Busy, match="is busy with"):
        runs.undo(run, None, queue=False)
    first = run_job.go_on(first)
    second = run_job.go_on(runs.undo(run, None, queue=False))
    runs.approve(first, None, queue=False)
    with pytest.raises(runs.Busy):
        runs.approve(second, None, queue=False)
    run_job.go_on(first)
    assert state(world) == before
    world.audit.reset()
    runs.approve(second, None, queue=False)
    second = run_job.go_on(second)
    assert (second.status, set(second.counts), world.audit.writes()) == ("succeeded", {"skipped"}, [])
    assert (state(world), sum(second.counts.values())) == (before, second.looked_at)


def test_two_retry_the_same_failures(town: Store, world: World, run_job: RunJob) -> None:
    run_job(town, "import_customers")
    run = run_job(town, "try_mapping")
    run.records.filter(outcome="created").update(outcome="failed", reason="As a lost worker left it.")
    again = runs.retry_failed(run, None)
    with pytest.raises(runs.Busy) as busy:
        runs.retry_failed(run, None)
    assert busy.value.run == again
    links, before = Link.objects.count(), state(world)
    again = run_job.go_on(again)
    # Who is linked already is left alone: nobody is created a second time.
    assert (Link.objects.count(), state(world)) == (links, before)
