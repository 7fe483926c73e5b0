"""Stop: the run ends after the requests that are under way; what they brought is kept, Resume does the rest."""

import threading
from typing import Any

import pytest

from bcsync.clients.bigcommerce_limits import CONCURRENCY
from bcsync.clients.transport import Transport
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import context, drive, pending, runs
from customers.context import Context
from customers.models import Run
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob

MANY = 90


@pytest.fixture
def stop_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """stop_at(family, n): somebody presses Stop, or does `instead`, while the nth such request is under way."""

    def arrange(family: str, number: int, instead: Any = None) -> None:
        lock, seen, pressed, send = threading.Lock(), [0], threading.Event(), Transport._send

        def sending(self: Transport, attempt: Any, *rest: Any) -> Any:
            with lock:
                seen[0] += attempt.family == family
                if seen[0] == number:
                    pressed.set()
            return send(self, attempt, *rest)

        def asked(ctx: Context) -> bool:
            if pressed.is_set():
                instead() if instead else Run.objects.filter(pk=ctx.run.pk).update(stop_requested=True)
                pressed.clear()
                seen[0] = MANY
            return Run.objects.filter(pk=ctx.run.pk, stop_requested=True).exists()

        monkeypatch.setattr(context, "STOP_ASKED_EVERY", 0.0)
        monkeypatch.setattr(Transport, "_send", sending)
        monkeypatch.setattr(Context, "stop_requested", asked)

    return arrange


def work(store: Store, job: str) -> Run:
    run = runs.start(store, job, trigger=Run.Trigger.COMMAND, approved=True, queue=False)
    return drive.to_rest(run)


def resumed(run: Run, run_job: RunJob) -> Run:
    runs.resume(run)
    return run_job.go_on(run)


def adds_up(run: Run) -> bool:
    states = list(run.records.values_list("state", flat=True))
    return sum(run.counts.values()) + run.to_do == run.looked_at and states.count("planned") == run.to_do


def customers(business: CompanySide, number: int = MANY) -> None:
    for index in range(number):
        who = {"displayName": f"Many {index}", "email": f"m{index}@example.com"}
        business.add_customer(number=f"1{index:03d}", **who, **READY)


def test_update_ends_after_the_batches_under_way_and_goes_on_with_what_it_had_not_sent(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, stop_at: Any
) -> None:
    customers(business)
    run_job(store, "add_customers")
    for index in range(MANY):
        business.change_customer(f"1{index:03d}", displayName=f"New {index}", addressLine1=f"{index} New Road")
    world.audit.reset()
    stop_at("PUT /v3/customers", 2)
    run = work(store, "update_customers")
    changed = sum(body["company"].startswith("New") for body in shop.state()["customers"].values())
    assert (run.status, run.message) == ("stopped", pending.stopped(run))
    assert 20 <= changed <= 40
    # A batch that the wish came upon while it was filled is sent as it is.
    assert len(world.audit.calls(family="PUT /v3/customers")) <= changed // 10 + 1
    assert world.audit.calls(family="PUT /v3/customers/addresses") == []
    assert adds_up(run)
    assert run.to_do == MANY

    run = resumed(run, run_job)
    assert (run.status, run.counts, run.to_do) == ("succeeded", {"updated": MANY}, 0)
    bodies = shop.state()["customers"].values()
    assert all(body["company"].startswith("New") for body in bodies)
    assert all("New Road" in body["addresses"][0]["address1"] for body in bodies)
    assert len(world.audit.calls(family="PUT /v3/customers")) <= 10
    assert run_job(store, "update_customers").counts == {"unchanged": MANY}


def test_writing_turned_off_in_mid_run_ends_it_as_a_plan_of_the_rest(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, stop_at: Any
) -> None:
    customers(business, 30)
    run_job(store, "add_customers")
    for index in range(30):
        business.change_customer(f"1{index:03d}", displayName=f"New {index}", addressLine1=f"{index} New Road")
    world.audit.reset()
    this = Store.objects.filter(pk=store.pk)
    stop_at("PUT /v3/customers", 1, lambda: this.update(writes_enabled=False))
    run = work(store, "update_customers")
    assert (run.status, run.to_do, "read-only" in run.message, adds_up(run)) == ("planned", 30, True, True)
    assert {call.family for call in world.audit.writes()} == {"PUT /v3/customers"}
    sent = len(world.audit.writes())
    with pytest.raises(runs.CannotStart, match="read-only"):
        runs.approve(run, None)
    this.update(writes_enabled=True)
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, run.counts, sent) == ("succeeded", {"updated": 30}, 1)


def test_add_customers_links_whom_it_created_and_resumes_with_the_others(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, stop_at: Any, monkeypatch: Any
) -> None:
    customers(business)
    monkeypatch.setitem(CONCURRENCY, "POST /v3/customers", 2)
    stop_at("POST /v3/customers", 2)
    run = work(store, "add_customers")
    made = shop.count()
    assert (run.status, adds_up(run)) == ("stopped", True)
    assert 20 <= made <= 30
    assert store.links.count() == made

    run = resumed(run, run_job)
    assert (run.status, run.counts, shop.count()) == ("succeeded", {"created": MANY}, MANY)
    assert len(world.audit.calls(family="POST /v3/customers")) <= 10
    assert run.least_calls["BigCommerce POST /v3/customers"] == 9
    assert world.audit.broken_rules == []


def test_try_mapping_stops_between_two_creates(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, stop_at: Any
) -> None:
    for index in range(40):
        names = {"first_name": f"Many {index}", "last_name": "Shopper"}
        shop.add_customer(email=f"s{index}@example.com", addresses=[ADDRESS], **names)
    run_job(store, "import_customers")
    stop_at("POST /customers", 3)
    run = work(store, "try_mapping")
    made = len(business.customers())
    assert (run.status, adds_up(run)) == ("stopped", True)
    assert 3 <= made <= 8
    assert run.counts == {"created": made}

    run = resumed(run, run_job)
    assert (run.status, run.counts, len(business.customers())) == ("succeeded", {"created": 40}, 40)


@pytest.mark.parametrize("job", ["add_customers", "update_customers", "try_mapping"])
def test_a_plan_that_takes_long_is_left_where_it_is_and_made_anew(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, stop_at: Any, job: str
) -> None:
    customers(business, 3)
    shop.generate(260)
    stop_at("GET /customers" if job == "try_mapping" else "GET /v3/customers", 1)
    run = work(store, job)
    assert (run.status, run.step, run.records.count(), adds_up(run)) == ("stopped", "plan", 0, True)
    assert resumed(run, run_job).status == "succeeded"


def test_an_import_stops_among_the_metafields(
    store: Store, shop: StoreSide, run_job: RunJob, stop_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(30):
        fields = [{"namespace": "x", "key": f"k{key}", "value": "v"} for key in range(10)]
        shop.add_customer(email=f"s{index}@example.com", metafields=fields)
    stop_at("GET /v3/customers/metafields", 1)
    run = work(store, "import_customers")
    assert (run.status, run.counts, adds_up(run)) == ("stopped", {"created": 30}, True)
    run = resumed(run, run_job)
    assert (run.status, run.counts) == ("succeeded", {"created": 30})
    assert sum(row.metafields.count() for row in store.customers.all()) == 300
