"""A small company in the sandbox over real HTTP, and clients for it whose waiting is only counted."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bcsync.clients.business_central import BusinessCentral, connect
from bcsync.clients.business_central_auth import forget_tokens
from bcsync.clients.gate import NoGate
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World

TENANT = "contoso.example"
NAME = "CRONUS O'Neil & Søn"
SECRET = "the-secret-of-the-tests"
Connect = Callable[..., BusinessCentral]


@pytest.fixture
def world() -> Iterator[World]:
    forget_tokens()
    with_company = World()
    add_company(with_company)
    yield with_company
    with_company.close()


@pytest.fixture
def company(world: World) -> CompanySide:
    return world.companies[NAME]


def add_company(world: World, name: str = NAME, **options: Any) -> CompanySide:
    """A company with countries, codes and the people of `people` below."""
    known: dict[str, Any] = {"client_id": "c1", "client_secret": SECRET, **options}
    company = world.add_company(TENANT, "Production", name, **known)
    for code, iso in (("GB", "GB"), ("DE", "DE"), ("EL", "EL"), ("NI", "GB"), ("XX", "")):
        company.put_reference("country", code, code, iso=iso)
    for kind in ("customer_price_group", "customer_posting_group", "gen_bus_posting_group", "payment_terms"):
        company.put_reference(kind, "A")
        company.put_reference(kind, "B")
    company.put_reference("salesperson", "JO")
    return company


def people(company: CompanySide) -> None:
    """Four customers: with a primary contact, with two persons, a person, and one with nobody and a wrong ISO code."""
    company.add_customer(
        number="10", displayName="Adatum", addressLine1="Station Road 1", city="Cambridge", postalCode="CB1 2FB",
        country="GB", phoneNumber="01223 1", email="a@adatum.example", salespersonCode="JO", payment_terms="A",
        price_group="A", mobile="07700 1", privacy_blocked=True, contact=("Ana", "Garcia Lopez"),
        contact_phone="01223 2", contact_mobile="07700 2",
        ship_to=[{"code": "DOCK", "name": "Dock", "address": "Pier 1", "city": "Leith", "country": "NI", "phone": "9"}],
    )  # fmt: skip
    company.add_customer(
        number="20", displayName="Two", city="Berlin", country="DE", contact=("Bo", "One"), contact_phone="30 1"
    )
    company.add_contact("20", "Cy", "Two", phone_no="30 2")
    company.add_customer(number="30", displayName="Eva Maria Kurz", type="Person", country="XX")
    company.add_customer(number="40", displayName="Nobody", country="EL", blocked="All")


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with serve(world) as server:
        yield server.url


@pytest.fixture
def waits() -> list[float]:
    """Every wait that a client asked for."""
    return []


@pytest.fixture
def client_for(url: str, waits: list[float]) -> Connect:
    def make(**changed: Any) -> BusinessCentral:
        options: dict[str, Any] = {
            "tenant": TENANT, "environment": "Production", "company": NAME, "client_id": "c1", "client_secret": SECRET,
            "gate": NoGate(), "sleep": waits.append, "random": random.Random(1), **changed,
        }  # fmt: skip
        return connect(url, url, **options)

    return make


@pytest.fixture
def client(client_for: Connect) -> BusinessCentral:
    return client_for()
