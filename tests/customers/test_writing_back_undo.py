"""Values that went back to Business Central: a worker that dies in between, and Undo."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import AddressLink, Link
from mapping.models import GroupMapping
from stores.models import Store
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.test_undo import bases, undone
from tests.customers.test_writing_back import EMAIL, added, again_nothing, contact, customer, main, named, own
from tests.fixtures import RunJob, told

__all__ = ["added"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_worker_that_dies_in_between_leaves_no_trace(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, at: int, after: bool
) -> None:
    own("customer.phone", "customer.last_name")
    shop.change_customer(EMAIL, phone="01223 460009", last_name="Hall")
    run = runs.start(added, "update_customers", trigger="command", scope={}, approved=True, queue=False)
    work_until_death(run, at, after=after)
    leases_run_out()
    run = run_job.go_on(run)
    assert (run.status, run.counts) == ("succeeded", {"updated": 1, "unchanged": 1})
    assert (customer(business)["phone_no"], named(contact(business))[2]) == ("01223 460009", "Hall")
    assert (main(shop)["phone"], main(shop)["last_name"]) == ("01223 460009", "Hall")
    again_nothing(added, world, run_job)


def everything(shop: StoreSide) -> None:
    own(
        "customer.phone", "customer.last_name", "customer.customer_group_id", "address.city", "ship_to_address.address2"
    )
    shop.change_customer(
        EMAIL, phone="01223 460009", last_name="Hall", customer_group_id=GroupMapping.objects.get().group_id
    )
    shop.change_address(main(shop)["id"], city="Ely")
    east = next(one for one in shop.customer(EMAIL)["addresses"] if one["address1"] == "EAST Road")
    shop.change_address(east["id"], address2="Ring twice")
    shop.change_customer("c20@example.com", phone="01223 460020")


def company_values(world: World) -> Any:
    return world.state(ids=False)["companies"]


def test_undo_takes_it_back_and_the_base_with_it(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    base, company = bases(added), company_values(world)
    everything(shop)
    theirs = world.state(ids=False)["stores"]
    run = run_job(added, "update_customers")
    assert run.counts == {"updated": 2}
    assert company_values(world) != company
    undo = undone(run, run_job)
    assert (undo.status, undo.counts) == ("succeeded", {"updated": 2})
    assert (company_values(world), bases(added)) == (company, base)
    assert world.state(ids=False)["stores"] == theirs
    again = run_job(added, "update_customers")
    assert again.counts == {"updated": 2}
    assert customer(business)["phone_no"] == "01223 460009"


@pytest.mark.parametrize("when", ["before its plan", "after its plan"])
def test_undo_writes_no_business_central_customer_without_the_switch(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, when: str
) -> None:
    everything(shop)
    run = run_job(added, "update_customers")
    state, this = world.state(), Store.objects.filter(pk=added.pk)
    this.update(may_update_business_central=when == "after its plan")
    undo = run_job.go_on(runs.undo(run, None, queue=False))
    if undo.status == "planned":
        this.update(may_update_business_central=False)
        runs.approve(undo, None, queue=False)
        undo = run_job.go_on(undo)
    assert (undo.status, undo.counts, world.state() == state) == ("succeeded", {"skipped": 2}, True)
    assert "May update Business Central customers is off" in told(undo)[EMAIL][1]


def test_undo_leaves_alone_what_somebody_changed_since(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    everything(shop)
    run = run_job(added, "update_customers")
    business.change_customer("10", phoneNumber="01223 111111")
    undo = undone(run, run_job)
    said = told(undo)[EMAIL][1]
    assert ("Phone No. was changed since" in said, customer(business)["phone_no"]) == (True, "01223 111111")
    assert (customer(business)["city"], named(contact(business))[2]) == ("Cambridge", "Townes")
    assert Link.objects.count() == 2
    assert AddressLink.objects.exists()
