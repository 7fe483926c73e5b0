"""The demo company, the generator, what survives a restart, and the whole way over a real socket."""

from pathlib import Path

import phonenumbers
import requests

from bcsync.sandbox.business_central.auth import SCOPE
from bcsync.sandbox.business_central.demo import OTHER_SERVICES, build_demo_company
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World


def test_the_demo_company(world: World) -> None:
    company = build_demo_company(world)
    customers = company.customers()
    assert len(customers) == 203
    assert len({customer["country"] for customer in customers}) == 24
    names = {customer["no"]: (customer["name"], customer["contact"]) for customer in customers}
    assert names["10000"] == ("The Cannon Group PLC", "Andy Teal")
    assert names["GB-C10000"] == ("Adatum Corporation", "Robert Townes")
    emails = [customer["email"] for customer in customers if customer["email"]]
    assert len(set(emails)) == len(emails) == 198
    iso = {row["code"]: row["iso"] for row in company.books.tables.all("reference", kind="country")}
    assert (iso["EL"], iso["NI"], iso["GB"]) == ("EL", "GB", "GB")
    assert company.books.tables.count("ship_to") == 48


def test_phone_numbers_of_the_demo_are_valid_and_unique(world: World) -> None:
    company = build_demo_company(world)
    parsed = [phonenumbers.parse(one["phone_no"], one["country"]) for one in company.customers()]
    assert all(phonenumbers.is_valid_number(number) for number in parsed)
    assert len({phonenumbers.format_number(number, 0) for number in parsed}) == len(parsed)


def test_a_demo_company_with_other_names_for_everything(world: World) -> None:
    company = build_demo_company(world, published=OTHER_SERVICES)
    pages = company.pages()
    assert {name: page.keys for name, page in pages.items()} == {
        "Debitorkort": ("No_",),
        "NameDetailsWS": ("No",),
        "Lande": ("Code",),
        "ShipTo": ("CustomerNo", "Code"),
    }
    for name, renamed in (("NameDetailsWS", "FirstName"), ("Lande", "ISOCode"), ("Debitorkort", "PrimaryContactNo")):
        assert renamed in pages[name].by_name


def test_building_it_twice_adds_nothing(world: World) -> None:
    build_demo_company(world)
    before = world.state()
    build_demo_company(world)
    assert world.state() == before


def test_two_worlds_are_equal_without_ids() -> None:
    states = []
    for moved in (0, 3600):
        world = World()
        world.clock.advance(moved)
        company = build_demo_company(world)
        for name in ("First", "Second") if moved else ("Second", "First"):
            company.add_customer(displayName=name, email=f"{name}@x.example")
        states.append(world.state(ids=False))
        world.close()
    assert states[0] == states[1]
    assert "customer First <First@x.example>" in states[0]["companies"]["CRONUS UK Ltd."]["customers"]


def test_stable_names_do_not_depend_on_the_order_of_creation(world: World) -> None:
    company = world.add_company("t", "e", "Small")
    given = company.add_customer(number="10000", displayName="Given")
    drawn = company.add_customer(displayName="Drawn", email="d@x.example")
    names = company.stable_names()
    assert names[given["id"]] == "customer 10000"
    assert names[drawn["id"]] == names["C00010"] == "customer Drawn <d@x.example>"


def test_data_and_number_series_survive_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path / "world.sqlite")
    world.add_company("t", "e", "A & B").add_customer(displayName="First")
    before = world.state()
    world.close()
    world = World(tmp_path / "world.sqlite")
    assert world.state() == before
    assert world.companies["A & B"].add_customer(displayName="Second")["no"] == "C00020"
    world.close()


def test_generated_customers(world: World) -> None:
    company = world.add_company("t", "e", "Large")
    world.generate_company("Large", 2500, 7)
    tables = company.books.tables
    assert [tables.count(table) for table in ("customer", "contact", "relation")] == [2500, 5000, 2500]
    rows = company.customers()
    for column in ("id", "phone_no", "email", "version"):
        assert len({row[column] for row in rows}) == 2500
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(row["phone_no"])) for row in rows[:100])
    assert company.change_customer("GEN0000001", city="York")["version"] > max(row["version"] for row in rows)


def test_over_a_real_socket(world: World) -> None:
    company = build_demo_company(world, client_id="app", client_secret="secret")
    with serve(world) as server, requests.Session() as session:
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "secret", "scope": SCOPE}
        token = session.post(f"{server.url}/cronus.example/oauth2/v2.0/token", data=form, timeout=5).json()
        session.headers.update({"Authorization": f"Bearer {token['access_token']}", "Prefer": "odata.maxpagesize=100"})
        url = f"{server.url}/v2.0/cronus.example/Production/api/v2.0/companies({company.id})/customers"
        sizes = []
        while url:
            page = session.get(url, timeout=5).json()
            sizes.append(len(page["value"]))
            url = page.get("@odata.nextLink", "")
    assert sizes == [100, 100, 3]
    assert world.audit.broken_rules == []
