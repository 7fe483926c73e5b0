"""The list and the card in a real Chromium: worked by keyboard alone, and on a phone's width nothing is cut off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer, SavedView
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
LIST = "/stores/k3v9x1q7p2/customers/"
CUT_OFF = "cells => cells.filter(each => each.getBoundingClientRect().right > window.innerWidth).length"


@pytest.fixture
def shoppers(transactional_db: None) -> list[Customer]:
    return data.customers(data.store(), 30)


def test_the_list_by_keyboard_alone(shoppers: list[Customer], opened: Open) -> None:
    page = opened(f"{LIST}?status=linked&status=unmapped")
    row = page.locator("tr[data-customer]").nth(2).locator("a[hx-get]")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.sel a[hx-get]")).to_have_text(row.inner_text())
    expect(row).to_be_focused()  # the swap beside it takes nothing away
    expect(row).to_have_css("outline-style", "solid")
    page.locator("summary", has_text="Save view").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Mine")).to_have_attribute("aria-current", "page")
    assert SavedView.objects.get().query == "status=linked&status=unmapped"
    page.get_by_label("Select all rows of this page").focus()
    page.keyboard.press("Space")
    expect(page.locator("#reason")).to_be_visible()
    page.locator("#reason").focus()
    page.keyboard.type("a test")
    skip = page.get_by_role("button", name="Skip", exact=True)
    page.keyboard.press("Tab")  # over Unmap
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("customers are skipped.")).to_be_visible()
    assert faults(page) == []


def test_a_phone_shows_every_column_one_decides_by(shoppers: list[Customer], opened: Open) -> None:
    linked, case = shoppers[1], next(row for row in shoppers if row.status == "review")
    others = [data.business_central_customer(linked.store, number, email=case.email) for number in ("90001", "90002")]
    Customer.objects.filter(pk=case.pk).update(candidates=[str(other.remote_id) for other in others])
    page = opened(f"/customers/{linked.pk}/")
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.locator("td[data-label='Update will']").first).to_be_visible()
    assert page.locator("table.both :is(td, tbody th)").evaluate_all(CUT_OFF) == 0
    page.goto(f"/stores/k3v9x1q7p2/review/?customer={case.pk}")
    page.get_by_role("radio").nth(1).check()
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    assert page.locator("table.compare :is(td, tbody th)").evaluate_all(CUT_OFF) == 0
    assert faults(page) == []
