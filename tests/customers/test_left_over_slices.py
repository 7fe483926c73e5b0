"""Looking for whom Add Customers leaves over: only when something of it is another, in slices, and never half."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers import left_over, readiness_check, shared_emails, tasks
from customers.claims import Unlinked
from customers.models import NotReady, ReadinessCheck
from stores.models import Store
from tests.customers.test_left_over import beat, codes, counts, customer, named, prepared
from tests.fixtures import RunJob
from tests.pages import data

__all__ = ["prepared"]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    """The store of each search that was made."""
    made: list[Store] = []

    def watched(store: Store, *given: Any, **options: Any) -> Unlinked:
        made.append(store)
        return Unlinked(store, *given, **options)

    monkeypatch.setattr(left_over, "Unlinked", watched)
    return made


@pytest.fixture
def quiet(prepared: Store, run_job: RunJob) -> Store:
    """Nothing waits: what the first Sync found is done and looked at."""
    for _ in range(3):
        run_job(prepared, "sync_changes")
        beat(prepared)
    return prepared


def fresh(store: Store) -> Store:
    return Store.objects.select_related("company").get(pk=store.pk)


def test_a_sync_that_finds_nothing_lets_nobody_search(quiet: Store, run_job: RunJob, searches: list[Store]) -> None:
    said = codes(quiet)
    for _ in range(3):
        assert run_job(quiet, "sync_changes").counts == {}
        beat(quiet)
    assert (searches, codes(quiet)) == ([], said)


def test_a_sync_that_reads_another_shopper_lets_search(
    quiet: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, searches: list[Store]
) -> None:
    shop.change_customer("other@a.example", phone="020 7946 0041")
    assert run_job(quiet, "sync_changes").counts == {}
    beat(quiet)
    assert "50" not in codes(quiet)
    shop.delete_customer(shop.customer("here@a.example")["id"])
    business.change_customer("11", email="twice@a.example")
    run_job(quiet, "sync_changes")
    beat(quiet)
    assert codes(quiet)["11"] == codes(quiet)["30"] == ["shared-email"]
    business.delete_customer("11")
    business.delete_customer("30")
    run_job(quiet, "check_readiness")
    beat(quiet)
    assert "31" not in codes(quiet)
    assert len(searches) >= 3


def test_a_decision_and_a_link_let_search(quiet: Store, searches: list[Store]) -> None:
    shared_emails.skip(quiet, named("40"), data.user("operator"), "a branch", None)
    searches.clear()
    beat(quiet)
    assert searches == [quiet]


def test_a_search_that_is_interrupted_goes_on_and_what_was_known_stands_meanwhile(
    prepared: Store, monkeypatch: pytest.MonkeyPatch, searches: list[Store]
) -> None:
    said = codes(prepared)
    monkeypatch.setattr(left_over, "CHUNK", 1)
    ReadinessCheck.objects.update(others_stamp=[])
    NotReady.objects.filter(number="30").update(text="old")
    calls = 0
    while readiness_check.bring_up_to_date(fresh(prepared), lambda number: False) is None:
        calls += 1
        assert readiness_check.is_stale(fresh(prepared), readiness_check.check_of(prepared))
        assert codes(prepared) == said
        assert calls < 20
    assert calls > 4
    assert not NotReady.objects.filter(text="old").exists()
    assert not readiness_check.is_stale(fresh(prepared), readiness_check.check_of(prepared))
    counts(prepared)


def test_whoever_changes_behind_the_place_of_a_search_is_looked_at_once_more(
    prepared: Store, business: CompanySide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_over, "CHUNK", 1)
    ReadinessCheck.objects.update(others_stamp=[])
    for _ in range(3):
        assert readiness_check.bring_up_to_date(fresh(prepared), lambda number: False) is None
    assert ReadinessCheck.objects.get().pending["search"]["after"] > named("11").pk
    business.change_customer("10", email="twice@a.example")
    customer(business, "12", "own@a.example")
    run_job(prepared, "import_customers")
    run = run_job(prepared, "check_readiness")
    assert run.status == "succeeded"
    while tasks.check_readiness():
        pass
    assert (codes(prepared)["10"], codes(prepared)["30"]) == (["shared-email"], ["shared-email"])
    assert "shared-email" in codes(prepared)["12"]
    counts(prepared)


def test_a_set_up_that_changes_meanwhile_begins_anew(prepared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_over, "CHUNK", 1)
    ReadinessCheck.objects.update(others_stamp=[])
    assert readiness_check.bring_up_to_date(fresh(prepared), lambda number: False) is None
    prepared.required_fields.create(name="website")
    beat(prepared)
    assert ReadinessCheck.objects.get().pending == {}
    assert {code for found in codes(prepared).values() for code in found[:1]} <= {
        "blocked",
        "missing-email",
        "missing-website",
    }
