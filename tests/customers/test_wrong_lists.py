"""A list that suddenly lacks customers, and policies that unlink: nobody is parted by a wrong answer or unseen."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from bcsync.clients import business_central_watch as watch
from bcsync.clients.bigcommerce import BigCommerce
from bcsync.clients.bigcommerce_pages import Page
from bcsync.clients.business_central import BusinessCentral
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import alarms, runs, watching
from customers.models import BusinessCentralCustomer, Customer, Link, RefusedPair, Run
from stores.models import BusinessCentralCompany, Store
from tests.customers.reading import links
from tests.customers.syncing import TEN, TWENTY, in_step, let_lists_be_due
from tests.customers.test_add_customers import ready
from tests.customers.test_gone_policy import delete_both_ways
from tests.fixtures import RunJob, outcomes, told
from tests.pages import data

UNBELIEVED = "So many at once are not believed to be deleted"


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    made = in_step(store, business, world, run_job)
    Store.objects.update(when_deleted=Store.WhenDeleted.UNLINK)
    return made


def strict() -> None:
    Store.objects.update(brake_count=0, brake_share=0)


def nobody_marked() -> bool:
    rows = Customer.objects.exclude(gone_at=None), BusinessCentralCustomer.objects.exclude(gone_at=None)
    return not any(found.exists() for found in rows)


def empty_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's whole list is empty; asked for by id, or by what changed, it says the truth."""
    real = BigCommerce.customers

    def customers(self: BigCommerce, **options: Any) -> Iterator[Page]:
        whole = not options.get("ids") and not options.get("modified_since")
        return iter([Page([], "", None)]) if whole else real(self, **options)

    monkeypatch.setattr(BigCommerce, "customers", customers)


