"""The failed flag: set by what a job could not do for a shopper, cleared when it is mended, untouched by reading."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers.models import Customer
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob


def flags(store: Store) -> dict[str, tuple[bool, bool]]:
    """E-mail -> (failed, has a reason)."""
    return {row.email: (row.failed, bool(row.flag_reason)) for row in Customer.objects.filter(store=store)}


def test_a_shopper_that_cannot_be_created_is_flagged_until_it_can(
    store: Store, shop: StoreSide, run_job: RunJob
) -> None:
    Store.objects.update(create_unknown=True)
    address = {**ADDRESS, "city": "Llanfairpwllgwyngyllgogerychwyrn"}
    shop.add_customer(email="far@town.example", first_name="Far", last_name="Away", addresses=[address])
    run_job(store, "import_customers")

    run_job(store, "try_mapping", mode="plan")
    assert flags(store) == {"far@town.example": (False, False)}

    run_job(store, "try_mapping")
    assert flags(store) == {"far@town.example": (True, True)}

    run_job(store, "import_customers")
    assert flags(store) == {"far@town.example": (True, True)}

    shop.change_address(shop.customer("far@town.example")["addresses"][0]["id"], city="Llanfair")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    assert flags(store) == {"far@town.example": (False, False)}


def test_a_value_that_could_not_go_is_unflagged_when_business_central_takes_it_back(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Adatum", email="ada@post.example", **READY)
    run_job(store, "add_customers")
    shop.add_customer(email="taken@post.example", first_name="Some", last_name="Body")
    business.change_customer("10", email="taken@post.example")
    run_job(store, "update_customers")
    assert flags(store) == {"ada@post.example": (True, True), "taken@post.example": (False, False)}

    business.change_customer("10", email="ada@post.example")
    run_job(store, "update_customers")
    assert flags(store) == {"ada@post.example": (False, False), "taken@post.example": (False, False)}
