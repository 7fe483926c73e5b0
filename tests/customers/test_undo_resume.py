"""A worker that dies at any write of an undo, or of the run that is undone: the end is the state before that run."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Run
from stores.models import Store
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.test_add_customers import ready, ship_to
from tests.customers.test_undo import bases, change_everything, customers, undone
from tests.fixtures import RunJob
from tests.pages import data


@pytest.fixture
def added(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """As in test_undo.py."""
    shop.attribute_id("VAT number")
    ready(business, "10", phoneNumber="01223 460001", ship_to=[ship_to("EAST"), ship_to("WEST")])
    ready(business, "20", taxRegistrationNumber="GB999999973")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    return store


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("death", [1, 2, 3, 4, 5, 6])
def test_a_worker_dies_in_the_undo(
    added: Store, business: CompanySide, world: World, run_job: RunJob, death: int, after: bool
) -> None:
    before, base = customers(world), bases(added)
    change_everything(business)
    plan = run_job.go_on(runs.undo(run_job(added, "update_customers"), None, queue=False))
    runs.approve(plan, None, queue=False)
    assert work_until_death(plan, death, after=after)
    leases_run_out()
    plan = run_job.go_on(plan)
    assert (plan.status, plan.to_do, sum(plan.counts.values())) == ("succeeded", 0, 2)
    assert customers(world) == before
    assert bases(added)[0] == base[0]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("death", [1, 2, 3, 4, 5])
def test_a_worker_died_in_the_update(
    added: Store, business: CompanySide, world: World, run_job: RunJob, death: int, after: bool
) -> None:
    before = customers(world)
    change_everything(business)
    run = runs.start(added, "update_customers", trigger=Run.Trigger.COMMAND, approved=True, queue=False)
    assert work_until_death(run, death, after=after)
    leases_run_out()
    undone(run_job.go_on(run), run_job)
    assert customers(world) == before


@pytest.mark.parametrize("death", [1, 2, 3])
def test_a_worker_dies_while_deleting(
    store: Store, business: CompanySide, world: World, run_job: RunJob, death: int
) -> None:
    before = customers(world)
    for number in ("10", "20"):
        ready(business, number)
    plan = run_job.go_on(runs.undo(run_job(store, "add_customers"), None, delete=True, queue=False))
    runs.approve(plan, data.user("administrator"), queue=False)
    work_until_death(plan, death, after=True)
    leases_run_out()
    plan = run_job.go_on(plan)
    assert (plan.to_do, customers(world), store.links.count()) == (0, before, 0)
