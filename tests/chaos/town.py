"""A small town for chaos: who lives in both systems, one clock for everybody, and webhooks that reach the pages."""

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from mapping.models import FieldMappingRow
from stores import webhooks
from stores.models import Store
from tests.fixtures import ADDRESS, COMPANY, FIRST, RunJob, driver, serving, small_world

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PUBLIC_URL = "https://testserver"
# Each look at our clock moves time a little, as it does in life: no two moments are one.
TICK_SECONDS = 0.001
# Where a customer may live: (country code, city, post code, state here, state as the store names it).
PLACES = (
    ("GB", "Cambridge", "CB1 2FB", "", ""),
    ("GB", "Hull", "HU1 1AA", "", ""),
    ("DE", "Hamburg", "20457", "", ""),
    ("FR", "Lyon", "69001", "", ""),
    ("US", "Seattle", "98101", "WA", "Washington"),
    ("US", "Dallas", "75201", "TX", "Texas"),
)
STATES = {place[3]: place[4] for place in PLACES}


@dataclass
class Town:
    """One play's world, and what only its people know: what the shoppers keep, and who was made how.

    kept: (shopper id, kind, name) -> value that no job may touch. own: addresses that shoppers made, id -> body.
    born: shoppers who came by themselves; typed: customers that somebody typed in Business Central, by id; at_first:
    shoppers there were in the morning. touched: addresses of ours that shoppers changed.
    """

    world: World
    store: Store
    run_job: RunJob
    owners: str = "business_central"
    kept: dict[tuple[int, str, str], Any] = field(default_factory=dict)
    own: dict[int, dict[str, Any]] = field(default_factory=dict)
    born: set[int] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    at_first: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    deleted_shoppers: set[int] = field(default_factory=set)
    deleted_customers: set[str] = field(default_factory=set)
    number: int = 1000

    @property
    def shop(self) -> StoreSide:
        return self.world.stores[FIRST]

    @property
    def business(self) -> CompanySide:
        return self.world.companies[COMPANY]

    def next(self) -> int:
        """A number that nothing else in this town has."""
        self.number += 1
        return self.number

    def shoppers(self) -> list[int]:
        """Ids of the store's customers."""
        return sorted(body["id"] for body in self.shop.state()["customers"].values())


class Stage:
    """The town as it was one morning, kept in a file so that each play begins with the same."""

    def __init__(self, path: Path, store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch, redis: Any) -> None:
        self.path, self.store, self.monkeypatch, self.redis = path, store, monkeypatch, redis
        settings.PUBLIC_URL = PUBLIC_URL
        # A run goes step by step, so that something can happen between its plan and its sending.
        settings.RUN_SLICE_SECONDS = 0.0
        world = small_world(path=path / "stage.sqlite3")
        world.clock.freeze(MORNING)
        with self._serving(world):
            self.morning = Town(world, store, driver(world))
            settle(self.morning)
        self.began = world.clock.now()
        world.close()

    @contextmanager
    def play(self, owners: str = "business_central") -> Iterator[Town]:
        """The town again, in a database that forgets everything afterwards."""
        copy = self.path / "copy.sqlite3"
        shutil.copy(self.path / "stage.sqlite3", copy)
        self.redis.flushdb()
        world = World(copy)
        world.clock.freeze(self.began)
        before = transaction.savepoint()
        self.store.refresh_from_db()
        was = self.morning
        town = Town(
            world, self.store, driver(world), owners, dict(was.kept), dict(was.own), set(was.born), set(was.typed),
            number=was.number,
        )  # fmt: skip
        town.at_first = set(town.shoppers())
        try:
            with self._serving(world):
                give_owners(town)
                yield town
        finally:
            transaction.savepoint_rollback(before)
            world.close()

    @contextmanager
    def _serving(self, world: World) -> Iterator[None]:
        forget_tokens()
        self.monkeypatch.setattr(timezone, "now", lambda: one_clock(world))
        world.webhooks.send = deliver
        with ExitStack() as stack, serving(world, _Settings(stack), self.monkeypatch):
            yield


