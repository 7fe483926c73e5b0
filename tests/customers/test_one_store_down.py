"""Two stores with one company, one of them down: the other does not notice, and the first catches up by itself."""

from typing import Any

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import engine, lease
from customers.models import Run
from stores import inbox
from stores.models import Store
from tests.customers.reading import core
from tests.customers.syncing import TEN, event, families, in_step
from tests.customers.test_two_stores import at_the_same_moment
from tests.fixtures import FIRST, SECOND, RunJob, outcomes


@pytest.fixture
def both(store: Store, second_store: Store, business: CompanySide, world: World, run_job: RunJob) -> list[Store]:
    in_step(store, business, world, run_job)
    for kind in ("add_customers", "import_customers", "sync_changes"):
        run_job(second_store, kind)
    world.audit.reset()
    return [store, second_store]


def changed(both: list[Store], business: CompanySide) -> None:
    """Somebody edits customer 10, and Business Central tells both stores' inboxes."""
    business.change_customer("10", phoneNumber="01223 999999")
    row = business.customer("10")
    assert row is not None
    for store in both:
        event(store, "business_central/customers/updated", row["id"])


def phones(world: World) -> list[str]:
    return [core(world.stores[hash], TEN)["phone"] for hash in (FIRST, SECOND)]


def test_a_store_whose_token_is_refused_holds_nobody_up_and_catches_up_when_it_is_mended(
    both: list[Store], business: CompanySide, world: World, run_job: RunJob
) -> None:
    alone = run_job(both[0], "sync_changes")
    Store.objects.filter(hash=SECOND).update(access_token="refused")
    changed(both, business)
    # The broken one first: whatever it leaves behind is in the other's way.
    broken = run_job(both[1], "sync_changes")
    run = run_job(both[0], "sync_changes")
    assert (broken.status, run.status, outcomes(run)) == (Run.Status.STOPPED, Run.Status.SUCCEEDED, {TEN: "updated"})
    assert phones(world) == ["01223 999999", "01223 460001"]
    assert (inbox.pending_ids(both[0]).events, alone.status) == (0, Run.Status.SUCCEEDED)
    Store.objects.filter(hash=SECOND).update(access_token=f"token-{SECOND}")
    assert outcomes(run_job(both[1], "sync_changes")) == {TEN: "updated"}
    assert phones(world) == ["01223 999999"] * 2
    assert world.audit.broken_rules == []


def test_a_store_that_breaks_while_it_writes_is_taken_over_by_its_next_sync(
    both: list[Store], business: CompanySide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(both, business)
    monkeypatch.setattr(engine, "MOST_RETRIES", 0)
    world.faults.add("503", match="PUT /v3/customers", times=50)
    broken = run_job(both[1], "sync_changes")
    world.faults.clear()
    assert (broken.status, broken.to_do) == (Run.Status.STOPPED, 1)
    assert outcomes(run_job(both[0], "sync_changes")) == {TEN: "updated"}
    assert outcomes(run_job(both[1], "sync_changes")) == {TEN: "updated"}
    broken.refresh_from_db()
    assert (outcomes(broken), broken.to_do, sum(broken.counts.values())) == ({TEN: "skipped"}, 0, broken.looked_at)
    assert phones(world) == ["01223 999999"] * 2


def test_at_the_same_moment_both_are_served_and_the_company_is_read_by_one_at_a_time(
    both: list[Store], business: CompanySide, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_SLICE_SECONDS = 0.0
    monkeypatch.setattr(lease, "COMPANY_PATIENCE", 0.0)
    changed(both, business)
    ended = at_the_same_moment(both, "sync_changes")
    assert [(run.status, outcomes(run)) for run in ended] == [(Run.Status.SUCCEEDED, {TEN: "updated"})] * 2
    assert phones(world) == ["01223 999999"] * 2
    # What the first one read, the second one had.
    assert families(world, "business_central").count("GET /ODataV4/Customer_Card") == 1
