"""Deleted in one system: never deleted in the other, unless the switch is on, and then as a plan that waits."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import pending, runs
from customers.models import BusinessCentralCustomer, Customer, Run
from stores.models import Store
from tests.customers.reading import links
from tests.customers.syncing import TEN, TWENTY, event, in_step
from tests.customers.test_gone_policy import delete_both_ways
from tests.fixtures import FIRST, RunJob, outcomes, told
from tests.pages import data


@pytest.fixture
def gone(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """10 was deleted in BigCommerce, 20 in Business Central; the switch is on."""
    in_step(store, business, world, run_job)
    Store.objects.update(delete_too=True, may_update_business_central=True)
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


@pytest.fixture
def half_done(gone: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Run:
    """An administrator approved both deletions; Business Central refused 10's, which was changed meanwhile."""
    plan = proposed(gone, run_job)
    business.change_customer("10", phoneNumber="01223 999999")
    runs.approve(plan, data.user("administrator"), queue=False)
    done = run_job.go_on(plan)
    assert (done.status, outcomes(done)) == (Run.Status.WITH_ERRORS, {TEN: "failed", TWENTY: "updated"})
    return done


def test_only_an_administrator_retries_and_it_is_about_what_had_failed(
    half_done: Run, gone: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    Customer.objects.filter(email=TWENTY).update(gone_at=None)  # another one that rests, of whom nobody spoke
    state = world.state()
    for somebody in (data.user("operator"), None):
        with pytest.raises(runs.CannotStart, match="Only an administrator"):
            runs.retry_failed(half_done, somebody)
    again = run_job.go_on(runs.retry_failed(half_done, User.objects.get(username="administrator")))
    assert (again.status, outcomes(again), world.state() == state) == (Run.Status.PLANNED, {TEN: "updated"}, True)
    # Whatever its scope says: the kind alone is what an administrator has to approve.
    Run.objects.filter(pk=again.pk).update(scope={"only": again.scope["only"]})
    for act in (runs.approve, runs.plan_again):
        for somebody in (User.objects.get(username="operator"), None):
            with pytest.raises(runs.CannotStart, match="Only an administrator"):
                act(again, somebody)
    with pytest.raises(CommandError, match="sign in, and do it on the run's page"):
        call_command("approve", run=again.pk)
    assert world.state() == state


def test_only_an_administrator_resumes_deletions(gone: Store, world: World, run_job: RunJob) -> None:
    plan, administrator = proposed(gone, run_job), data.user("administrator")
    runs.approve(plan, administrator, queue=False)
    runs.request_stop(plan)
    state = world.state()
    for somebody in (data.user("operator"), None):
        with pytest.raises(runs.CannotStart, match="Only an administrator"):
            runs.resume(plan, somebody)
    plan.refresh_from_db()
    assert (plan.status, world.state() == state) == (Run.Status.STOPPED, True)
    runs.resume(plan, administrator)
    assert outcomes(run_job.go_on(plan)) == {TEN: "updated", TWENTY: "updated"}


def test_whom_somebody_skipped_is_not_planned(gone: Store, run_job: RunJob) -> None:
    Customer.objects.filter(email=TWENTY).update(status=Customer.Status.SKIPPED, status_reason="Skipped by Ann")
    assert outcomes(proposed(gone, run_job)) == {TEN: "updated"}


def approved(plan: Run, run_job: RunJob) -> Run:
    runs.approve(plan, data.user("administrator"), queue=False)
    return run_job.go_on(plan)


KEPT = "Business Central customer 10 is kept:"
LINKED = f"{KEPT} it is linked in secondstore (secondstore), too."
NO_SWITCH = f"{KEPT} this store may not update Business Central customers, so it may not delete them either."


def link_in(second_store: Store, run_job: RunJob) -> None:
    run_job(second_store, "add_customers")
    run_job(second_store, "sync_changes")


@pytest.mark.parametrize("when", ["before the plan", "after the plan"])
def test_a_customer_that_another_store_is_linked_to_is_kept(
    store: Store, second_store: Store, business: CompanySide, world: World, run_job: RunJob, when: str
) -> None:
    in_step(store, business, world, run_job)
    Store.objects.filter(pk=store.pk).update(delete_too=True, may_update_business_central=True)
    if when == "before the plan":
        link_in(second_store, run_job)
    shop = world.stores[FIRST]
    id = shop.customer(TEN)["id"]
    shop.delete_customer(id)
    event(store, "store/customer/deleted", id)
    plan = proposed(store, run_job)
    if when == "before the plan":
        assert (plan.status, plan.to_do) == (Run.Status.SUCCEEDED, 0)
    else:
        link_in(second_store, run_job)
        state = world.state()
        plan = approved(plan, run_job)
        assert world.state() == state
    assert told(plan) == {TEN: ("skipped", LINKED)}
    assert business.customer("10") is not None
    assert TEN in links(second_store)


@pytest.mark.parametrize("when", ["before the plan", "after the plan"])
def test_without_the_switch_for_business_central_nothing_is_deleted_there(
    gone: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, when: str
) -> None:
    plan = proposed(gone, run_job) if when == "after the plan" else None
    Store.objects.update(may_update_business_central=False)
    done = approved(plan or proposed(gone, run_job), run_job)
    assert told(done) == {TEN: ("skipped", NO_SWITCH), TWENTY: ("updated", "Deleted in BigCommerce.")}
    assert (shop.count(), [row["no"] for row in business.customers()]) == (0, ["10"])
    assert world.audit.broken_rules == []


def test_a_default_customer_is_kept(gone: Store, business: CompanySide, run_job: RunJob) -> None:
    Store.objects.update(default_customer_number="10")
    done = approved(proposed(gone, run_job), run_job)
    assert told(done)[TEN] == ("skipped", f"{KEPT} it is a default customer, on which others order.")
    assert business.customer("10") is not None


def test_who_signed_up_again_keeps_the_customer(
    gone: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    plan = proposed(gone, run_job)
    shop.add_customer(email=TEN.upper(), first_name="Ten", last_name="Again")
    run_job(gone, "import_customers")
    done = approved(plan, run_job)
    assert told(done)[TEN] == ("skipped", f"{KEPT} another shopper of this store has the e-mail {TEN}.")
    assert business.customer("10") is not None


def test_who_is_there_after_all_is_not_deleted_on_the_other_side(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """Both mirrors were told wrongly once, by lists that left somebody out."""
    in_step(store, business, world, run_job)
    Store.objects.update(delete_too=True, may_update_business_central=True, compare_share=0)
    now = timezone.now()
    Customer.objects.filter(email=TEN).update(gone_at=now)
    BusinessCentralCustomer.objects.filter(number="20").update(gone_at=now)
    pending.shoppers(Customer.objects.values_list("pk", flat=True))
    plan = proposed(store, run_job)
    assert plan.to_do == 2
    state = world.state()
    done = approved(plan, run_job)
    assert told(done) == {
        TEN: ("skipped", f"{TEN} is in BigCommerce after all: nothing was deleted."),
        TWENTY: ("skipped", "Business Central customer 20 is there after all: nothing was deleted."),
    }
    assert world.state() == state
    assert not Customer.objects.exclude(gone_at=None).exists()
    assert not BusinessCentralCustomer.objects.exclude(gone_at=None).exists()
    assert run_job(store, "sync_changes").counts.get("skipped") is None
