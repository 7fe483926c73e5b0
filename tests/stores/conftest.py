"""Both vendors over real HTTP, with one store and one company, and a Store that is connected to them."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.server import Server, serve
from bcsync.sandbox.world import World
from stores import connect
from stores.models import BusinessCentralCompany, Store

TENANT = "contoso.example"
TOKEN = "the-token-of-the-tests"
SECRET = "the-secret-of-the-tests"
DAY = 86400.0


@pytest.fixture
def world() -> Iterator[World]:
    forget_tokens()
    made = World()
    made.add_store("abc123", token=TOKEN, client_id="account-1", name="Shop of the tests", channels=["Main", "Outlet"])
    made.stores["abc123"].add_customer(email="ann@example.com", first_name="Ann", last_name="Able")
    add_company(made, "CRONUS")
    yield made
    made.close()


def add_company(world: World, name: str, **options: Any) -> CompanySide:
    """A company with three countries, of which EL has no valid ISO code."""
    known: dict[str, Any] = {"client_id": "app-1", "client_secret": SECRET, **options}
    company = world.add_company(TENANT, "Production", name, **known)
    for code in ("GB", "DE", "EL"):
        company.put_reference("country", code, iso=code)
    return company


@pytest.fixture
def server(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The sandbox as settings name it; waiting between tries is left out."""
    for module in (connect.bigcommerce_client, connect.business_central_client):
        monkeypatch.setattr(module, "connect", partial(module.connect, sleep=lambda seconds: None))
    with serve(world) as served:
        for name in ("BIGCOMMERCE_API_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL"):
            setattr(settings, name, served.url)
        yield served


@pytest.fixture
def store(db: None) -> Store:
    company = BusinessCentralCompany.objects.create(
        tenant=TENANT, environment="Production", name="CRONUS", client_id="app-1", client_secret=SECRET
    )
    return Store.objects.create(hash="abc123", company=company, access_token=TOKEN, client_id="account-1")


@pytest.fixture
def second(store: Store) -> Store:
    """Another store of the same company."""
    return Store.objects.create(hash="second", company=store.company, access_token=TOKEN, client_id="account-2")


@pytest.fixture
def reachable(live_server: Any, settings: Any, server: Server, world: World, store: Store) -> World:
    """The vendors reach our pages; the store's client secret is known."""
    settings.PUBLIC_URL = live_server.url
    store.client_secret = "secret"
    store.save()
    return world


def hooks(world: World) -> list[dict[str, Any]]:
    return world.stores["abc123"].hooks.select()


def subscribed(world: World) -> list[dict[str, Any]]:
    return world.subscriptions.subscriptions.select()


def wait(world: World, seconds: float = 31) -> None:
    world.clock.advance(seconds)
    world.webhooks.deliver_due()


def days_later(world: World, days: float) -> None:
    world.clock.advance(days * DAY)
    forget_tokens()
