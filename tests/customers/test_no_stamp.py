"""Addresses, attributes and form fields have no stamp of the customer's: what a shopper typed in is seen first."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Run
from stores.models import Store
from tests.customers.syncing import TEN, event, in_step, let_lists_be_due
from tests.customers.test_add_customers import ship_to
from tests.customers.test_writing_back import own
from tests.fixtures import RunJob, told


@pytest.fixture(autouse=True)
def _no_rolling_compare(store: Store) -> None:
    """It would find the shopper's change by chance, or not."""
    Store.objects.update(compare_share=0)


def test_a_removed_ship_to_takes_no_address_that_the_shopper_has_changed(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job, ship_to=[ship_to("EAST")])
    east = next(each for each in shop.customer(TEN)["addresses"] if each["address1"] != "21 Station Road")
    shop.change_address(east["id"], address1="1 My Own Home")
    before = shop.customer(TEN)["addresses"]
    business.delete_ship_to("10", "EAST")
    let_lists_be_due()
    run = run_job(store, "sync_changes")
    assert shop.customer(TEN)["addresses"] == before, told(run)


def test_a_changed_address_keeps_what_the_shopper_typed_into_fields_that_are_not_business_centrals(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job)
    own("address.phone", "address.company", owner="never")
    (address,) = shop.customer(TEN)["addresses"]
    shop.change_address(address["id"], phone="+44 1223 777777", company="Doorbell Bell & Co", address_type="commercial")
    business.change_customer("10", addressLine1="9 New Road")
    run = run_job(store, "sync_changes")
    (after,) = shop.customer(TEN)["addresses"]
    kept = ("9 New Road", "+44 1223 777777", "Doorbell Bell & Co", "commercial")
    assert tuple(after[name] for name in ("address1", "phone", "company", "address_type")) == kept, told(run)


def test_an_address_that_both_sides_changed_is_a_conflict_though_no_event_told_of_it(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job)
    (address,) = shop.customer(TEN)["addresses"]
    shop.change_address(address["id"], address1="7 Where I Live Now")
    business.change_customer("10", addressLine1="9 New Road")
    run = run_job(store, "sync_changes")
    assert told(run)[TEN][0] == "conflict"
    assert shop.customer(TEN)["addresses"][0]["address1"] == "9 New Road", "its owner wins, and it is said"


def test_an_approved_plan_is_held_for_an_address_that_the_shopper_changed_since(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job)
    Store.objects.update(brake_count=0)
    business.change_customer("10", addressLine1="9 New Road")
    run = run_job(store, "sync_changes", approved=False)
    (address,) = shop.customer(TEN)["addresses"]
    shop.change_address(address["id"], address1="7 Where I Live Now")
    event(store, "store/customer/address/updated", shop.customer(TEN)["id"])
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, shop.customer(TEN)["addresses"][0]["address1"]) == (Run.Status.PLANNED, "7 Where I Live Now")


def test_an_attribute_that_both_sides_changed_is_a_conflict_in_an_update(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.attribute_id("VAT number")
    in_step(store, business, world, run_job, taxRegistrationNumber="GB111111111")
    shop.change_customer(TEN, attributes={"VAT number": "GB222222222"})
    business.change_customer("10", taxRegistrationNumber="GB333333333")
    run = run_job(store, "update_customers")
    assert told(run)[TEN][0] == "conflict"
