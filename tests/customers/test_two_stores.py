"""Two stores on one company: one Business Central customer, a link in each; a shared default customer is no link."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import engine, lease, runs
from customers.lease import Lease
from customers.models import Run
from stores.models import Store
from tests.customers.reading import core, links, ours
from tests.customers.syncing import TEN, TWENTY, event, families, in_step
from tests.fixtures import ADDRESS, FIRST, READY, SECOND, RunJob, outcomes, told

ANN: dict[str, Any] = {"email": "ann@example.com", "first_name": "Ann", "last_name": "Twice"}


def step(run: Run) -> bool:
    """One step of a run, as one short task of a worker would do it. False when it rests."""
    run.refresh_from_db()
    if not run.is_active:
        return False
    lease = Lease.take(run)
    assert lease is not None
    with lease:
        return engine.advance(run, lease) is not None


def at_the_same_moment(stores: list[Store], kind: str) -> list[Run]:
    """Both runs step by step in turn, so that each plans before the other applies."""
    begun = [runs.start(store, kind, trigger=Run.Trigger.COMMAND, approved=True, queue=False) for store in stores]
    going = [True] * len(begun)
    while any(going):
        going = [step(run) for run in begun]
    for run in begun:
        run.refresh_from_db()
    return begun


@pytest.fixture
def both(store: Store, second_store: Store, settings: Any) -> list[Store]:
    settings.RUN_SLICE_SECONDS = 0.0
    return [store, second_store]


@pytest.mark.parametrize("shopper", [{"phone": "+44 20 7946 0001"}, {"phone": ""}, {"addresses": [ADDRESS]}])
@pytest.mark.parametrize("turned", [False, True])
def test_the_same_shopper_mapped_in_both_at_the_same_moment_becomes_one_customer(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob, shopper: dict[str, Any], turned: bool
) -> None:
    for hash in (FIRST, SECOND):
        world.stores[hash].add_customer(**ANN, **shopper)
        run_job(Store.objects.get(hash=hash), "import_customers")
    ended = at_the_same_moment(both[::-1] if turned else both, "try_mapping")
    assert {run.status for run in ended} == {"succeeded"}
    assert [outcomes(run)["ann@example.com"] for run in ended] == ["created", "linked"]
    assert [row["name"] for row in business.customers()] == ["Ann Twice"]
    number = business.customers()[0]["no"]
    assert [links(store)["ann@example.com"][0] for store in both] == [number, number]
    assert len(world.audit.writes("business_central")) == 1


def test_namesakes_with_other_emails_stay_two(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob
) -> None:
    world.stores[FIRST].add_customer(**ANN)
    world.stores[SECOND].add_customer(**{**ANN, "email": "other.ann@example.com"})
    for store in both:
        run_job(store, "import_customers")
    at_the_same_moment(both, "try_mapping")
    assert [row["name"] for row in business.customers()] == ["Ann Twice", "Ann Twice"]


def test_each_store_keeps_its_own_customer_in_step(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob
) -> None:
    for store in both:
        world.stores[store.hash].add_customer(**ANN, phone="+442079460001")
        run_job(store, "import_customers")
    business.add_customer(number="10", displayName="Ann's Ltd.", country="GB", phoneNumber="020 7946 0001")
    at_the_same_moment(both, "try_mapping")
    at_the_same_moment(both, "update_customers")
    for store in both:
        shop = world.stores[store.hash]
        assert core(shop, "ann@example.com")["company"] == "Ann's Ltd."
        assert ours(shop, "ann@example.com")["customer_number"] == "10"
        owners = {m["owner_client_id"] for m in shop.customer("ann@example.com")["metafields"]}
        assert owners == {store.client_id}
    world.audit.reset()
    at_the_same_moment(both, "update_customers")
    assert world.audit.writes() == []


def test_two_shoppers_on_one_default_customer_are_sent_nothing(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="900", displayName="Cash", email="cash@example.com", phoneNumber="020 7946 0900")
    store = both[0]
    Store.objects.filter(pk=store.pk).update(create_unknown=False, default_customer_number="900")
    shop = world.stores[FIRST]
    for email in ("one@example.com", "two@example.com"):
        shop.add_customer(email=email, first_name="Cash", last_name="Payer")
    run_job(store, "import_customers")
    assert outcomes(run_job(store, "try_mapping")) == {"one@example.com": "defaulted", "two@example.com": "defaulted"}
    business.change_customer("900", displayName="Cash Renamed", phoneNumber="020 7946 0901")
    before = world.state()
    run = run_job(store, "update_customers")
    assert (run.looked_at, told(run), world.audit.writes(), world.state() == before) == (0, {}, [], True)
    run = run_job(store, "add_customers")
    assert outcomes(run) == {"900": "skipped"}


def test_a_customer_is_added_to_each_store_once(
    both: list[Store], world: World, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(
        number="10", displayName="Able Ltd.", email="able@example.com", addressLine1="1 Road", city="Ely",
        postalCode="CB7 4AA", country="GB", contact=("Ab", "Le"),
    )  # fmt: skip
    at_the_same_moment(both, "add_customers")
    assert [list(links(store)) for store in both] == [["able@example.com"], ["able@example.com"]]
    ended = at_the_same_moment(both, "add_customers")
    assert [run.counts for run in ended] == [{"unchanged": 1}, {"unchanged": 1}]


def test_a_busy_company_frees_the_worker_and_is_asked_again_without_reading_the_store_twice(
    both: list[Store], world: World, business: CompanySide, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.add_customer(number="10", displayName="Ten", email="ten@example.com", **READY)
    other = Run.objects.create(store=both[1], kind="try_mapping", status="running", lease_token="theirs")
    held = Lease.take(both[0].company)
    assert held is not None
    monkeypatch.setattr(lease, "COMPANY_PATIENCE", 0.0)
    run = runs.start(both[0], "add_customers", trigger=Run.Trigger.COMMAND, approved=True, queue=False)
    for _ in range(15):
        assert step(run)
    run.refresh_from_db()
    assert (run.status, run.lease_token) == ("waiting", "")
    assert run.message == (
        f"Waits for {other} of {other.store}, which works in {both[0].company} just now. Goes on by itself."
    )
    held.release()
    while step(run):
        pass
    run.refresh_from_db()
    assert (run.status, run.counts, run.message) == ("succeeded", {"created": 1}, "")
    assert len(world.audit.calls(family="GET /v3/customers")) == 1
    assert "store_read" not in run.cursor


def test_while_the_company_is_busy_a_sync_reads_nothing_again_and_again(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    in_step(store, business, world, run_job)
    monkeypatch.setattr(lease, "COMPANY_PATIENCE", 0.0)
    settings.RUN_SLICE_SECONDS = 0.0
    for email in (TEN, TWENTY):
        shop.change_customer(email, phone="1")
        event(store, "store/customer/updated", shop.customer(email)["id"])
    other = Lease.take(store.company)
    assert other is not None
    store.refresh_from_db()
    run = runs.start(store, "sync_changes", trigger=Run.Trigger.EVENT, queue=False)
    with other:
        for _ in range(5):
            assert step(run)
    run.refresh_from_db()
    assert (run.status, families(world)) == (Run.Status.WAITING, [])
    run = run_job.go_on(run)
    assert outcomes(run) == {TEN: "updated"}
    # What changed, and who was named; each once.
    assert families(world, "bigcommerce").count("GET /v3/customers") == 2
