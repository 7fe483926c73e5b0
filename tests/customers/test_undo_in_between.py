"""What happens between a run and its undo: later runs, a store that is down half-way, a plan approved in parts."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Run
from stores.models import Store
from tests.customers.reading import core, ours
from tests.customers.test_undo import TEN, TWENTY, added, bases, change_everything, customers, undone
from tests.fixtures import RunJob, outcomes, told

__all__ = ["added"]


def test_a_field_that_a_later_run_changed_is_left_alone_until_that_run_is_undone(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before, base = customers(world), bases(added)
    business.change_customer("10", displayName="Second Ltd.", phoneNumber="01223 460002")
    first = run_job(added, "update_customers")
    business.change_customer("10", displayName="Third Ltd.")
    second = run_job(added, "update_customers")
    undo = undone(first, run_job)
    assert 'company was changed since to "Third Ltd."' in told(undo)[TEN][1]
    assert (core(shop, TEN)["company"], core(shop, TEN)["phone"]) == ("Third Ltd.", "01223 460001")
    undone(second, run_job)
    assert core(shop, TEN)["company"] == "Second Ltd."
    undone(first, run_job)
    assert (customers(world), bases(added)) == (before, base)


def test_an_undo_is_not_undone_and_its_run_can_be_made_again(
    added: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    change_everything(business)
    run = run_job(added, "update_customers")
    after = customers(world)
    undo = undone(run, run_job)
    with pytest.raises(runs.CannotStart, match="nothing to undo"):
        runs.undo(undo, None)
    assert run_job(added, "update_customers").counts == {"updated": 2}
    assert customers(world) == after


@pytest.mark.parametrize(
    "call",
    ["PUT /v3/customers", "PUT /v3/customers/addresses", "DELETE /v3/customers/addresses",
     "PUT /v3/customers/attribute-values", "DELETE /v3/customers/attribute-values"],
)  # fmt: skip
def test_a_store_that_is_down_half_way_loses_nothing_and_retry_goes_on(
    added: Store, business: CompanySide, world: World, run_job: RunJob, call: str
) -> None:
    before, base = customers(world), bases(added)
    change_everything(business)
    plan = run_job.go_on(runs.undo(run_job(added, "update_customers"), None, queue=False))
    world.faults.add("503", "bigcommerce", call, times=999)
    runs.approve(plan, None, queue=False)
    plan = run_job.go_on(plan)
    assert sum(plan.counts.values()) == plan.looked_at == 2
    world.faults.clear()
    if plan.status == "stopped":
        runs.resume(plan)
        plan = run_job.go_on(plan)
    if any(plan.counts.get(outcome) for outcome in ("failed", "rejected")):
        again = run_job.go_on(runs.retry_failed(plan, None))
        runs.approve(again, None, queue=False)
        assert run_job.go_on(again).status == "succeeded"
    assert customers(world) == before
    assert bases(added)[0] == base[0]


def test_a_plan_approved_in_parts_takes_back_only_those_and_looks_again_at_the_rest(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    for number in ("10", "20"):
        business.change_customer(number, displayName=f"Renamed {number}", phoneNumber=f"01223 4700{number}")
    plan = run_job.go_on(runs.undo(run_job(added, "update_customers"), None, queue=False))
    runs.approve(plan, None, chosen=plan.records.filter(customer__email=TEN), queue=False)
    plan = run_job.go_on(plan)
    assert (plan.status, outcomes(plan)[TEN]) == ("planned", "updated")
    assert [core(shop, who)["company"] for who in (TEN, TWENTY)] == ["Firm 10", "Renamed 20"]
    shop.change_customer(TWENTY, company="Mine Now")
    runs.approve(plan, None, queue=False)
    plan = run_job.go_on(plan)
    assert (plan.status, core(shop, TWENTY)["phone"]) == ("planned", "01223 470020")
    runs.approve(plan, None, queue=False)
    plan = run_job.go_on(plan)
    assert (plan.status, plan.counts) == ("succeeded", {"updated": 2})
    assert core(shop, TWENTY)["company"] == "Mine Now"


def test_metafields_that_told_of_somebody_else_before_the_link_stay(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """The link is made and undone, and nothing was written: a value that is no longer true was there before, too."""
    shop.add_customer(email="una@example.com", first_name="Una", last_name="Able", phone="+44 20 7946 0001")
    nobody = "00000000-aaaa-4bbb-8ccc-000000000001"
    shop.add_metafield("una@example.com", "bcsync", "customer_id", nobody)
    business.add_customer(number="10", displayName="Ten", country="GB", phoneNumber="020 7946 0001")
    run_job(store, "import_customers")
    before = world.state(ids=False)
    run = run_job(store, "try_mapping")
    assert run.counts == {"linked": 1}
    undone(run, run_job)
    assert (ours(shop, "una@example.com"), world.state(ids=False)) == ({"customer_id": nobody}, before)
    again = run_job(store, "try_mapping")
    updated = run_job(store, "update_customers")
    assert (again.counts, updated.counts) == ({"linked": 1}, {"updated": 1})
    undone(updated, run_job)
    undone(again, run_job)
    assert world.state(ids=False) == before


def test_only_what_was_approved_of_a_run_can_be_undone(added: Store, business: CompanySide, run_job: RunJob) -> None:
    business.change_customer("10", displayName="Renamed")
    plan = run_job(added, "update_customers", mode=Run.Mode.PLAN)
    with pytest.raises(runs.CannotStart, match="nothing that can be undone"):
        runs.undo(plan, None, queue=False)
