"""A worker that dies at any write: the next one goes on, nobody is made twice, nobody is forgotten, totals add up."""

from functools import partial
from pathlib import Path
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
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.reading import in_store, mirrored
from tests.customers.replaying import Stage
from tests.fixtures import ADDRESS, FIRST, READY, RunJob, connected

# More than any of the jobs below writes; a job that ends before is asked no further.
MOST_WRITES = 40


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
    _, undisturbed = stage.play()
    deaths = 0
    for write in range(1, MOST_WRITES):
        died, ending = stage.play(partial(work_until_death, at=write, after=after))
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


def test_who_was_in_flight_is_read_again_in_bulk(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    for index in range(30):
        who = {"displayName": f"Bulk {index}", "email": f"b{index}@example.com"}
        business.add_customer(number=f"2{index:03d}", **who, **READY)
    run = runs.start(store, "add_customers", trigger=Run.Trigger.COMMAND, approved=True, queue=False)
    assert work_until_death(run, at=4, after=True)
    leases_run_out()
    world.audit.reset()
    run = run_job.go_on(run)
    assert (run.status, run.counts) == ("succeeded", {"created": 30})
    reads = {family for call in world.audit.calls() if (family := call.family).startswith("GET /v3/customers")}
    assert reads == {"GET /v3/customers", "GET /v3/customers/metafields"}
    assert len(world.audit.calls(family="GET /v3/customers/metafields")) == 1
    assert all(len(body["metafields"]) == 2 for body in shop.state()["customers"].values())
    assert world.audit.broken_rules == []
