"""The setup pages in a real Chromium: axe in both schemes and widths, and a store set up from nothing by its pages."""


import pytest
from django.urls import reverse

from mapping.models import CustomerTemplate, GroupMapping
from mapping.pages import TITLES
from mapping.setup import ensure_defaults
from stores.models import Store
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
