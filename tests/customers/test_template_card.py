"""Template values that API v2.0 does not take go through the published Customer Card, or nobody is created."""

from typing import Any

import pytest
from django.urls import reverse

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import BusinessCentralCustomer
from mapping.models import CustomerTemplate, GroupMapping
from stores.connect import test_connection
from stores.models import Store
from tests.fixtures import ADDRESS, RunJob, told

ANN = "ann@example.com"
ON_CARD = {
    "customerPostingGroup": "DOMESTIC", "genBusPostingGroup": "DOMESTIC", "vatBusPostingGroup": "DOMESTIC",
    "customerPriceGroup": "RETAIL", "customerDiscountGroup": "LARGE ACC",
}  # fmt: skip
COLUMNS = (
    "customer_posting_group", "gen_bus_posting_group", "vat_bus_posting_group", "customer_price_group",
    "customer_discount_group", "payment_terms", "salesperson",
)  # fmt: skip


@pytest.fixture
def shopper(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Store:
    business.put_reference("discount_group", "LARGE ACC", "Large accounts")
    shop.add_customer(email=ANN, first_name="Ann", last_name="Able", addresses=[ADDRESS])
    run_job(store, "import_customers")
    return store


def template(store: Store, **values: Any) -> CustomerTemplate:
    made = CustomerTemplate(store=store, values=values)
    made.full_clean()
    made.save()
    return made


def test_posting_groups_go_through_the_published_card(
    shopper: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    template(shopper, **ON_CARD, paymentTermsCode="14 DAYS", salespersonCode="JO")
    before = world.state(ids=False)
    run = run_job(shopper, "try_mapping")
    (made,) = business.customers()
    writes = [call.family for call in world.audit.writes("business_central")]
    world.audit.reset()
    again = run_job(shopper, "try_mapping")
    after = world.state(ids=False)
    # What the card took is in the mirror from the next reading on.
    mirrored = BusinessCentralCustomer.objects.get().data

    assert (run.status, run.counts) == ("succeeded", {"created": 1})
    assert tuple(made[column] for column in COLUMNS) == (
        "DOMESTIC", "DOMESTIC", "DOMESTIC", "RETAIL", "LARGE ACC", "14 DAYS", "JO",
    )  # fmt: skip
    assert writes == ["POST /customers", "PATCH /ODataV4/Customer_Card({id})"]
    assert (mirrored["customer_posting_group"], mirrored["customer_discount_group"]) == ("DOMESTIC", "LARGE ACC")
    assert (again.counts, world.audit.writes("business_central")) == ({"unchanged": 1}, [])
    assert after["stores"] == before["stores"]


def without_card(business: CompanySide) -> None:
    business.unpublish("Customer_Card")


def without_the_field(business: CompanySide) -> None:
    """Published, but the control is not on this company's page."""
    business.publish(21, rename={"Customer_Posting_Group": "Something_Else"})


@pytest.mark.parametrize(
    ("change", "mend"),
    [(without_card, "is not published"), (without_the_field, "published without this field")],
    ids=["page", "field"],
)
def test_what_the_company_does_not_offer_is_said_on_save_by_test_connection_and_before_anybody_is_created(
    change: Any, mend: str, shopper: Store, business: CompanySide, world: World, run_job: RunJob, admin_client: Any
) -> None:
    change(business)
    test_connection(shopper)
    typed = {"row": "new", "do": "save", "contact_type": "by company", "values-customerPostingGroup": "DOMESTIC"}
    page = admin_client.post(reverse("customer_templates", args=[shopper.hash]), typed, follow=True)
    found = [finding.text for finding in test_connection(shopper).findings if "Customer template" in finding.text]
    before = world.state()
    run = run_job(shopper, "try_mapping")

    assert shopper.templates.get().values == {"customerPostingGroup": "DOMESTIC"}
    assert "Customer Posting Group can only be set through the published Customer Card" in page.content.decode()
    assert mend in page.content.decode()
    assert len(found) == 1
    assert mend in found[0]
    assert run.counts == {"rejected": 1}
    assert "Customer Posting Group" in told(run)[ANN][1]
    assert world.state() == before


def test_a_group_that_only_the_card_takes_is_no_reason_to_create_without_it(
    shopper: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    trade = shop.add_customer_group("Trade")
    shop.change_customer(ANN, customer_group_id=trade)
    GroupMapping(store=shopper, group_id=trade, kind="discount", code="LARGE ACC").save()
    run_job(shopper, "import_customers")
    without_card(business)
    test_connection(shopper)
    before = world.state()
    run = run_job(shopper, "try_mapping")
    assert (run.counts, world.state() == before) == ({"rejected": 1}, True)
    assert "Customer Disc. Group" in told(run)[ANN][1]
