"""Deleted in one system: never deleted in the other, unless the switch is on, and then as a plan that waits."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import pending, runs
from customers.models import BusinessCentralCustomer, Customer, Run
from stores.models import Store
from tests.customers.syncing import TEN, TWENTY, in_step
from tests.customers.test_gone_policy import delete_both_ways
from tests.fixtures import RunJob, outcomes
from tests.pages import data


@pytest.fixture
def gone(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """10 was deleted in BigCommerce, 20 in Business Central; the switch is on."""
    in_step(store, business, world, run_job)
    Store.objects.update(delete_too=True)
    delete_both_ways(store, shop, business)
    return store


def proposed(store: Store, run_job: RunJob) -> Run:
    """The plan that the next Sync changes makes."""
    run_job(store, "sync_changes")
    run = Run.objects.get(kind=Run.Kind.DELETE_GONE, status=Run.Status.WAITING)
    return run_job.go_on(run)


def test_with_the_switch_off_nothing_is_proposed(gone: Store, world: World, run_job: RunJob) -> None:
    Store.objects.update(delete_too=False)
    state = world.state()
    run_job(gone, "sync_changes")
    assert (Run.objects.filter(kind=Run.Kind.DELETE_GONE).exists(), world.state() == state) == (False, True)


def test_the_plan_waits_and_deletes_nothing_before_an_administrator_approves(
    gone: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    state = world.state()
    plan = proposed(gone, run_job)
    assert (plan.status, plan.to_do, world.state() == state) == (Run.Status.PLANNED, 2, True)
    for somebody in (data.user("operator"), AnonymousUser()):
        with pytest.raises(runs.CannotStart, match="Only an administrator"):
            runs.approve(plan, somebody, queue=False)
    runs.approve(plan, data.user("administrator"), queue=False)
    done = run_job.go_on(plan)
    assert (done.status, outcomes(done)) == (Run.Status.SUCCEEDED, {TEN: "updated", TWENTY: "updated"})
    assert (shop.count(), business.customers()) == (0, [])
    assert not Customer.objects.filter(gone_at=None).exists()
    assert not BusinessCentralCustomer.objects.filter(gone_at=None).exists()
    assert world.audit.broken_rules == []
    run_job(gone, "sync_changes")
    assert Run.objects.filter(kind=Run.Kind.DELETE_GONE).count() == 1


def test_a_newer_deletion_makes_a_newer_plan_instead_of_the_one_that_waits(
    gone: Store, business: CompanySide, run_job: RunJob
) -> None:
    Customer.objects.filter(email=TEN).update(gone_at=None)
    first = proposed(gone, run_job)
    Customer.objects.filter(email=TEN).update(gone_at=timezone.now())
    pending.shoppers(Customer.objects.filter(email=TEN).values_list("pk", flat=True))
    second = proposed(gone, run_job)
    first.refresh_from_db()
    assert (first.status, first.to_do, second.to_do) == (Run.Status.SUCCEEDED, 0, 2)
    assert sum(first.counts.values()) == first.looked_at == len(outcomes(first))


def test_who_was_changed_since_the_plan_is_left_alone(
    gone: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    plan = proposed(gone, run_job)
    business.change_customer("10", phoneNumber="01223 999999")
    shop.change_customer(TWENTY, last_name="Alive")
    runs.approve(plan, data.user("administrator"), queue=False)
    done = run_job.go_on(plan)
    assert set(outcomes(done).values()) <= {"skipped", "failed"}
    assert (shop.count(), len(business.customers())) == (1, 1)