class _Settings:
    """Settings for one play. Each lies on those before it: after some hundred plays they would be too deep to see."""

    def __init__(self, stack: ExitStack) -> None:
        self.__dict__["stack"] = stack

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["stack"].enter_context(override_settings(**{name: value}))


def one_clock(world: World) -> datetime:
    """Our time is the vendors' time."""
    world.clock.advance(TICK_SECONDS)
    return world.clock.now()


def deliver(method: str, url: str, headers: Any, body: bytes, seconds: float) -> tuple[int, str]:
    """A delivery to the pages of this process. The handshake is answered here: it comes in a thread of the vendor."""
    parts = urlsplit(url)
    if "validationToken=" in parts.query:
        return 200, parts.query.rpartition("validationToken=")[2]
    answer = Client().generic(method, parts.path, body, headers["Content-Type"], headers=dict(headers))
    return answer.status_code, answer.content.decode()


def settle(town: Town) -> None:
    """Five customers of Business Central added to the store, two shoppers created there, all linked and in agreement,
    webhooks on."""
    Store.objects.update(brake_count=10_000, brake_share=100, may_update_business_central=True, client_secret="hooks")
    town.store.refresh_from_db()
    for name in ("Tier", "Salesperson", "VAT number", "Payment terms"):
        town.shop.attribute_id(name)
    town.shop.add_form_field("Shoe size")
    docks = [{"code": "EAST", "name": "Dock", "contact": "Dora Dock", "address": "1 Dock Road", **dock("GB")}]
    for index, kind in enumerate(("Company", "Company", "Company", "Person", "Person")):
        new_customer(town, random.Random(index), type=kind, ship_to=docks if index in (0, 3) else [])
    for index in range(2):
        new_shopper(town, random.Random(index))
    for job in ("import_customers", "try_mapping", "add_customers", "import_customers", "update_customers"):
        town.run_job(town.store, job)
    assert webhooks.turn_on(town.store) == []
    town.run_job(town.store, "sync_changes")
    assert town.store.links.count() == 7


def give_owners(town: Town) -> None:
    """The phone's owner, with which what the shopper types goes back. The switch for it is on."""
    for row in FieldMappingRow.objects.filter(store=town.store, target_table="customer", target_field="phone"):
        row.owner = town.owners
        row.save()


def dock(country: str) -> dict[str, str]:
    """Where a ship-to address is."""
    place = next(place for place in PLACES if place[0] == country)
    return {"city": place[1], "post_code": place[2], "country": place[0], "county": place[3]}


def new_customer(town: Town, dice: random.Random, **fields: Any) -> dict[str, Any]:
    """Somebody types a customer into Business Central, ready for the store."""
    number = town.next()
    country, city, code, state, _ = dice.choice(PLACES)
    place = {"addressLine1": f"{number} High Street", "city": city, "postalCode": code, "state": state}
    who = {"displayName": f"Firm {number} Ltd.", "contact": (f"First{number}", f"Last{number}"), **fields}
    if fields.get("type") == "Person":
        who["displayName"] = " ".join(who["contact"])
    email, phone = f"c{number}@example.com", f"01223 46{number}"
    row = town.business.add_customer(
        number=f"N{number}", email=email, phoneNumber=phone, country=country, **place, **who
    )
    town.typed.add(row["id"])
    return row


def new_shopper(town: Town, dice: random.Random, **fields: Any) -> dict[str, Any]:
    """A shopper registers, with an address."""
    number = town.next()
    place = {**ADDRESS, "address1": f"{number} Shopper Lane"}
    who = {"email": f"s{number}@example.com", "first_name": f"Given{number}", "last_name": f"Family{number}"}
    body = town.shop.add_customer(**{**who, "phone": f"+44 1223 77{number}", "addresses": [place], **fields})
    town.born.add(body["id"])
    for address in body["addresses"]:
        town.own[address["id"]] = town.shop.addresses.get(address["id"])
    return body
