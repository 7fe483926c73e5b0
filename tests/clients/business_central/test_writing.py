"""Writing customers: what was sent, under which ETag, and what Business Central has afterwards."""

from typing import Any

import pytest

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_record import BusinessCentralRecord
from bcsync.clients.errors import Changed, ConfigurationError, LostAnswer, Rejected, SkipRecord
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.switches import ALTERNATIVES
from bcsync.sandbox.world import World
from tests.clients.business_central.conftest import Connect, people

NEW = {
    "displayName": "O'Hara & Søn",
    "addressLine1": "1 High St",
    "city": "Bath",
    "state": "Avon",
    "country": "GB",
    "postalCode": "BA1 1AA",
    "email": "o@hara.example",
    "phoneNumber": "+44 1225 1",
}
SHOWN = {
    "displayName": "display_name",
    "addressLine1": "address_line1",
    "city": "city",
    "state": "state",
    "country": "country",
    "postalCode": "postal_code",
    "email": "email",
    "phoneNumber": "phone_number",
}


def get(client: BusinessCentral, company: CompanySide, number: str) -> BusinessCentralRecord:
    row = company.customer(number)
    assert row is not None
    record = client.customer(row["id"])
    assert record is not None
    return record


def test_create_returns_the_customer_as_it_now_is(client: BusinessCentral, company: CompanySide, world: World) -> None:
    record = client.create_customer({**NEW, "blocked": "", "type": "Company"})
    assert {name: getattr(record, field) for name, field in SHOWN.items()} == NEW
    assert record == get(client, company, record.number)
    assert world.audit.broken_rules == []


def test_create_keeps_the_address_that_was_sent_whatever_the_post_code_table_says(
    client: BusinessCentral, company: CompanySide
) -> None:
    company.books.tables.insert("post_code", {"code": "BA1 1AA", "city": "BATH", "county": "SOM", "country": "GB"})
    record = client.create_customer(NEW)
    assert (record.city, record.state, record.postal_code) == ("BATH", "Avon", "BA1 1AA")
    assert record.extra == {}


def test_only_the_changes_are_sent(client: BusinessCentral, company: CompanySide, world: World) -> None:
    people(company)
    before = get(client, company, "10")
    after = client.update_customer(before.id, before.etag, {"phoneNumber": "01223 9", "addressLine2": "Floor 2"})
    assert (after.phone_number, after.address_line2) == ("01223 9", "Floor 2")
    assert after.etag != before.etag
    assert after == get(client, company, "10")
    assert len(world.audit.writes("business_central")) == 1
    assert world.audit.broken_rules == []


@pytest.mark.parametrize("order", ["as sent", *ALTERNATIVES["patch_member_order"]])
@pytest.mark.parametrize(
    "changes",
    [
        {"country": "DE"},
        {"country": "DE", "city": "Bonn"},
        {"postalCode": "1", "city": "B", "state": "C", "country": "DE"},
    ],
)
def test_a_changed_country_takes_nothing_along(
    client: BusinessCentral, company: CompanySide, world: World, order: str, changes: dict[str, Any]
) -> None:
    world.switches.change({"patch_member_order": order} if order != "as sent" else {})
    created = client.create_customer(NEW)
    after = client.update_customer(created.id, created.etag, changes)
    expected = {**NEW, **changes}
    assert {name: getattr(after, field) for name, field in SHOWN.items()} == expected
    assert after == get(client, company, created.number)
    assert world.audit.broken_rules == []


def test_what_business_central_insists_on_is_shown(client: BusinessCentral, company: CompanySide) -> None:
    company.books.tables.insert("post_code", {"code": "10115", "city": "Berlin", "county": "", "country": "DE"})
    created = client.create_customer(NEW)
    after = client.update_customer(created.id, created.etag, {"postalCode": "10115", "country": "GB"})
    assert after.extra["read_back"] == {"country": "DE"}
    assert after.country == "DE"


def test_a_stale_etag_is_changed(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    before = get(client, company, "10")
    company.change_customer("10", city="Ely")
    for changes in ({"city": "Bath"}, {"country": "DE"}):
        with pytest.raises(Changed):
            client.update_customer(before.id, before.etag, changes)
    assert get(client, company, "10").city == "Ely"


def test_a_customer_that_is_gone_is_skipped(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    before = get(client, company, "40")
    company.delete_customer("40")
    assert client.customer(before.id) is None
    with pytest.raises(SkipRecord):
        client.update_customer(before.id, before.etag, {"city": "Bath"})


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"displayName": ""}, "displayName", "must be provided"),
        ({"displayName": "x" * 101}, "displayName", "101 characters, and Business Central takes at most 100"),
        ({"city": "x" * 31}, "city", "31 characters, and Business Central takes at most 30"),
        ({"country": "QQ"}, "country", "QQ"),
        ({"salespersonCode": "QQ"}, "salespersonCode", "QQ"),
        ({"phoneNumber": "call me"}, "phoneNumber", ""),
        ({"email": "no address"}, "email", ""),
        ({"type": "Robot"}, "type", "Robot"),
        ({"paymentTermsId": "11111111-1111-1111-1111-111111111111"}, "paymentTermsId", ""),
        ({"number": "C1"}, "number", ""),
    ],
)
def test_a_refusal_names_the_field(
    client: BusinessCentral, company: CompanySide, values: dict[str, str], field: str, says: str
) -> None:
    with pytest.raises(Rejected) as caught:
        client.create_customer({**NEW, **values})
    assert caught.value.field == field
    assert says in str(caught.value)
    assert company.customers() == []


