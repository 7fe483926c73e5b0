"""Sync changes and what Business Central's propagation leaves without a stamp: contacts, ISO codes, ship-tos, ids."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import BusinessCentralCustomer, BusinessCentralPhone, Run
from stores.models import BusinessCentralCompany, Store, SyncCursor
from tests.customers.syncing import TEN, TWENTY, event, families, in_step, let_lists_be_due
from tests.fixtures import ADDRESS, RunJob, outcomes, told

DOCK: dict[str, Any] = {"name": "Dock", "contact": "Dora Dock", "address": "1 Dock Road", "city": "Hull",
                        "post_code": "HU1 1AA", "country": "GB"}  # fmt: skip


@pytest.fixture
def synced(store: Store, business: CompanySide, world: World, run_job: RunJob) -> Store:
    return in_step(store, business, world, run_job)


def row(number: str) -> BusinessCentralCustomer:
    return BusinessCentralCustomer.objects.get(number=number)


def streets(shop: StoreSide, email: str = TEN) -> list[str]:
    state = shop.world.state()["stores"][shop.hash]["customers"][email]
    return sorted(address["address1"] for address in state["addresses"])


def test_the_primary_contacts_phone_which_moves_no_stamp_of_the_customer_arrives(
    synced: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before = row("10").last_modified
    business.change_contact(str(row("10").data["primary_contact_number"]), mobile_phone_no="07911 123456")
    run = run_job(synced, "sync_changes")
    assert (run.status, row("10").last_modified) == (Run.Status.SUCCEEDED, before)
    assert BusinessCentralPhone.objects.filter(customer=row("10"), e164="+447911123456").exists()
    assert world.audit.broken_rules == []


def test_a_person_who_is_not_primary_and_new_counts_with_her_number(
    synced: Store, business: CompanySide, run_job: RunJob
) -> None:
    business.add_contact("20", "Nora", "New", phone_no="01223 777777")
    run_job(synced, "sync_changes")
    assert BusinessCentralPhone.objects.filter(customer=row("20"), e164="+441223777777").exists()
    assert not BusinessCentralPhone.objects.filter(customer=row("10"), e164="+441223777777").exists()


def test_the_primary_contacts_name_arrives_in_the_store(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_contact(str(row("10").data["primary_contact_number"]), first_name="Roberta")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
    assert world.state()["stores"][shop.hash]["customers"][TEN]["first_name"] == "Roberta"


def test_a_ship_to_address_is_added_changed_and_removed_without_any_stamp(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own = streets(shop)
    for change, expected in (
        (lambda: business.put_ship_to("10", "DOCK", **DOCK), [*own, "1 Dock Road"]),
        (lambda: business.put_ship_to("10", "DOCK", **{**DOCK, "address": "2 Dock Road"}), [*own, "2 Dock Road"]),
        (lambda: business.delete_ship_to("10", "DOCK"), own),
    ):
        change()
        let_lists_be_due()
        assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}
        assert streets(shop) == sorted(expected)
    let_lists_be_due()
    assert run_job(synced, "sync_changes").looked_at == 0
    assert world.audit.broken_rules == []


def test_a_corrected_iso_code_codes_its_customers_anew_without_reading_them(
    synced: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    assert row("10").country_iso == "GB"
    business.put_reference("country", "GB", iso="IE")
    run_job(synced, "sync_changes")
    assert {each.country_iso for each in BusinessCentralCustomer.objects.all()} == {"IE"}
    assert families(world, "business_central").count("GET /customers") == 1


def test_a_lost_event_of_a_deletion_is_made_up_for_by_the_list_of_ids(
    synced: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    # Its contact's stamp would tell of it, too.
    BusinessCentralCustomer.objects.update(contact_key="")
    business.delete_customer("20")
    before = world.state()
    assert told(run_job(synced, "sync_changes")) == {}
    let_lists_be_due()
    run = run_job(synced, "sync_changes")
    assert (outcomes(run), row("20").gone_at is not None) == ({TWENTY: "skipped"}, True)
    assert world.state() == before


def test_a_collection_which_swallows_deletions_is_answered_by_the_list_of_ids(
    synced: Store, business: CompanySide, run_job: RunJob
) -> None:
    BusinessCentralCustomer.objects.update(contact_key="")
    business.delete_customer("20")
    event(synced, "business_central/customers/collection", "", since=timezone.now().isoformat())
    assert outcomes(run_job(synced, "sync_changes")) == {TWENTY: "skipped"}


def test_a_customer_that_no_stamp_told_of_is_found_by_its_id(
    synced: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    BusinessCentralCustomer.objects.filter(number="20").delete()
    run_job(synced, "sync_changes")
    assert not BusinessCentralCustomer.objects.filter(number="20").exists()
    let_lists_be_due()
    run_job(synced, "sync_changes")
    assert BusinessCentralCustomer.objects.filter(number="20", gone_at=None).exists()


def test_our_clock_being_ahead_of_the_vendors_loses_nothing(
    synced: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """The windows go by the vendor's clock: in this world it may be hours behind ours."""
    world.clock.advance(-7200)
    BusinessCentralCompany.objects.update(refreshed_at=timezone.now() + timedelta(hours=2))
    SyncCursor.objects.filter(company__isnull=False).update(changed_since=world.clock.now())
    business.change_customer("10", phoneNumber="01223 999999")
    assert outcomes(run_job(synced, "sync_changes")) == {TEN: "updated"}


def test_an_echo_of_our_own_write_is_not_read_again(
    synced: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", phoneNumber="01223 999999")
    run_job(synced, "sync_changes")
    idle = _calls_of(synced, world, run_job)
    customer = business.customer("10")
    assert customer is not None
    event(synced, "business_central/customers/updated", customer["id"])
    assert _calls_of(synced, world, run_job) == idle


def _calls_of(store: Store, world: World, run_job: RunJob) -> list[str]:
    world.audit.reset()
    run_job(store, "sync_changes")
    return families(world, "business_central")


def test_the_contact_of_a_customer_that_we_made_is_read_with_what_changed(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_step(store, business, world, run_job)
    shop.add_customer(email="ada@x.example", first_name="Ada", last_name="Made", addresses=[ADDRESS])
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    run = run_job(store, "sync_changes")
    row = BusinessCentralCustomer.objects.get(email_key="ada@x.example")
    assert (row.data["first_name"], row.data["surname"], bool(row.contact_key)) == ("Ada", "Made", True)
    world.audit.reset()
    run = run_job(store, "sync_changes")
    assert (run.status, run.looked_at) == ("succeeded", 0)
    assert sum("/customers" in call for call in families(world, "business_central")) == 1
