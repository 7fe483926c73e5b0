"""Webhooks of a store registered, mended, renewed and removed at both vendors, over HTTP, and events that arrive."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bcsync.clients.bigcommerce_webhooks import DELIVERY_EXCEPTION, SCOPES
from bcsync.embedded.places import Place
from bcsync.sandbox.server import Server
from bcsync.sandbox.world import World
from stores import inbox, webhooks
from stores.models import Store, WebhookEndpoint, WebhookEvent
from stores.webhook_addresses import trouble_with_public_url
from tests.pages import data
from tests.stores.conftest import hooks, subscribed, wait

pytestmark = pytest.mark.django_db(transaction=True)


def test_turned_on_a_change_on_either_side_is_in_the_inbox(reachable: World, store: Store) -> None:
    assert webhooks.turn_on(store) == []
    shop, company = reachable.stores["abc123"], reachable.companies["CRONUS"]
    ann = shop.change_customer("ann@example.com", company="Able")["id"]
    place = {"address1": "1 High St", "city": "Leeds", "postal_code": "LS1 1AA", "country_code": "GB"}
    shop.add_address(ann, **place)
    shop.add_metafield(ann, "ours", "key", "value")
    row = company.add_customer(number="C1", displayName="Able")
    wait(reachable)
    pending = inbox.pending_ids(store)
    assert (pending.bigcommerce, pending.business_central, pending.events) == ({ann}, {row["id"]}, 4)
    assert set(WebhookEvent.objects.values_list("signature", flat=True)) == {"verified", ""}
    assert {one.status for one in reachable.webhooks.sent} == {200}
    assert reachable.audit.broken_rules == []


def test_every_scope_once_with_a_random_secret_and_a_second_check_changes_nothing(
    reachable: World, store: Store
) -> None:
    webhooks.turn_on(store)
    made = hooks(reachable)
    assert sorted(hook["scope"] for hook in made) == sorted([*SCOPES, DELIVERY_EXCEPTION])
    endpoint = WebhookEndpoint.objects.get(store=store)
    assert {hook["headers"]["X-Webhook-Secret"] for hook in made} == {endpoint.secret}
    assert len(endpoint.secret) >= 43
    assert endpoint.secret not in str(endpoint.registered)
    before = len(reachable.audit.writes())
    assert webhooks.check(store) == []
    assert (hooks(reachable), len(reachable.audit.writes())) == (made, before)
    assert webhooks.care() == {"abc123": [], "CRONUS (Production)": []}
    assert len(reachable.audit.writes()) == before


def test_hooks_of_somebody_else_with_the_same_account_are_left_alone(reachable: World, store: Store) -> None:
    shop = reachable.stores["abc123"]
    theirs = {"scope": "store/customer/created", "destination": "https://other.example/x", "client_id": "account-1"}
    body = {**theirs, "is_active": True, "headers": None, "store_hash": "abc123", "created_at": 1, "updated_at": 1}
    foreign = shop.add_row(shop.hooks, body, **theirs, is_active=1, last_event=reachable.clock.timestamp())
    assert webhooks.turn_on(store) == []
    assert webhooks.turn_off(store) == []
    assert hooks(reachable) == [foreign]


def test_a_new_public_address_moves_everything(reachable: World, store: Store, settings: Any) -> None:
    webhooks.turn_on(store)
    settings.PUBLIC_URL = settings.PUBLIC_URL.replace("localhost", "127.0.0.1")
    settings.ALLOWED_HOSTS = ["*"]
    assert webhooks.check(store) == []
    assert {hook["destination"].partition("/webhooks")[0] for hook in hooks(reachable)} == {settings.PUBLIC_URL}
    assert len(hooks(reachable)) == len(SCOPES) + 1
    (subscription,) = subscribed(reachable)
    assert subscription["notificationUrl"].startswith(settings.PUBLIC_URL)


def test_a_new_secret_takes_over_without_a_loss(reachable: World, store: Store) -> None:
    webhooks.turn_on(store)
    old = WebhookEndpoint.objects.get(store=store).secret
    reachable.companies["CRONUS"].add_customer(number="C1", displayName="Able")
    reachable.webhooks.deliver_due()
    reachable.stores["abc123"].change_customer("ann@example.com", company="Able")
    assert webhooks.new_secret(store) == []
    secret = WebhookEndpoint.objects.get(store=store).secret
    assert secret != old
    assert {hook["headers"]["X-Webhook-Secret"] for hook in hooks(reachable)} == {secret}
    wait(reachable)
    pending = inbox.pending_ids(store)
    assert (len(pending.bigcommerce), len(pending.business_central)) == (1, 1)
    assert sum(WebhookEndpoint.objects.values_list("refused", flat=True)) == 0


def test_turned_off_for_one_store_the_company_still_tells_the_other(
    reachable: World, store: Store, second: Store
) -> None:
    reachable.add_store("second", token=second.access_token, client_id="account-2")
    assert webhooks.turn_on(store) == webhooks.turn_on(second) == []
    assert webhooks.turn_off(store) == []
    assert (hooks(reachable), len(subscribed(reachable))) == ([], 1)
    assert webhooks.turn_off(second) == []
    assert (reachable.stores["second"].hooks.select(), subscribed(reachable)) == ([], [])


def test_a_receiver_that_cannot_be_reached_is_said_in_words(reachable: World, store: Store, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    (problem,) = webhooks.turn_on(store)
    assert "must reach http://127.0.0.1:9/webhooks/business-central/" in problem
    assert WebhookEndpoint.objects.get(company=store.company).problem == problem


def test_a_refused_token_is_said_in_words(reachable: World, store: Store) -> None:
    Store.objects.update(access_token="expired")
    store.refresh_from_db()
    (problem,) = webhooks.turn_on(store)
    assert "refuses the access token of store abc123" in problem
    assert len(subscribed(reachable)) == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "PUBLIC_URL is not set. Without a public address everything works by polling alone"),
        ("http://bcsync.example.com", "must be https on port 443"),
        ("https://bcsync.example.com:8443", "must be https on port 443"),
        ("bcsync.example.com", "is not an address like"),
        ("https://bcsync.example.com:port", "is not an address"),
    ],
)
def test_without_a_public_address_nothing_is_registered_and_it_says_so(
    address: str, words: str, server: Server, world: World, store: Store, settings: Any
) -> None:
    settings.PUBLIC_URL = address
    (trouble,) = webhooks.turn_on(store)
    assert words in trouble
    assert (webhooks.care(), world.audit.summary()["calls"]) == ({}, 0)
    client = Client()
    client.force_login(data.user("viewer"))
    page = client.get("/stores/abc123/").content.decode()
    assert "works by polling alone" in page
    assert "Turn on" in page


@pytest.mark.parametrize("path", ["turn-on", "check", "new-secret", "turn-off"])
def test_only_an_administrator_may_press_the_buttons(path: str, store: Store) -> None:
    client = Client()
    client.force_login(data.user("operator"))
    assert client.post(f"/stores/abc123/webhooks/{path}/").status_code == 403
    assert WebhookEndpoint.objects.count() == 0


def test_the_buttons_of_the_card(reachable: World, store: Store) -> None:
    client = Client()
    client.force_login(data.user("administrator"))
    for path, words, count in (
        ("turn-on", "Both vendors now tell of every change.", len(SCOPES) + 1),
        ("check", "Everything is registered as it should be.", len(SCOPES) + 1),
        ("new-secret", "the old one is taken for another day", len(SCOPES) + 1),
        ("turn-off", "The webhooks are removed.", 0),
    ):
        page = client.post(f"/stores/abc123/webhooks/{path}/", follow=True)
        assert page.redirect_chain == [("/stores/abc123/#webhooks", 302)]
        assert words in page.content.decode()
        assert len(hooks(reachable)) == count
        assert WebhookEndpoint.objects.get(store=store).secret not in page.content.decode()


def test_faults_of_the_vendors_lose_and_double_nothing_that_arrives(reachable: World, store: Store) -> None:
    webhooks.turn_on(store)
    shop = reachable.stores["abc123"]
    for kind in ("twice", "late", "shuffled", "never", "wrong-secret"):
        reachable.webhooks.spoil(kind, "bigcommerce", seconds=600)
    ids = [shop.add_customer(email=f"{number}@example.com")["id"] for number in range(7)]
    wait(reachable, 0)
    wait(reachable, 601)
    pending = inbox.pending_ids(store)
    assert pending.bigcommerce == {id for place, id in enumerate(ids) if place not in (3, 4)}
    assert WebhookEndpoint.objects.get(store=store).refused == 1
    assert inbox.counts(store).twice == 1


def test_events_ripen_after_a_few_seconds_and_are_taken_once(store: Store, second: Store) -> None:
    now = timezone.now()
    for place in range(20):
        event = inbox.event(
            store.pk, now, scope="store/customer/updated", remote_id=str(place % 3 + 1), hash=str(place), created_at=now
        )
        inbox.receive([event])
    assert inbox.stores_with_ripe_events(now + timedelta(seconds=4)) == []
    assert inbox.stores_with_ripe_events(now + timedelta(seconds=5)) == [store.pk]
    claimed = inbox.claim(store, "first")
    assert (claimed.bigcommerce, claimed.events) == ({1, 2, 3}, 20)
    assert inbox.claim(store, "second").events == 0
    assert inbox.claim(store, "first").events == 20
    assert inbox.release("first") == 20
    assert inbox.claim(store, "second").events == 20
    assert inbox.settle("second") == 20
    assert inbox.pending_ids(store).events == inbox.purge(timezone.now()) == 0
    assert inbox.purge(timezone.now() + timedelta(days=8)) == 20


def test_an_embedded_bcsync_can_be_reached_by_its_sandbox(settings: Any, tmp_path: Any) -> None:
    settings.PUBLIC_URL = Place(tmp_path, 8000, 8100).environment()["PUBLIC_URL"]
    assert trouble_with_public_url() == ""


def test_the_command_does_what_the_buttons_do(reachable: World, store: Store, settings: Any) -> None:
    said = io.StringIO()
    call_command("webhooks", "on", store="abc123", stdout=said)
    assert (len(hooks(reachable)), len(subscribed(reachable))) == (len(SCOPES) + 1, 1)
    assert said.getvalue() == "Webhooks of abc123: on, and everything is as it should be.\n"
    call_command("webhooks", "off", store="abc123", stdout=said)
    assert (hooks(reachable), subscribed(reachable)) == ([], [])
    settings.PUBLIC_URL = ""
    with pytest.raises(CommandError, match="PUBLIC_URL is not set") as refused:
        call_command("webhooks", "on", store="abc123")
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="There is no store nobody"):
        call_command("webhooks", "on", store="nobody")
