"""Deciding, the parked and undo in a real Chromium: axe finds nothing, and it works without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer, Decision, Run, Trouble
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CUSTOMERS = "/stores/k3v9x1q7p2/customers/"
Open = Callable[..., Page]


@pytest.fixture
def merchant(transactional_db: None) -> dict[str, Any]:
    store = data.store()
    shoppers = data.customers(store, 12)
    data.business_central_customer(store, "70000", display_name=data.HOSTILE)
    Trouble.objects.create(
        store=store, kind="try_mapping", target="customer:1", customer=shoppers[0], fingerprint="a|b|c", times=3,
        parked=True, reason=data.HOSTILE,
    )  # fmt: skip
    ended = data.run(store, counts={"created": 1}, looked_at=1)
    data.record(ended, "customer:1", "created", customer=shoppers[0], plan={"link": 1}, label=data.HOSTILE)
    return {"store": store, "ended": ended}


def test_axe_finds_nothing(merchant: dict[str, Any], opened: Open) -> None:
    unmapped = Customer.objects.filter(status="unmapped")[0]
    address = f"/customers/{unmapped.pk}/map-to/"
    paths = [address, f"{address}?search=700", "/stores/k3v9x1q7p2/parked/", merchant["ended"].get_absolute_url()]
    page = opened(paths[0], "administrator")
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = faults(page)
    page.goto(CUSTOMERS)
    page.locator("[data-row]").first.check()
    found["a selection"] = faults(page)
    assert [each for each in found.items() if each[1]] == []
    assert page.evaluate("window.harmed") is None


def test_skip_a_selection_without_javascript(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(CUSTOMERS, java_script_enabled=False)
    page.get_by_label("Select ليلى حداد", exact=True).check()
    page.get_by_label("Reason").fill("on holiday")
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.get_by_text("ليلى حداد is skipped.")).to_be_visible()
    assert Decision.objects.get().reason == "on holiday"


def test_undo_of_a_run(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(merchant["ended"].get_absolute_url())
    page.get_by_role("button", name="Undo this run…", exact=True).click()
    page.wait_for_selector("h1:has-text('Undo')")
    assert Run.objects.get(kind="undo").scope == {"run": merchant["ended"].pk}
