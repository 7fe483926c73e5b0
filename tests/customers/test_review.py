"""Review: who waits with which candidates, linking above a score as a plan, and creating in spite of candidates."""

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import deciding, review, runs
from customers.models import BusinessCentralCustomer, Customer, Run
from stores.models import Store
from tests.customers.reading import links, standing
from tests.fixtures import ADDRESS, READY, RunJob, outcomes, told

ANN, TWIN, BOB = "ann@example.com", "ann.able@example.com", "bob@example.com"
SHARED, OTHER = "+44 20 7946 0001", "+44 20 7946 0002"


@pytest.fixture
def reviewed(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Ann could be 10 or 20, who share her phone and of whom 10 is like her; Bob could be 30 or 40, both unlike him."""
    for number, name, phone, more in (
        ("10", "Able Ltd.", SHARED, {**READY, "contact": ("Ann", "Able"), "email": ANN}),
        ("20", "Zebra Holdings", SHARED, {"country": "GB"}),
        ("30", "Quartz", OTHER, {"country": "GB"}),
        ("40", "Violin", OTHER, {"country": "GB"}),
    ):
        business.add_customer(number=number, displayName=name, phoneNumber=phone, **more)
    shop.add_customer(
        email=ANN, first_name="Ann", last_name="Able", company="Able Limited", phone=SHARED, addresses=[ADDRESS]
    )
    shop.add_customer(email=BOB, first_name="Bob", last_name="Baker", phone=OTHER)
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    assert {who: status for who, (status, _) in standing(store).items()} == {ANN: "review", BOB: "review"}
    world.audit.reset()
    return store


def queue(store: Store) -> list[review.Case]:
    return review.around(store, None, 500)[1]


def seen(store: Store) -> list[tuple[str, list[tuple[str, bool]]]]:
    return [(c.customer.email, [(each.row.number, each.free) for each in c.candidates]) for c in queue(store)]


def above(store: Store, least: int) -> dict[str, str]:
    found = review.above(store, least, lambda: None)
    shoppers = Customer.objects.in_bulk(found)
    business = BusinessCentralCustomer.objects.in_bulk([other for other, _ in found.values()])
    return {shoppers[pk].email: business[other].number for pk, (other, _) in found.items()}


def planned(store: Store, least: int, run_job: RunJob) -> Run:
    return run_job(store, "try_mapping", approved=False, mode=Run.Mode.PLAN, above=least)


def test_the_best_score_comes_first(reviewed: Store) -> None:
    assert seen(reviewed) == [(ANN, [("10", True), ("20", True)]), (BOB, [("30", True), ("40", True)])]
    scores = [[each.score.total for each in case.candidates] for case in queue(reviewed)]
    assert scores[0][0] > 90 > scores[0][1]
    assert scores[1][0] < 60


def test_above_a_score_is_a_plan_that_links_when_approved(reviewed: Store, world: World, run_job: RunJob) -> None:
    run = planned(reviewed, 80, run_job)
    assert (run.status, outcomes(run), links(reviewed)) == ("planned", {ANN: "linked"}, {})
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, run.counts) == ("succeeded", {"linked": 1})
    assert links(reviewed) == {ANN: ("10", "by hand", "10")}
    assert (standing(reviewed)[BOB][0], world.audit.writes()) == ("review", [])


def test_a_pair_that_somebody_unmapped_since_the_plan_is_not_linked_again(reviewed: Store, run_job: RunJob) -> None:
    run = planned(reviewed, 80, run_job)
    olga, ann = User.objects.create_user("olga"), Customer.objects.get(email=ANN)
    deciding.map_to(ann, BusinessCentralCustomer.objects.get(number="10"), olga)
    deciding.unmap([Customer.objects.get(email=ANN)], olga, "they are two people")
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (links(reviewed), told(run)[ANN]) == ({}, ("skipped", "Somebody decided about this customer meanwhile."))


def test_a_tie_and_a_low_score_are_never_chosen(reviewed: Store) -> None:
    assert (above(reviewed, 80), above(reviewed, 0)) == ({ANN: "10"}, {ANN: "10"})


def test_one_candidate_of_two_shoppers_is_for_neither(reviewed: Store, shop: StoreSide, run_job: RunJob) -> None:
    shop.add_customer(email=TWIN, first_name="Ann", last_name="Able", company="Able Limited", phone=SHARED)
    run_job(reviewed, "import_customers")
    run_job(reviewed, "try_mapping")
    assert standing(reviewed)[TWIN][0] == "review"
    assert above(reviewed, 50) == {}


def test_who_is_linked_or_refused_is_shown_and_not_chosen(reviewed: Store) -> None:
    olga = User.objects.create_user("olga")
    ann, ten = Customer.objects.get(email=ANN), BusinessCentralCustomer.objects.get(number="10")
    deciding.map_to(Customer.objects.get(email=BOB), ten, olga)
    assert seen(reviewed) == [(ANN, [("10", False), ("20", True)])]
    deciding.unmap([Customer.objects.get(email=BOB)], olga, "no")
    deciding.map_to(ann, ten, olga)
    deciding.unmap([Customer.objects.get(email=ANN)], olga, "no")
    Customer.objects.filter(email=ANN).update(status="review", candidates=[str(ten.remote_id)])
    assert (seen(reviewed)[0][1][0], above(reviewed, 50)) == (("10", False), {})


def test_who_was_decided_since_the_plan_is_left_alone(reviewed: Store, run_job: RunJob) -> None:
    run = planned(reviewed, 80, run_job)
    olga = User.objects.create_user("olga")
    deciding.map_to(Customer.objects.get(email=ANN), BusinessCentralCustomer.objects.get(number="20"), olga)
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert links(reviewed) == {ANN: ("20", "by hand", "20")}
    assert standing(reviewed)[ANN][0] == "linked"
    assert sum(run.counts.values()) == run.looked_at == 1


def test_create_makes_one_whatever_the_candidates_say(
    reviewed: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    reviewed.create_unknown = False
    reviewed.save()
    run = run_job(reviewed, "try_mapping", create=[Customer.objects.get(email=ANN).pk])
    assert (run.status, run.counts, len(world.audit.writes("business_central"))) == ("succeeded", {"created": 1}, 1)
    (made,) = (row for row in business.customers() if row["no"] not in ("10", "20", "30", "40"))
    assert (links(reviewed)[ANN][:2], made["email"]) == ((made["no"], "created"), ANN)


def test_the_number_of_queries_does_not_grow(
    reviewed: Store, shop: StoreSide, run_job: RunJob, django_assert_max_num_queries: object
) -> None:
    for i in range(20):
        shop.add_customer(email=f"s{i}@example.com", first_name="Sam", last_name=str(i), phone=SHARED)
    run_job(reviewed, "import_customers")
    run_job(reviewed, "try_mapping")
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        assert len(queue(reviewed)) == 22


def kept(store: Store) -> dict[str, tuple[int | None, int | None]]:
    rows = Customer.objects.filter(store=store).order_by("email")
    return {row.email: (row.review_score, row.review_sure) for row in rows}


def test_try_mapping_keeps_the_scores_that_sort_the_queue(reviewed: Store, run_job: RunJob) -> None:
    scores = {case.customer.email: case.best for case in queue(reviewed)}
    Customer.objects.update(review_score=None, review_sure=None)
    assert (queue(reviewed), review.sure(reviewed, 50)) == ([], 0)
    run_job(reviewed, "try_mapping")  # nothing is new, and the score that is missing is found again
    assert kept(reviewed) == {ANN: (scores[ANN], scores[ANN]), BOB: (scores[BOB], None)}
    assert review.sure(reviewed, 50) == 1


def test_a_kept_score_is_mended_when_the_case_is_shown(reviewed: Store) -> None:
    deciding.map_to(
        Customer.objects.get(email=BOB), BusinessCentralCustomer.objects.get(number="10"), User.objects.create_user("o")
    )
    assert review.sure(reviewed, 50) == 1
    queue(reviewed)
    assert review.sure(reviewed, 50) == 0


def test_a_bulk_decision_is_about_the_whole_queue_and_what_is_true_by_now(
    reviewed: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "CHUNK", 2)
    for i in range(5):
        phone, name = f"+44 20 7946 01{i:02d}", f"Sam Like{i}"
        for number in ("7", "8"):
            business.add_customer(number=f"{number}{i}", displayName=name if number == "7" else "Zebra", country="GB",
                                  phoneNumber=phone)  # fmt: skip
        shop.add_customer(email=f"s{i}@example.com", first_name="Sam", last_name=f"Like{i}", phone=phone)
    run_job(reviewed, "import_customers")
    run_job(reviewed, "try_mapping")
    assert above(reviewed, 50) == {ANN: "10", **{f"s{i}@example.com": f"7{i}" for i in range(5)}}
    Customer.objects.update(review_score=99, review_sure=99)  # whatever was kept, Bob has no candidate that is sure
    assert set(outcomes(planned(reviewed, 50, run_job))) == set(above(reviewed, 50))
