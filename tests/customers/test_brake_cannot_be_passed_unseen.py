"""The brake counts what is really sent, and a click approves no more than its page showed."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Run
from stores.models import Store
from tests.fixtures import READY, RunJob


def fill(business: CompanySide, numbers: range) -> None:
    for number in numbers:
        email = f"c{number}@x.example"
        business.add_customer(number=str(number), displayName=f"Firm {number}", email=email, **READY)


def test_records_with_a_rejected_part_count_as_well(
    world: World, store: Store, business: CompanySide, run_job: RunJob
) -> None:
    fill(business, range(10, 20))
    run_job(store, "add_customers", approved=True)
    for number in range(10, 20):
        business.change_customer(str(number), displayName=f"Renamed {number}", country="US", state="Nowhere")
    Store.objects.update(brake_count=5)
    world.audit.reset()

    run = run_job(store, "update_customers", approved=False)
    assert (run.status, world.audit.writes("bigcommerce")) == (Run.Status.PLANNED, [])
    assert "10 customers" in run.message


def test_a_click_approves_no_more_than_its_page_showed(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    fill(business, range(10, 13))
    run = run_job(store, "add_customers", approved=True, shown=2)
    assert (run.status, shop.count()) == (Run.Status.PLANNED, 0)
    assert "showed 2 customers, and by now 3" in run.message


def test_a_click_that_showed_them_all_goes_on(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    fill(business, range(10, 13))
    run = run_job(store, "add_customers", approved=True, shown=3)
    assert (run.status, shop.count()) == (Run.Status.SUCCEEDED, 3)
