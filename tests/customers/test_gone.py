"""Who is deleted in one of the two systems: noticed, marked, said, out of every job; nothing is deleted elsewhere."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import deciding, runs
from customers.models import Customer, Link, Run
from stores.models import Store
from tests.customers.reading import links
from tests.customers.test_add_customers import ready, ship_to
from tests.fixtures import RunJob, outcomes, told

ONE, TWO = "c10@example.com", "c20@example.com"
KEPT = "The link to Business Central customer 10 is kept and rests. To let Add Customers create 10 anew, Unmap it"


@pytest.fixture
def pair(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, world: World) -> Store:
    """10 and 20 are in both systems, linked and in step."""
    shop.attribute_id("VAT number")
    for number in ("10", "20"):
        ready(business, number, taxRegistrationNumber="GB123456789", ship_to=[ship_to("EAST")])
    run_job(store, "add_customers")
    world.audit.reset()
    return store


def shopper(email: str) -> Customer:
    return Customer.objects.select_related("store").get(email=email)


def test_a_full_import_notices_who_is_gone_and_keeps_the_link(
    pair: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    shop.delete_customer(ONE)
    before = world.state()["companies"]
    run = run_job(pair, "import_customers")
    outcome, reason = told(run)[ONE]
    assert (outcome, "was deleted in BigCommerce" in reason, KEPT in reason) == ("updated", True, True)
    assert (run.counts, run.looked_at) == ({"updated": 1, "unchanged": 1}, 2)
    assert (shopper(ONE).gone_at is not None, shopper(TWO).gone_at, set(links(pair))) == (True, None, {ONE, TWO})
    assert (world.state()["companies"], world.audit.writes()) == (before, [])
    again = run_job(pair, "import_customers")
    assert (again.counts, told(again)) == ({"unchanged": 1}, {})


def test_who_is_gone_is_out_of_every_job(
    pair: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.delete_customer(ONE)
    run_job(pair, "import_customers")
    business.change_customer("10", displayName="Renamed Ltd.")
    assert outcomes(run_job(pair, "update_customers")) == {}
    assert outcomes(run_job(pair, "try_mapping")) == {}
    outcome, reason = told(run_job(pair, "update_customers", only=[shopper(ONE).pk]))[ONE]
    assert (outcome, KEPT in reason) == ("skipped", True)
    outcome, reason = told(run_job(pair, "add_customers"))["10"]
    assert (outcome, KEPT in reason) == ("skipped", True)
    assert (world.audit.writes(), shop.count()) == ([], 1)


def test_unmap_lets_add_customers_create_it_anew(
    pair: Store, shop: StoreSide, run_job: RunJob, django_user_model: type[User]
) -> None:
    shop.delete_customer(ONE)
    run_job(pair, "import_customers")
    decided = deciding.unmap([shopper(ONE)], django_user_model.objects.create_user("olga"), "wanted again")
    assert decided.refused == []
    run = run_job(pair, "add_customers")
    assert (outcomes(run), run.counts) == ({"10": "created"}, {"created": 1, "unchanged": 1})
    assert (shop.count(), Link.objects.filter(customer__gone_at=None).count()) == (2, 2)
    assert Customer.objects.filter(email=ONE).count() == 2


CHANGES: dict[str, Any] = {
    "core": lambda business: business.change_customer("10", phoneNumber="01223 460009"),
    "address": lambda business: business.change_customer("10", addressLine1="8 New Road"),
    "new address": lambda business: business.put_ship_to("10", **ship_to("WEST")),
    "removed address": lambda business: business.delete_ship_to("10", "EAST"),
    "attribute": lambda business: business.change_customer("10", taxRegistrationNumber="GB999999999"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_update_that_is_told_so_marks_the_shopper_at_once(
    pair: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, world: World, change: str
) -> None:
    CHANGES[change](business)
    business.change_customer("20", displayName="Renamed Ltd.")
    shop.delete_customer(ONE)
    run = run_job(pair, "update_customers")
    said = told(run)
    assert said[TWO][0] == "updated"
    if change != "removed address":  # a delete of what is gone is done: nobody is told that the customer is gone, too
        assert (said[ONE][0], KEPT in said[ONE][1]) == ("skipped", True)
        assert shopper(ONE).gone_at is not None
        assert (run.status, run.counts) == ("succeeded", {"updated": 1, "skipped": 1})
        assert outcomes(run_job(pair, "update_customers")) == {}
    assert (shopper(ONE).failed, len(Link.objects.all()), run.looked_at) == (False, 2, 2)
    assert (shop.customer(TWO)["company"], len(business.customers())) == ("Renamed Ltd.", 2)


def test_a_refusal_about_something_else_marks_nobody(
    pair: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    """Only an address was deleted in the store: the customer is there."""
    address = next(a for a in shop.customer(ONE)["addresses"] if a["address1"] == "21 Station Road")
    shop.delete_address(address["id"])
    business.change_customer("10", addressLine1="8 New Road")
    run_job(pair, "update_customers")
    assert shopper(ONE).gone_at is None


def test_who_comes_back_is_taken_up_again(
    pair: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, world: World
) -> None:
    Customer.objects.filter(email=ONE).update(gone_at="2026-01-01T00:00:00Z")
    run = run_job(pair, "import_customers")
    assert (outcomes(run), shopper(ONE).gone_at) == ({ONE: "created"}, None)
    business.change_customer("10", displayName="Renamed Ltd.")
    assert outcomes(run_job(pair, "update_customers")) == {ONE: "updated"}


def test_whom_business_central_deleted_is_said_by_update_and_nothing_is_deleted(
    pair: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, world: World
) -> None:
    business.delete_customer("10")
    business.change_customer("20", displayName="Renamed Ltd.")
    before = shop.customer(ONE)
    run = run_job(pair, "update_customers")
    outcome, reason = told(run)[ONE]
    assert (outcome, "customer 10 was deleted there" in reason, "Try Mapping" in reason) == ("skipped", True, True)
    assert (run.counts, run.looked_at, run.status) == ({"skipped": 1, "updated": 1}, 2, "succeeded")
    assert (shop.customer(ONE), set(links(pair))) == (before, {ONE, TWO})
    link = Link.objects.get(customer__email=ONE)
    assert link.business_central_customer.gone_at is not None
    assert outcomes(run_job(pair, "update_customers", only=[link.customer_id])) == {ONE: "skipped"}


@pytest.mark.parametrize("side", ["store", "books"])
def test_who_goes_between_plan_and_approval_is_sent_nothing(
    pair: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, world: World, side: str
) -> None:
    business.change_customer("10", displayName="Renamed Ltd.")
    run = run_job(pair, "update_customers", mode=Run.Mode.PLAN)
    if side == "store":
        shop.delete_customer(ONE)
        run_job(pair, "import_customers")
    else:
        business.delete_customer("10")
    world.audit.reset()
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (outcomes(run), world.audit.writes(), run.to_do) == ({ONE: "skipped"}, [], 0)
