"""Unmap takes our metafields out of the store by a small run, and a stale tracking metafield decides nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import deciding, runs, unmapping
from customers.models import Customer, Run
from stores.models import Store
from tests.customers.reading import links, mirrored, ours, standing
from tests.customers.test_add_customers import ready
from tests.fixtures import FIRST, RunJob, told

TEN, TWENTY = "c10@example.com", "c20@example.com"


@pytest.fixture
def olga(db: None) -> User:
    return User.objects.create_user("olga")


@pytest.fixture
def added(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """10 and 20 are in the store, linked, with their tracking metafields."""
    for number in ("10", "20"):
        ready(business, number)
    run_job(store, "add_customers")
    world.audit.reset()
    return store


def unmapped(store: Store, olga: User, *emails: str) -> list[int]:
    decided = deciding.unmap(Customer.objects.filter(email__in=emails), olga, "wrong branch")
    return unmapping.concerned(store, decided.done)


def state(world: World) -> Any:
    """The store's customers, stamps aside."""
    found = world.state()["stores"][FIRST]["customers"]
    for body in found.values():
        body.pop("date_modified", None)
    return found


def test_our_metafields_go_and_nothing_else(added: Store, world: World, run_job: RunJob, olga: User) -> None:
    before, company = state(world), world.state()["companies"]
    pks = unmapped(added, olga, TEN)
    run = run_job(added, Run.Kind.UNMAP, unmapped=pks)
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"updated": 1}, 1)
    before[TEN]["metafields"] = []
    assert (state(world), world.state()["companies"]) == (before, company)
    assert len(world.audit.writes()) == 1
    assert mirrored(added)[TEN]["metafields"] == {}
    assert world.audit.broken_rules == []


def test_a_web_process_that_dies_before_the_run_exists_leaves_it_to_sync_changes(
    added: Store, world: World, run_job: RunJob, olga: User
) -> None:
    before = state(world)
    unmapped(added, olga, TEN)
    run = run_job(added, "sync_changes")
    assert (run.status, told(run)[TEN]) == ("succeeded", ("updated", unmapping.STILL_THERE))
    before[TEN]["metafields"] = []
    assert (state(world), len(world.audit.writes()), mirrored(added)[TEN]["metafields"]) == (before, 1, {})
    again = run_job(added, "sync_changes")
    assert (TEN in told(again), Customer.objects.exclude(untrack_at=None).count()) == (False, 0)


def test_what_waits_in_a_plan_or_was_discarded_is_not_planned_by_sync_changes(
    added: Store, shop: StoreSide, run_job: RunJob, olga: User
) -> None:
    pks = unmapped(added, olga, TEN)
    plan = run_job(added, Run.Kind.UNMAP, mode=Run.Mode.PLAN, unmapped=pks)
    assert TEN not in told(run_job(added, "sync_changes"))
    runs.discard(plan, olga)
    assert TEN not in told(run_job(added, "sync_changes"))
    assert set(ours(shop, TEN)) == {"customer_id", "customer_number"}


def test_who_is_linked_again_keeps_them(added: Store, shop: StoreSide, run_job: RunJob, olga: User) -> None:
    pks = unmapped(added, olga, TEN, TWENTY)
    plan = run_job(added, Run.Kind.UNMAP, approved=False, mode=Run.Mode.PLAN, unmapped=pks)
    assert (plan.status, plan.to_do) == ("planned", 2)
    ten = Customer.objects.get(email=TEN)
    deciding.map_to(ten, added.company.customers.get(number="10"), olga)
    runs.approve(plan, None, queue=False)
    run = run_job.go_on(plan)
    assert (run.counts, told(run)[TEN]) == ({"updated": 1, "skipped": 1}, ("skipped", unmapping.AGAIN))
    assert (set(ours(shop, TEN)), ours(shop, TWENTY)) == ({"customer_id", "customer_number"}, {})


def test_a_lost_answer_ends_in_the_same_state(
    added: Store, shop: StoreSide, world: World, run_job: RunJob, olga: User
) -> None:
    pks = unmapped(added, olga, TEN, TWENTY)
    world.faults.add(kind="cut-after", vendor="bigcommerce", match="DELETE /v3/customers/metafields", times=1)
    run = run_job(added, Run.Kind.UNMAP, unmapped=pks)
    assert (run.status, run.counts) == ("succeeded", {"updated": 2})
    assert [ours(shop, who) for who in (TEN, TWENTY)] == [{}, {}]


def test_a_read_only_store_waits_for_writing(
    added: Store, shop: StoreSide, world: World, run_job: RunJob, olga: User
) -> None:
    pks = unmapped(added, olga, TEN)
    Store.objects.update(writes_enabled=False)
    run = run_job(added, Run.Kind.UNMAP, unmapped=pks)
    assert (run.status, run.to_do, world.audit.writes()) == ("planned", 1, [])
    assert ours(shop, TEN)


def test_a_stale_tracking_metafield_decides_nothing(
    added: Store, business: CompanySide, shop: StoreSide, run_job: RunJob, olga: User
) -> None:
    """Before the metafields are gone, too: the phone says 30 by now, and nobody is asked about the refused 10."""
    unmapped(added, olga, TEN)
    assert set(ours(shop, TEN)) == {"customer_id", "customer_number"}
    ready(business, "30", phoneNumber="01223 460030")
    shop.change_customer(TEN, phone="01223 460030")
    run_job(added, "import_customers")
    run = run_job(added, "try_mapping")
    assert (told(run)[TEN][0], links(added)[TEN][:2]) == ("linked", ("30", "phone"))
    assert standing(added)[TEN][0] == "linked"


def test_retrying_an_undo_takes_back_what_failed(
    added: Store, business: CompanySide, shop: StoreSide, run_job: RunJob
) -> None:
    for number in ("10", "20"):
        business.change_customer(number, displayName=f"Renamed {number}")
    run = run_job(added, "update_customers")
    undo = run_job.go_on(runs.undo(run, None, queue=False))
    # As a vendor that had been away too long would leave it.
    undo.records.filter(customer__email=TEN).update(state="done", outcome="failed", reason="No answer.")
    Run.objects.filter(pk=undo.pk).update(to_do=1, counts={"failed": 1})
    undo.refresh_from_db()
    runs.approve(undo, None, queue=False)
    undo = run_job.go_on(undo)
    assert (undo.status, undo.counts) == ("completed with errors", {"updated": 1, "failed": 1})
    again = run_job.go_on(runs.retry_failed(undo, None))
    assert (again.status, again.to_do, again.scope["run"]) == ("planned", 1, run.pk)
    runs.approve(again, None, queue=False)
    assert run_job.go_on(again).status == "succeeded"
    assert [shop.customer(who)["company"] for who in (TEN, TWENTY)] == ["Firm 10", "Firm 20"]
