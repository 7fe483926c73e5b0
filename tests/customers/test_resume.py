"""A worker that dies at any write: the next one goes on, nobody is made twice, nobody is forgotten, totals add up."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from bcsync.clients.business_central_auth import forget_tokens
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
    """A world in which the jobs before `job` have been done, kept in a file so that it can be played many times."""

    def __init__(self, job: str, path: Path, store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.job, self.path, self.store = job, path, store
        self.settings, self.monkeypatch = settings, monkeypatch
        world = small_world(path=path / "stage.sqlite3")
        small_town.settle(world)
        small_town.set_up(store)
        with serving(world, settings, monkeypatch):
            for earlier in small_town.ROUND[: small_town.ROUND.index(job)]:
                driver(world)(store, earlier)
            if job == "update_customers":
                driver(world)(store, job)
                small_town.change(world)
        world.close()

    def play(self, death: int, after: bool) -> tuple[bool, Ending]:
        """(whether the worker died, how it ended); afterwards all is as before. death 0: nobody dies."""
        copy = self.path / "copy.sqlite3"
        shutil.copy(self.path / "stage.sqlite3", copy)
        forget_tokens()
        world, before = World(copy), transaction.savepoint()
        with serving(world, self.settings, self.monkeypatch):
            run = runs.start(self.store, self.job, trigger=Run.Trigger.COMMAND, approved=True, queue=False)
            died = bool(death) and work_until_death(run, death, after=after)
            leases_run_out()
            run = driver(world).go_on(run)
        assert (sum(run.counts.values()), run.to_do) == (run.looked_at, 0)
        assert world.audit.broken_rules == []
        ending = cast.normal(world.state()), outcomes(run), self.links()
        world.close()
        transaction.savepoint_rollback(before)
        return died, ending

    def links(self) -> Any:
        """Who is linked by which rule, behind which address what stands and who made it, who has a base."""
        based = {link.customer.email for link in self.store.links.exclude(base=None).select_related("customer")}
        return {email: rule for email, (_, rule, _) in links(self.store).items()}, address_links(self.store), based


@pytest.mark.parametrize("after", [False, True], ids=["before the vendor has it", "after the vendor has done it"])
@pytest.mark.parametrize("job", ["try_mapping", "add_customers", "update_customers"])
def test_a_worker_dies_at_every_write(
    company: BusinessCentralCompany,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    job: str,
    after: bool,
) -> None:
    stage = Stage(job, tmp_path, connected(FIRST, company), settings, monkeypatch)
    _, undisturbed = stage.play(0, after)
    deaths = 0
    for write in range(1, MOST_WRITES):
        died, ending = stage.play(write, after)
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