@pytest.mark.parametrize("status", [400, *ALTERNATIVES["duplicate_number_status"]])
def test_a_duplicate_number_is_told_by_its_code(
    client: BusinessCentral, company: CompanySide, world: World, status: int
) -> None:
    world.switches.change({"duplicate_number_status": status})
    company.settings.manual_numbers = True
    client.create_customer({**NEW, "number": "C1"})
    with pytest.raises(Rejected) as caught:
        client.create_customer({**NEW, "number": "C1"})
    assert (caught.value.field, caught.value.status) == ("number", status)


def test_a_lost_create_is_not_sent_again_and_can_be_found(
    client: BusinessCentral, company: CompanySide, world: World
) -> None:
    client.companies()
    sent_at = client.vendor_date
    world.faults.add("cut-after", vendor="business_central", match="POST /customers")
    with pytest.raises(LostAnswer):
        client.create_customer(NEW)
    assert len(world.audit.calls(family="POST /customers")) == 1
    assert sent_at is not None
    found = client.find_customers(email="O@HARA.example", display_name=NEW["displayName"], modified_since=sent_at)
    assert [record.number for record in found] == [row["no"] for row in company.customers()]


def test_finding_by_email_or_name(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    assert [record.number for record in client.find_customers(email="a@adatum.example")] == ["10"]
    assert [record.number for record in client.find_customers(display_name="Nobody")] == ["40"]
    assert client.find_customers(display_name="O'Neil & (x) * 100%") == []


def test_a_correction_that_fails_does_not_lose_the_created_customer(
    client: BusinessCentral, company: CompanySide, world: World
) -> None:
    company.books.tables.insert("post_code", {"code": "BA1 1AA", "city": "Elsewhere", "county": "", "country": "GB"})
    world.faults.add("html", vendor="business_central", match="PATCH /customers*", times=9, status=400)
    record = client.create_customer(NEW)
    assert record.extra["read_back"] == {"city": "Elsewhere", "state": ""}


def test_a_write_is_fenced_and_reading_is_not(client_for: Connect, company: CompanySide) -> None:
    class LostLease(Exception):
        pass

    def fence() -> None:
        raise LostLease

    people(company)
    for page in ("Customer_Card", "Name_Details"):
        company.unpublish(page)
    client = client_for(fence=fence)
    row = company.customer("10")
    assert row is not None
    assert len(list(client.read_by_id(client.capabilities(), {}, [row["id"]]))) == 1
    with pytest.raises(LostLease):
        client.create_customer(NEW)


def test_posting_groups_go_through_the_card(client: BusinessCentral, company: CompanySide, world: World) -> None:
    people(company)
    capabilities = client.capabilities()
    wanted = {"customer_posting_group": "B", "gen_bus_posting_group": "A"}
    card = client.update_customer_card(capabilities, "10", wanted)
    assert {name: card[name] for name in wanted} == wanted
    row = company.customer("10")
    assert row is not None
    assert {name: row[name] for name in wanted} == wanted
    world.audit.reset()
    client.update_customer_card(capabilities, "10", wanted)
    assert world.audit.writes("business_central") == []
    with pytest.raises(Rejected) as caught:
        client.update_customer_card(capabilities, "10", {"customer_posting_group": "QQ"})
    assert caught.value.field == "customer_posting_group"
    company.unpublish("Customer_Card")
    with pytest.raises(ConfigurationError, match="page 21"):
        client.update_customer_card(client.capabilities(), "10", wanted)


def test_an_empty_update_is_no_request(client: BusinessCentral) -> None:
    with pytest.raises(ValueError, match="no request"):
        client.update_customer("x", "y", {"lastModifiedDateTime": "now"})


def test_deletes_under_the_etag_and_again_is_no_error(client: BusinessCentral, company: CompanySide) -> None:
    company.add_customer(number="D1", displayName="Dora")
    record = get(client, company, "D1")
    company.change_customer("D1", displayName="Dora B.")
    with pytest.raises(Changed):
        client.delete_customer(record.id, record.etag)
    fresh = get(client, company, "D1")
    client.delete_customer(fresh.id, fresh.etag)
    client.delete_customer(fresh.id, fresh.etag)
    assert company.customer("D1") is None
