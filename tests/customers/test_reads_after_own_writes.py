"""What we wrote and the store took back is found by the next read, although the customer reads as it once did."""

from typing import Any

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from stores.models import Store
from tests.customers.reading import in_store, mirrored
from tests.customers.test_add_customers import ready, ship_to
from tests.fixtures import RunJob

EMAIL = "c10@example.com"


def added(store: Store, business: CompanySide, run_job: RunJob) -> None:
    """Customer 10 in both systems, in agreement, and read since."""
    Store.objects.update(brake_count=1000, brake_share=100)
    ready(business, "10", salespersonCode="JO")
    for job in ("add_customers", "import_customers", "update_customers", "import_customers"):
        run_job(store, job)


def test_an_address_that_we_added_and_somebody_removed(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    added(store, business, run_job)
    before = {row["id"] for row in shop.customer(EMAIL)["addresses"]}
    business.put_ship_to("10", **ship_to("EAST"))
    run_job(store, "update_customers")
    (ours,) = {row["id"] for row in shop.customer(EMAIL)["addresses"]} - before
    shop.delete_address(ours)
    run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    run_job(store, "update_customers")
    assert len(shop.customer(EMAIL)["addresses"]) == 2


def test_an_attribute_that_we_set_and_somebody_set_back(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    shop.attribute_id("Salesperson")
    added(store, business, run_job)
    business.change_customer("10", salespersonCode="EH")
    run_job(store, "update_customers")
    assert values(shop) == ["EH"]
    shop.change_customer(EMAIL, attributes={"Salesperson": "JO"})
    run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    run_job(store, "update_customers")
    assert values(shop) == ["EH"]


def values(shop: StoreSide) -> list[Any]:
    return [value["attribute_value"] for value in shop.customer(EMAIL)["attributes"]]
