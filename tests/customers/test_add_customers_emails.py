"""Add Customers and e-mails: what the store has already is linked or left to a person, never made twice."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import adding_sending, runs
from customers.context import Context
from customers.models import Customer, Link, Run, RunRecord
from stores.models import Store
from tests.customers.reading import core, lines, links, ours
from tests.customers.test_add_customers import ready
from tests.fixtures import READY, RunJob, outcomes, told


def test_an_email_that_the_store_has_already_is_linked_and_only_the_tracking_is_written(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    row = ready(business, "10", email="Ann@Example.com", phoneNumber="020 7946 0001")
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able", phone="999")
    before = core(shop, "ann@example.com")
    assert outcomes(run_job(store, "add_customers")) == {"10": "linked"}
    assert (core(shop, "ann@example.com"), lines(shop, "ann@example.com")) == (before, [])
    assert ours(shop, "ann@example.com") == {"customer_id": row["id"], "customer_number": "10"}
    assert (links(store)["ann@example.com"][:2], Link.objects.get().base) == (("10", "e-mail"), None)
    assert {call.family for call in world.audit.writes()} == {"POST /v3/customers/metafields"}


def test_an_email_whose_shopper_is_linked_to_another_customer_is_for_a_person(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", email="ann@example.com")
    business.add_customer(number="20", displayName="Other", country="GB", phoneNumber="020 7946 0001")
    shop.add_customer(email="ann@example.com", phone="+442079460001")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    before = world.state()
    outcome, reason = told(run_job(store, "add_customers", number="10"))["10"]
    assert (outcome, "linked to another customer" in reason, world.state() == before) == ("review", True, True)
    assert links(store)["ann@example.com"][0] == "20"


def test_an_email_is_for_a_person_when_a_rule_disagrees(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", email="ann@example.com")
    business.add_customer(number="20", displayName="Other", country="GB", phoneNumber="020 7946 0001")
    shop.add_customer(email="ann@example.com", phone="+442079460001")
    outcome, reason = told(run_job(store, "add_customers", number="10"))["10"]
    assert (outcome, "matches another customer by: Phone" in reason) == ("review", True)
    ann = Customer.objects.get()
    assert (ann.status, len(ann.candidates), world.audit.writes()) == ("review", 1, [])


def test_two_customers_with_one_email_are_both_for_a_person(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", email="same@example.com")
    ready(business, "20", email="Same@Example.com;else@example.com")
    said = told(run_job(store, "add_customers"))
    assert {number: outcome for number, (outcome, _) in said.items()} == {"10": "review", "20": "review"}
    assert (shop.count(), world.audit.writes()) == (0, [])


def test_somebody_who_registers_meanwhile_is_not_made_twice(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    for number in ("10", "20", "30"):
        ready(business, number)
    run = run_job(store, "add_customers", mode=Run.Mode.PLAN)
    shop.add_customer(email="C20@example.com", first_name="Some", last_name="Body")
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert outcomes(run) == {"10": "created", "20": "linked", "30": "created"}
    assert (shop.count(), core(shop, "c20@example.com")["first_name"]) == (3, "Some")


def test_the_default_customer_is_never_added(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="WEB", displayName="Web shoppers", email="web@x.example", **READY)
    Store.objects.update(default_customer_number="WEB")
    run = run_job(store, "add_customers")
    assert (run.counts, shop.count()) == ({"skipped": 1}, 0)
    assert "default customer" in run.records.get().reason


def test_a_shopper_who_registers_after_the_plan_is_not_taken_for_ours(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    business.add_customer(number="10", displayName="Ten", email="ten@x.example", **READY)
    create = adding_sending.create

    def registers_first(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
        if records and not shop.count():
            shop.add_customer(email="ten@x.example", first_name="Robert", last_name="Townes", company="Ten")
        return create(ctx, records)

    monkeypatch.setattr(adding_sending, "create", registers_first)
    run = run_job(store, "add_customers")
    link = Link.objects.get()
    assert (run.counts, link.rule, link.base) == ({"linked": 1}, "e-mail", None)
    assert link.address_links.count() == 0
