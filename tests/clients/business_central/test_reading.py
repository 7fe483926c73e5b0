"""Reading customers from each source that a company may offer: the same customers, as complete as the source."""

from typing import Any

import pytest

from bcsync.clients import business_central_session as session
from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from tests.clients.business_central.conftest import people

TABLE = {"el": "GR"}
PAGES = ("Customer_Card", "Name_Details", "Countries_Regions", "Ship_to_Address")


def read(client: BusinessCentral, page_size: int = 5000) -> dict[str, BusinessCentralRecord]:
    pages = client.read_customers(client.capabilities(), TABLE, page_size)
    return {record.number: record for page in pages for record in page}


def names(records: dict[str, BusinessCentralRecord]) -> dict[str, tuple[str, str, str, str]]:
    return {number: (r.first_name, r.middle_name, r.surname, r.names_source) for number, r in records.items()}


def test_everything_of_a_customer_comes_from_the_published_pages(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    record = read(client)["10"]
    row = company.customer("10")
    assert row is not None
    assert record.etag.startswith('W/"')
    assert record.last_modified is not None
    assert record == BusinessCentralRecord(
        id=row["id"], number="10", display_name="Adatum", type="Company", address_line1="Station Road 1",
        city="Cambridge", country="GB", postal_code="CB1 2FB", phone_number="01223 1", email="a@adatum.example",
        salesperson_code="JO", currency_code="GBP", last_modified=record.last_modified, etag=record.etag,
        country_iso="GB", iso_source="published page", primary_contact_number=row["primary_contact_no"],
        first_name="Ana", surname="Garcia Lopez", names_source="published page", mobile_phone="07700 1",
        contact_phones=["01223 2", "07700 1", "07700 2"], contact_key="CT300001", customer_price_group="A",
        payment_terms_code="A",
        privacy_blocked=True,
        ship_to=[ShipTo("DOCK", "Dock", "Pier 1", city="Leith", country="NI", country_iso="GB", phone="9")],
    )  # fmt: skip


def test_names_and_iso_codes_say_where_they_come_from(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    records = read(client)
    assert names(records) == {
        "10": ("Ana", "", "Garcia Lopez", "published page"),
        "20": ("Bo", "", "One", "published page"),
        "30": ("Eva", "Maria", "Kurz", "published page"),
        "40": ("", "", "", ""),
    }
    assert records["40"].extra["names_problem"] == "The customer has no primary contact in Business Central."
    assert {number: (r.country_iso, r.iso_source) for number, r in records.items()} == {
        "10": ("GB", "published page"),
        "20": ("DE", "published page"),
        "30": ("", ""),
        "40": ("GR", "store table"),
    }
    assert '"EL"' in records["40"].iso_problem
    assert records["40"].blocked == "All"
    assert records["20"].contact_phones == ["30 1", "30 2"]


def test_without_pages_the_only_person_counts_as_primary(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    for page in PAGES:
        company.unpublish(page)
    records = read(client)
    assert names(records) == {
        "10": ("Ana", "", "Garcia Lopez", "only person contact"),
        "20": ("", "", "", ""),
        "30": ("Eva", "", "Kurz", "customer contacts"),
        "40": ("", "", "", ""),
    }
    assert records["20"].extra["names_problem"].startswith("The customer has 2 person contacts")
    assert records["40"].extra["names_problem"] == "The customer has no person contact in Business Central."
    assert {number: (r.country_iso, r.iso_source) for number, r in records.items()} == {
        "10": ("GB", "country code"),
        "20": ("DE", "country code"),
        "30": ("", ""),
        "40": ("GR", "store table"),
    }
    adatum = records["10"]
    assert (adatum.payment_terms_code, adatum.privacy_blocked, adatum.ship_to) == ("A", None, [])
    # The mobile number is the customer card's, but the company's own contact has it too.
    assert adatum.contact_phones == ["01223 2", "07700 1", "07700 2"]
    assert records["20"].contact_phones == ["30 1", "30 2"]


def test_without_customer_contacts_names_are_split(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    company.settings.customer_contacts = False
    for page in PAGES:
        company.unpublish(page)
    assert names(read(client)) == {
        "10": ("Ana", "Garcia", "Lopez", "name split"),
        "20": ("", "", "", ""),
        "30": ("Eva", "Maria", "Kurz", "name split"),
        "40": ("", "", "", ""),
    }


@pytest.mark.parametrize(
    ("customer_contacts", "expected"),
    [(True, ("Ana", "", "Garcia Lopez", "customer contacts")), (False, ("Ana", "Garcia", "Lopez", "name split"))],
)
def test_the_card_names_the_contact_when_its_details_are_not_published(
    client: BusinessCentral, company: CompanySide, customer_contacts: bool, expected: tuple[str, str, str, str]
) -> None:
    people(company)
    company.settings.customer_contacts = customer_contacts
    company.unpublish("Name_Details")
    assert names(read(client))["10"] == expected
    assert names(read(client))["20"][:3] == ("Bo", "", "One")


def test_details_without_the_card_still_know_the_only_person(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    company.unpublish("Customer_Card")
    assert names(read(client)) == {
        "10": ("Ana", "", "Garcia Lopez", "only person contact"),
        "20": ("", "", "", ""),
        "30": ("Eva", "Maria", "Kurz", "published page"),
        "40": ("", "", "", ""),
    }


def test_a_person_without_any_contact_is_split(client: BusinessCentral, company: CompanySide) -> None:
    company.settings.business_relation = False
    company.add_customer(number="50", displayName="Eva Maria Kurz", type="Person")
    assert names(read(client)) == {"50": ("Eva", "Maria", "Kurz", "name split")}


def test_a_foreign_relation_never_lends_its_names(client: BusinessCentral, company: CompanySide) -> None:
    """customerContacts gives a person without company the previous row's customerId: it must not be joined by it."""
    for page in PAGES:
        company.unpublish(page)
    company.add_customer(number="10", displayName="Adatum", contact=("Ana", "Garcia"))
    company.add_customer(number="20", displayName="Eva Kurz", type="Person")
    assert names(read(client)) == {
        "10": ("Ana", "", "Garcia", "only person contact"),
        "20": ("Eva", "", "Kurz", "customer contacts"),
    }


def test_pages_under_other_names_read_the_same(client: BusinessCentral, company: CompanySide) -> None:
    people(company)
    before = read(client)
    for page in PAGES:
        company.unpublish(page)
    company.publish(21, "Debitoren", {"No": "Debitor_No", "Primary_Contact_No": "PrimaryContactNo"})
    company.publish(5055, "Namen", {"No": "Kontakt_No"})
    company.publish(10, "Länder & mehr")
    company.publish(300, "Lieferadressen", {"Customer_No": "CustomerNo"})
    assert read(client) == before


@pytest.mark.parametrize("published", [PAGES, ()])
def test_small_pages_join_the_same_and_cost_one_call_each(
    client: BusinessCentral, company: CompanySide, world: World, published: tuple[str, ...]
) -> None:
    people(company)
    for page in set(PAGES) - set(published):
        company.unpublish(page)
    whole = read(client)
    assert read(client, page_size=2) == whole
    world.audit.reset()
    capabilities = client.capabilities()
    world.audit.reset()
    list(client.read_customers(capabilities, TABLE))
    expected = ["GET /contacts", "GET /customers"]
    if published:
        expected += [f"GET /ODataV4/{page}" for page in published]
    else:
        expected += ["GET /customerContacts", "GET /paymentTerms"]
    assert sorted(call.family for call in world.audit.calls()) == sorted(expected)
    assert world.audit.broken_rules == []


def test_an_unreadable_page_is_left_out_with_a_sentence(client_for: Any, world: World, company: CompanySide) -> None:
    people(company)
    # The document belongs to the environment: here another company's page is in it.
    company.unpublish("Ship_to_Address")
    world.add_company("contoso.example", "Production", "Other", client_id="c1", client_secret="x")
    capabilities = client_for().capabilities()
    assert sorted(capabilities.published) == ["countries", "customer_card", "name_details"]
    assert len(capabilities.missing) == 1
    assert "Page 300 (Ship-to Address) is published but cannot be read" in capabilities.missing[0]


def test_an_empty_company_reads_as_nothing(client: BusinessCentral) -> None:
    assert read(client) == {}


def test_iso_codes_are_as_read(client: BusinessCentral, company: CompanySide) -> None:
    assert client.iso_codes(client.capabilities()) == {"DE": "DE", "EL": "EL", "GB": "GB", "NI": "GB", "XX": ""}
    company.unpublish("Countries_Regions")
    assert client.iso_codes(client.capabilities()) is None


@pytest.mark.parametrize(
    ("service", "name", "value", "said"),
    [
        ("customers", "id", None, "a text in `id` of a customer"),
        ("customers", "number", 10, "a text in `number` of a customer"),
        ("customers", "displayName", {"value": "Adatum"}, "one value in `displayName`"),
        ("Customer_Card", "Primary_Contact_No", ["1"], "one value in `Primary_Contact_No`"),
    ],
)
def test_a_row_of_a_shape_never_seen_is_told_without_its_values(
    client: BusinessCentral, company: CompanySide, monkeypatch: Any, service: str, name: str, value: Any, said: str
) -> None:
    people(company)
    read_page = session.Session.get

    def bent(self: session.Session, path: str, family: str, *rest: Any, **options: Any) -> Any:
        answer = read_page(self, path, family, *rest, **options)
        if family.endswith(f"/{service}") and len(answer.data["value"]) > 1:
            answer.data["value"][1][name] = value
        return answer

    monkeypatch.setattr(session.Session, "get", bent)
    with pytest.raises(UnexpectedAnswer) as caught:
        read(client)
    assert f"without {said}: " in str(caught.value)
    assert not any(word in str(caught.value) for word in ("Adatum", "adatum.example", "Cambridge"))
