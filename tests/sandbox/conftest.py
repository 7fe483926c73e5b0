"""A world with one store behind a real socket, and a plain HTTP client for it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World

STAMP = "2026-03-01T12:00:00Z"


class Api:
    """Calls to one store; paths begin with /v2 or /v3. Every answer is kept in `answers`."""

    def __init__(self, url: str, store: StoreSide) -> None:
        self.root = f"{url}/stores/{store.hash}"
        self.session = requests.Session()
        self.session.headers.update({"X-Auth-Token": store.token, "Accept": "application/json"})
        self.answers: list[requests.Response] = []

    def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Send one request; `path` may carry a query."""
        answer = self.session.request(method, self.root + path, json=json, timeout=10, **options)
        self.answers.append(answer)
        return answer

    def get(self, path: str, **params: Any) -> Any:
        """The parsed body of a GET that must succeed."""
        answer = self("GET", path, params={name.replace("__", ":"): value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def world() -> Iterator[World]:
    """An empty world in memory, at a fixed time."""
    world = World()
    world.clock.freeze(world.clock.now().replace(2026, 3, 1, 12, 0, 0, 0))
    yield world
    world.close()


@pytest.fixture
def store(world: World) -> StoreSide:
    """A store with nothing in it."""
    return world.add_store("abc", quota=1000)


@pytest.fixture
def api(world: World, store: StoreSide) -> Iterator[Api]:
    """The store's API over a real socket."""
    with serve(world) as server:
        yield Api(server.url, store)


def person(email: str, **fields: Any) -> dict[str, Any]:
    """The body of one customer to create."""
    return {"email": email, "first_name": "Ann", "last_name": "Archer", **fields}


def address(**fields: Any) -> dict[str, Any]:
    """The body of one British address to create."""
    place = {"address1": "1 High St", "city": "Leeds", "state_or_province": "", "postal_code": "LS1 1AA"}
    return {"first_name": "Ann", "last_name": "Archer", **place, "country_code": "GB", **fields}
