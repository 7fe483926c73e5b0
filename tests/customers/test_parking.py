"""Parking: rejected three times, then left alone until the data or the set-up changes, or somebody says so."""

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import deciding
from customers.models import BusinessCentralCustomer, Customer, Decision, Run, Trouble
from mapping.models import CustomerTemplate
from stores.models import Store
from tests.customers.test_add_customers import ready
from tests.customers.test_one_bad_customer import forget_country
from tests.fixtures import ADDRESS, RunJob, outcomes, told

FAR = "far@town.example"
DANE = {"number": "10", "country": "DK", "postalCode": "5800"}


def failing(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    """Far cannot be created: the city is too long for Business Central."""
    shop.add_customer(
        email=FAR,
        first_name="Far",
        last_name="Away",
        addresses=[{**ADDRESS, "city": "Llanfairpwllgwyngyllgogerychwyrn"}],
    )
    run_job(store, "import_customers")


def flags(email: str = FAR) -> tuple[bool, bool]:
    row = Customer.objects.get(email=email)
    return row.failed, row.parked


def tried(run_job: RunJob, store: Store, times: int, job: str = "try_mapping", **scope: object) -> list[str]:
    return [next(iter(outcomes(run_job(store, job, **scope)).values())) for _ in range(times)]


def test_parked_from_the_third_rejection_on(store: Store, shop: StoreSide, world: World, run_job: RunJob) -> None:
    failing(store, shop, run_job)
    assert (tried(run_job, store, 2), flags()) == (["rejected", "rejected"], (True, False))
    assert (tried(run_job, store, 1), flags()) == (["rejected"], (False, True))
    run = run_job(store, "try_mapping")
    outcome, reason = told(run)[FAR]
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"parked": 1}, 1)
    assert (outcome, reason.startswith("Parked since"), "City" in reason) == ("parked", True, True)
    assert (flags(), world.audit.writes()) == ((False, True), [])


def test_a_preview_neither_counts_nor_frees(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    failing(store, shop, run_job)
    assert tried(run_job, store, 4, mode=Run.Mode.PLAN) == ["rejected"] * 4
    assert not Trouble.objects.exists()


def test_other_data_frees(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> None:
    failing(store, shop, run_job)
    tried(run_job, store, 3)
    shop.change_address(shop.customer(FAR)["addresses"][0]["id"], city="Llanfair")
    run_job(store, "import_customers")
    assert (tried(run_job, store, 1), flags(), Trouble.objects.count()) == (["created"], (False, False), 0)
    assert len(business.customers()) == 1


def test_other_set_up_frees(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    failing(store, shop, run_job)
    tried(run_job, store, 3)
    template = CustomerTemplate.objects.create(store=store, country="", values={"salespersonCode": "JO"})
    assert (tried(run_job, store, 2), flags()) == (["rejected", "rejected"], (True, False))
    tried(run_job, store, 1)
    template.country = "DE"
    template.save()
    assert (tried(run_job, store, 1), flags(), Trouble.objects.count()) == (["skipped"], (False, False), 0)


def test_a_match_that_comes_is_not_held(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> None:
    failing(store, shop, run_job)
    Customer.objects.update(phone="+442079460001")
    tried(run_job, store, 3)
    business.add_customer(number="10", displayName="Away", country="GB", phoneNumber="020 7946 0001")
    assert (tried(run_job, store, 1), flags(), Trouble.objects.count()) == (["linked"], (False, False), 0)


def test_linked_by_hand_it_is_parked_no_more(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Far Away", country="GB")
    failing(store, shop, run_job)
    tried(run_job, store, 3)
    far, ten = Customer.objects.get(email=FAR), BusinessCentralCustomer.objects.get(number="10")
    deciding.map_to(far, ten, User.objects.create_user("olga"), "on the phone")
    assert (flags(), Trouble.objects.count()) == ((False, False), 0)


def test_parked_in_try_mapping_and_linked_since_it_is_freed_by_the_first_update(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Far Away", country="GB")
    failing(store, shop, run_job)
    tried(run_job, store, 3)
    parked = list(Trouble.objects.all())
    far, ten = Customer.objects.get(email=FAR), BusinessCentralCustomer.objects.get(number="10")
    deciding.map_to(far, ten, User.objects.create_user("olga"), "on the phone")
    # As an older version left it.
    Trouble.objects.bulk_create(parked)
    Customer.objects.filter(pk=far.pk).update(parked=True)
    run = run_job(store, "update_customers")
    assert (outcomes(run), flags(), Trouble.objects.count()) == ({FAR: "updated"}, (False, False), 0)


def test_unparked_by_hand_it_is_tried_again(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    failing(store, shop, run_job)
    tried(run_job, store, 3)
    olga = User.objects.create_user("olga")
    assert deciding.unpark(Trouble.objects.all(), olga, "asked the vendor") == 1
    assert (flags(), Decision.objects.get().kind) == ((False, False), "unpark")
    assert (tried(run_job, store, 1), flags()) == (["rejected"], (True, False))


def test_a_business_central_customer_without_a_shopper_is_parked_too(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, **DANE)
    run_job(store, "import_customers")
    forget_country(world, "DK")
    assert tried(run_job, store, 3, "add_customers") == ["rejected"] * 3
    world.audit.reset()
    assert (tried(run_job, store, 1, "add_customers"), world.audit.writes()) == (["parked"], [])
    assert Trouble.objects.get().business_central_customer == BusinessCentralCustomer.objects.get()
    business.change_customer("10", city="Odense")
    assert tried(run_job, store, 1, "add_customers") == ["rejected"]


def test_an_update_whose_value_is_too_long(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10")
    run_job(store, "add_customers")
    forget_country(world, "DK")
    business.change_customer("10", country="DK", postalCode="5800", city="Nyborg")
    tries = tried(run_job, store, 4, "update_customers")
    assert (tries[0], tries[-1], flags("c10@example.com")) == ("rejected", "parked", (False, True))
    business.change_customer("10", country="GB", postalCode="CB1 2FB", city="Cambridge")
    run = run_job(store, "update_customers")
    assert (run.counts, flags("c10@example.com"), Trouble.objects.count()) == ({"unchanged": 1}, (False, False), 0)


@pytest.mark.parametrize("fault", ["503", "cut-before"])
def test_an_outage_parks_nobody(store: Store, business: CompanySide, world: World, run_job: RunJob, fault: str) -> None:
    ready(business, "10")
    world.faults.add(kind=fault, vendor="bigcommerce", match="POST /v3/customers", times=200)
    for _ in range(3):
        run_job(store, "add_customers")
    assert not Trouble.objects.exists()
