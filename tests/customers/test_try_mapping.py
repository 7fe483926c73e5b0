"""Try Mapping: finds, creates, assigns or leaves; whole state of both sides before and after."""

import json
from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import BusinessCentralCustomer, Customer, Link, RunRecord
from mapping.models import CustomerTemplate
from stores.models import Store
from tests.customers.reading import business_customer, links, standing
from tests.fixtures import ADDRESS, READY, RunJob, outcomes, told

GERMAN = {"address1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "country_code": "DE"}


def mapped(run_job: RunJob, store: Store, **scope: Any) -> dict[str, tuple[str, str]]:
    """Import, then Try Mapping: what it says of whom."""
    run_job(store, "import_customers")
    return told(run_job(store, "try_mapping", **scope))


def test_links_the_shopper_whom_a_rule_finds_and_writes_to_nobody(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able", phone="+44 20 7946 0001")
    shop.add_customer(email="bob@example.com", first_name="Bob", last_name="Baker", phone="+44 20 7946 0999")
    business.add_customer(number="10", displayName="Able Ltd.", country="GB", phoneNumber="020 7946 0001")
    store.create_unknown = False
    store.save()
    before = world.state()
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping")
    assert world.state() == before
    assert world.audit.writes() == []
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"linked": 1, "skipped": 1}, 2)
    assert links(store) == {"ann@example.com": ("10", "phone", "+442079460001")}
    assert standing(store) == {
        "ann@example.com": ("linked", 'Phone "+442079460001" is that of Business Central customer 10.'),
        "bob@example.com": (
            "unmapped",
            "No match rule finds a Business Central customer. Creating unknown customers is off. "
            "No default customer is set.",
        ),
    }


