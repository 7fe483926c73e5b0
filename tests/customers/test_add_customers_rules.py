"""Add Customers and the match rules: whom a rule or an open review names is not made beside that shopper."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import add_preview, deciding, runs
from customers.models import BusinessCentralCustomer, Customer, Link, Run
from stores.models import Store
from tests.customers.reading import links, standing
from tests.customers.test_add_customers import ready
from tests.fixtures import RunJob, outcomes, told

ANN = "ann@example.com"
PHONE, TYPED = "+44 20 7946 0001", "020 7946 0001"


def id_of(business: CompanySide, number: str) -> str:
    return str(business.customer(number)["id"])  # type: ignore[index]


def names(field: str, business: CompanySide) -> dict[str, Any]:
    """A shopper's fields that name customer 10 by one rule."""
    return {
        "phone": {"phone": PHONE},
        "phone of an address": {"addresses": [{"address1": "1 Road", "city": "Ely", "postal_code": "CB7 4AA",
                                               "country_code": "GB", "phone": TYPED}]},
        "tracking": {"metafields": [{"namespace": "bcsync", "key": "customer_id", "value": id_of(business, "10")}]},
        "metafield": {"metafields": [{"namespace": "erp", "key": "customer_number", "value": " 10 "}]},
        "attribute": {"attributes": {"Customer number": "10"}},
        "form field": {"form_fields": {"Customer number": "10"}},
    }[field]  # fmt: skip


@pytest.mark.parametrize("rule", ["phone", "phone of an address", "tracking", "metafield", "attribute", "form field"])
def test_whom_a_rule_names_for_an_unlinked_shopper_is_for_a_person_on_both_sides(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, rule: str
) -> None:
    ready(business, "10", phoneNumber=TYPED)
    ready(business, "20")
    shop.attribute_id("Customer number")
    shop.add_customer(email=ANN, first_name="Ann", last_name="Able", **names(rule, business))
    before = world.state()["stores"]["firststore"]["customers"][ANN]
    run = run_job(store, "add_customers")
    said = told(run)
    assert {number: outcome for number, (outcome, _) in said.items()} == {"10": "review", "20": "created"}
    assert (ANN in said["10"][1], "Try Mapping" in said["10"][1]) == (True, True)
    status, reason = standing(store)[ANN]
    assert (status, "customer 10" in reason) == ("review", True)
    assert Customer.objects.get(email=ANN).candidates == [id_of(business, "10")]
    assert world.state()["stores"]["firststore"]["customers"][ANN] == before
    assert (shop.count(), list(links(store))) == (2, ["c20@example.com"])
    assert run.counts == {"review": 1, "created": 1}


