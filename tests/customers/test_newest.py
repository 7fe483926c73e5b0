"""Owner "newest": what our own writes and changes of other fields do to the stamps is no change of the field."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Conflict, Customer
from mapping.models import FieldMappingRow, FormFieldRow
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob

OLD, NEW = "old.example", "new.example"
MADE = "made@example.com"
# Number of the customer -> (Business Central's website, the store's form field) at the end.
WANTED = {
    "10": (NEW, NEW),  # we wrote the store last, Business Central's people changed the field last
    "20": (NEW, NEW),  # the shopper changed something else last
    "30": (NEW, NEW),  # we wrote Business Central last, the shopper changed the field last
    "40": ("", OLD),  # as 10, but blank there, which is no value to overwrite one, and not to be filled either
    "50": (NEW, NEW),  # its people changed something else in Business Central last
    MADE: (OLD, OLD),  # we made the customer in Business Central with nothing in that field
}


def mapped(store: Store, name: str, source: str) -> None:
    FormFieldRow(store=store, kind="customer", name=name, type="text", source_table="customer", source_field=source,
                 owner="newest").save()  # fmt: skip


def email(number: str) -> str:
    return number if "@" in number else f"c{number}@example.com"


def values(shop: StoreSide, business: CompanySide, column: str, name: str) -> dict[str, tuple[str, str]]:
    found = {}
    for row in business.books.tables.all("customer"):
        item = shop.customer(row["email"])
        fields = {each["name"]: each["value"] for each in item["form_fields"]}
        found[MADE if row["email"] == MADE else row["no"]] = (row[column], fields.get(name, ""))
    return found


def put(shop: StoreSide, number: str, **fields: Any) -> None:
    shop.change_customer(email(number), form_fields=fields)


@pytest.fixture
def town(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Five customers in step with a field that nobody maps yet, and a shopper who is in the store alone."""
    for name in ("One", "Two"):
        shop.add_form_field(name)
    Store.objects.update(brake_count=1000, brake_share=100, may_update_business_central=True)
    for number in ("10", "20", "30", "40", "50"):
        more = {"30": {"website": OLD}, "40": {"website": "gone.example"}}.get(number, {})
        business.add_customer(number=number, displayName=f"Firm {number}", email=email(number), **more, **READY)
    run_job(store, "add_customers")
    FieldMappingRow.objects.filter(target_field="address2").delete()
    phone = FieldMappingRow.objects.get(target_table="customer", target_field="phone")
    phone.owner = "bigcommerce"
    phone.save()
    mapped(store, "Two", "addressLine2")
    shop.add_customer(email=MADE, first_name="Ma", last_name="De", addresses=[ADDRESS], form_fields={"One": OLD})
    run_job(store, "import_customers")
    run_job(store, "update_customers")
    return store


def later(world: World) -> None:
    world.clock.advance(600)


def test_a_field_that_was_never_agreed_on_goes_from_who_changed_it_last(
    town: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    later(world)
    for number in ("10", "20", "40"):
        put(shop, number, One=OLD)
    business.change_customer("50", website=OLD)
    run_job(town, "sync_changes")
    later(world)
    business.change_customer("10", website=NEW, displayName="Other 10")
    business.change_customer("40", website="", displayName="Other 40")
    business.change_customer("20", website=NEW)
    for number in ("30", "50"):
        put(shop, number, One=NEW)
    run_job(town, "sync_changes")
    later(world)
    shop.change_customer(email("20"), notes="rang")
    shop.change_customer(email("30"), phone="01223 460009")
    business.change_customer("50", creditLimit=500)
    run_job(town, "try_mapping")
    run_job(town, "update_customers")
    later(world)
    mapped(town, "One", "website")
    world.audit.reset()

    run = run_job(town, "update_customers")

    assert values(shop, business, "home_page", "One") == WANTED
    assert (run.status, run.counts.get("conflict")) == ("succeeded", None)

    state = world.state()
    world.audit.reset()
    run_job(town, "update_customers")
    assert (world.audit.writes(), world.state() == state, world.audit.broken_rules) == ([], True, [])


def test_where_both_sides_changed_it_the_field_s_own_change_decides(
    town: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """Imports see one change after the other; the record's stamp is that of the last one, whatever field it was."""
    later(world)
    put(shop, "10", Two="theirs")
    run_job(town, "import_customers")
    later(world)
    business.change_customer("10", addressLine2="ours")
    later(world)
    shop.change_customer(email("10"), notes="rang")

    run_job(town, "update_customers")

    assert values(shop, business, "address2", "Two")["10"] == ("ours", "ours")
    conflict = Conflict.objects.get()
    assert (conflict.field, conflict.winner, conflict.bigcommerce) == ("Two", "business_central", "theirs")
    assert conflict.business_central_changed_at > conflict.bigcommerce_changed_at
    stamp = Customer.objects.get(email=email("10")).date_modified
    assert stamp > conflict.business_central_changed_at