def test_the_command_ends_as_a_run_with_errors_does(synced: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_lists(monkeypatch)
    with pytest.raises(SystemExit) as ended:
        call_command("import_customers", store=synced.hash)
    assert ended.value.code == 1


@pytest.mark.parametrize("job", ["sync_changes", "import_customers"])
def test_an_empty_list_of_the_store_marks_nobody_and_is_said(
    synced: Store, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    strict()
    before, state = links(synced), world.state()
    empty_lists(monkeypatch)
    run = run_job(synced, job, approved=False)
    assert (run.status, told(run)) == (Run.Status.WITH_ERRORS, {})
    assert "BigCommerce does not list 2 of 2 customers that were there. " + UNBELIEVED in run.message
    assert (links(synced), world.state(), nobody_marked()) == (before, state, True)


@pytest.mark.parametrize("whole", [False, True])
def test_an_empty_answer_of_business_central_marks_nobody_and_is_said(
    synced: Store, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    strict()
    before, state = links(synced), world.state()
    let_lists_be_due()
    hide_all(monkeypatch)
    monkeypatch.setattr(BusinessCentral, "read_customers", lambda self, *a, **k: iter([]))
    if whole:
        BusinessCentralCompany.objects.update(refreshed_at=None)
    run = run_job(synced, "sync_changes", approved=False)
    assert (run.status, told(run)) == (Run.Status.WITH_ERRORS, {})
    assert "Business Central does not list 2 of 2 customers that were there. " + UNBELIEVED in run.message
    assert (links(synced), world.state(), nobody_marked()) == (before, state, True)


def hide_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a security filter on our app does it: no list of Business Central's has anybody, nor an id."""
    monkeypatch.setattr(watch, "customer_ids", lambda client: iter([set()]))
    monkeypatch.setattr(watch, "still_there", lambda client, ids: set())


def doubted() -> list[tuple[str, Store | None]]:
    """(text, store) of the open alarms about lists, after a look of the watchdog."""
    watching.look(timezone.now(), slow=True)
    return [(alarm.text, alarm.store) for alarm in alarms.open_alarms() if alarm.kind == "list_doubted"]


def test_a_list_without_anybody_is_an_alarm_until_it_is_whole_again(
    synced: Store, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        empty_lists(wrong)
        run = run_job(synced, "import_customers")
    ((text, of),) = doubted()
    assert (text.partition(" (")[0], of) == ("BigCommerce did not list 2 of 2 customers that were there", synced)
    assert f"run {run.pk}" in text
    run_job(synced, "import_customers")
    assert (doubted(), nobody_marked()) == ([], True)


def test_a_round_of_the_rolling_compare_that_lists_everybody_ends_the_alarm(
    synced: Store, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        empty_lists(wrong)
        run_job(synced, "sync_changes")
    assert len(doubted()) == 1
    Store.objects.update(rolling={})
    run_job(synced, "sync_changes")
    assert doubted() == []


def test_an_administrator_confirms_that_everybody_was_deleted(
    synced: Store, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    strict()
    state = world.state()
    let_lists_be_due()
    hide_all(monkeypatch)
    run_job(synced, "sync_changes")
    ((text, of),) = doubted()
    assert (text.partition(" (")[0], of) == ("Business Central did not list 2 of 2 customers that were there", None)

    card, confirm = synced.get_absolute_url(), f"{synced.get_absolute_url()}believe-list/business-central/"
    client.force_login(data.user("operator"))
    assert "did not list 2 of 2 customers" in client.get(card).content.decode()
    assert (client.post(confirm).status_code, len(doubted())) == (403, 1)
    client.force_login(data.user("administrator"))
    assert confirm in client.get(card).content.decode()
    assert client.post(confirm, follow=True).status_code == 200

    run = run_job(synced, "sync_changes", approved=False)

    assert BusinessCentralCustomer.objects.filter(gone_at=None).count() == 0
    # The store's policy unlinks them, and the brake waits for a person all the same.
    assert (run.status, run.to_do, len(links(synced))) == (Run.Status.PLANNED, 2, 2)
    assert (doubted(), world.state()) == ([], state)
    assert confirm not in client.get(card).content.decode()


def test_a_short_list_is_asked_about_by_id(
    synced: Store, business: CompanySide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten = business.customer("10")
    assert ten is not None
    before, state = links(synced), world.state()
    let_lists_be_due()
    monkeypatch.setattr(watch, "customer_ids", lambda client: iter([{str(UUID(ten["id"]))}]))
    run = run_job(synced, "sync_changes")
    assert (run.status, told(run), run.message) == (Run.Status.SUCCEEDED, {}, "")
    assert (links(synced), world.state(), nobody_marked()) == (before, state, True)


def test_more_missing_than_the_brake_lets_through_are_not_believed(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    four = ("30", "40", "50", "60")
    for number in four:
        ready(business, number)
    in_step(store, business, world, run_job)
    hidden = {shop.customer(f"c{number}@example.com")["id"] for number in four}
    real, state = BigCommerce.customers, world.state()

    def customers(self: BigCommerce, **options: Any) -> Iterator[Page]:
        for page in real(self, **options):
            yield Page([item for item in page.items if item["id"] not in hidden], page.after, page.date)

    monkeypatch.setattr(BigCommerce, "customers", customers)
    Store.objects.update(brake_count=3)
    run = run_job(store, "sync_changes")
    assert (run.status, told(run)) == (Run.Status.WITH_ERRORS, {})
    assert "BigCommerce does not list 4 of 6 customers that were there. " + UNBELIEVED in run.message
    assert (nobody_marked(), world.state()) == (True, state)
    Store.objects.update(brake_count=4, rolling={})
    run = run_job(store, "sync_changes")
    assert (run.status, set(outcomes(run).values())) == (Run.Status.SUCCEEDED, {"skipped"})
    assert Customer.objects.exclude(gone_at=None).count() == 4


def test_the_brake_holds_unlinks_of_deleted_customers_until_somebody_approves(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, client: Client
) -> None:
    strict()
    before = links(synced)
    delete_both_ways(synced, shop, business)
    run = run_job(synced, "sync_changes", approved=False)
    assert (run.status, run.to_do, links(synced)) == (Run.Status.PLANNED, 2, before)
    assert outcomes(run) == {TEN: "updated", TWENTY: "updated"}
    assert "This would change 2 customers" in run.message
    client.force_login(data.user("operator"))
    page = client.get(run.get_absolute_url()).content.decode()
    # There is no Undo of Sync changes.
    assert ("unlinked from 20 by the store" in page, "Can be undone" in page) == (True, False)
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, run.to_do, links(synced)) == (Run.Status.SUCCEEDED, 0, {})
    assert run_job(synced, "sync_changes").looked_at == 0


def test_the_brake_holds_unlinks_of_blocked_customers_and_one_that_is_free_again_stays(
    synced: Store, business: CompanySide, run_job: RunJob
) -> None:
    strict()
    Store.objects.update(when_blocked=Store.WhenBlocked.UNLINK)
    for number in ("10", "20"):
        business.change_customer(number, blocked="All")
    run = run_job(synced, "sync_changes", approved=False)
    assert (run.status, run.to_do) == (Run.Status.PLANNED, 2)
    assert (Link.objects.count(), RefusedPair.objects.count()) == (2, 0)
    business.change_customer("20", blocked="_x0020_")
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert list(links(synced)) == [TWENTY]
    assert told(run)[TWENTY][1].startswith("Not parted after all")
    assert RefusedPair.objects.count() == 1
