"""Contacts: names and their parts, customerContacts and its stale id, and which change stamps the customer."""

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from tests.sandbox.business_central.conftest import Caller


@pytest.fixture
def adatum(company: CompanySide) -> CompanySide:
    company.add_customer(number="10000", displayName="Adatum", contact=("Ana", "Garcia Lopez"), contact_phone="020 1")
    return company


def person(company: CompanySide) -> dict[str, object]:
    customer = company.customer("10000")
    return company.books.tables.one("contact", no=customer["primary_contact_no"])


def test_the_parts_are_kept_as_they_were_typed(adatum: CompanySide) -> None:
    contact = person(adatum)
    parts = contact["first_name"], contact["middle_name"], contact["surname"], contact["name"], contact["phone_no"]
    assert parts == ("Ana", "", "Garcia Lopez", "Ana Garcia Lopez", "020 1")
    assert adatum.customer("10000")["contact"] == "Ana Garcia Lopez"


def test_customer_contacts_shows_persons_of_customers_only(caller: Caller, adatum: CompanySide) -> None:
    rows = caller.find("customerContacts", "")
    shown = [(row["firstName"], row["lastName"], row["customerName"]) for row in rows]
    assert shown == [("Ana", "Garcia Lopez", "Adatum")]
    assert rows[0]["customerId"] == adatum.customer("10000")["id"]
    adatum.settings.customer_contacts = False
    assert caller.refusal("GET", "customerContacts") == (404, "BadRequest_ResourceNotFound")


def test_the_customer_id_of_a_person_customer_is_the_previous_rows(caller: Caller, adatum: CompanySide) -> None:
    adatum.add_customer(number="20000", displayName="Bo Berg", type="Person")
    rows = caller.find("customerContacts", "")
    assert [row["customerName"] for row in rows] == ["Adatum", ""]
    assert rows[0]["customerId"] == rows[1]["customerId"] == adatum.customer("10000")["id"]


def test_patching_first_and_last_name_changes_the_customers_contact(caller: Caller, adatum: CompanySide) -> None:
    row = caller.find("customerContacts", "")[0]
    path = f"customerContacts({row['id']})"
    changed = caller.call("PATCH", path, {"firstName": "Eva"}, if_match=row["@odata.etag"])
    assert (changed["firstName"], changed["lastName"]) == ("Eva", "Garcia Lopez")
    assert adatum.customer("10000")["contact"] == "Eva Garcia Lopez"


def test_customer_id_moves_the_whole_company(caller: Caller, adatum: CompanySide) -> None:
    other = adatum.add_customer(number="20000", displayName="Trey")
    row = caller.find("customerContacts", "")[0]
    caller.call("PATCH", f"customerContacts({row['id']})", {"customerId": other["id"]}, if_match="*")
    customer = adatum.customer("10000")
    assert caller.get(f"customers({customer['id']})/contactsInformation")["value"] == []
    assert caller.world.audit.broken_rules == [
        "PATCH /customerContacts({id}): customerId moves the whole company to that customer"
    ]


def test_a_change_of_a_person_customer_splits_the_name_again(caller: Caller, company: CompanySide) -> None:
    company.add_customer(number="10000", displayName="x", type="Person", contact=("Ana", "Garcia Lopez"))
    contact = person(company)
    assert (contact["first_name"], contact["surname"]) == ("Ana", "Garcia Lopez")
    customer = caller.find("customers", "")[0]
    assert customer["displayName"] == "Ana Garcia Lopez"
    caller.patch(customer, {"city": "Bath"})
    contact = person(company)
    assert (contact["first_name"], contact["middle_name"], contact["surname"]) == ("Ana", "Garcia", "Lopez")
    assert contact["city"] == "Bath"


@pytest.mark.parametrize(
    ("who", "change", "stamped"),
    [
        ("company", {"phone_no": "020 2"}, True),
        ("company", {"name": "Adatum Ltd."}, True),
        ("primary", {"first_name": "Eva"}, True),
        ("primary", {"name": "Eva Berg"}, True),
        ("primary", {"email": "eva@x.example"}, False),
        ("primary", {"phone_no": "020 3"}, False),
        ("primary", {"job_title": "CEO"}, False),
        ("other", {"first_name": "Eva"}, False),
    ],
)
def test_what_stamps_the_customer(
    caller: Caller, adatum: CompanySide, who: str, change: dict[str, str], stamped: bool
) -> None:
    other = adatum.add_contact("10000", "Otto", "Other")
    tables = adatum.books.tables
    company_no = tables.one("relation", customer_no="10000")["contact_no"]
    contact_no = {"company": company_no, "primary": person(adatum)["no"], "other": other["no"]}[who]
    before = adatum.customer("10000")
    caller.world.clock.advance(60)
    adatum.change_contact(contact_no, **change)
    after = adatum.customer("10000")
    assert (after["modified_at"] > before["modified_at"]) is stamped
    assert (after["version"] != before["version"]) is stamped


def test_a_country_or_ship_to_change_stamps_no_customer(caller: Caller, adatum: CompanySide) -> None:
    adatum.change_customer("10000", country="EL")
    before = adatum.customer("10000")
    caller.world.clock.advance(60)
    adatum.put_reference("country", "EL", iso="GR")
    adatum.put_ship_to("10000", "NORTH", city="York")
    assert adatum.customer("10000") == before


def test_a_person_customers_contact_stamps_it(caller: Caller, company: CompanySide) -> None:
    company.add_customer(number="10000", displayName="Bo Berg", type="Person")
    company.change_contact(str(person(company)["no"]), first_name="Bob")
    customer = company.customer("10000")
    assert (customer["name"], customer["contact"]) == ("Bob Berg", "Bob Berg")


def test_without_business_relation_no_contact_is_made(caller: Caller, company: CompanySide) -> None:
    company.settings.business_relation = False
    created = caller.call("POST", "customers", {"displayName": "A"})
    assert caller.find("contacts", "") == []
    assert caller.get(f"customers({created['id']})/contactsInformation")["value"] == []


def test_contacts_over_the_api(caller: Caller, company: CompanySide) -> None:
    created = caller.call("POST", "contacts", {"displayName": "Ana Lopez", "type": "Person", "privacyBlocked": True})
    assert (created["contactBusinessRelation"], created["privacyBlocked"]) == ("_x0020_", True)
    path = f"contacts({created['id']})"
    caller.call("PATCH", path, {"displayName": "Eva Berg"}, if_match="*")
    assert company.books.tables.one("contact", no=created["number"])["surname"] == "Berg"
    caller.call("DELETE", path, if_match="*")
    assert caller.find("contacts", "") == []