def test_again_and_the_next_try_mapping_links_them(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", phoneNumber=TYPED)
    shop.add_customer(email=ANN, first_name="Ann", last_name="Able", phone=PHONE)
    run_job(store, "add_customers")
    writes, stands = len(world.audit.writes()), standing(store)
    assert outcomes(run_job(store, "add_customers")) == {"10": "review"}
    assert (len(world.audit.writes()), standing(store)) == (writes, stands)
    assert outcomes(run_job(store, "try_mapping")) == {ANN: "linked"}
    assert outcomes(run_job(store, "add_customers")) == {}
    assert (shop.count(), links(store)[ANN][0]) == (1, "10")


@pytest.mark.parametrize("rule", ["email", "tax"])
@pytest.mark.parametrize("enabled", [False, True])
def test_only_rules_that_are_on_name_anybody(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, rule: str, enabled: bool
) -> None:
    ready(business, "10", email="c10@example.com; ann@example.com", taxRegistrationNumber="GB123456789")
    shop.attribute_id("VAT number")
    shop.add_customer(email=ANN, first_name="Ann", last_name="Able", attributes={"VAT number": "gb 123 456 789"})
    store.rules = {rule: enabled}
    store.save()
    assert outcomes(run_job(store, "add_customers")) == {"10": "review" if enabled else "created"}
    assert shop.count() == (1 if enabled else 2)


def test_a_tracking_metafield_of_ours_decides_alone_whom_a_shopper_may_be(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10", phoneNumber=TYPED)
    business.add_customer(number="20", displayName="Tracked", country="GB")
    tracking = {"namespace": "bcsync", "key": "customer_id", "value": id_of(business, "20")}
    shop.add_customer(email=ANN, phone=PHONE, metafields=[tracking])
    assert outcomes(run_job(store, "add_customers", number="10")) == {"10": "created"}
    assert standing(store)[ANN][0] == "unmapped"


def test_all_who_are_concerned_are_for_a_person(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """Two customers with one phone, two shoppers with it, and a shopper who has one customer's e-mail."""
    for number in ("10", "20"):
        ready(business, number, phoneNumber=TYPED)
    shop.add_customer(email=ANN, phone=PHONE)
    shop.add_customer(email="bob@example.com", phone=TYPED + " ", addresses=[])
    shop.add_customer(email="c10@example.com", first_name="Has", last_name="Mail")
    run = run_job(store, "add_customers")
    assert outcomes(run) == {"10": "review", "20": "review"}
    both = sorted([id_of(business, "10"), id_of(business, "20")])
    assert Customer.objects.get(email=ANN).candidates == both
    assert Customer.objects.get(email="c10@example.com").candidates == [id_of(business, "10")]
    assert {row.status for row in Customer.objects.filter(email__in=[ANN, "c10@example.com"])} == {"review"}
    assert (world.audit.writes(), shop.count()) == ([], 3)


def test_who_is_an_open_candidate_in_review_is_not_created(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    for number in ("10", "20"):
        ready(business, number, phoneNumber=TYPED)
    shop.add_customer(email=ANN, phone=PHONE)
    run_job(store, "import_customers")
    assert outcomes(run_job(store, "try_mapping")) == {ANN: "review"}
    # The shopper takes the number away: no rule says anything now, the question is open all the same.
    shop.change_customer(ANN, phone="")
    said = told(run_job(store, "add_customers"))
    assert {number: outcome for number, (outcome, _) in said.items()} == {"10": "review", "20": "review"}
    assert "the open review of shopper ann@example.com names it" in said["10"][1]
    assert shop.count() == 1


def test_what_a_person_decided_counts(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, django_user_model: type[User]
) -> None:
    """A pair that was unmapped is no question any more; a skipped shopper claims nobody; a linked one neither."""
    olga = django_user_model.objects.create_user("olga")
    ready(business, "10", phoneNumber=TYPED)
    ready(business, "20", phoneNumber="020 7946 0002")
    ready(business, "30", phoneNumber="020 7946 0003")
    business.add_customer(number="40", displayName="Forty", country="GB")
    for index in (1, 2, 3):
        shop.add_customer(email=f"s{index}@example.com", phone=f"+44 20 7946 000{index}")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    everybody = {row.email: row for row in Customer.objects.all()}
    deciding.unmap(everybody.values(), olga, "a cousin")
    Customer.objects.update(status="unmapped", candidates=[])
    deciding.skip([Customer.objects.get(email="s2@example.com")], olga, "a test account")
    deciding.map_to(
        Customer.objects.get(email="s3@example.com"), BusinessCentralCustomer.objects.get(number="40"), olga
    )
    assert outcomes(run_job(store, "add_customers", number_to="39")) == dict.fromkeys(("10", "20", "30"), "created")
    assert Link.objects.count() == 4


def test_a_shopper_who_comes_between_plan_and_approval_is_noticed(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10", phoneNumber=TYPED)
    ready(business, "20")
    run = run_job(store, "add_customers", mode=Run.Mode.PLAN)
    shop.add_customer(email=ANN, phone=PHONE)
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, outcomes(run)) == ("planned", {"10": "review", "20": "created"})
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"review": 1, "created": 1}, 2)
    assert (standing(store)[ANN][0], shop.count()) == ("review", 2)


def test_a_customer_whose_phone_changes_between_plan_and_approval_is_noticed(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10")
    shop.add_customer(email=ANN, phone=PHONE)
    run = run_job(store, "add_customers", mode=Run.Mode.PLAN)
    business.change_customer("10", phoneNumber=TYPED)
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (outcomes(run), shop.count()) == ({"10": "review"}, 1)


def test_the_preview_says_the_same_as_the_job(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10", phoneNumber=TYPED)
    ready(business, "20")
    shop.add_customer(email=ANN, phone=PHONE)
    run_job(store, "add_customers", mode=Run.Mode.PLAN)
    found = add_preview.preview(store, {})
    assert (found.counts["review"], found.counts["ready"], found.uncompared) == (1, 1, 0)
    assert [ANN in " ".join(row.reasons) for row in found.rows] == [True, False]


def test_the_number_of_queries_does_not_grow_with_the_customers(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, django_assert_max_num_queries: Any
) -> None:
    for index in range(40):
        ready(business, f"1{index:02d}", phoneNumber=f"020 7946 0{index:03d}")
        shop.add_customer(email=f"s{index}@example.com", phone=f"+44 20 7946 0{index:03d}")
    run_job(store, "add_customers", mode=Run.Mode.PLAN)
    with django_assert_max_num_queries(45):
        found = add_preview.preview(store, {}, size=100)
    assert found.counts["review"] == 40
