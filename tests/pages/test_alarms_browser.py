"""Alarms in a real Chromium: axe finds nothing on Stores, card and the page Alarms; Seen and Save work by keyboard."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers import alarms
from customers.models import Look
from customers.watchdog import Finding
from customers.watchdog_kinds import KINDS
from tests.pages import data
from tests.pages.test_browser import Open, faults, opened

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARD = "/stores/k3v9x1q7p2/"


def test_alarms_on_every_page_that_shows_them(opened: Open) -> None:
    store = data.store(alarm_emails=["ann@example.com"])
    other = data.store("w8n4d2z6r5", data.HOSTILE)
    run = data.run(store)
    now = timezone.now()
    Look.objects.create(pk=1, looked_at=now - timedelta(minutes=8))
    mended = Finding("webhook_blocked", "BigCommerce has blocked bcsync.example.com for 120 seconds.", store.pk)
    alarms.keep([mended], KINDS, now - timedelta(hours=3))
    found = [
        Finding("token_refused", f"Run {run.pk}: BigCommerce refuses the access token of store k3v9x1q7p2.", store.pk),
        Finding(
            "run_silent", f"Run {run.pk} was last heard of at 2026-11-24 10:12 UTC.", other.pk, subject=str(run.pk)
        ),
        Finding("subscription_ending", "Ends on 2026-11-25 07:00 UTC.", company=store.company_id),
        Finding("plan_waiting", "2 plans wait, the oldest since 2026-11-24 07:00 UTC.", store.pk),
        Finding("mail_failed", "The mail server refuses: " + "x" * 200 + data.HOSTILE),
    ]
    alarms.keep(found, KINDS, now - timedelta(hours=2))
    page = opened("/", "administrator")
    wrong = {}
    for path in ("/", CARD, "/alarms/"):
        page.goto(path)
        wrong[path] = faults(page)
        if os.environ.get("BCSYNC_PICTURES"):
            for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.set_viewport_size({"width": width, "height": 900})
                name = f"{path.strip('/').replace('/', '-') or 'stores'}-{width}-{scheme}.png"
                page.screenshot(path=Path(os.environ["BCSYNC_PICTURES"]) / name, full_page=width == 390)
    assert {path: each for path, each in wrong.items() if each} == {}
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/")
    page.get_by_role("button", name="Seen: The connection must be mended").press("Enter")
    expect(page.locator("#alarms")).to_contain_text("seen by administrator-1")
    page.goto(CARD)
    page.locator("#notifications summary").press("Enter")
    page.get_by_label("E-mail addresses, one a line").fill("bob@example.com")
    page.get_by_label("Runs with failures too").check()
    page.locator("#notifications").get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Saved. Who is new is told")).to_be_visible()
    store.refresh_from_db()
    assert (store.alarm_emails, store.mail_run_failures) == (["bob@example.com"], True)
    assert page.evaluate("window.harmed") is None
