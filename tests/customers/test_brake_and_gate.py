"""A new store only plans; a run that would change many, or pairs for the first time, waits for approval."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Link, Run
from stores.models import Store
from tests.fixtures import READY, RunJob


def firms(business: CompanySide, count: int) -> None:
    for index in range(count):
        business.add_customer(number=f"1{index:03d}", displayName=f"G{index}", email=f"g{index}@example.com", **READY)


@pytest.mark.parametrize("job", ["try_mapping", "add_customers", "update_customers"])
def test_a_read_only_store_plans_everything_and_changes_nothing(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, job: str
) -> None:
    firms(business, 1)
    shop.add_customer(email="new@example.com")
    shop.add_customer(email="pair@example.com", form_fields={"Customer number": "20"})
    business.add_customer(number="20", displayName="Pair", phoneNumber="020 7946 0001")
    run_job(store, "import_customers")
    if job == "update_customers":
        run_job(store, "try_mapping", email="pair@example.com")
    Store.objects.filter(pk=store.pk).update(writes_enabled=False)
    before, known = world.state(), Link.objects.count()
    run = run_job(store, job, approved=True)
    assert (run.status, run.to_do > 0, "read-only" in run.message) == ("planned", True, True)
    assert (world.state() == before, Link.objects.count()) == (True, known)
    with pytest.raises(runs.CannotStart, match="read-only"):
        runs.approve(run, None)


def test_writing_turned_off_after_the_approval_stops_what_was_approved_and_its_resume(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    firms(business, 1)
    run = run_job(store, "add_customers", mode="plan")
    runs.approve(run, None, queue=False)
    this = Store.objects.filter(pk=store.pk)
    this.update(writes_enabled=False)
    world.audit.reset()
    run = run_job.go_on(run)
    assert (run.status, run.to_do, "read-only" in run.message, world.audit.calls()) == ("planned", 1, True, [])

    this.update(writes_enabled=True)
    runs.approve(run, None, queue=False)
    runs.request_stop(run)
    this.update(writes_enabled=False)
    with pytest.raises(runs.CannotStart, match="read-only"):
        runs.resume(run)
    this.update(writes_enabled=True)
    runs.resume(run)
    assert run_job.go_on(run).counts == {"created": 1}


def test_import_works_in_a_read_only_store(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    shop.add_customer(email="new@example.com")
    Store.objects.filter(pk=store.pk).update(writes_enabled=False)
    assert run_job(store, "import_customers").status == "succeeded"


def test_more_than_the_set_number_waits(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    firms(business, 4)
    Store.objects.filter(pk=store.pk).update(brake_count=3, brake_share=100)
    run = run_job(store, "add_customers", approved=False)
    assert (run.status, run.to_do, world.audit.writes()) == ("planned", 4, [])
    assert "4" in run.message
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, run.counts, shop.count()) == ("succeeded", {"created": 4}, 4)


def test_up_to_the_set_number_goes_at_once(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    firms(business, 3)
    Store.objects.filter(pk=store.pk).update(brake_count=3, brake_share=100)
    assert run_job(store, "add_customers", approved=False).status == "succeeded"
    assert shop.count() == 3


def test_more_than_the_set_share_waits(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    firms(business, 20)
    run_job(store, "add_customers")
    world.audit.reset()
    for number in ("1000", "1001"):
        business.change_customer(number, displayName="Renamed")
    Store.objects.filter(pk=store.pk).update(brake_count=50, brake_share=5)
    run = run_job(store, "update_customers", approved=False)
    assert (run.status, world.audit.writes()) == ("planned", [])
    business.change_customer("1001", displayName="G1")
    run = run_job(store, "update_customers", approved=False)
    assert (run.status, run.counts) == ("succeeded", {"updated": 1, "unchanged": 19})


def test_only_one_run_of_a_store_is_active(store: Store, run_job: RunJob) -> None:
    first = runs.start(store, "import_customers", trigger=Run.Trigger.COMMAND, queue=False)
    with pytest.raises(runs.Busy, match="is busy with"):
        runs.start(store, "update_customers", trigger=Run.Trigger.COMMAND, queue=False)
    runs.start(store, "update_customers", trigger=Run.Trigger.COMMAND, mode=Run.Mode.PLAN, queue=False)
    assert run_job.go_on(first).status == "succeeded"
    runs.start(store, "update_customers", trigger=Run.Trigger.COMMAND, queue=False)
