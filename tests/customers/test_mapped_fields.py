"""Fields beyond the usual ones that rows read: asked for in bulk, only while a row uses them, kept in the mirror."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import BusinessCentralCustomer, Customer
from customers.setup_preview import preview
from mapping.models import AttributeDefinition, MetafieldDefinition
from mapping.setup import fields_unread, setup_of
from stores.models import Store
from tests.fixtures import READY, RunJob

OWN = {"Loyalty Tier": "own_code", "Points": "own_number", "Opted In": "own_flag"}
SOURCES = {
    "Credit limit": ("customer", "creditLimit", "number"),
    "Tax area": ("customer", "taxAreaDisplayName", "string"),
    "Shipment": ("customer", "shipmentMethodCode", "string"),
    "Currency": ("customer", "currencyCode", "string"),
    "Balance": ("financial", "balance", "number"),
    "Overdue": ("financial", "overdueAmount", "number"),
    "Tier": ("published", "Loyalty_Tier", "string"),
    "Points": ("published", "Points", "number"),
    "Opted in": ("published", "Opted_In", "string"),
}
VALUES = {
    "Credit limit": "1500.5", "Tax area": "Inland", "Shipment": "EXW", "Currency": "GBP", "Balance": "70",
    "Overdue": "20", "Tier": "GOLD", "Points": "12", "Opted in": "true",
}  # fmt: skip


@pytest.fixture
def rich(store: Store, business: CompanySide, run_job: RunJob) -> Store:
    """Three linked customers; the first has a value of everything."""
    business.publish(21, own=OWN)
    business.put_reference("shipment_method", "EXW")
    area = business.put_reference("tax_area", "INLAND", "Inland")
    for number in ("10", "20", "30"):
        business.add_customer(
            number=number, displayName="Adatum", email=f"a{number}@post.example", salespersonCode="JO", **READY
        )
    business.change_customer(
        "10", creditLimit=1500.5, balance_due=70, taxAreaId=area["id"], shipment_method="EXW", overdue_amount=20,
        own_code="GOLD", own_number=12, own_flag=1,
    )  # fmt: skip
    assert run_job(store, "add_customers").counts == {"created": 3}
    store.refresh_from_db()
    return store


def define(store: Store) -> None:
    for order, (name, (table, field, kind)) in enumerate(SOURCES.items()):
        row = AttributeDefinition(
            store=store, name=name, type=kind, source_table=table, source_field=field, order=2000 + order
        )
        row.full_clean()
        row.save()


def test_fields_of_every_source_arrive_once_and_cost_no_call_per_customer(
    rich: Store, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    world.audit.reset()
    run_job(rich, "update_customers")
    usual = [call.family for call in world.audit.calls(vendor="business_central")]
    define(rich)
    world.audit.reset()
    first = run_job(rich, "update_customers")
    calls = [call.family for call in world.audit.calls(vendor="business_central")]
    attributes = world.state(ids=False)["stores"][rich.hash]["customers"]["a10@post.example"]["attributes"]
    world.audit.reset()
    second = run_job(rich, "update_customers")

    assert attributes == VALUES
    assert sorted(calls) == sorted([*usual, "GET /shipmentMethods"])
    assert (first.counts, second.counts) == ({"updated": 3}, {"unchanged": 3})
    assert world.audit.writes("bigcommerce") == []


def test_a_preview_needs_no_call_and_says_what_was_not_read_yet(rich: Store, world: World, run_job: RunJob) -> None:
    define(rich)
    shopper = Customer.objects.get(email="a10@post.example")
    before = fields_unread(rich, setup_of(rich))
    run_job(rich, "update_customers", mode="plan")
    rich.refresh_from_db()
    rich.company.refresh_from_db()
    world.audit.reset()
    made = preview(rich, setup_of(rich), shopper, None)

    assert before == sorted(f"{table}.{name}" for table, name, _ in SOURCES.values() if name != "currencyCode")
    assert fields_unread(rich, setup_of(rich)) == []
    assert world.audit.calls() == []
    traced = {each.row.target.name: each.output for each in made.traced if each.row.target.table == "attribute"}
    assert {name: traced[name] for name in SOURCES} == {name: VALUES[name] for name in SOURCES}


def test_a_balance_that_changed_alone_reaches_the_store(
    rich: Store, business: CompanySide, shop: StoreSide, run_job: RunJob
) -> None:
    MetafieldDefinition(
        store=rich, namespace="shop", name="balance", source_table="financial", source_field="balance"
    ).save()
    run_job(rich, "update_customers")
    # A ledger entry moves no SystemModifiedAt of the customer.
    row = business.customer("20")
    assert row is not None
    world = business.world
    with world.storage.transaction():
        world.storage.execute("UPDATE central_customer SET balance_due = 99.5 WHERE id = ?", (row["id"],))
    run = run_job(rich, "update_customers")

    assert run.counts == {"updated": 1, "unchanged": 2}
    found = {each["key"]: each["value"] for each in shop.customer("a20@post.example")["metafields"]}
    assert found["balance"] == "99.5"


def test_what_no_row_uses_any_more_is_not_read(rich: Store, run_job: RunJob) -> None:
    define(rich)
    run_job(rich, "update_customers")
    read = BusinessCentralCustomer.objects.get(number="10").data["extra"]
    rich.attribute_definitions.filter(source_table__in=("financial", "published")).delete()
    run_job(rich, "update_customers")
    left = BusinessCentralCustomer.objects.get(number="10").data["extra"]

    assert {"financial.balance", "published.Loyalty_Tier", "creditLimit"} <= set(read)
    assert left == {"creditLimit": 1500.5, "shipmentMethodCode": "EXW", "taxAreaDisplayName": "Inland"}


def test_a_field_that_the_company_lost_stays_blank_and_stops_nothing(
    rich: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    define(rich)
    run_job(rich, "update_customers")
    business.publish(21, own={})
    rich.company.capabilities = None
    rich.company.save()
    world.audit.reset()
    run = run_job(rich, "update_customers")

    assert run.counts == {"unchanged": 3}
    assert world.audit.writes("bigcommerce") == []
    notes = [problem.text for problem in setup_of(Store.objects.get(pk=rich.pk)).problems if not problem.blocks]
    assert len(notes) == 3
    assert all("does not offer" in note and "add the field to the page" in note for note in notes)
