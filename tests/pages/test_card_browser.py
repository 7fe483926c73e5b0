"""The card, readiness and the role centre in a real Chromium: axe finds nothing, and all works without JavaScript."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers import readiness_check
from customers.models import Customer, Decision, Export, Run
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]


@pytest.fixture
def merchant(transactional_db: None) -> dict[str, Any]:
    store = data.store()
    shoppers = data.customers(store, 14)
    for shopper in shoppers[:8]:
        data.details(shopper)
    ended = data.run(store, "update_customers", counts={"updated": 1}, looked_at=1)
    changes = [["company", data.HOSTILE, "Adatum"]]
    parts = [{"part": "core", "outcome": "updated", "reason": "", "changes": changes}]
    linked = [shopper for shopper in shoppers if shopper.status == "linked"]
    record = data.record(ended, "customer:2", "updated", customer=linked[0], plan={"core": {}}, parts=parts)
    Decision.objects.create(store=store, customer=linked[0], kind="unskip", reason=data.HOSTILE)
    return {"store": store, "shoppers": shoppers, "linked": linked, "record": record}


def test_axe_finds_nothing_on_any_card(merchant: dict[str, Any], opened: Open) -> None:
    by_status = {shopper.status: shopper for shopper in merchant["shoppers"][:8]}
    page = opened("/")
    found = {}
    for status, shopper in by_status.items():
        page.goto(f"/customers/{shopper.pk}/")
        found[status] = faults(page)
    found["as viewer"] = faults(opened(f"/customers/{by_status['linked'].pk}/", "viewer"))
    assert {name: each for name, each in found.items() if each} == {}
    assert page.evaluate("window.harmed") is None


def test_axe_finds_nothing_on_readiness(merchant: dict[str, Any], opened: Open) -> None:
    store = merchant["store"]
    for number in range(60):
        data.business_central_customer(store, f"X{number:03}", email="", display_name=data.HOSTILE)
    page = opened("/stores/k3v9x1q7p2/readiness/")
    found = {"nobody was checked": faults(page)}
    readiness_check.bring_up_to_date(store)
    for name, query in (("all", ""), ("a reason", "?reason=missing-email"), ("nobody", "?search=zzz")):
        page.goto(f"/stores/k3v9x1q7p2/readiness/{query}")
        found[name] = faults(page)
    found["as viewer"] = faults(opened("/stores/k3v9x1q7p2/readiness/", "viewer"))
    assert {name: each for name, each in found.items() if each} == {}
    assert page.evaluate("window.harmed") is None


def test_readiness_by_reason_and_check_again(merchant: dict[str, Any], opened: Open) -> None:
    data.business_central_customer(merchant["store"], "X1", email="")
    readiness_check.bring_up_to_date(merchant["store"])
    page = opened("/stores/k3v9x1q7p2/readiness/", java_script_enabled=False)
    page.get_by_role("link", name="Email is empty").click()
    expect(page.get_by_role("link", name="Customer Card of X1 in Business Central")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})  # where the bar scrolls and would cut its menu off
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == f"k3v9x1q7p2-not-ready-{timezone.localdate()}.csv"
    assert Export.objects.get().username == "operator-1"
    page.get_by_role("button", name="Check again").click()
    expect(page.locator("h1", has_text="Check readiness")).to_be_visible()


def test_axe_finds_nothing_on_the_role_centre_with_a_chart(merchant: dict[str, Any], opened: Open) -> None:
    for days in range(0, 28, 3):
        at = timezone.now() - datetime.timedelta(days=days)
        data.run(merchant["store"], "add_customers", "completed with errors", mode="apply", finished_at=at,
                 counts={"created": 10 * days, "updated": 100 - days, "failed": days % 2})  # fmt: skip
    page = opened("/")
    page.get_by_text("Show as a table").click()
    assert faults(page) == []
    page.locator("svg.chart a").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/?day=*")
    expect(page.locator("main tbody tr")).to_have_count(1)


def test_from_the_list_to_the_card_and_a_preview(merchant: dict[str, Any], opened: Open) -> None:
    page = opened("/stores/k3v9x1q7p2/customers/?status=linked", java_script_enabled=False)
    page.get_by_role("link", name="Open the card").first.click()
    expect(page).to_have_url(re.compile(r"/customers/\d+/"))
    page.get_by_role("button", name="Preview Update").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+/"))
    assert Run.objects.latest("pk").mode == "plan"


def test_skip_with_a_reason_on_the_card(merchant: dict[str, Any], opened: Open) -> None:
    shopper = merchant["linked"][0]
    page = opened(f"/customers/{shopper.pk}/", java_script_enabled=False)
    page.get_by_label("Reason").fill("on holiday")
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.locator("main .oc", has_text="Skipped").first).to_be_visible()
    expect(page.locator("#timeline >> text=on holiday")).to_be_visible()
    assert Customer.objects.get(pk=shopper.pk).status == "skipped"


def test_undo_from_the_timeline(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(f"/customers/{merchant['linked'][0].pk}/")
    page.locator("#timeline").get_by_role("button", name="Undo…").first.click()
    page.wait_for_selector("h1:has-text('Undo')")
    scope = Run.objects.get(kind="undo").scope
    assert (scope["run"], scope["records"]) == (merchant["record"].run_id, [merchant["record"].pk])


@pytest.mark.parametrize("script", [True, False])
def test_a_tip_opens_and_closes_by_keyboard(script: bool, merchant: dict[str, Any], opened: Open) -> None:
    page = opened(f"/customers/{merchant['linked'][0].pk}/", java_script_enabled=script)
    tip = page.get_by_role("button", name="Customer group", exact=True)
    text = page.locator("text=What decides a shopper's prices")
    expect(text).to_be_hidden()
    tip.focus()
    page.keyboard.press("Enter")
    expect(text).to_be_visible()
    page.keyboard.press("Escape")
    expect(text).to_be_hidden()
