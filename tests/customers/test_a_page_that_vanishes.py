"""A page of Business Central that is published no more makes its fields unknown, not blank: no store loses a value."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from mapping.models import FormFieldRow
from mapping.rows import Step, steps_as_json
from stores.models import Store
from tests.customers.syncing import TEN
from tests.customers.test_add_customers import ready
from tests.customers.test_what_the_company_offers import look_again
from tests.fixtures import RunJob

# Form field -> where its row reads it, with the steps of the row.
READS: dict[str, tuple[str, str, tuple[Step, ...]]] = {
    "Price group": ("customer", "customerPriceGroup", ()),
    "Or else": ("customer", "customerPriceGroup", (Step("default", {"value": "NONE"}),)),
    "Middle": ("contact", "middleName", ()),
    "Terms": ("customer", "paymentTermsCode", ()),
    "Own": ("published", "Search_Name", ()),
}
PHONE = "01223 999999"


@pytest.fixture
def synced(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Customer 10 in the store, each form field with a value that only a published page tells."""
    Store.objects.update(brake_share=100)
    for name, (table, field, steps) in READS.items():
        shop.add_form_field(name)
        FormFieldRow(
            store=store, kind="customer", name=name, type="text", source_table=table, source_field=field,
            steps=steps_as_json(steps), blank="send",
        ).save()  # fmt: skip
    ready(business, "10", price_group="RETAIL", contact=("Robert", "Quentin", "Townes"), payment_terms="1M(8D)")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    world.clock.advance(3600)
    run_job(store, "sync_changes")
    world.audit.reset()
    return store


def shown(shop: StoreSide) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in shop.customer(TEN)["form_fields"]}


@pytest.mark.parametrize(
    ("page", "title", "fields"),
    [
        ("Customer_Card", "Page 21 (Customer Card)", ["Or else", "Own", "Price group"]),
        ("Name_Details", "Page 5055 (Name Details)", ["Middle"]),
    ],
)
def test_what_cannot_be_read_any_more_stays_in_the_store_and_the_record_says_why(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, page: str, title: str, fields: list[str]
) -> None:
    before = shown(shop)
    assert before == {
        "Price group": "RETAIL", "Or else": "RETAIL", "Middle": "Quentin", "Terms": "1M(8D)", "Own": "FIRM 10",
    }  # fmt: skip
    business.unpublish(page)
    look_again(synced)
    business.change_customer("10", phoneNumber=PHONE)
    run = run_job(synced, "sync_changes", approved=False)
    assert (shown(shop), shop.customer(TEN)["phone"]) == (before, PHONE)
    said = {part["field"]: part["reason"] for part in run.records.get().parts if part["outcome"] == "rejected"}
    assert sorted(said) == fields
    for field, reason in said.items():
        assert reason.startswith(f"{field} stays as it is: {title} said nothing of this customer")
    assert run.status == "completed with errors"
    run_job(synced, "update_customers")
    assert shown(shop) == before


def test_the_page_is_there_again_and_nothing_is_believed_before_it_was_read(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    before = shown(shop)
    service = business.services["Customer_Card"]
    business.unpublish("Customer_Card")
    look_again(synced)
    business.change_customer("10", phoneNumber=PHONE)
    run_job(synced, "sync_changes")
    business.services["Customer_Card"] = service
    look_again(synced)
    # The shopper's change alone makes the pair be compared; of Business Central there is only what was read before.
    shop.change_customer(TEN, notes="called")
    run_job(synced, "sync_changes")
    assert shown(shop) == before
    business.change_customer("10", customer_price_group="")
    run = run_job(synced, "update_customers")
    assert (run.status, shown(shop)) == ("succeeded", {**before, "Price group": "", "Or else": "NONE"})
