"""A store in the sandbox over real HTTP, and clients for it whose waiting moves the vendor's clock, not ours."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from bcsync.clients.bigcommerce import BigCommerce, Result, connect
from bcsync.clients.gate import NoGate
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World

HASH = "abc123"
TOKEN = "token-of-the-tests"
Connect = Callable[..., BigCommerce]


@pytest.fixture
def world() -> Iterator[World]:
    with_store = World()
    with_store.add_store(HASH, token=TOKEN, client_id="ours", quota=10_000)
    yield with_store
    with_store.close()


@pytest.fixture
def store(world: World) -> StoreSide:
    return world.stores[HASH]


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with serve(world) as server:
        yield server.url


@pytest.fixture
def waits() -> list[float]:
    """Every wait that a client asked for."""
    return []


@pytest.fixture
def client_for(world: World, url: str, waits: list[float]) -> Connect:
    def sleep(seconds: float) -> None:
        waits.append(seconds)
        world.clock.advance(seconds)

    def make(**changed: Any) -> BigCommerce:
        options: dict[str, Any] = {"gate": NoGate(), "sleep": sleep, "random": random.Random(1), **changed}
        return connect(
            options.pop("api_url", url), options.pop("store_hash", HASH), options.pop("access_token", TOKEN), **options
        )

    return make


@pytest.fixture
def client(client_for: Connect) -> BigCommerce:
    return client_for()


def shopper(number: int, **fields: Any) -> dict[str, Any]:
    """A customer to create, named by a number."""
    return {
        "email": f"s{number}@example.com",
        "first_name": f"First{number}",
        "last_name": f"Last{number}",
        "trigger_account_created_notification": False,
        **fields,
    }


def address(number: int, **fields: Any) -> dict[str, Any]:
    """An address that every endpoint takes."""
    return {
        "first_name": "Ada",
        "last_name": "Byron",
        "company": "",
        "phone": "",
        "address_type": "residential",
        "address1": f"{number} Mill Lane",
        "address2": "",
        "city": "Leeds",
        "state_or_province": "",
        "postal_code": "LS1 1AA",
        "country_code": "GB",
        **fields,
    }


def gathered(batches: Iterable[list[Result]]) -> list[Result]:
    """All results of a write."""
    return [result for batch in batches for result in batch]


def emails(store: StoreSide) -> list[str]:
    """The store's customers by e-mail, in order."""
    return sorted(body["email"] for body in store.customers.select())


def families(world: World) -> list[str]:
    """The calls that were made, in order."""
    return [call.family for call in world.audit.calls(vendor="bigcommerce")]
