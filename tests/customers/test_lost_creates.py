"""A Business Central create whose answer was lost is found again, whatever a post code made of its address."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from stores.models import Store
from tests.fixtures import ADDRESS, RunJob

ADDRESSES = {
    "a county that the post code takes away": {**ADDRESS, "state_or_province": "Cambridgeshire"},
    "another country": {**ADDRESS, "country_code": "DE", "postal_code": "80331", "city": "München"},
}


@pytest.mark.parametrize("how", ["cut-after", "504-after", "truncated"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_one_customer_comes_of_it(
    how: str, address: str, store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(create_unknown=True)
    shop.add_customer(email="ada@x.example", first_name="Ada", last_name="Lost", addresses=[ADDRESSES[address]])
    run_job(store, "import_customers")
    world.faults.add(how, match="POST *customers*", vendor="business_central", times=1)
    run = run_job(store, "try_mapping")

    assert run.counts == {"created": 1}, list(run.records.values_list("reason", flat=True))
    assert [(row["name"], row["county"]) for row in business.customers()] == [
        ("Ada Lost", ADDRESSES[address].get("state_or_province", ""))
    ]


def test_one_customer_comes_of_it_in_a_later_slice_though_our_clock_is_ahead(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, settings: Any
) -> None:
    Store.objects.update(create_unknown=True)
    shop.add_customer(email="ada@x.example", first_name="Ada", last_name="Lost", addresses=[ADDRESS])
    run_job(store, "import_customers")
    world.clock.advance(-300)
    settings.RUN_SLICE_SECONDS = 0.0
    world.faults.add("cut-after", match="POST *customers*", vendor="business_central", times=1)
    run_job(store, "try_mapping")
    assert [row["name"] for row in business.customers()] == ["Ada Lost"]
