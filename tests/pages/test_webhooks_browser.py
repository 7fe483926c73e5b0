"""The tab Webhooks of the store card in a real Chromium: every state of it, axe finds nothing, the buttons work."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bcsync.clients.bigcommerce_webhooks import DELIVERY_EXCEPTION, SCOPES
from stores import inbox
from stores.models import Store, WebhookEndpoint, WebhookSubscription
from tests.pages import data
from tests.pages.test_browser import Open, faults, opened

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARD = "/stores/k3v9x1q7p2/"


def registered(store: Store, problem: str = "", refused: int = 0) -> WebhookEndpoint:
    """A store whose webhooks are on, with a few events in the inbox."""
    now = timezone.now()
    hooks = [{"id": 18048287 + place, "scope": scope, "destination": "https://x.example", "active": place != 3}
             for place, scope in enumerate((*SCOPES, DELIVERY_EXCEPTION))]  # fmt: skip
    known = {"secret": "s", "registered": hooks, "checked_at": now, "problem": problem, "refused": refused}
    endpoint = WebhookEndpoint.objects.create(store=store, wanted=True, refused_at=now, **known)
    central = WebhookEndpoint.objects.create(company=store.company, secret="s", checked_at=now)
    WebhookSubscription.objects.create(
        endpoint=central, remote_id="sub1", resource="customers", expires_at=now + timedelta(days=2)
    )
    for place, scope in enumerate(("store/customer/updated", "business_central/customers/collection")):
        row = {"scope": scope, "remote_id": "32" if not place else "", "hash": str(place), "created_at": now}
        inbox.receive([inbox.event(store.pk, now, signature="stale", **row)])
    return endpoint


@pytest.mark.parametrize("state", ["no address", "off", "on", "broken"])
def test_axe_finds_nothing_in_any_state_of_the_tab(state: str, opened: Open, settings: Any) -> None:
    settings.PUBLIC_URL = "" if state == "no address" else "https://bcsync.example.com"
    store = data.store()
    if state in ("on", "broken"):
        problem = "BigCommerce has blocked bcsync.example.com for 120 seconds." if state == "broken" else ""
        registered(store, problem, 3 if problem else 0)
    page = opened(CARD, "administrator")
    assert faults(page) == []
    words = {
        "no address": "works by polling alone",
        "off": "Both vendors can tell of a change as it happens",
        "on": "store/customer/address/created",
        "broken": "3 deliveries with a wrong secret came and were thrown away",
    }
    expect(page.locator("#webhooks")).to_contain_text(words[state])
    if os.environ.get("BCSYNC_PICTURES"):
        for scheme, width in (("light", 1280), ("dark", 390)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 900})
            page.locator("#webhooks").screenshot(path=Path(os.environ["BCSYNC_PICTURES"]) / f"{state}-{width}.png")


def test_the_tab_says_who_may_press_its_buttons(opened: Open, settings: Any) -> None:
    settings.PUBLIC_URL = "https://bcsync.example.com"
    data.store()
    page = opened(f"{CARD}#webhooks", java_script_enabled=False)
    page.locator("#webhooks summary").click()
    expect(page.get_by_role("button", name="Turn on")).to_be_disabled()
    expect(page.locator("#webhooks").get_by_text("This needs the role administrator.")).to_be_visible()
