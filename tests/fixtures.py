"""Fixtures of the main job: both vendors in process, two stores that serve one company, and a driver for runs."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import pytest

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.clients.gate import RedisGate
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.business_central.demo import demo_options, fill_codes
from bcsync.sandbox.server import Server, serve
from bcsync.sandbox.world import World
from customers import drive, runs
from customers.models import Run
from stores import connect
from stores.models import BusinessCentralCompany, Store

TENANT, ENVIRONMENT, COMPANY = "cronus.example", "Production", "CRONUS UK Ltd."
FIRST, SECOND = "firststore", "secondstore"
APP, APP_SECRET = "app-of-the-tests", "secret-of-the-tests"
SECONDS_A_TEST_MAY_MOVE_TIME = 3600.0


class RunJob(Protocol):
    """run_job(store, kind, approved=True, mode="apply", **scope) -> the run as it rests; go_on(run) works on."""

    def __call__(self, store: Store, kind: str, **options: Any) -> Run: ...
    def go_on(self, run: Run) -> Run: ...


# A customer that is ready for BigCommerce; tests change what they are about.
READY: dict[str, Any] = {
    "addressLine1": "21 Station Road",
    "city": "Cambridge",
    "postalCode": "CB1 2FB",
    "country": "GB",
    "contact": ("Robert", "Townes"),
}
# An address that every store takes.
ADDRESS: dict[str, Any] = {
    "address1": "21 Station Road",
    "city": "Cambridge",
    "postal_code": "CB1 2FB",
    "country_code": "GB",
}


@pytest.fixture
def world() -> Iterator[World]:
    """Two empty stores and a company with codes but no customers."""
    made = small_world()
    yield made
    made.close()


def small_world(**options: Any) -> World:
    """The world of the fixture, for tests that need several. options: of World."""
    forget_tokens()
    made = World(**options)
    for hash in (FIRST, SECOND):
        made.add_store(
            hash, token=f"token-{hash}", client_id=f"account-{hash}", client_secret="hooks", quota=100_000, name=hash
        )
    keys = {"client_id": APP, "client_secret": APP_SECRET}
    company = made.add_company(TENANT, ENVIRONMENT, COMPANY, **keys, **demo_options())
    with made.storage.transaction():
        fill_codes(company)
    return made


@pytest.fixture
def shop(world: World) -> StoreSide:
    """The first store as its people see it."""
    return world.stores[FIRST]


@pytest.fixture
def business(world: World) -> CompanySide:
    """The company as its people see it."""
    return world.companies[COMPANY]


@pytest.fixture
def sandbox(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Both vendors served; all waiting moves the vendors' clock instead of ours."""
    with serving(world, settings, monkeypatch) as served:
        yield served


def serving(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Wire clients, gates and leases to this world; returns the server as a context manager."""
    sleep = sleeper(world)
    for module in (connect.bigcommerce_client, connect.business_central_client):
        monkeypatch.setattr(module, "connect", partial(_connect_of(module), sleep=sleep))
    gate = partial(RedisGate, sleep=sleep, clock=world.clock.timestamp)
    monkeypatch.setattr(connect, "RedisGate", gate)
    settings.RUN_HEARTBEAT = False
    settings.RUN_LEASE_SECONDS = 3600.0
    served = serve(world)
    return _Served(served, settings)


_CONNECT = {module.__name__: module.connect for module in (connect.bigcommerce_client, connect.business_central_client)}


def _connect_of(module: Any) -> Any:
    return _CONNECT[module.__name__]


class _Served:
    """The server's context manager, which names its address in the settings on the way in."""

    def __init__(self, served: Any, settings: Any) -> None:
        self.served, self.settings = served, settings

    def __enter__(self) -> Server:
        server: Server = self.served.__enter__()
        for name in ("BIGCOMMERCE_API_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL"):
            setattr(self.settings, name, server.url)
        return server

    def __exit__(self, *exception: Any) -> Any:
        return self.served.__exit__(*exception)


def sleeper(world: World) -> Callable[[float], None]:
    """Waiting: the vendors' clock moves on. A test that would wait for ever fails instead."""
    lock, waited = threading.Lock(), [0.0]

    def sleep(seconds: float) -> None:
        with lock:
            waited[0] += seconds
            world.clock.advance(seconds)
        assert waited[0] < SECONDS_A_TEST_MAY_MOVE_TIME, "the run waits and waits"

    return sleep


@pytest.fixture
def company(db: None) -> BusinessCentralCompany:
    return BusinessCentralCompany.objects.create(
        tenant=TENANT, environment=ENVIRONMENT, name=COMPANY, client_id=APP, client_secret=APP_SECRET
    )


def connected(hash: str, company: BusinessCentralCompany, **fields: Any) -> Store:
    """A store that may write and may create unknown customers."""
    defaults = {"name": hash, "writes_enabled": True, "create_unknown": True, "client_id": f"account-{hash}"}
    return Store.objects.create(hash=hash, company=company, access_token=f"token-{hash}", **{**defaults, **fields})


@pytest.fixture
def store(sandbox: Server, company: BusinessCentralCompany) -> Store:
    return connected(FIRST, company)


@pytest.fixture
def second_store(sandbox: Server, company: BusinessCentralCompany) -> Store:
    return connected(SECOND, company)


@pytest.fixture
def run_job(world: World) -> RunJob:
    return driver(world)


def driver(world: World) -> RunJob:
    """Starts runs and works on them in this process, waiting by the vendors' clock."""
    return _Driver(sleeper(world))


class _Driver:
    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep

    def __call__(
        self, store: Store, kind: str, *, approved: bool = True, mode: str = Run.Mode.APPLY, **scope: Any
    ) -> Run:
        store.refresh_from_db()
        trigger = scope.pop("trigger", Run.Trigger.COMMAND)
        run = runs.start(store, kind, trigger=trigger, scope=scope, mode=mode, approved=approved, queue=False)
        return self.go_on(run)

    def go_on(self, run: Run) -> Run:
        return drive.to_rest(run, sleep=self.sleep)


def told(run: Run) -> dict[str, tuple[str, str]]:
    """E-mail of the shopper, or number of the Business Central customer -> (outcome, reason) of a run's records."""
    found = {}
    for record in run.records.select_related("customer", "business_central_customer"):
        business = record.business_central_customer
        by_number = record.target.startswith("business-central:") and business is not None
        who = business.number if by_number else record.customer.email if record.customer else record.label
        found[who] = (record.outcome, record.reason)
    return found


def outcomes(run: Run) -> dict[str, str]:
    """The same without the reasons."""
    return {who: outcome for who, (outcome, _) in told(run).items()}
