"""The setup pages in a real Chromium: axe in both schemes and widths, and a store set up from nothing by its pages."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Page, expect

from bcsync.sandbox.world import World
from customers import tasks
from customers.models import Run
from mapping.models import CustomerTemplate, GroupMapping
from mapping.pages import TITLES
from mapping.setup import ensure_defaults
from stores.models import Store
from tests.fixtures import APP, APP_SECRET, COMPANY, ENVIRONMENT, FIRST, READY, TENANT, RunJob
from tests.pages import data, test_browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
opened = test_browser.opened
Open = test_browser.Open


@pytest.fixture
def merchant(transactional_db: None) -> Store:
    """A store with a row of every kind, a linked pair, an unlinked shopper and a customer of Business Central only."""
    store = data.store()
    shoppers = data.customers(store, 12)
    data.details(shoppers[1])
    data.business_central_customer(store, "10000", country="EL", country_iso="")
    ensure_defaults(store)
    CustomerTemplate(store=store, country="GB", values={"customerPostingGroup": "DOMESTIC"}).save()
    GroupMapping(store=store, group_id=3, kind="price", code="WHOLESALE").save()
    return store


def url(name: str, query: str = "") -> str:
    return reverse(name, args=["k3v9x1q7p2"]) + query


def test_axe_finds_nothing_and_nothing_overflows(merchant: Store, opened: Open) -> None:
    phone = merchant.field_mapping.get(target_table="customer", target_field="customer_group_id")
    tax = merchant.match_rules.get(name="tax")
    others = merchant.customers.filter(status="unmapped").first()
    paths = [
        *(url(name) for name in (*TITLES, "setup", "setup_changes", "setup_preview", "import_setup", "setup_effect")),
        url("field_mapping", f"?row={phone.pk}"), url("match_rules", f"?row={tax.pk}&who=c{others.pk}"),
        url("customer_templates", "?row=new"), url("customer_form_fields", "?row=new"), url("setup_preview", "?find=a"),
        url("country_codes", "?code="), reverse("connect_store"),
    ]  # fmt: skip
    page = opened("/", "administrator")
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = test_browser.faults(page)
    found["as a viewer"] = test_browser.faults(opened(url("field_mapping", f"?row={phone.pk}"), "viewer"))
    assert {path: each for path, each in found.items() if each} == {}


def connect(page: Page) -> None:
    """The page Connect a store, refused once: what was typed stays, secrets do not."""
    page.get_by_label("Store hash").fill(FIRST)
    page.get_by_label("Client ID", exact=True).fill(f"account-{FIRST}")
    for label, text in (("Tenant", TENANT), ("Environment", ENVIRONMENT), ("Company name", COMPANY)):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Application (client) ID").fill(APP)
    page.get_by_role("button", name="Connect").click()
    page.wait_for_selector("text=The access token is missing.")
    expect(page.get_by_label("Store hash")).to_have_value(FIRST)
    page.get_by_label("Access token").fill(f"token-{FIRST}")
    page.get_by_label("Client secret").fill("hooks")
    page.get_by_label("Application secret").fill(APP_SECRET)
    page.get_by_role("button", name="Connect").click()
    page.wait_for_selector("text=is connected")


def save(page: Page, words: str) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(f"text={words}")


def define(page: Page) -> None:
    """A metafield, an attribute and a mapped field with a transform whose argument appears on trying."""
    page.get_by_role("link", name="Customer Metafields").click()
    page.get_by_role("link", name="New metafield").click()
    page.get_by_label("Name", exact=True).fill("salesperson")
    page.get_by_label("Source in Business Central").select_option("customer.salespersonCode")
    save(page, "Metafield bcsync.salesperson is saved.")
    page.get_by_role("link", name="Customer Attributes").click()
    page.get_by_role("link", name="New attribute").click()
    page.get_by_label("Name", exact=True).fill("Debitor")
    page.get_by_label("Source in Business Central").select_option("customer.number")
    save(page, "Attribute Debitor is saved.")
    page.get_by_role("link", name="Field Mapping").click()
    page.get_by_role("link", name="New row").click()
    page.get_by_label("Target in BigCommerce").select_option("customer.notes")
    page.get_by_label("First", exact=True).select_option("template")
    page.get_by_role("button", name="Try it").click()
    page.wait_for_selector("text=nothing that you typed is lost")
    page.get_by_label("Text of step 1").fill("Customer {customer.number}")
    save(page, "Row Notes is saved.")


def work(page: Page, run_job: RunJob) -> Run:
    """What a worker does with the run that was started, then its page anew."""
    run = run_job.go_on(Run.objects.latest("pk"))
    page.goto(run.get_absolute_url())
    return run


def test_a_store_is_set_up_from_nothing_by_its_pages(
    transactional_db: None, sandbox: Any, world: World, opened: Open, run_job: RunJob, monkeypatch: Any
) -> None:
    """Connect, test, define, map, preview, run: an administrator with a browser, and both vendors at the end."""
    monkeypatch.setattr(tasks, "queue", lambda *args, **options: None)
    customer = {"email": "ann@new.example", "displayName": "Adatum", "salespersonCode": "JO", **READY}
    world.companies[COMPANY].add_customer(number="10000", **customer)
    page = opened("/", "administrator")
    page.get_by_role("link", name="Connect a store").first.click()
    connect(page)
    page.get_by_role("button", name="Test Connection").click()
    page.wait_for_selector("text=The token opens store")
    define(page)
    get_user_model().objects.update(is_staff=True)  # as the role gives it when a person is saved in the admin
    page.goto(reverse("admin:stores_store_change", args=[Store.objects.get().pk]))
    page.get_by_label("Writing on").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=was changed successfully")
    page.goto(f"/stores/{FIRST}/customers/")
    page.locator("main").get_by_role("button", name="Import").first.click()
    page.wait_for_url("**/runs/*/")
    assert work(page, run_job).status == "succeeded"
    page.goto(f"/customers/add/?store={FIRST}")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_url("**/runs/*/")
    assert work(page, run_job).status == "planned"
    page.goto(f"/stores/{FIRST}/setup/customer-metafields/")
    page.get_by_label("Customer, of either side").fill("10000")
    page.get_by_role("button", name="Find").click()
    page.locator("#preview .tree a").first.click()
    expect(page.locator("#preview")).to_contain_text("POST /v3/customers")
    expect(page.locator("#preview")).to_contain_text("Customer 10000")
    page.goto(Run.objects.latest("pk").get_absolute_url())
    page.get_by_role("button", name="Approve all 1").click()
    page.wait_for_selector("text=Approved; what is still as planned is applied now.")
    assert work(page, run_job).status == "succeeded"
    made = world.stores[FIRST].state(ids=False)["customers"]["ann@new.example"]
    assert made["notes"] == "Customer 10000"
    assert made["attributes"]["Debitor"] == "10000"
    assert {each["key"]: each["value"] for each in made["metafields"]}["salesperson"] == "JO"


@pytest.mark.parametrize("script", [True, False])
def test_the_reach_of_a_change_comes_by_itself_or_by_a_link(merchant: Store, opened: Open, script: bool) -> None:
    row = merchant.field_mapping.get(target_table="customer", target_field="phone")
    page = opened(url("field_mapping", f"?row={row.pk}"), "administrator", java_script_enabled=script)
    page.get_by_label("Source in Business Central").select_option("customer.website")
    page.get_by_role("button", name="Save", exact=True).click()
    if not script:
        page.get_by_role("link", name="How many customers does that touch?").click()
    page.wait_for_selector("text=6 of 6 linked customers")
    expect(page.get_by_role("button", name="Plan Update for these 6")).to_be_visible()
