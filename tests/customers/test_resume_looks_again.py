"""A run that rested may meet another world: what both vendors say by then decides what is still sent."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.jobs import add_customers, update_customers
from customers.models import Run
from stores.models import Store
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.syncing import TWENTY, families, in_step
from tests.customers.test_add_customers import ready
from tests.fixtures import ADDRESS, RunJob, told

FORBIDDEN: dict[str, Any] = {"times": 1, "status": 403}


def resumed(run: Run, run_job: RunJob) -> Run:
    assert run.status == Run.Status.STOPPED, (run.status, run.message)
    runs.resume(run)
    return run_job.go_on(run)


def typed(shop: StoreSide) -> None:
    shop.add_customer(
        email="ada@x.example", first_name="Ada", last_name="Typed", phone="+442079460001", addresses=[ADDRESS]
    )


def test_try_mapping_makes_nobody_who_was_typed_in_meanwhile(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    typed(shop)
    run_job(store, "import_customers")
    world.faults.add("html", match="POST *customers*", vendor="business_central", **FORBIDDEN)
    run = run_job(store, "try_mapping")
    fields = {"displayName": "Ada Typed", "phoneNumber": "020 7946 0001", "country": "GB"}
    business.add_customer(number="77", **fields)
    run = resumed(run, run_job)
    assert [row["no"] for row in business.customers()] == ["77"]
    assert (run.status, told(run)["ada@x.example"][0]) == ("succeeded", "linked")


def test_try_mapping_makes_nobody_of_a_shopper_who_was_deleted_meanwhile(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    typed(shop)
    run_job(store, "import_customers")
    world.faults.add("html", match="POST *customers*", vendor="business_central", **FORBIDDEN)
    run = run_job(store, "try_mapping")
    shop.delete_customer("ada@x.example")
    run_job(store, "import_customers")
    run = resumed(run, run_job)
    assert (business.customers(), run.counts) == ([], {"skipped": 1})


def test_add_customers_makes_no_shopper_of_a_customer_that_was_deleted_meanwhile(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, monkeypatch: Any
) -> None:
    monkeypatch.setattr(add_customers, "CHUNK", 1)
    ready(business, "10")
    ready(business, "20")
    world.faults.add("html", match="POST *customers", vendor="bigcommerce", **FORBIDDEN)
    run = run_job(store, "add_customers")
    business.delete_customer("20")
    run = resumed(run, run_job)
    assert TWENTY not in shop.state()["customers"]


def test_update_sends_no_value_that_both_sides_have_changed_meanwhile(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, monkeypatch: Any
) -> None:
    in_step(store, business, world, run_job)
    monkeypatch.setattr(update_customers, "CHUNK", 1)
    business.change_customer("10", phoneNumber="01223 999999")
    business.change_customer("20", phoneNumber="01223 999999")
    world.faults.add("html", match="PUT *customers", vendor="bigcommerce", **FORBIDDEN)
    run = run_job(store, "update_customers")
    business.change_customer("20", phoneNumber="01223 777777")
    shop.change_customer(TWENTY, phone="01223 888888")
    run = resumed(run, run_job)
    assert told(run)[TWENTY][0] == "conflict", told(run)
    assert shop.customer(TWENTY)["phone"] == "01223 777777"


def test_looking_again_right_after_a_stop_asks_only_for_what_changed(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job)
    business.change_customer("20", phoneNumber="01223 999999")
    world.faults.add("html", match="PUT *customers", vendor="bigcommerce", **FORBIDDEN)
    run = run_job(store, "update_customers")
    world.audit.reset()
    run = resumed(run, run_job)
    assert (run.status, shop.customer(TWENTY)["phone"]) == ("succeeded", "01223 999999")
    assert families(world, "business_central") == [
        "GET /ODataV4/Countries_Regions", "GET /contacts", "GET /customers", "GET /customers",
    ]  # fmt: skip


def test_what_a_worker_left_behind_long_ago_is_looked_at_again(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, monkeypatch: Any
) -> None:
    monkeypatch.setattr(add_customers, "CHUNK", 1)
    ready(business, "10")
    ready(business, "20")
    run = runs.start(store, "add_customers", trigger=Run.Trigger.COMMAND, approved=True, queue=False)
    assert work_until_death(run, at=1, after=False)
    leases_run_out()
    business.delete_customer("20")
    days_go_by(run)
    run = run_job.go_on(run)
    assert TWENTY not in shop.state()["customers"]
    assert run.status == "succeeded"


def days_go_by(run: Run) -> None:
    """As if the run had last been worked on two days ago."""
    run.refresh_from_db()
    run.cursor["worked_at"] = (timezone.now() - timedelta(days=2)).isoformat()
    run.save(update_fields=["cursor"])


def test_add_customers_makes_those_whose_scope_was_missing(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10")
    world.faults.add("html", match="POST *customers", vendor="bigcommerce", **FORBIDDEN)
    run = run_job(store, "add_customers")
    assert (run.counts, run.to_do) == ({}, 1)
    run = resumed(run, run_job)
    assert (shop.count(), run.status, run.counts) == (1, "succeeded", {"created": 1})
