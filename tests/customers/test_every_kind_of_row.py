"""A change of any kind of row changes exactly the customers concerned: in the reach, the preview and both systems."""

from collections.abc import Callable
from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Customer
from customers.setup_effect import effect
from customers.setup_preview import preview
from mapping.country_codes import save_country_codes
from mapping.models import AttributeDefinition, FieldMappingRow, FormFieldRow, GroupMapping, MetafieldDefinition
from mapping.setup import setup_of
from stores.models import Store
from tests.fixtures import READY, RunJob

Change = Callable[[Store, StoreSide], Any]
AGENT = {"source_table": "customer", "source_field": "salespersonCode"}
CONCERNED = "a10@post.example"


def field(store: Store, shop: StoreSide) -> None:
    FieldMappingRow(store=store, target_table="customer", target_field="notes", **AGENT).save()


def address(store: Store, shop: StoreSide) -> None:
    row = store.field_mapping.get(target_table="address", target_field="address2")
    row.source_field = "salespersonCode"
    row.save()


def metafield(store: Store, shop: StoreSide) -> None:
    MetafieldDefinition(store=store, namespace="shop", name="agent", **AGENT).save()


def attribute(store: Store, shop: StoreSide) -> None:
    AttributeDefinition(store=store, name="Agent", type="string", **AGENT).save()


def form_field(store: Store, shop: StoreSide) -> None:
    shop.add_form_field("Agent")
    FormFieldRow(store=store, kind="customer", name="Agent", **AGENT).save()


def address_form_field(store: Store, shop: StoreSide) -> None:
    shop.add_form_field("Agent", on="address")
    FormFieldRow(store=store, kind="address", name="Agent", **AGENT).save()


def group(store: Store, shop: StoreSide) -> None:
    GroupMapping(store=store, group_id=shop.add_customer_group("Trade"), kind="price", code="WHOLESALE").save()


CHANGES: tuple[Change, ...] = (field, address, metafield, attribute, form_field, address_form_field, group)


@pytest.fixture
def three(store: Store, business: CompanySide, run_job: RunJob) -> Store:
    """Three linked customers; only the first has a salesperson and a price group."""
    for number in ("10", "20", "30"):
        more = {"salespersonCode": "JO", "price_group": "WHOLESALE"} if number == "10" else {}
        business.add_customer(
            number=number, displayName="Adatum", email=f"a{number}@post.example", **{**READY, **more}
        )  # fmt: skip
    assert run_job(store, "add_customers").counts == {"created": 3}
    assert run_job(store, "update_customers").counts == {"unchanged": 3}
    return store


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_exactly_the_customers_concerned_are_changed_and_only_once(
    change: Change, three: Store, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    old = setup_of(three)
    change(three, shop)
    before = world.state(ids=False)
    reaches = effect(three, old, setup_of(three))
    touched = Customer.objects.filter(pk__in=[pk for reach in reaches for pk in reach.touched])
    previewed = [
        row.email for row in Customer.objects.order_by("pk") if preview(three, setup_of(three), row, None).requests
    ]
    run = run_job(three, "update_customers")
    after = world.state(ids=False)
    world.audit.reset()
    again = run_job(three, "update_customers")

    assert [row.email for row in touched] == previewed == [CONCERNED]
    assert run.counts == {"updated": 1, "unchanged": 2}
    assert changed(before, after, three.hash) == [CONCERNED]
    assert after["companies"] == before["companies"]
    assert again.counts == {"unchanged": 3}
    assert world.audit.writes() == []


def changed(before: Any, after: Any, store: str) -> list[str]:
    """E-mails of the shoppers that differ."""
    old, new = before["stores"][store]["customers"], after["stores"][store]["customers"]
    return sorted(email for email in {*old, *new} if old.get(email) != new.get(email))


def test_a_country_code_makes_just_its_customers_ready(
    three: Store, business: CompanySide, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    """EL has no valid ISO code in this company: the customer waits until the table says GR."""
    business.put_reference("country", "EL", "Greece", iso="EL")
    business.add_customer(
        number="40", displayName="Adatum", email="a40@post.example",
        **{**READY, "country": "EL", "postalCode": "105 57", "city": "Athina"},
    )  # fmt: skip
    waiting = run_job(three, "add_customers").counts
    before = world.state(ids=False)
    save_country_codes(three, {"EL": "GR"})
    made = run_job(three, "add_customers").counts

    assert (waiting, made) == ({"skipped": 1, "unchanged": 3}, {"created": 1, "unchanged": 3})
    assert changed(before, world.state(ids=False), three.hash) == ["a40@post.example"]
    assert shop.customer("a40@post.example")["addresses"][0]["country_code"] == "GR"
