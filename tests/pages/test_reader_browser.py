"""A reader from elsewhere in a real Chromium: the browser's language and zone, English words, nothing too wide."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from customers.models import Run
from tests.pages import data, test_browser, test_conflicts
from tests.pages.test_reader import AT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
opened = test_browser.opened


def test_a_german_browser_in_dubai(transactional_db: None, opened: test_browser.Open) -> None:
    store = test_conflicts.town(8)
    run = data.ended_run(store)
    Run.objects.filter(pk=run.pk).update(finished_at=AT, looked_at=1234567)
    page = opened("/", locale="de-DE", timezone_id="Asia/Dubai")
    # The script has told the zone by now.
    found = {}
    for path in (run.get_absolute_url(), reverse("conflicts", args=[store.hash]), reverse("reader_setting"), "/"):
        page.goto(path)
        found[path] = test_browser.faults(page)
    assert {path: each for path, each in found.items() if each} == {}
    page.goto(run.get_absolute_url())
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_title("01.02.2026 03:30:00 UTC+04").first).to_have_text("01.02.2026")
    expect(page.get_by_text("1.234.567").first).to_be_visible()
