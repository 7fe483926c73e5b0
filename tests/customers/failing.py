"""A town in which everything fails once: one customer per failure, linked and in agreement before, shared by all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from bcsync.clients import transport
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Customer
from mapping.models import FieldMappingRow, FormFieldRow, GroupMapping, MetafieldDefinition
from stores.connect import test_connection
from stores.models import BusinessCentralCompany, Store
from tests.fixtures import (
    ADDRESS,
    APP,
    APP_SECRET,
    COMPANY,
    ENVIRONMENT,
    FIRST,
    READY,
    TENANT,
    RunJob,
    connected,
    driver,
    serving,
    small_world,
)  # fmt: skip
from tests.pages import data

DOCK = {"name": "Dock", "contact": "Dora Dock", "city": "Hull", "post_code": "HU1 1AA", "country": "GB"}
OWNED = ("customer.phone", "customer.last_name", "customer.customer_group_id", "ship_to_address.address2")
SECRETS = (f"token-{FIRST}", APP_SECRET)
Row = dict[str, Any]


@dataclass
class Town:
    """One store and company at work; `who` names the customer of a failure on either side."""

    world: World
    store: Store
    run_job: RunJob
    client: Client
    group: int
    counter: int = 0

    @property
    def shop(self) -> StoreSide:
        return self.world.stores[FIRST]

    @property
    def business(self) -> CompanySide:
        return self.world.companies[COMPANY]

    def pair(self, **fields: Any) -> "Who":
        """A new customer of Business Central, ready for the store and not in it yet."""
        self.counter += 1
        number = f"1{self.counter:03d}"
        email = f"c{number}@town.example"
        dock = {"code": "EAST", "address": f"{number} East Road", **DOCK}
        facts = {
            "displayName": f"Firm {number}",
            "email": email,
            "taxRegistrationNumber": "GB999999973",
            **READY,
        }
        self.business.add_customer(number=number, ship_to=[dock], **{**facts, **fields})
        return Who(self, number, email)

    def shopper(self, **fields: Any) -> "Who":
        """A new shopper whom no rule knows."""
        self.counter += 1
        email = f"s{self.counter:03d}@town.example"
        address = {**ADDRESS, "address1": f"{self.counter} Shopper Street"}
        facts = {"first_name": "Ann", "last_name": f"Nr{self.counter}", "addresses": [address]}
        self.shop.add_customer(email=email, **{**facts, **fields})
        return Who(self, "", email)

    def probe(self) -> None:
        """An administrator chooses Test Connection."""
        self.store.refresh_from_db()
        test_connection(self.store)

    def fault(self, kind: str, call: str, **options: Any) -> None:
        """Strikes this call until the faults are cleared."""
        vendor = "business_central" if call.startswith("BC ") else "bigcommerce"
        self.world.faults.add(kind, vendor, call.removeprefix("BC "), **{"times": 999, **options})


@dataclass(frozen=True)
class Who:
    """A customer. times: how often a fault for it strikes."""

    town: Town
    number: str
    email: str
    times: int = 999

    @property
    def pk(self) -> int:
        return Customer.objects.get(email__iexact=self.email).pk

    def business(self, **fields: Any) -> None:
        self.town.business.change_customer(self.number, **fields)

    def shop(self, **fields: Any) -> None:
        self.town.shop.change_customer(self.email, **fields)

    def shop_attribute(self, name: str, value: str) -> None:
        self.town.shop.change_customer(self.email, attributes={name: value})

    def address(self, line: str) -> int:
        found = [one for one in self.town.shop.customer(self.email)["addresses"] if one["address1"] == line]
        return int(found[0]["id"])


@contextmanager
def town(monkeypatch: pytest.MonkeyPatch, pairs: int) -> Iterator[tuple[Town, list[Who]]]:
    """The town with so many linked pairs in agreement; what the database learns is forgotten in the end."""
    world = small_world()
    before = {name: getattr(settings, name) for name in SET}
    # A slow answer is given up after this many seconds.
    for name in ("READ_TIMEOUT_FOR_WRITES", "READ_TIMEOUT_FOR_READS"):
        monkeypatch.setattr(transport, name, 0.4)
    try:
        with serving(world, settings, monkeypatch), transaction.atomic():
            company = BusinessCentralCompany.objects.create(
                tenant=TENANT, environment=ENVIRONMENT, name=COMPANY, client_id=APP, client_secret=APP_SECRET
            )
            store = connected(FIRST, company, may_update_business_central=True, brake_count=10**6, brake_share=100)
            client = Client()
            client.force_login(data.user("administrator"))
            made = Town(world, store, driver(world), client, world.stores[FIRST].add_customer_group("Trade"))
            yield made, _settled(made, pairs)
            transaction.set_rollback(True)
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        world.close()


SET = ("BIGCOMMERCE_API_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL", "RUN_HEARTBEAT", "RUN_LEASE_SECONDS")


def _settled(made: Town, pairs: int) -> list[Who]:
    made.shop.attribute_id("VAT number")
    made.business.put_reference("salesperson", "ZZ", "Zoe Zed")
    made.shop.add_form_field("Agent", on="customer")
    agent = {"source_table": "customer", "source_field": "salespersonCode"}
    FormFieldRow(store=made.store, kind="customer", name="Agent", type="text", **agent).save()
    MetafieldDefinition(store=made.store, name="town", permission_set="read", description="",
                        source_table="customer", source_field="city").save()  # fmt: skip
    GroupMapping(store=made.store, group_id=made.group, kind="price", code="WHOLESALE").save()
    found = [made.pair() for _ in range(pairs)]
    made.run_job(made.store, "add_customers")
    made.run_job(made.store, "import_customers")
    made.run_job(made.store, "update_customers")
    for target in OWNED:
        table, name = target.split(".")
        row = FieldMappingRow.objects.get(store=made.store, target_table=table, target_field=name)
        row.owner = "bigcommerce"
        row.save()
    made.run_job(made.store, "update_customers")
    return found
