"""Planning and then approving does what doing it at once does; what changed in between is planned again."""

from typing import Any

import pytest

from bcsync.sandbox import cast
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Run
from stores.models import BusinessCentralCompany, Store
from tests.customers import small_town
from tests.customers.reading import core
from tests.customers.test_add_customers import ready
from tests.fixtures import FIRST, RunJob, connected, driver, outcomes, serving, small_world


def planned_then_approved(run_job: RunJob, store: Store, job: str) -> Run:
    run = run_job(store, job, approved=False, mode=Run.Mode.PLAN)
    if run.status != "planned":
        return run
    runs.approve(run, None, queue=False)
    return run_job.go_on(run)


def played(company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch, twice: bool) -> Any:
    world = small_world()
    small_town.settle(world)
    with serving(world, settings, monkeypatch):
        store = connected(FIRST, company)
        small_town.set_up(store)
        run_job = driver(world)
        ended = []
        for job in small_town.ROUND:
            by_plan = twice and job != "import_customers"
            ended.append(planned_then_approved(run_job, store, job) if by_plan else run_job(store, job))
    said = [(run.status, run.counts, run.looked_at, outcomes(run)) for run in ended]
    state = cast.normal(world.state())
    store.delete()
    company.customers.all().delete()
    world.close()
    return said, state


def test_plan_and_approve_is_the_same_as_at_once(
    company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = played(company, settings, monkeypatch, False)
    in_two_steps = played(company, settings, monkeypatch, True)
    assert in_two_steps == at_once


@pytest.fixture
def planned(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Run:
    """An Update of two customers, planned and looked at."""
    for number in ("10", "20"):
        ready(business, number)
    run_job(store, "add_customers")
    for number in ("10", "20"):
        business.change_customer(number, displayName=f"Renamed {number}")
    world.audit.reset()
    run = run_job(store, "update_customers", approved=False, mode=Run.Mode.PLAN)
    assert (run.status, run.to_do) == ("planned", 2)
    return run


def test_what_changed_since_is_planned_again_and_waits(
    planned: Run, store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    shop.change_customer("c20@example.com", first_name="Somebody", company="Else")
    business.change_customer("20", displayName="Renamed Again")
    run_job(store, "import_customers")
    # Another job brings what Business Central says by now.
    run_job(store, "add_customers")
    runs.approve(planned, None, queue=False)
    run = run_job.go_on(planned)
    assert (run.status, run.to_do, run.counts) == ("planned", 1, {"updated": 1})
    assert core(shop, "c10@example.com")["company"] == "Renamed 10"
    assert core(shop, "c20@example.com")["company"] == "Else"
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.to_do, core(shop, "c20@example.com")["company"]) == (0, "Renamed Again")
    assert sum(run.counts.values()) == run.looked_at == 2


def test_a_selection_is_applied_and_the_rest_waits_on(
    planned: Run, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    before = world.state()["companies"]
    runs.approve(planned, None, chosen=planned.records.filter(customer__email="c20@example.com"), queue=False)
    run = run_job.go_on(planned)
    assert (run.status, run.to_do, run.counts) == ("planned", 1, {"updated": 1})
    assert run.message == "1 customer was not approved yet."
    assert [core(shop, f"c{n}@example.com")["company"] for n in (10, 20)] == ["Firm 10", "Renamed 20"]
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, run.to_do, run.counts, sum(run.counts.values())) == ("succeeded", 0, {"updated": 2}, 2)
    assert [core(shop, f"c{n}@example.com")["company"] for n in (10, 20)] == ["Renamed 10", "Renamed 20"]
    # One customer and one address per part that was approved.
    assert (world.state()["companies"], len(world.audit.writes())) == (before, 4)


def test_discarded_nothing_is_ever_sent(planned: Run, store: Store, world: World, run_job: RunJob) -> None:
    before = world.state()
    runs.discard(planned, None)
    run = run_job.go_on(planned)
    assert (run.status, run.counts, world.state(), world.audit.writes()) == ("succeeded", {"skipped": 2}, before, [])
    with pytest.raises(runs.CannotStart, match="did nothing that can be undone"):
        runs.undo(run, None)
    assert run_job(store, "update_customers").counts == {"updated": 2}


def test_who_lost_the_race_lets_nothing_through(planned: Run, shop: StoreSide, run_job: RunJob) -> None:
    """The first approval found a record changed and holds it for a look; the second may not let it go unseen."""
    other = Run.objects.get(pk=planned.pk)
    runs.approve(planned, None, queue=False)
    planned.records.filter(customer__email="c20@example.com").update(state="changed")
    Run.objects.filter(pk=planned.pk).update(status="planned")  # as `other` still believes
    with pytest.raises(runs.CannotStart, match="approved by somebody else"):
        _approve_late(other)
    assert list(planned.records.order_by("id").values_list("state", flat=True)) == ["planned", "changed"]


def _approve_late(run: Run) -> None:
    """Approve on the strength of what was read before somebody else approved."""
    run.refresh_from_db = lambda *args, **kwargs: None  # type: ignore[method-assign]
    runs.approve(run, None, queue=False)


def test_approving_twice_does_it_once(planned: Run, world: World, run_job: RunJob) -> None:
    other = Run.objects.get(pk=planned.pk)
    runs.approve(planned, None, queue=False)
    with pytest.raises(runs.CannotStart):
        runs.approve(other, None, queue=False)
    run = run_job.go_on(planned)
    assert (run.counts, len(world.audit.writes())) == ({"updated": 2}, 2)


def test_a_plan_waits_while_another_run_is_active(planned: Run, store: Store, run_job: RunJob) -> None:
    active = runs.start(store, "import_customers", trigger=Run.Trigger.COMMAND, queue=False)
    with pytest.raises(runs.Busy):
        runs.approve(planned, None, queue=False)
    run_job.go_on(active)
    runs.approve(planned, None, queue=False)
    assert run_job.go_on(planned).status == "succeeded"


def test_a_link_that_is_gone_since_is_left_alone(planned: Run, store: Store, world: World, run_job: RunJob) -> None:
    store.links.get(customer__email="c20@example.com").delete()
    runs.approve(planned, None, queue=False)
    run = run_job.go_on(planned)
    assert (outcomes(run), sum(run.counts.values())) == (
        {"c10@example.com": "updated", "c20@example.com": "skipped"},
        2,
    )
