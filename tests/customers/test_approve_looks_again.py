"""An approved plan meets what both vendors say by then: still true is applied, the rest waits for approval again."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Link, Run
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob

PHONE, OTHER = "+442079460101", "+442079460102"


def approved(run: Run, run_job: RunJob) -> Run:
    runs.approve(run, None, queue=False)
    return run_job.go_on(run)


def test_a_phone_that_moved_to_another_customer_links_nobody_unseen(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Ten", phoneNumber=PHONE, **READY)
    business.add_customer(number="20", displayName="Twenty", phoneNumber=OTHER, **READY)
    shop.add_customer(email="ada@x.example", phone=PHONE, first_name="Ada", last_name="A", addresses=[ADDRESS])
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping", mode="plan")
    business.change_customer("10", phoneNumber="+442079460199")
    business.change_customer("20", phoneNumber=PHONE)

    run = approved(run, run_job)
    assert (run.status, Link.objects.count()) == (Run.Status.PLANNED, 0)
    assert [row.business_central_customer.number for row in run.records.all()] == ["20"]

    run = approved(run, run_job)
    assert (run.status, Link.objects.get().business_central_customer.number) == (Run.Status.SUCCEEDED, "20")


def test_a_customer_that_came_meanwhile_is_not_created_a_second_time(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.update(create_unknown=True)
    shop.add_customer(email="ada@x.example", phone=PHONE, first_name="Ada", last_name="A", addresses=[ADDRESS])
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping", mode="plan")
    business.add_customer(number="10", displayName="Ada A", phoneNumber=PHONE, email="ada@x.example", **READY)

    run = approved(run, run_job)
    assert (run.status, len(business.customers())) == (Run.Status.PLANNED, 1)


def test_a_value_that_the_shopper_changed_meanwhile_is_not_overwritten_unseen(
    world: World, store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Ten", email="ten@x.example", **READY)
    run_job(store, "add_customers")
    business.change_customer("10", displayName="Eleven")
    run = run_job(store, "update_customers", mode="plan")
    shop.change_customer("ten@x.example", company="The shopper's own")

    run = approved(run, run_job)
    assert run.status == Run.Status.PLANNED
    assert shop.customer("ten@x.example")["company"] == "The shopper's own"


def test_who_was_blocked_or_renamed_meanwhile_is_not_created_as_planned(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Ten", email="ten@x.example", **READY)
    run = run_job(store, "add_customers", mode="plan")
    business.change_customer("10", displayName="Eleven", email="eleven@x.example")

    run = approved(run, run_job)
    assert (run.status, shop.count()) == (Run.Status.PLANNED, 0)
    run = approved(run, run_job)
    assert (run.status, shop.customer("eleven@x.example")["company"]) == (Run.Status.SUCCEEDED, "Eleven")
