"""The main job with what a company happens to offer: published pages, contacts only, nothing; and when it changes."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import BusinessCentralCustomer
from stores.models import BusinessCentralCompany, Store
from tests.customers.reading import core, lines
from tests.customers.test_add_customers import ready, ship_to
from tests.fixtures import RunJob, outcomes, told

EMAIL = "c10@example.com"


def look_again(store: Store) -> None:
    """A day passed, or somebody pressed Test Connection: what the company offers is probed anew."""
    BusinessCentralCompany.objects.filter(pk=store.company_id).update(capabilities=None)
    store.company.refresh_from_db()


@pytest.mark.parametrize("contacts", [True, False])
def test_without_published_pages_names_and_iso_codes_come_from_elsewhere(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, contacts: bool
) -> None:
    business.services.clear()
    business.settings.customer_contacts = contacts
    ready(business, "10", ship_to=[ship_to("EAST")])
    ready(business, "20", displayName="Petra Person", type="Person", contact=None)
    business.put_reference("country", "EL", "Greece", iso="GR")
    ready(business, "30", country="EL", postalCode="105 57", city="Athina")
    said = told(run_job(store, "add_customers"))
    assert {number: outcome for number, (outcome, _) in said.items()} == {
        "10": "created", "20": "created", "30": "skipped",
    }  # fmt: skip
    assert "country/region EL" in said["30"][1]
    assert (core(shop, EMAIL)["first_name"], core(shop, EMAIL)["last_name"]) == ("Robert", "Townes")
    assert core(shop, "c20@example.com")["last_name"] == "Person"
    assert lines(shop, EMAIL) == ["21 Station Road"]
    store.company.refresh_from_db()
    BusinessCentralCompany.objects.filter(pk=store.company_id).update(country_iso={"EL": "GR"})
    assert outcomes(run_job(store, "add_customers")) == {"30": "created"}


@pytest.mark.parametrize("noticed", [True, False])
def test_ship_to_addresses_that_cannot_be_read_any_more_are_not_removed(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, noticed: bool
) -> None:
    ready(business, "10", ship_to=[ship_to("EAST")])
    run_job(store, "add_customers")
    world.audit.reset()
    business.unpublish("Ship_to_Address")
    if noticed:
        look_again(store)
    run = run_job(store, "update_customers")
    assert lines(shop, EMAIL) == ["21 Station Road", "EAST Road"]
    assert world.audit.writes() == []
    assert run.status == ("succeeded" if noticed else "stopped")
    assert noticed or ("Ship_to_Address" in run.message and "Test Connection" in run.message)


def test_a_company_that_cannot_be_read_loses_nobody(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10")
    run_job(store, "add_customers")
    for kind, status in (("html", "crashed"), ("truncated", "crashed"), ("500", "stopped")):
        world.faults.add(kind, vendor="business_central", match="GET /customers", times=60)
        run = run_job(store, "update_customers")
        world.faults.clear()
        assert (run.status, bool(run.message)) == (status, True), kind
        assert BusinessCentralCustomer.objects.filter(gone_at=None).count() == 1
    assert run_job(store, "update_customers").status == "succeeded"


def test_a_wrong_secret_stops_the_run_with_a_sentence_and_no_record_fails(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    shop.add_customer(email="ann@example.com")
    run_job(store, "import_customers")
    store.company.client_secret = "expired-secret-value"
    store.company.save()
    run = run_job(store, "try_mapping")
    assert (run.status, run.counts, "secret" in run.message) == ("stopped", {}, True)
    assert "expired-secret-value" not in run.message


@pytest.mark.parametrize("what", ["token", "scope"])
def test_a_store_that_refuses_stops_the_run_with_a_sentence(
    store: Store, shop: StoreSide, world: World, run_job: RunJob, what: str
) -> None:
    if what == "token":
        Store.objects.filter(pk=store.pk).update(client_id="x")
        store.access_token = "not-the-token"
        store.save()
    else:
        options: dict[str, Any] = {**world.stores[store.hash].options, "scopes": ["store_v2_information"]}
        world.add_store(store.hash, **{name: value for name, value in options.items() if name != "hash"})
    run = run_job(store, "import_customers")
    assert run.status == "stopped"
    assert ("token" if what == "token" else "store_v2_customers") in run.message
    assert "not-the-token" not in run.message
