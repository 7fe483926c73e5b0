"""In a real Chromium: axe finds nothing, htmx moves FactBoxes, counts and progress, and all works without it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from customers.models import Run
from tests.pages import data

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
# Colours do not depend on the width, nor the layout on the scheme: two looks see both of each.
MODES = [("light", 1280), ("dark", 390)]
CUSTOMERS = "/stores/k3v9x1q7p2/customers/"


@pytest.fixture
def merchant(transactional_db: None) -> dict[str, Any]:
    store = data.store()
    data.store("w8n4d2z6r5", "Fabrikam Trade", writes_enabled=False, last_test=None)
    shoppers = data.customers(store, 30)
    data.details(shoppers[1])
    for number in ("10000", "20000"):
        data.business_central_customer(store, number)
    data.business_central_customer(store, "30000", email="")
    return {
        "store": store,
        "shoppers": shoppers,
        "ended": data.ended_run(store),
        "plan": data.planned_run(store, shoppers),
    }


Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, live_server: Any) -> Iterator[Open]:
    """open(path, role, **context options) -> the page, signed in by cookie; what it logs as an error fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(path: str, role: str = "operator", **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        if role != "anonymous":
            client = Client()
            client.force_login(data.user(role, f"{role}-{len(contexts)}"))
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it stands, in light and wide and in dark and narrow, and whether it is too wide."""
    page.evaluate(AXE)
    page.evaluate("document.querySelectorAll('details.fastab').forEach(each => each.open = true)")
    found = []
    for scheme, width in MODES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours change at once
        page.set_viewport_size({"width": width, "height": 900})
        for each in page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
            found += [f"{scheme} {width} {each['id']}: {node['html'][:150]}" for node in each["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"wider than {width}")
    return found


def test_axe_finds_nothing_and_nothing_overflows(merchant: dict[str, Any], opened: Open) -> None:
    progress = {"step": "apply", "counts": {"updated": 3}, "looked_at": 9, "to_do": 6}
    active = data.run(merchant["store"], "update_customers", "running", **progress)
    paths = [
        "/", "/stores/k3v9x1q7p2/", CUSTOMERS, f"{CUSTOMERS}?status=linked&search=nobody", "/customers/",
        "/stores/w8n4d2z6r5/customers/", "/customers/add/", "/customers/add/?store=w8n4d2z6r5", "/runs/",
        "/runs/?status=stopped", merchant["ended"].get_absolute_url(), merchant["plan"].get_absolute_url(),
        active.get_absolute_url(), "/nothing/",
    ]  # fmt: skip
    page = opened("/")
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = faults(page)
    others = ("/sign-in/", "anonymous"), (CUSTOMERS, "viewer"), ("/customers/add/", "viewer")
    for path, role in (*others, (merchant["plan"].get_absolute_url(), "viewer")):
        found[f"{path} as {role}"] = faults(opened(path, role))
    assert {path: each for path, each in found.items() if each} == {}


def test_the_factboxes_follow_the_row(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(CUSTOMERS)
    page.get_by_role("link", name="ليلى حداد", exact=True).click()
    page.wait_for_selector("#factboxes >> text=GB 789 4561 23")
    expect(page.locator("tr.sel a[hx-get]")).to_have_text(["ليلى حداد"])
    assert page.evaluate("window.harmed") is None


def test_without_javascript_the_row_is_a_link(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(CUSTOMERS, java_script_enabled=False)
    page.get_by_role("link", name="ليلى حداد", exact=True).click()
    expect(page).to_have_url(re.compile("selected="))
    expect(page.locator("#factboxes >> text=GB 789 4561 23")).to_be_visible()
    page.get_by_label("Select ليلى حداد", exact=True).check()
    expect(page.get_by_role("button", name="Update selected")).to_be_visible()
    expect(page.get_by_role("button", name="linked")).to_be_hidden()


def test_buttons_count_the_selection(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(CUSTOMERS)
    expect(page.get_by_role("button", name="Update 14 linked")).to_be_visible()
    for name in ("Select ليلى حداد", "Select Meagan Bond"):
        page.get_by_label(name, exact=True).check()
    expect(page.get_by_role("button", name="Update 2 selected")).to_be_visible()
    expect(page.get_by_role("button", name="Try Mapping for 2 selected")).to_be_visible()
    page.get_by_label("Select all rows of this page").check()
    expect(page.get_by_role("button", name="Update 25 selected")).to_be_visible()


def test_addresses_unfold_below_the_row(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(CUSTOMERS)
    place = page.get_by_text("Unit 4, Fen Road, Cambridge CB4 1UN, GB")
    expect(place).to_be_hidden()
    page.locator("summary", has_text="Dubai, AE +1").click()
    expect(place).to_be_visible()


def test_the_count_follows_the_filter(merchant: dict[str, Any], opened: Open) -> None:
    page = opened("/customers/add/")
    page.get_by_label("No. from").fill("30000")
    page.get_by_label("No. to").fill("30000")
    page.wait_for_selector("text=1 customer matches")
    page.get_by_label("Store Hash").select_option("w8n4d2z6r5")
    page.wait_for_selector("#add-store >> option[value=w8n4d2z6r5]:checked", state="attached")
    page.wait_for_selector("text=The store is read-only")


def test_the_progress_moves_and_the_page_reloads_at_the_end(merchant: dict[str, Any], opened: Open) -> None:
    run = data.run(
        merchant["store"], "update_customers", "running", step="apply", counts={"updated": 3}, looked_at=10, to_do=7
    )
    page = opened(run.get_absolute_url())
    expect(page).to_have_title(re.compile("^30 % · Update"))
    Run.objects.filter(pk=run.pk).update(counts={"updated": 8}, to_do=2)
    page.wait_for_function("document.title.startsWith('80 %')", timeout=5000)
    expect(page.locator("#announce")).to_have_text("Running: done 80 %")
    Run.objects.filter(pk=run.pk).update(counts={"updated": 10}, to_do=0, status="succeeded", step="done")
    page.wait_for_selector("main .oc:has-text('Succeeded')", timeout=5000)
    expect(page).to_have_title(re.compile("^Succeeded · Update, run"))


def test_the_keyboard_reaches_the_main_part_first(merchant: dict[str, Any], opened: Open) -> None:
    page = opened(CUSTOMERS)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
