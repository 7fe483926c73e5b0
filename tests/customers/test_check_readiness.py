"""Check readiness: Business Central is read, reasons are kept per store, and only who may have changed is looked at."""

import io

import pytest
from django.core.management import call_command

from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import readiness_check, tasks
from customers.adding import Adding
from customers.models import BusinessCentralCustomer, Link, NotReady, ReadinessCheck
from customers.models.readiness import counted
from customers.store_definitions import definitions
from stores.models import Store
from tests.fixtures import READY, RunJob


def some_customers(business: CompanySide) -> None:
    """Two that are ready, one without an e-mail, one without an e-mail and without a contact."""
    for number in ("10", "20"):
        business.add_customer(number=number, displayName=f"Ready {number}", email=f"c{number}@a.example", **READY)
    business.add_customer(number="30", displayName="No Mail", **READY)
    business.add_customer(number="40", displayName="Neither", **{**READY, "contact": None})


def reasons(store: Store) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in NotReady.objects.filter(store=store):
        found.setdefault(row.number, set()).add(row.code)
    return found


def counts(store: Store) -> tuple[int, int, int, int]:
    """total, linked, ready, not ready; as kept and as the tables say."""
    store.company.refresh_from_db()
    kept = ReadinessCheck.counts_of([store])[store.pk]
    assert kept == counted(store)
    assert kept["total"] == kept["linked"] + kept["ready"] + kept["not_ready"]
    return kept["total"], kept["linked"], kept["ready"], kept["not_ready"]


def looked_at(store: Store) -> int | None:
    return readiness_check.bring_up_to_date(Store.objects.select_related("company").get(pk=store.pk))


def test_business_central_is_read_and_the_reasons_are_kept(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    some_customers(business)
    before = world.state()
    run = run_job(store, "check_readiness")
    assert (run.status, run.mode, run.counts, run.looked_at) == ("succeeded", "plan", {"unchanged": 4}, 4)
    assert world.state() == before
    assert reasons(store) == {"30": {"missing-email"}, "40": {"missing-email", "missing-first-name", "missing-surname"}}
    assert [(row.number, row.code) for row in NotReady.objects.filter(only=True)] == [("30", "missing-email")]
    assert counts(store) == (4, 0, 2, 2)


def test_the_reasons_are_those_of_add_customers(store: Store, business: CompanySide, run_job: RunJob) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    rows = list(BusinessCentralCustomer.objects.order_by("number"))
    judged = {each.row.number: each.reasons for each in Adding(store).judge(rows) if each.kind == "not ready"}
    kept: dict[str, list[str]] = {}
    for row in NotReady.objects.order_by("pk"):
        kept.setdefault(row.number, []).append(row.text)
    assert kept == judged


def test_who_is_added_moves_from_ready_to_in_the_store(store: Store, business: CompanySide, run_job: RunJob) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    run_job(store, "add_customers")
    assert counts(store) == (4, 2, 0, 2)
    Link.objects.order_by("pk").last().delete()  # type: ignore[union-attr]
    assert counts(store) == (4, 1, 1, 2)


def test_again_only_who_changed_is_looked_at(store: Store, business: CompanySide, run_job: RunJob) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    run_job(store, "check_readiness")  # the first one's rows are as old as its reading
    assert run_job(store, "check_readiness").looked_at == 0
    business.change_customer("30", email="mended@a.example")
    run = run_job(store, "check_readiness")
    assert (run.looked_at, reasons(store).get("30"), counts(store)) == (1, None, (4, 0, 3, 1))


def test_who_is_gone_has_no_reasons(store: Store, business: CompanySide, run_job: RunJob) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    business.delete_customer("30")
    run_job(store, "check_readiness")
    assert set(reasons(store)) == {"40"}
    assert counts(store) == (3, 0, 2, 1)


def test_a_changed_set_up_is_noticed_by_the_beat_without_a_vendor_call(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    assert tasks.check_readiness() == 0
    store.required_fields.create(name="website")
    world.close()  # nobody answers any more
    assert tasks.check_readiness() == 1
    assert set(reasons(store)) == {"10", "20", "30", "40"}
    assert tasks.check_readiness() == 0


def test_an_interrupted_evaluation_goes_on_where_it_was(
    store: Store, business: CompanySide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    monkeypatch.setattr(readiness_check, "CHUNK", 1)
    NotReady.objects.all().delete()
    ReadinessCheck.objects.update(stamp="older")
    fresh = Store.objects.select_related("company").get(pk=store.pk)
    seen: list[int] = []
    assert readiness_check.bring_up_to_date(fresh, lambda number: bool(seen.append(number)) or len(seen) < 3) is None
    assert (len(seen), set(reasons(store))) == (3, {"30"})
    assert looked_at(store) == 4
    assert set(reasons(store)) == {"30", "40"}


def test_each_store_has_reasons_of_its_own(
    store: Store, second_store: Store, business: CompanySide, run_job: RunJob
) -> None:
    some_customers(business)
    run_job(store, "check_readiness")
    definitions(second_store)  # with the default rows
    second_store.required_fields.create(name="website")
    run_job(second_store, "check_readiness")
    assert (set(reasons(store)), set(reasons(second_store))) == ({"30", "40"}, {"10", "20", "30", "40"})


def test_the_command(store: Store, business: CompanySide) -> None:
    some_customers(business)
    call_command("check_readiness", store=store.hash, stdout=io.StringIO())
    assert counts(store) == (4, 0, 2, 2)
