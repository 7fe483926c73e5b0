"""What the preview shows is what the jobs send; a change says whom it touches and back-fills exactly those."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import setup_preview, tasks
from customers.models import BusinessCentralCustomer, Customer, Run
from mapping.seen import seen_of
from mapping.setup import read_setup, setup_of
from mapping.setup_parts import Setup
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob, outcomes
from tests.pages import data

MANNERS = {"owner": "business_central", "blank": "keep", "too_long": "reject", "order": "500"}


@pytest.fixture
def administrator(signed_in: Any) -> Client:
    client: Client = signed_in("administrator")
    return client


@pytest.fixture
def linked(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Store:
    """Three customers that were added to the store, one of them with a salesperson."""
    for number, salesperson in (("10000", "JO"), ("20000", ""), ("30000", "")):
        values = {**READY, "email": f"c{number}@new.example", "displayName": f"Customer {number}"}
        business.add_customer(number=number, salespersonCode=salesperson, **values)
    run_job(store, "import_customers")
    assert run_job(store, "add_customers").counts == {"created": 3}
    assert run_job(store, "update_customers").counts == {"unchanged": 3}
    store.refresh_from_db()
    return store


def shown(store: Store, setup: Setup | None = None, **who: Any) -> setup_preview.Preview:
    return setup_preview.preview(store, setup or setup_of(store), who.get("shopper"), who.get("business"))


def everything() -> list[Any]:
    """All that a preview could have changed of ours."""
    models = (Customer, BusinessCentralCustomer, Run)
    return [list(model.objects.order_by("pk").values()) for model in models]


def url(store: Store, name: str) -> str:
    return reverse(name, args=[store.hash])


def test_for_a_linked_pair_it_is_what_update_sends(
    linked: Store, world: World, shop: StoreSide, business: CompanySide, run_job: RunJob, administrator: Client
) -> None:
    row = linked.field_mapping.get(target_table="customer", target_field="company")
    row.steps = [{"name": "upper"}]
    first = Customer.objects.order_by("pk").first()
    assert first is not None
    before, ours = world.state(), everything()
    made = shown(linked, read_setup(linked, [row]), shopper=first)
    assert (made.requests[0].call, made.requests[0].item) == (
        "PUT /v3/customers", {"id": first.remote_id, "company": "CUSTOMER 10000"},
    )  # fmt: skip
    company = next(each for each in made.traced if str(each.row.target) == "customer.company")
    assert (company.input, company.output) == ("Customer 10000", "CUSTOMER 10000")
    page = administrator.get(url(linked, "setup_preview"), {"who": f"c{first.pk}"})
    assert "Customer 10000" in page.content.decode()
    assert (world.state(), everything()) == (before, ours)
    row.save()
    world.audit.reset()
    assert run_job(linked, "update_customers", only=[first.pk]).counts == {"updated": 1}
    writes = world.audit.writes("bigcommerce")
    assert [call.family for call in writes] == [each.call for each in made.requests]
    assert shop.state()["customers"]["c10000@new.example"]["company"] == "CUSTOMER 10000"


def test_for_a_business_central_customer_it_is_what_add_customers_sends(
    linked: Store, world: World, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="40000", email="new@new.example", displayName="Fourth", **READY)
    business.add_customer(number="50000", email="", displayName="Fifth", **READY)
    run_job(linked, "add_customers", mode="plan")
    ready, not_ready = BusinessCentralCustomer.objects.filter(number__in=("40000", "50000")).order_by("number")
    before = world.state()
    made = shown(linked, business=ready)
    assert (made.job, made.outcome) == ("Add Customers", "ready")
    planned = Run.objects.latest("pk").records.get(business_central_customer=ready).plan["create"]
    assert [(each.call, each.item) for each in made.requests] == [("POST /v3/customers", planned)]
    made = shown(linked, business=not_ready)
    assert (made.outcome, made.requests) == ("not ready", [])
    assert any("mail" in reason for reason in made.reasons)
    assert world.state() == before


def test_for_a_shopper_it_says_rules_template_and_what_try_mapping_creates(
    linked: Store, shop: StoreSide, run_job: RunJob, administrator: Client
) -> None:
    shop.add_customer(email="who@shop.example", first_name="Ann", last_name="Who", addresses=[ADDRESS])
    run_job(linked, "import_customers")
    shopper = Customer.objects.get(email="who@shop.example")
    made = shown(linked, shopper=shopper)
    run = run_job(linked, "try_mapping", mode="plan")
    planned = run.records.get(customer=shopper)
    assert (made.outcome, made.match) == (planned.outcome, planned.reason)
    assert [(each.call, each.item) for each in made.requests] == [("POST /customers", planned.plan["create"])]
    assert [rule.rule for rule in made.rules] == [rule.name for rule in setup_of(linked).rules]
    text = administrator.get(url(linked, "match_rules"), {"who": f"c{shopper.pk}"}).content.decode()
    assert "The shopper has no tracking metafield." in text
    text = administrator.get(url(linked, "customer_templates")).content.decode()
    assert "Template for any customer." in text
    assert "who@shop.example" in text


def test_a_customer_is_found_from_either_side(linked: Store, business: CompanySide, run_job: RunJob) -> None:
    business.add_customer(number="40000", email="new@new.example", displayName="Fourth", **READY)
    run_job(linked, "add_customers", mode="plan")
    assert [name for _, name, _ in setup_preview.find(linked, "c20000@")] == ["Robert Townes · c20000@new.example"]
    assert [what for _, _, what in setup_preview.find(linked, "40000")] == ["in Business Central only"]
    assert [name for _, name, _ in setup_preview.find(linked, "20000")] == ["Robert Townes · c20000@new.example"]
    assert setup_preview.find(linked, "") == []
    assert setup_preview.find(linked, "'; --") == []


def test_a_change_says_whom_it_touches_and_back_fills_just_those(
    linked: Store, shop: StoreSide, world: World, run_job: RunJob, administrator: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tasks, "queue", lambda *args, **options: None)
    where = url(linked, "setup_effect")
    assert "was not changed" in administrator.get(where).content.decode()
    typed = {**MANNERS, "row": "new", "do": "save", "target": "customer.notes", "source": "customer.salespersonCode"}
    saved = administrator.post(url(linked, "field_mapping"), typed, follow=True)
    assert "How many customers does that touch?" in saved.content.decode()
    before = world.state()
    page = administrator.get(where, headers={"HX-Request": "true"})
    assert "<strong>1 of 3 linked customers</strong>" in page.content.decode()
    assert world.state() == before
    answer = administrator.post(where, {"job": "update_customers"})
    run = run_job.go_on(Run.objects.latest("pk"))
    assert answer["Location"] == run.get_absolute_url()
    assert (run.mode, run.status, run.to_do, outcomes(run)) == ("plan", "planned", 1, {"c10000@new.example": "updated"})
    assert world.state() == before
    assert "was not changed" in administrator.get(where).content.decode()
    administrator.post(f"/runs/{run.pk}/approve/")
    run_job.go_on(Run.objects.get(pk=run.pk))
    notes = {email: each["notes"] for email, each in shop.state()["customers"].items()}
    assert notes == {"c10000@new.example": "JO", "c20000@new.example": "", "c30000@new.example": ""}


def test_a_rule_and_a_required_field_say_whom_they_touch(
    linked: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, administrator: Client
) -> None:
    business.add_customer(number="40000", email="who@shop.example", displayName="Fourth", **READY)
    shop.add_customer(email="who@shop.example", first_name="Ann", last_name="Who", addresses=[ADDRESS])
    run_job(linked, "import_customers")
    run_job(linked, "try_mapping", mode="plan")
    rule = linked.match_rules.get(name="email")
    typed = {"do": "save", "row": rule.pk, "seen": seen_of(rule), "enabled": "on", "order": "5"}
    administrator.post(url(linked, "match_rules"), typed)
    administrator.post(url(linked, "required_fields"), {"do": "save", "row": "new", "name": "website", "order": "9"})
    text = administrator.get(url(linked, "setup_effect")).content.decode()
    assert "<strong>1 of 1 shoppers that are not linked</strong>" in text
    assert "<strong>1 of 1 Business Central customers that are not linked</strong>" in text
    assert "linked customers</strong>" not in text


def test_a_viewer_tries_a_change_without_saving(linked: Store, viewer: Client) -> None:
    row = linked.field_mapping.get(target_table="customer", target_field="company")
    typed = {**MANNERS, "row": row.pk, "target": "customer.company", "source": "customer.city", "do": "try"}
    page = viewer.get(url(linked, "field_mapping"), typed)
    text = page.content.decode()
    assert "as typed, not saved" in text
    assert "&quot;company&quot;: &quot;Cambridge&quot;" in text
    assert linked.field_mapping.get(pk=row.pk).source_field == "displayName"
    assert data.Store.objects.get(pk=linked.pk).setup_changes.count() == 0
