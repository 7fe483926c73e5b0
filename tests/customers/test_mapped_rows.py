"""Rows an administrator adds: sent once to exactly the customers concerned, then nothing more is sent."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from mapping.models import AttributeDefinition, FormFieldRow, GroupMapping, MetafieldDefinition
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob

SOURCE = {"source_table": "customer", "source_field": "salespersonCode"}


def test_form_fields_attributes_and_metafields_arrive_once(
    world: World, store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Adatum", email="ada@post.example", salespersonCode="JO", **READY)
    run_job(store, "add_customers")
    shop.add_form_field("Contact")
    shop.add_form_field("Round", on="address")
    FormFieldRow(store=store, kind="customer", name="Contact", type="text", **SOURCE).save()
    FormFieldRow(store=store, kind="address", name="Round", type="text", **SOURCE).save()
    AttributeDefinition(store=store, name="Agent", type="string", **SOURCE).save()
    MetafieldDefinition(
        store=store, namespace="shop", name="agent", permission_set="read", description="", **SOURCE
    ).save()

    first = run_job(store, "update_customers")
    ada = world.state(ids=False)["stores"][store.hash]["customers"]["ada@post.example"]
    world.audit.reset()
    second = run_job(store, "update_customers")

    assert (first.counts, second.counts) == ({"updated": 1}, {"unchanged": 1})
    assert ada["form_fields"] == {"Contact": "JO"}
    assert [address["form_fields"] for address in ada["addresses"]] == [{"Round": "JO"}]
    assert "Agent" in str(ada["attributes"])
    assert "agent" in str(ada["metafields"])
    assert world.audit.writes("bigcommerce") == []


def test_a_shoppers_group_says_the_price_group_of_the_customer_made_of_it(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.update(create_unknown=True)
    group = shop.add_customer_group("Wholesale")
    GroupMapping(store=store, group_id=group, kind="price", code="WHOLESALE").save()
    shop.add_customer(
        email="wes@post.example", first_name="Wes", last_name="Whole", customer_group_id=group, addresses=[ADDRESS]
    )
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping")

    assert run.counts == {"created": 1}, list(run.records.values_list("reason", flat=True))
    assert [row["customer_price_group"] for row in business.customers()] == ["WHOLESALE"]


def test_a_store_that_took_fifty_attributes_meanwhile_stops_the_run_with_a_sentence(
    world: World, store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    """Saved while there was room; somebody else used it up before the run that would create the attribute."""
    business.add_customer(number="10", displayName="Adatum", email="ada@post.example", salespersonCode="JO", **READY)
    run_job(store, "add_customers")
    AttributeDefinition(store=store, name="Agent", type="string", **SOURCE).save()
    for number in range(50):
        shop.attribute_id(f"Taken {number}")
    before = world.state(ids=False)
    run = run_job(store, "update_customers")

    assert run.status == "stopped"
    assert "A customer attribute cannot be created" in run.message
    assert world.state(ids=False) == before
    shop.attributes.delete("name = ?", ("Taken 0",))
    again = run_job(store, "update_customers")
    assert again.counts == {"updated": 1}
    assert world.state(ids=False)["stores"][store.hash]["customers"]["ada@post.example"]["attributes"] == {
        "Agent": "JO"
    }
