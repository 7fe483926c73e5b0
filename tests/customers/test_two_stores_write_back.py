"""Two stores that may both update Business Central, linked to one customer of it: one of them writes it, for good."""

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import conflicts, drift
from customers.models import Conflict, Customer, Link
from stores.models import Store
from tests.customers.syncing import TEN, in_step
from tests.fixtures import FIRST, SECOND, RunJob, outcomes, told

FIRSTS, SECONDS = "01223 111111", "01223 222222"
WHY = "store firststore (firststore) is linked to this customer too, and longer: it alone writes it in Business Central"


@pytest.fixture
def both(store: Store, second_store: Store, business: CompanySide, world: World, run_job: RunJob) -> list[Store]:
    """Customer 10 in both stores and in agreement, each owning its phone."""
    in_step(store, business, world, run_job)
    run_job(second_store, "add_customers")
    for each in (store, second_store):
        run_job(each, "sync_changes")
    Store.objects.update(may_update_business_central=True, brake_share=100)
    own_phone([store, second_store], "bigcommerce")
    world.audit.reset()
    return [store, second_store]


def phones(world: World, business: CompanySide) -> list[str]:
    """Of customer 10: in the first store, in the second, in Business Central."""
    row = business.customer("10")
    assert row is not None
    return [world.stores[hash].customer(TEN)["phone"] for hash in (FIRST, SECOND)] + [row["phone_no"]]


def own_phone(stores: list[Store], owner: str) -> None:
    for store in stores:
        row = store.field_mapping.get(target_table="customer", target_field="phone")
        row.owner = owner
        row.save()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("owner", ["bigcommerce", "newest"])
def test_the_store_with_the_older_link_writes_and_nothing_goes_to_and_fro(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob, turned: bool, owner: str
) -> None:
    own_phone(both, owner)
    world.stores[FIRST].change_customer(TEN, phone=FIRSTS)
    world.stores[SECOND].change_customer(TEN, phone=SECONDS)
    order = both[::-1] if turned else both
    for each in order:
        run_job(each, "sync_changes")
    run_job(both[1], "sync_changes")
    assert phones(world, business)[0] == phones(world, business)[2] == FIRSTS
    assert [call.family for call in world.audit.writes("business_central")] == ["PATCH /customers({id})"]
    world.audit.reset()
    before = world.state()
    for _ in range(3):
        for each in order:
            assert set(outcomes(run_job(each, "sync_changes")).values()) <= {"unchanged"}
    for each in order:
        run_job(each, "update_customers")
    assert (world.audit.writes(), world.state() == before) == ([], True)


def test_the_other_store_keeps_its_own_value_and_says_who_writes(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob
) -> None:
    world.stores[SECOND].change_customer(TEN, phone=SECONDS)
    before = world.state()
    run = run_job(both[1], "sync_changes")
    outcome, reason = told(run)[TEN]
    assert (run.status, outcome, world.state() == before) == ("succeeded", "unchanged", True)
    assert f'phone: drift: BigCommerce says "{SECONDS}", Business Central "01223 460001"; {WHY}' in reason
    found = [change for part in run_job(both[1], "reconcile").records.get().parts for change in part["changes"]]
    assert found, "Check for drift tells of it"
    assert drift.OTHER_STORE in {record.cause for record in both[1].runs.order_by("-pk")[0].records.all()}


def test_a_side_that_only_the_other_store_could_write_is_refused(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob
) -> None:
    olga = User.objects.create_user("olga")
    world.stores[SECOND].change_customer(TEN, phone=SECONDS)
    business.change_customer("10", phoneNumber="01223 333333")
    assert outcomes(run_job(both[1], "sync_changes")) == {TEN: "conflict"}
    conflict = Conflict.objects.get(store=both[1])
    done, refused = conflicts.take([conflict], "bigcommerce", olga)
    assert done == 0
    assert refused == [f"Phone of {conflict.customer}: S{WHY[1:]}. Change the value there, or in Business Central."]


@pytest.mark.parametrize("how", ["switch", "read-only", "skipped", "unmapped"])
def test_who_may_not_write_any_more_is_no_writer(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob, how: str
) -> None:
    first = Store.objects.filter(pk=both[0].pk)
    if how == "switch":
        first.update(may_update_business_central=False)
    elif how == "read-only":
        first.update(writes_enabled=False)
    elif how == "skipped":
        Customer.objects.filter(store=both[0], email=TEN).update(status=Customer.Status.SKIPPED)
    else:
        Link.objects.filter(store=both[0], customer__email=TEN).delete()
    world.stores[SECOND].change_customer(TEN, phone=SECONDS)
    assert outcomes(run_job(both[1], "sync_changes")) == {TEN: "updated"}
    assert phones(world, business)[1:] == [SECONDS, SECONDS]
