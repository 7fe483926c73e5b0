"""The timeline beside the list and on the card: webhooks of both vendors with what became of them; few queries."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import deciding, timeline
from customers.models import Customer, Run
from stores import inbox
from stores.models import Store, WebhookEvent
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"


@pytest.fixture
def store(db: None) -> Store:
    return data.store()


@pytest.fixture
def shopper(store: Store) -> Customer:
    return data.customers(store, 8)[1]


def event(store: Store, scope: str, remote_id: object, minutes: int, **values: Any) -> WebhookEvent:
    at = timezone.now() - timedelta(minutes=minutes)
    found = {"first_received_at": at, "received_at": at, "created_at": at, "hash": uuid.uuid4().hex}
    return WebhookEvent.objects.create(store=store, scope=scope, remote_id=str(remote_id), **{**found, **values})


def words(client: Client, shopper: Customer, show: str = "events") -> list[tuple[str, str, int | None]]:
    entries = client.get(f"/customers/{shopper.pk}/", {"show": show}).context["page"].object_list
    return [(each.word, each.detail, each.run.pk if each.run else None) for each in entries]


def test_webhooks_of_both_sides_with_what_became_of_them(store: Store, shopper: Customer, viewer: Client) -> None:
    other = shopper.link.business_central_customer
    run = data.run(store, "sync_changes", "succeeded")
    now = timezone.now()
    event(store, "store/customer/updated", shopper.remote_id, 9, claimed_by=f"run-{run.pk}", done_at=now)
    event(store, "store/customer/address/created", shopper.remote_id, 8, claimed_by=f"run-{run.pk}")
    event(store, f"{inbox.BUSINESS_CENTRAL}updated", other.remote_id, 7)
    event(store, "store/metafield/deleted", shopper.remote_id, 6, claimed_by="run-99999999", received_at=now)
    # Of somebody else, of another store, and of ids that only look alike.
    event(store, "store/customer/updated", 999, 5)
    event(store, f"{inbox.BUSINESS_CENTRAL}updated", shopper.remote_id, 4)
    event(store, f"{inbox.BUSINESS_CENTRAL}collection", "", 3)
    event(data.store("w8n4d2z6r5", "Trade"), "store/customer/updated", shopper.remote_id, 2)
    assert words(viewer, shopper) == [
        ("BigCommerce said: metafield deleted", "Being read again. Delivered more than once.", None),
        ("Business Central said: customer updated", "Waits to be read.", None),
        ("BigCommerce said: address created", "Being read again.", run.pk),
        ("BigCommerce said: customer updated", "Read again, and compared.", run.pk),
    ]
    everything = [word for word, *_ in words(viewer, shopper, "")]
    assert sum("said:" in word for word in everything) == 4
    assert not any("said:" in word for word, *_ in words(viewer, shopper, "decisions"))


def test_the_factboxes_show_the_newest_of_the_row_that_is_chosen(
    store: Store, shopper: Customer, operator: Client
) -> None:
    """By htmx and, without JavaScript, by the row's link."""
    who = data.user("operator", "olga")
    for number in range(6):
        deciding.skip([shopper], who, f"reason {number}")
        deciding.unskip([shopper], who)
        shopper.refresh_from_db()
    event(store, "store/customer/updated", shopper.remote_id, 0)
    fragment = operator.get(f"/customers/{shopper.pk}/factboxes/").content.decode()
    page = operator.get(LIST, {"selected": shopper.pk}).content.decode()
    for text in (fragment, page):
        box = text.partition("Timeline<span")[2].partition("</details>")[0]
        assert box.count("<li ") == timeline.LATEST
        assert "BigCommerce said: customer updated" in box
        assert f'href="/customers/{shopper.pk}/#timeline"' in box
        assert ("reason 5" in box, "reason 0" in box) == (True, False)
    other = Customer.objects.exclude(pk=shopper.pk)[0]
    assert "Nothing happened yet." in operator.get(f"/customers/{other.pk}/factboxes/").content.decode()


def test_queries_do_not_grow_with_what_happened(store: Store, shopper: Customer, viewer: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            viewer.get(f"/customers/{shopper.pk}/factboxes/")
        return len(asked)

    def happen(number: int) -> None:
        for minutes in range(number):
            run = data.run(store, "update_customers", "succeeded")
            data.record(run, "x", "updated", customer=shopper)
            done = {"claimed_by": f"run-{run.pk}", "done_at": timezone.now()}
            event(store, "store/customer/updated", shopper.remote_id, minutes + number, **done)

    happen(2)
    few = queries()
    happen(40)
    assert (queries(), Run.objects.count()) == (few, 42)


def test_hostile_words_are_text(store: Store, shopper: Customer, viewer: Client) -> None:
    data.record(data.run(store), "x", "failed", customer=shopper, reason=data.HOSTILE)
    event(store, "store/customer/<img src=x>", shopper.remote_id, 1)
    text = viewer.get(f"/customers/{shopper.pk}/factboxes/").content.decode()
    assert ("<img" in text, "&lt;img src=x" in text) == (False, True)
