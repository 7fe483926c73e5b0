"""Map to, Unmap, Skip and Unskip: what a person decides holds against every job, and the faster of two wins."""

import contextlib
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import adding_sending, deciding, runs
from customers.context import Context
from customers.models import BusinessCentralCustomer, Customer, Decision, Link, RefusedPair, Run, RunRecord
from stores.models import Store
from tests.customers.reading import links, standing
from tests.customers.test_add_customers import ready
from tests.fixtures import RunJob, outcomes, told

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def olga(db: None) -> User:
    return User.objects.create_user("olga", first_name="Olga", last_name="Ops")


@pytest.fixture
def town(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Ann is linked to 10 by phone; Bob is nobody's; 20 is free."""
    store.create_unknown = False
    store.save()
    shop.add_customer(email=ANN, first_name="Ann", last_name="Able", phone="+44 20 7946 0001")
    shop.add_customer(email=BOB, first_name="Bob", last_name="Baker")
    business.add_customer(number="10", displayName="Able Ltd.", country="GB", phoneNumber="020 7946 0001")
    business.add_customer(number="20", displayName="Baker Ltd.", country="GB")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    assert links(store) == {ANN: ("10", "phone", "+442079460001")}
    world.audit.reset()
    return store


def shopper(email: str) -> Customer:
    return Customer.objects.select_related("store").get(email=email)


def number(no: str) -> BusinessCentralCustomer:
    return BusinessCentralCustomer.objects.get(number=no)


def history(email: str) -> list[tuple[str, str, str, str]]:
    rows = Decision.objects.filter(customer__email=email).order_by("id")
    return [
        (row.kind, row.business_central_customer.number if row.business_central_customer else "", row.reason,
         row.user.username if row.user else "")
        for row in rows
    ]  # fmt: skip


def test_unmap_takes_the_link_and_keeps_who_and_why(town: Store, world: World, olga: User) -> None:
    before = world.state()
    decided = deciding.unmap([shopper(ANN)], olga, "wrong branch")
    assert ([row.email for row in decided.done], decided.refused) == ([ANN], [])
    assert (links(town), world.state() == before, world.audit.writes()) == ({}, True, [])
    assert standing(town)[ANN] == ("unmapped", "Unmapped from 10 by Olga Ops: wrong branch")
    assert history(ANN) == [("unmap", "10", "wrong branch", "olga")]


def test_no_job_links_an_unmapped_pair_again(town: Store, run_job: RunJob, olga: User) -> None:
    deciding.unmap([shopper(ANN)], olga, "wrong branch")
    outcome, reason = told(run_job(town, "try_mapping"))[ANN]
    assert (outcome, "Olga Ops unmapped this pair" in reason, "wrong branch" in reason) == ("review", True, True)
    assert links(town) == {}
    assert shopper(ANN).candidates == [str(number("10").remote_id)]


def test_add_customers_does_not_link_an_unmapped_pair_by_e_mail(
    town: Store, business: CompanySide, run_job: RunJob, olga: User
) -> None:
    ready(business, "30", email=BOB)
    run_job(town, "add_customers", number="30")
    assert links(town)[BOB][0] == "30"
    deciding.unmap([shopper(BOB)], olga, "another Bob")
    run = run_job(town, "add_customers", number="30")
    assert (outcomes(run), BOB in links(town)) == ({"30": "review"}, False)


def test_map_to_links_by_hand_and_allows_the_pair_again(
    town: Store, business: CompanySide, run_job: RunJob, olga: User
) -> None:
    deciding.unmap([shopper(ANN)], olga, "wrong")
    link = deciding.map_to(shopper(ANN), number("10"), olga, "it was right")
    assert (links(town), link.base) == ({ANN: ("10", "by hand", "10")}, None)
    assert standing(town)[ANN] == ("linked", "Mapped by hand by Olga Ops: it was right")
    assert [kind for kind, *_ in history(ANN)] == ["unmap", "map"]
    assert not RefusedPair.objects.exists()
    run = run_job(town, "update_customers", approved=False)
    assert (run.status, "first update" in run.message) == ("planned", True)


@pytest.mark.parametrize(
    ("email", "no", "said"),
    [
        (ANN, "20", "Ann Able is linked to 10 already; unmap it first."),
        (BOB, "10", f"Business Central customer 10 is linked already to {ANN}."),
    ],
)
def test_map_to_says_who_has_either_side(town: Store, olga: User, email: str, no: str, said: str) -> None:
    with pytest.raises(deciding.NotNow, match="^" + said.replace(".", r"\.") + "$"):
        deciding.map_to(shopper(email), number(no), olga)
    assert links(town) == {ANN: ("10", "phone", "+442079460001")}


def test_skipped_customers_stay_out_of_every_job(
    town: Store, business: CompanySide, world: World, run_job: RunJob, olga: User
) -> None:
    deciding.skip([shopper(ANN), shopper(BOB)], olga, "on holiday")
    business.change_customer("10", displayName="Renamed Ltd.")
    ready(business, "30", email=BOB)
    for job, scope in (("try_mapping", {}), ("update_customers", {}), ("add_customers", {"number": "30"})):
        run_job(town, job, **scope)
    assert world.audit.writes() == []
    assert links(town) == {ANN: ("10", "phone", "+442079460001")}
    assert standing(town) == dict.fromkeys((ANN, BOB), ("skipped", "Skipped by Olga Ops: on holiday"))
    told_so = told(run_job(town, "update_customers", only=[shopper(ANN).pk]))
    assert told_so == {ANN: ("skipped", "Skipped by Olga Ops: on holiday")}


def test_unskip_brings_both_back(town: Store, olga: User) -> None:
    deciding.skip([shopper(ANN), shopper(BOB)], olga, "on holiday")
    deciding.unskip([shopper(ANN), shopper(BOB)], olga, "back")
    assert {who: status for who, (status, _) in standing(town).items()} == {ANN: "linked", BOB: "unmapped"}
    assert [kind for kind, *_ in history(BOB)] == ["skip", "unskip"]


def test_who_is_skipped_after_the_plan_is_left_alone(
    town: Store, business: CompanySide, world: World, run_job: RunJob, olga: User
) -> None:
    business.change_customer("10", displayName="Renamed Ltd.")
    run = run_job(town, "update_customers", approved=False, mode=Run.Mode.PLAN)
    run = run if run.to_do else run_job(town, "update_customers", approved=False)
    deciding.skip([shopper(ANN)], olga, "wait")
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (outcomes(run), run.to_do, world.audit.writes()) == ({ANN: "skipped"}, 0, [])
    assert sum(run.counts.values()) == run.looked_at


def test_of_two_operators_one_is_told_that_the_other_was_faster(town: Store, olga: User) -> None:
    pete = User.objects.create_user("pete")
    mine, his = shopper(ANN), shopper(ANN)
    page = timezone.now()
    assert deciding.skip([mine], olga, "mine").done
    for decide in (deciding.unmap, deciding.skip, deciding.unskip):
        decided = decide([his], pete, "his", seen=page)
        assert [said for _, said in decided.refused] == ["Olga Ops was faster (skipped); look at Ann Able again."]
    # Without the time of the page the row's own status still tells.
    assert [said for _, said in deciding.skip([his], pete, "his").refused] == [
        "Ann Able was changed by somebody else a moment ago; look at it again."
    ]
    assert [kind for kind, *_ in history(ANN)] == ["skip"]


def test_two_maps_of_one_business_central_customer_make_one_link(town: Store, olga: User) -> None:
    ann = shopper(ANN)
    deciding.unmap([ann], olga, "free")
    deciding.map_to(shopper(BOB), number("10"), olga)
    with pytest.raises(deciding.NotNow, match=r"is linked already to bob@example.com \(Olga Ops\)"):
        deciding.map_to(shopper(ANN), number("10"), olga)
    assert (Link.objects.count(), standing(town)[ANN][0]) == (1, "unmapped")


def test_a_customer_that_is_being_sent_is_left_alone(town: Store, olga: User) -> None:
    run = Run.objects.create(store=town, kind="update_customers", trigger="click", status="running")
    values: dict[str, Any] = {"target": "customer:1", "state": RunRecord.State.IN_FLIGHT}
    RunRecord.objects.create(run=run, customer=shopper(ANN), **values)
    decided = deciding.unmap([shopper(ANN)], olga, "now")
    assert (decided.done, len(links(town))) == ([], 1)
    assert f"Run {run.pk} is sending Ann Able" in decided.refused[0][1]


def test_whom_a_running_add_is_creating_is_not_mapped_and_nobody_is_left_over(
    town: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody maps Bob to 30 while Add Customers creates 30: the faster one wins, there is one shopper for 30."""
    ready(business, "30")
    said: list[str] = []
    create = adding_sending.create

    def mapped_meanwhile(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
        with pytest.raises(deciding.NotNow) as refused:
            deciding.map_to(shopper(BOB), number("30"), olga)
        said.append(str(refused.value))
        return create(ctx, records)

    monkeypatch.setattr(adding_sending, "create", mapped_meanwhile)
    run = run_job(town, "add_customers", number="30")
    sending = f"Run {run.pk} is sending Business Central customer 30 Firm 30 at this moment; try again when it is done."
    assert (said[0], run.counts, links(town)["c30@example.com"][0]) == (sending, {"created": 1}, "30")
    assert (shop.count(), history(BOB)) == (3, [])
    with pytest.raises(deciding.NotNow, match=r"^Business Central customer 30 is linked already to c30@example.com"):
        deciding.map_to(shopper(BOB), number("30"), olga)


def test_whom_somebody_maps_before_a_running_add_takes_it_is_not_created(
    town: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, olga: User
) -> None:
    ready(business, "30")
    run = run_job(town, "add_customers", mode=Run.Mode.PLAN, number="30")
    deciding.map_to(shopper(BOB), number("30"), olga)
    runs.approve(run, olga, queue=False)
    run = run_job.go_on(run)
    assert (run.counts, run.looked_at, shop.count()) == ({"unchanged": 1}, 1, 2)
    assert (links(town)[BOB][0], world.audit.writes()) == ("30", [])


def test_another_stores_run_is_in_nobodys_way(town: Store, second_store: Store, olga: User) -> None:
    run = Run.objects.create(store=second_store, kind="add_customers", trigger="click", status="running")
    values: dict[str, Any] = {"target": "business-central:1", "state": RunRecord.State.IN_FLIGHT}
    RunRecord.objects.create(run=run, business_central_customer=number("20"), **values)
    assert deciding.map_to(shopper(BOB), number("20"), olga).pk


@pytest.mark.django_db(transaction=True)
def test_a_run_waits_for_a_decision_that_is_being_made(
    town: Store, business: CompanySide, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking for records under way and storing the link, a run cannot take the planned record."""
    run = Run.objects.create(store=town, kind="add_customers", trigger="click", status="running")
    record = RunRecord.objects.create(
        run=run, target="business-central:1", business_central_customer=number("20"), state=RunRecord.State.PLANNED
    )
    order, check = [], deciding._check
    taker = threading.Thread(target=lambda: order.append(take(record.pk)))

    def take(pk: int) -> str:
        """As a run does. SQLite says at once that it is locked, PostgreSQL waits."""
        deadline = time.monotonic() + 30
        try:
            while time.monotonic() < deadline:
                with contextlib.suppress(OperationalError):
                    RunRecord.objects.filter(pk=pk).update(state=RunRecord.State.IN_FLIGHT)
                    return "taken" if BOB in links(town) else "taken unseen"
            return "never taken"
        finally:
            connection.close()

    def checked(*args: Any) -> None:
        check(*args)
        taker.start()
        taker.join(0.3)
        order.append("decided")

    monkeypatch.setattr(deciding, "_check", checked)
    deciding.map_to(shopper(BOB), number("20"), olga)
    taker.join(30)
    assert order == ["decided", "taken"]


def test_search_finds_by_number_e_mail_and_name(town: Store, business: CompanySide, run_job: RunJob) -> None:
    def found(text: str) -> list[str]:
        return [row.number for row in deciding.found_business_central(town, text)]

    assert (found("1"), found("baker"), found(""), found("\0")) == (["10"], ["20"], [], [])
    BusinessCentralCustomer.objects.filter(number="20").update(gone_at=timezone.now() - timedelta(days=1))
    assert found("baker") == []
