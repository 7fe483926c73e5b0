"""A row in a shape never seen is said with its words and asked for again; everybody else goes on."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import strange_rows
from customers.models import Customer, Run
from stores.models import Store
from tests.customers.syncing import TEN, TWENTY, event, families, in_step
from tests.fixtures import RunJob

SAID = ".phone, where text belongs. Such rows (customers {}) were passed by"


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    in_step(store, business, world, run_job)
    Store.objects.update(compare_share=0)
    return store


def says(shop: StoreSide, phone: Any, *, stamped: bool = True) -> int:
    """The store says from now on that this is customer 20's phone."""
    customer = int(shop.customer(TWENTY)["id"])
    if stamped:
        shop.change_customer(customer, notes="somebody changed it")
    with shop.world.storage.transaction():
        shop.customers.put(customer, {**shop.customers.get(customer), "phone": phone})
    return customer


def test_sync_passes_it_by_until_it_can_be_read(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    strange = says(shop, {"mobile": "1"})
    business.change_customer("10", phoneNumber="01223 999999")
    for _ in range(2):
        run = run_job(synced, "sync_changes")
        assert (run.status, SAID.format(strange) in run.message) == (Run.Status.WITH_ERRORS, True), run.message
        assert shop.customer(TEN)["phone"] == "01223 999999"
        world.clock.advance(3600)
    event(synced, "store/customer/updated", strange)
    run = run_job(synced, "sync_changes")
    assert run.status == Run.Status.WITH_ERRORS
    assert not Customer.objects.exclude(gone_at=None).exists()
    says(shop, "01223 888888", stamped=False)
    run = run_job(synced, "sync_changes")
    assert (run.status, Customer.objects.get(email=TWENTY).phone) == (Run.Status.SUCCEEDED, "01223 888888")
    world.audit.reset()
    run_job(synced, "sync_changes")
    assert families(world, "bigcommerce").count("GET /v3/customers") == 1


def test_a_whole_import_keeps_everybody_else_and_calls_nobody_gone(
    synced: Store, shop: StoreSide, run_job: RunJob
) -> None:
    strange = says(shop, {"mobile": "1"})
    shop.add_customer(email="new@example.com")
    run = run_job(synced, "import_customers")
    assert (run.status, run.counts["created"]) == (Run.Status.WITH_ERRORS, 1), run.message
    assert f"(customers {strange})" in run.message
    assert Customer.objects.filter(gone_at=None).count() == 3


def test_where_every_row_is_strange_the_run_does_not_pretend(
    synced: Store, shop: StoreSide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strange_rows, "MOST", 0)
    says(shop, {"mobile": "1"})
    run = run_job(synced, "sync_changes")
    assert run.status == Run.Status.CRASHED


def test_an_update_replaces_nothing_of_whom_it_cannot_read_and_everybody_else_goes_on(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    says(shop, {"mobile": "1"}, stamped=False)
    for number in ("10", "20"):
        business.change_customer(number, addressLine1="9 New Road")
    run = run_job(synced, "update_customers")
    streets = [shop.customer(each)["addresses"][0]["address1"] for each in (TEN, TWENTY)]
    assert (run.status, streets) == (Run.Status.WITH_ERRORS, ["9 New Road", "21 Station Road"]), run.message
    assert run.counts == {"updated": 1, "skipped": 1}
    assert synced.links.get(customer__email=TWENTY).to_compare is not None
