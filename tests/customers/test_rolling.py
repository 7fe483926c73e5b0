"""The rolling compare: what has no stamp is found by reading everybody in turn, within a share of the store's calls."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.clients import bigcommerce_reads
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import rolling
from customers.models import Customer, CustomerAddress, CustomerMetafield, RecurringTask, Run
from customers.rolling import Budget
from stores.models import Store
from tests.customers.syncing import TEN, TWENTY, event, families, in_step
from tests.fixtures import RunJob, outcomes

WITHIN = "Everybody is compared within"
HOUR, FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    return in_step(store, business, world, run_job)


def test_a_budget_spends_what_has_gathered_and_no_more_than_the_base_has() -> None:
    standard = Budget(per_day=150 / 30 * 86_400 * 0.05, pages=1_200)
    assert standard.calls(timedelta()) == 0
    assert standard.calls(FIVE_MINUTES) == rolling.MOST_PAGES
    # Hourly runs have to read more at once, or a day would not do.
    assert standard.calls(HOUR) == 50
    assert standard.calls(timedelta(days=9)) == 1_200
    assert Budget(per_day=21_600, pages=3).calls(HOUR) == 3
    assert Budget(per_day=288, pages=1_200).calls(FIVE_MINUTES) == 1


def test_how_long_everybody_takes_is_said_in_words(db: None) -> None:
    assert Budget(per_day=0, pages=9).takes is None
    assert rolling.words(Budget(per_day=400, pages=1_200).takes or timedelta()) == "3 days"
    assert rolling.words(timedelta(minutes=3)) == "5 minutes"
    assert rolling.words(timedelta(hours=5.2)) == "6 hours"


def test_the_card_says_where_a_day_is_too_short(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    every(store, every_minutes=1440)
    monkeypatch.setattr(rolling, "budget_of", lambda store: Budget(per_day=400, pages=1_200))
    assert rolling.told(store) == [
        "Comparing everybody takes 3 days at this budget: longer than a day. Give it a greater share of calls."
    ]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"every_minutes": 5}, f"{WITHIN} 5 hours at this budget, with Sync changes every 5 minutes."),
        ({"every_minutes": 60}, f"{WITHIN} 24 hours at this budget, with Sync changes every hour."),
        ({"cron": "30 2 * * *"}, f"{WITHIN} 24 hours at this budget, with Sync changes daily at 02:30."),
        # In working hours only, which is 132 times a day.
        ({"cron": "*/5 8-18 * * *"}, f"{WITHIN} 11 hours at this budget, with Sync changes cron */5 8-18 * * *."),
        ({"cron": "30 2 * * 1"},
         "Comparing everybody takes 7 days with Sync changes Monday at 02:30: longer than a day. "
         "Let it run more often."),
    ],
)  # fmt: skip
def test_the_card_counts_with_how_often_a_run_comes(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: dict[str, Any], said: str
) -> None:
    every(store, **when)
    monkeypatch.setattr(rolling, "budget_of", lambda store: Budget(150 / 30 * 86_400 * 0.05, 1_200))
    assert rolling.told(store) == [said]


def test_the_card_says_where_nothing_starts_it(store: Store) -> None:
    assert rolling.told(store) == [rolling.NO_SCHEDULE]
    every(store, due_at=None, every_minutes=5)
    assert rolling.told(store) == [rolling.NO_SCHEDULE]


def every(store: Store, **when: Any) -> None:
    """Sync changes comes so often by itself."""
    RecurringTask.objects.create(**{"store": store, "kind": "sync_changes", "due_at": timezone.now(), **when})


def test_what_the_store_changed_without_a_stamp_or_an_event_is_found_and_mended(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    before = world.state()
    address = CustomerAddress.objects.get(customer__email=TEN)
    shop.change_address(address.remote_id, city="Ely")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    assert (
        world.state()["stores"][shop.hash]["customers"][TEN]["addresses"]
        == (before["stores"][shop.hash]["customers"][TEN]["addresses"])
    )
    assert run_job(synced, "sync_changes").looked_at == 0
    assert world.audit.broken_rules == []


def test_who_was_deleted_without_an_event_is_marked_and_a_metafield_comes_back(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    shop.delete_customer(TWENTY)
    gone = CustomerMetafield.objects.filter(customer__email=TEN).order_by("pk").first()
    assert gone is not None
    shop.metafields.delete("id = ?", (gone.remote_id,))
    run = run_job(synced, "sync_changes")
    assert outcomes(run) == {TEN: "updated", TWENTY: "skipped"}
    assert Customer.objects.get(email=TWENTY).gone_at is not None
    assert gone.key in {row["key"] for row in shop.customer(TEN)["metafields"]}


def test_pages_are_walked_in_turn_and_a_worker_that_dies_goes_on_where_it_was(
    synced: Store, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigcommerce_reads, "MAX_PER_PAGE", 1)
    monkeypatch.setattr(rolling, "budget_of", lambda store: Budget(per_day=86_400 * 1e6, pages=1))
    places = []
    for _ in range(7):
        run_job(synced, "sync_changes")
        synced.refresh_from_db()
        places.append((synced.rolling.get("feed", "customers"), bool(synced.rolling["after"])))
    # Two customers, then four metafields, then again from the beginning.
    assert places == [
        ("customers", True), ("metafields", False), ("metafields", True), ("metafields", True), ("metafields", True),
        ("customers", False), ("customers", True),
    ]  # fmt: skip
    assert "done" in synced.rolling
    assert Customer.objects.filter(gone_at=None).count() == 2


def test_a_place_that_the_store_has_forgotten_begins_the_round_anew(
    synced: Store, world: World, run_job: RunJob
) -> None:
    Store.objects.update(rolling={"feed": "customers", "after": "no-such-place", "last_id": 999_999})
    run = run_job(synced, "sync_changes")
    synced.refresh_from_db()
    assert (run.status, synced.rolling["after"]) == (Run.Status.SUCCEEDED, "")
    assert synced.rolling["last_id"] < 999_999
    assert Customer.objects.filter(gone_at=None).count() == 2


@pytest.mark.parametrize("at_a_time", [1, 250])
def test_one_strange_row_is_said_and_passed_by_and_the_sync_goes_on(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob,
    monkeypatch: pytest.MonkeyPatch, at_a_time: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(bigcommerce_reads, "MAX_PER_PAGE", at_a_time)
    monkeypatch.setattr(rolling, "budget_of", lambda store: Budget(per_day=86_400 * 1e6, pages=40))
    strange, real = shop.customer(TEN)["id"], bigcommerce_reads.check

    def check(path: str, items: list[dict[str, Any]], family: str) -> None:
        if path == "/v3/customers" and strange in {item["id"] for item in items}:
            raise UnexpectedAnswer("BigCommerce", "BigCommerce answered with a text in data[0].id.")
        real(path, items, family)

    monkeypatch.setattr(bigcommerce_reads, "check", check)
    business.change_customer("20", phoneNumber="01223 999999")
    for number in range(3):
        run = run_job(synced, "sync_changes")
        assert run.status == Run.Status.WITH_ERRORS
        assert "BigCommerce answered with a text in data[0].id. The rolling compare passed by this page" in run.message
        assert outcomes(run) == ({} if number else {TWENTY: "updated"})
    synced.refresh_from_db()
    assert (shop.customer(TWENTY)["phone"], "done" in synced.rolling) == ("01223 999999", True)
    assert Customer.objects.filter(gone_at=None).count() == 2


def test_turned_off_or_started_by_an_event_it_reads_nothing(
    synced: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    event(synced, "store/customer/updated", shop.customer(TEN)["id"])
    run_job(synced, "sync_changes", trigger=Run.Trigger.EVENT)
    # The feed, and the customer that was named.
    assert families(world, "bigcommerce").count("GET /v3/customers") == 2
    Store.objects.update(compare_share=0)
    world.audit.reset()
    run_job(synced, "sync_changes")
    assert families(world, "bigcommerce").count("GET /v3/customers") == 1
