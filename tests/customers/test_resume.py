"""A worker that dies at any write: the next one goes on, nobody is made twice, nobody is forgotten, totals add up."""

from typing import Any

import pytest

from bcsync.sandbox import cast
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import engine, runs
from customers.lease import Lease
from customers.models import Run
from stores.models import BusinessCentralCompany, Store
from tests.customers import small_town
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.reading import address_links, in_store, links, mirrored
from tests.fixtures import ADDRESS, FIRST, READY, RunJob, connected, driver, outcomes, serving, small_world

# More than any of the jobs below writes; a job that ends before is asked no further.
MOST_WRITES = 40
Ending = tuple[dict[str, Any], dict[str, str], Any]


class Stage:
    """A world in which the jobs before `job` have been done."""

    def __init__(self, job: str, company: BusinessCentralCompany, run_job: RunJob, store: Store, world: World) -> None:
        self.job, self.company, self.run_job, self.store, self.world = job, company, run_job, store, world
        small_town.settle(world)
        small_town.set_up(store)
        for earlier in small_town.ROUND[: small_town.ROUND.index(job)]:
            run_job(store, earlier)
        if job == "update_customers":
            run_job(store, job)
            small_town.change(world)

    def ending(self, run: Run) -> Ending:
        run.refresh_from_db()
        assert sum(run.counts.values()) == run.looked_at
        assert run.to_do == 0
        assert self.world.audit.broken_rules == []
        based = {link.customer.email for link in self.store.links.exclude(base=None).select_related("customer")}
        rules = {email: rule for email, (_, rule, _) in links(self.store).items()}
        return cast.normal(self.world.state()), outcomes(run), (rules, address_links(self.store), based)


def play(
    job: str, death: int, after: bool, company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, Ending]:
    """(whether the worker died, how it ended). death 0: nobody dies."""
    world = small_world()
    with serving(world, settings, monkeypatch):
        stage = Stage(job, company, driver(world), connected(FIRST, company), world)
        run = runs.start(stage.store, job, trigger=Run.Trigger.COMMAND, approved=True, queue=False)
        died = bool(death) and work_until_death(run, death, after=after)
        leases_run_out()
        stage.run_job.go_on(run)
        ending = stage.ending(run)
    stage.store.delete()
    company.customers.all().delete()
    world.close()
    return died, ending


@pytest.mark.parametrize("after", [False, True], ids=["before the vendor has it", "after the vendor has done it"])
@pytest.mark.parametrize("job", ["try_mapping", "add_customers", "update_customers"])
def test_a_worker_dies_at_every_write(
    company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch, job: str, after: bool
) -> None:
    _, undisturbed = play(job, 0, after, company, settings, monkeypatch)
    deaths = 0
    for write in range(1, MOST_WRITES):
        died, ending = play(job, write, after, company, settings, monkeypatch)
        assert ending[1:] == undisturbed[1:], f"died at write {write}"
        assert cast.comparing.differences(ending[0], undisturbed[0]) == [], f"died at write {write}"
        if not died:
            break
        deaths += 1
    assert deaths >= 3


@pytest.mark.parametrize("after", [False, True])
def test_an_import_whose_worker_dies_at_any_page_misses_and_doubles_nobody(
    store: Store, shop: StoreSide, world: World, run_job: RunJob, after: bool
) -> None:
    shop.generate(260)
    shop.add_customer(email="noted@example.com", metafields=[{"namespace": "x", "key": "y", "value": "z"}])
    many = [{**ADDRESS, "address1": f"{number} Long Lane"} for number in range(12)]
    shop.add_customer(email="many@example.com", addresses=many)
    for call in range(1, 30):
        store.customers.all().delete()
        run = runs.start(store, "import_customers", trigger=Run.Trigger.COMMAND, queue=False)
        died = work_until_death(run, call, after=after, methods=("GET",))
        leases_run_out()
        run = run_job.go_on(run)
        assert mirrored(store) == in_store(shop, store.client_id)
        assert (run.status, run.counts, run.looked_at) == ("succeeded", {"created": 262}, 262), f"died at call {call}"
        assert run.records.count() == 262
        if not died:
            break
    assert call > 4


def test_stopped_by_an_operator_and_resumed_it_goes_on_where_it_was(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, settings: Any
) -> None:
    settings.RUN_SLICE_SECONDS = 0.0
    for index in range(130):
        fields = {**READY, "contact": ("Go", f"On{index}")}
        business.add_customer(number=f"1{index:03d}", displayName=f"G{index}", email=f"g{index}@example.com", **fields)
    run = runs.start(store, "add_customers", trigger=Run.Trigger.COMMAND, approved=True, queue=False)
    one_slice(run)
    one_slice(run)
    assert (shop.count(), run.status) == (100, "running")
    runs.request_stop(run)
    one_slice(run)
    assert (shop.count(), run.status, run.counts, run.to_do) == (100, "stopped", {"created": 100}, 30)
    runs.resume(run)
    run = run_job.go_on(run)
    assert (shop.count(), run.status, run.counts, run.to_do) == (130, "succeeded", {"created": 130}, 0)
    assert len(world.audit.calls(family="POST /v3/customers")) == 13


def one_slice(run: Run) -> None:
    """What one task of a worker does."""
    lease = Lease.take(run)
    assert lease is not None
    with lease:
        run.refresh_from_db()
        engine.advance(run, lease)
    run.refresh_from_db()