def test_a_second_time_there_is_nothing_to_tell(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.add_customer(email="ann@example.com", phone="+44 20 7946 0001")
    shop.add_customer(email="two@example.com", phone="+44 20 7946 0002")
    for number, phone in (("10", "020 7946 0001"), ("20", "020 7946 0002"), ("30", "020 7946 0002")):
        business.add_customer(number=number, displayName=f"N{number}", country="GB", phoneNumber=phone)
    first = mapped(run_job, store)
    assert {who: outcome for who, (outcome, _) in first.items()} == {
        "ann@example.com": "linked",
        "two@example.com": "review",
    }
    again = run_job(store, "try_mapping")
    assert (told(again), again.counts, again.looked_at) == ({}, {"unchanged": 2}, 2)
    assert world.audit.writes() == []


def test_creates_from_the_most_specific_template(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    for country, values in (
        ("GB", {"salespersonCode": "JO"}),
        ("DE", {"salespersonCode": "OF", "currencyCode": "EUR", "customerPriceGroup": "RETAIL"}),
        ("", {"salespersonCode": "LT"}),
    ):
        CustomerTemplate.objects.create(store=store, country=country, values=values)
    shop.add_customer(
        email="gus@example.com", first_name="Gus", last_name="Firm", company="Gus Ltd.", addresses=[ADDRESS]
    )
    shop.add_customer(email="uwe@example.com", first_name="Uwe", last_name="Berg", addresses=[GERMAN])
    shop.add_customer(email="noa@example.com", first_name="Noa", last_name="Where")
    stores_before = world.state()["stores"]
    assert {outcome for outcome, _ in mapped(run_job, store).values()} == {"created"}
    assert world.state()["stores"] == stores_before
    assert {name: business_customer(business, name) for name in ("Gus Ltd.", "Uwe Berg", "Noa Where")} == {
        "Gus Ltd.": ("Company", "gus@example.com", "21 Station Road", "Cambridge", "GB", "JO", "", ""),
        "Uwe Berg": ("Person", "uwe@example.com", "Torstr. 1", "Berlin", "DE", "OF", "EUR", "RETAIL"),
        "Noa Where": ("Person", "noa@example.com", "", "", "", "LT", "", ""),
    }
    assert len(business.customers()) == 3
    assert {link.rule for link in Link.objects.all()} == {"created"}


def test_a_card_value_that_is_refused_leaves_the_customer_created_and_linked(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    CustomerTemplate.objects.create(store=store, values={"customerPriceGroup": "NOSUCH"})
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able")
    outcome, reason = mapped(run_job, store)["ann@example.com"]
    assert (outcome, "customer_price_group" in reason, "Created as" in reason) == ("rejected", True, True)
    assert [row["name"] for row in business.customers()] == ["Ann Able"]
    assert [rule for _, rule, _ in links(store).values()] == ["created"]


@pytest.mark.parametrize(
    ("address", "phone", "field"),
    [
        ({"city": "Llanfairpwllgwyngyllgogerychwyrn"}, "", "City has 32 characters, Business Central takes 30"),
        ({"address2": "x" * 60}, "", "Address 2 has 60 characters, Business Central takes 50"),
        ({}, "0800 FLOWERS", "has letters"),
        ({"country_code": "GR", "postal_code": "10557"}, "", "GR"),
    ],
)
def test_what_business_central_cannot_take_is_rejected_by_name_and_creates_nobody(
    store: Store,
    shop: StoreSide,
    business: CompanySide,
    run_job: RunJob,
    address: dict[str, str],
    phone: str,
    field: str,
) -> None:
    shop.add_customer(email="ann@example.com", phone=phone, addresses=[{**ADDRESS, **address}])
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping")
    (outcome, reason) = told(run)["ann@example.com"]
    assert (outcome, field in reason, run.status) == ("rejected", True, "completed with errors")
    assert business.customers() == []
    assert Link.objects.count() == 0


def test_assigns_the_template_s_default_else_the_store_s_when_creating_is_off(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.filter(pk=store.pk).update(create_unknown=False, default_customer_number="900")
    CustomerTemplate.objects.create(store=store, country="DE", default_customer_number="910")
    CustomerTemplate.objects.create(store=store, country="FR", default_customer_number="999")
    for number in ("900", "910"):
        business.add_customer(number=number, displayName=f"Default {number}")
    french = {**GERMAN, "country_code": "FR", "postal_code": "75001"}
    for email, address in (("gb@x.example", ADDRESS), ("de@x.example", GERMAN), ("fr@x.example", french)):
        shop.add_customer(email=email, addresses=[address])
    shop.add_customer(email="gb2@x.example", addresses=[ADDRESS])
    said = mapped(run_job, store)
    assert {who: outcome for who, (outcome, _) in said.items()} == {
        "gb@x.example": "defaulted",
        "gb2@x.example": "defaulted",
        "de@x.example": "defaulted",
        "fr@x.example": "skipped",
    }
    assert "999 does not exist" in said["fr@x.example"][1]
    assigned = {c.email: getattr(c.default_customer, "number", None) for c in Customer.objects.all()}
    assert assigned == {"gb@x.example": "900", "gb2@x.example": "900", "de@x.example": "910", "fr@x.example": None}
    assert (Link.objects.count(), world.audit.writes()) == (0, [])


def test_a_default_gives_way_to_a_real_link(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.filter(pk=store.pk).update(create_unknown=False, default_customer_number="900")
    business.add_customer(number="900", displayName="Default")
    shop.add_customer(email="ann@example.com", phone="+442079460001")
    assert mapped(run_job, store)["ann@example.com"][0] == "defaulted"
    business.add_customer(number="10", displayName="Able Ltd.", country="GB", phoneNumber="020 7946 0001")
    assert outcomes(run_job(store, "try_mapping")) == {"ann@example.com": "linked"}
    ann = Customer.objects.get()
    assert (ann.status, ann.default_customer) == ("linked", None)


def test_a_customer_that_is_linked_already_is_never_taken_by_another_shopper(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Able Ltd.", country="GB", phoneNumber="020 7946 0001")
    shop.add_customer(email="ann@example.com", phone="+442079460001")
    mapped(run_job, store)
    shop.add_customer(email="late@example.com", phone="+442079460001")
    outcome, reason = mapped(run_job, store)["late@example.com"]
    assert (outcome, "Customer 10 is linked already to shopper ann@example.com." in reason) == ("review", True)
    assert list(links(store)) == ["ann@example.com"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_customers_never_changes_a_result(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, order: int
) -> None:
    people = [
        ("a@x.example", "+442079460001", ""),
        ("b@x.example", "+442079460001", ""),
        ("c@x.example", "+442079460003", "40"),
        ("d@x.example", "+442079460004", ""),
        ("e@x.example", "", "50"),
        ("f@x.example", "+442079460009", ""),
        ("g@x.example", "+442079460009", ""),
    ]
    for email, phone, number in people[::order]:
        fields = {"form_fields": {"Customer number": number}} if number else {}
        shop.add_customer(email=email, phone=phone, **fields)
    for number, phone in list({"10": "1", "30": "3", "40": "8", "45": "4", "50": "5"}.items())[::order]:
        business.add_customer(number=number, displayName=number, country="GB", phoneNumber=f"020 7946 000{phone}")
    assert {who: outcome for who, (outcome, _) in mapped(run_job, store).items()} == {
        "a@x.example": "review",
        "b@x.example": "review",
        "c@x.example": "review",
        "d@x.example": "linked",
        "e@x.example": "linked",
        "f@x.example": "review",
        "g@x.example": "review",
    }
    assert {who: number for who, (number, _, _) in links(store).items()} == {"d@x.example": "45", "e@x.example": "50"}


def test_a_selection_is_judged_over_the_whole_scope(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Able Ltd.", country="GB", phoneNumber="020 7946 0001")
    for email in ("a@x.example", "b@x.example"):
        shop.add_customer(email=email, phone="+442079460001")
    run_job(store, "import_customers")
    only = [Customer.objects.get(email="a@x.example").pk]
    run = run_job(store, "try_mapping", only=only)
    assert (outcomes(run), run.looked_at, links(store)) == ({"a@x.example": "review"}, 1, {})


def test_the_email_of_a_known_customer_creates_nobody(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Able Ltd.", email="Ann@Example.com", **READY)
    shop.add_customer(email="ann@example.com")
    outcome, reason = mapped(run_job, store)["ann@example.com"]
    assert (outcome, "10 has this e-mail" in reason) == ("review", True)
    assert world.audit.writes() == []


def test_the_second_email_of_a_known_customer_creates_nobody(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="20", displayName="Ada Ltd.", email="books@x.example; Ada@x.example", country="GB")
    shop.add_customer(email="ada@x.example", first_name="Ada", last_name="Second", addresses=[ADDRESS])
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping")
    assert told(run)["ada@x.example"][0] == "review", told(run)
    assert "customer 20 has this e-mail" in told(run)["ada@x.example"][1]
    assert [row["no"] for row in business.customers()] == ["20"]


def test_rules_that_are_switched_on_link_by_email_and_tax_number(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.filter(pk=store.pk).update(rules={"email": True, "tax": True, "phone": False})
    business.add_customer(number="10", displayName="A", email="x@y.example; Ann@Example.com")
    business.add_customer(number="20", displayName="B", taxRegistrationNumber="GB123456789")
    business.add_customer(number="30", displayName="C", country="GB", phoneNumber="020 7946 0001")
    shop.add_customer(email="ann@example.com")
    shop.add_customer(email="bob@example.com", attributes={"VAT number": "gb 123 4567-89"})
    shop.add_customer(email="cyd@example.com", phone="+442079460001")
    assert {who: outcome for who, (outcome, _) in mapped(run_job, store).items()} == {
        "ann@example.com": "linked",
        "bob@example.com": "linked",
        "cyd@example.com": "created",
    }
    assert {who: rule for who, (_, rule, _) in links(store).items()} == {
        "ann@example.com": "email",
        "bob@example.com": "tax",
        "cyd@example.com": "created",
    }


def test_a_card_value_goes_in_the_end_although_the_vendor_is_away_for_a_while(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    CustomerTemplate.objects.create(store=store, values={"customerPriceGroup": "RETAIL"})
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able")
    world.faults.add(["503", "cut-after"], match="PATCH /ODataV4/*", times=5, seed=3)
    assert mapped(run_job, store)["ann@example.com"][0] == "created"
    assert business_customer(business, "Ann Able")[-1] == "RETAIL"
    assert len(business.customers()) == 1


def test_a_nul_in_a_name_reaches_none_of_our_tables(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Nu\x00l Ltd.", email="nul@example.com", city="Nu\x00l")
    shop.add_customer(email="ann@example.com", first_name="A\x00nn", last_name="Able", company="N\x00ul")
    mapped(run_job, store)
    rows = [*BusinessCentralCustomer.objects.values(), *Customer.objects.values(), *RunRecord.objects.values()]
    assert "\\u0000" not in json.dumps(rows, default=str)
    assert {row["display_name"] for row in BusinessCentralCustomer.objects.values()} == {"Nul Ltd.", "Nul"}


def test_who_was_assigned_is_created_once_creating_is_on(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.filter(pk=store.pk).update(create_unknown=False, default_customer_number="900")
    business.add_customer(number="900", displayName="Default")
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able")
    assert mapped(run_job, store)["ann@example.com"][0] == "defaulted"
    Store.objects.filter(pk=store.pk).update(create_unknown=True)
    assert outcomes(run_job(store, "try_mapping")) == {"ann@example.com": "created"}
    assert sorted(row["name"] for row in business.customers()) == ["Ann Able", "Default"]


def test_nobody_is_created_twice_however_often_it_is_tried(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    for index in range(5):
        shop.add_customer(email=f"s{index}@example.com", first_name="Same", last_name="Name")
    mapped(run_job, store)
    run = run_job(store, "try_mapping")
    assert (told(run), run.counts, len(business.customers())) == ({}, {"unchanged": 5}, 5)
