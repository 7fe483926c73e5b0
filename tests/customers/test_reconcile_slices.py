"""Check for drift in slices: a worker that dies, a stop and short slices end in the same report."""

from typing import Any

import pytest

from bcsync.clients import bigcommerce_reads
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import DriftReading, Run
from stores.models import Store
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.syncing import TEN, TWENTY, in_step
from tests.customers.test_reconcile import fields, ours
from tests.customers.test_two_stores import step
from tests.fixtures import RunJob, outcomes


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    Store.objects.update(compare_share=0)
    return in_step(store, business, world, run_job)


@pytest.mark.parametrize("at", range(1, 8))
def test_a_worker_killed_at_any_reading_leaves_the_same_report_to_the_next(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, at: int
) -> None:
    shop.change_customer(TEN, company="Typed Ltd.")
    business.change_customer("20", phoneNumber="01223 888888")
    before, state = ours(synced), world.state()
    whole = run_job(synced, "reconcile")
    run = runs.start(synced, "reconcile", trigger=Run.Trigger.SCHEDULE, queue=False)
    assert work_until_death(run, at, after=True, methods=("GET",))
    leases_run_out()

    run = run_job.go_on(run)

    assert (run.status, run.counts, run.looked_at) == (Run.Status.SUCCEEDED, whole.counts, 2)
    assert (fields(run), run.cursor["causes"], run.cursor["fields"]) == (
        fields(whole), whole.cursor["causes"], whole.cursor["fields"],
    )  # fmt: skip
    assert (ours(synced), world.state(), world.audit.writes()) == (before, state, [])
    assert DriftReading.objects.count() == 0


def test_it_works_in_slices_of_a_page_and_reads_nothing_twice(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigcommerce_reads, "MAX_PER_PAGE", 1)
    shop.change_customer(TEN, company="Typed Ltd.")
    gone = shop.metafields.first("key = ?", ("customer_number",))
    shop.metafields.delete("id = ?", (gone["id"],))
    whole = run_job(synced, "reconcile")
    settings.RUN_SLICE_SECONDS = 0.0
    run = runs.start(synced, "reconcile", trigger=Run.Trigger.SCHEDULE, queue=False)
    slices = 0
    while step(run):
        slices += 1
    run.refresh_from_db()
    assert (run.status, fields(run), run.calls, slices > 4) == (whole.status, fields(whole), whole.calls, True)


def test_a_stopped_check_goes_on_and_one_whose_readings_were_forgotten_begins_anew(
    synced: Store, business: CompanySide, run_job: RunJob, settings: Any
) -> None:
    business.change_customer("20", phoneNumber="01223 888888")
    slices, settings.RUN_SLICE_SECONDS = settings.RUN_SLICE_SECONDS, 0.0
    run = runs.start(synced, "reconcile", trigger=Run.Trigger.CLICK, queue=False)
    step(run)
    runs.request_stop(run)
    step(run)
    settings.RUN_SLICE_SECONDS = slices
    run.refresh_from_db()
    assert (run.status, DriftReading.objects.count()) == (Run.Status.STOPPED, 1)
    run_job(synced, "reconcile")
    assert DriftReading.objects.count() == 0
    runs.resume(run)
    assert outcomes(run_job.go_on(run)) == {TWENTY: "differs"}
