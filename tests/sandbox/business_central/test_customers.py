"""Customers over API v2.0: what POST, PATCH and DELETE do, and what they refuse."""

from typing import Any

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.business_central.errors import BusinessCentralError
from tests.sandbox.business_central.conftest import Caller

GUID = "00000000-0000-0000-0000-000000000000"
CREATED = {
    "number": "C00010",
    "displayName": "Adatum",
    "type": "Company",
    "addressLine1": "",
    "addressLine2": "",
    "city": "",
    "state": "",
    "country": "GB",
    "postalCode": "",
    "phoneNumber": "",
    "email": "a@adatum.example",
    "website": "",
    "salespersonCode": "",
    "balanceDue": 0,
    "creditLimit": 0,
    "taxLiable": False,
    "taxAreaId": GUID,
    "taxAreaDisplayName": "",
    "taxRegistrationNumber": "",
    "currencyId": GUID,
    "currencyCode": "GBP",
    "paymentTermsId": GUID,
    "shipmentMethodId": GUID,
    "paymentMethodId": GUID,
    "blocked": "_x0020_",
}


def test_post_answers_the_whole_entity_and_makes_a_company_contact(caller: Caller) -> None:
    created = caller.call("POST", "customers", {"displayName": "Adatum", "country": "gb", "email": "a@adatum.example"})
    assert caller.last.headers["ETag"] == created["@odata.etag"]
    own = ("@odata.context", "@odata.etag", "id", "lastModifiedDateTime")
    assert created == CREATED | {name: created[name] for name in own}
    contacts = caller.find("contacts", "$select=number,displayName,type,contactBusinessRelation,email")
    for contact in contacts:
        contact.pop("@odata.etag")
    assert contacts == [
        {
            "number": "CT300001",
            "type": "Company",
            "displayName": "Adatum",
            "contactBusinessRelation": "Customer",
            "email": "a@adatum.example",
        }
    ]
    assert caller.company.customer("C00010")["primary_contact_no"] == ""


def test_a_person_becomes_its_own_primary_contact(caller: Caller) -> None:
    caller.call("POST", "customers", {"displayName": "Ana Garcia Lopez", "type": "Person"})
    customer = caller.company.customer("C00010")
    contact = caller.company.books.tables.one("contact", no="CT300001")
    assert (customer["primary_contact_no"], customer["contact"]) == ("CT300001", "Ana Garcia Lopez")
    parts = contact["contact_type"], contact["first_name"], contact["middle_name"], contact["surname"]
    assert parts == ("Person", "Ana", "Garcia", "Lopez")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "Application_DialogException"),
        ({"displayName": "x" * 101}, 400, "Application_StringExceededLength"),
        ({"displayName": "A", "city": "x" * 31}, 400, "Application_StringExceededLength"),
        ({"displayName": "A", "country": "XX"}, 400, "Internal_InvalidTableRelation"),
        ({"displayName": "A", "salespersonCode": "NO"}, 400, "Internal_InvalidTableRelation"),
        ({"displayName": "A", "phoneNumber": "020 CALL ME"}, 400, "Application_FieldValidationException"),
        ({"displayName": "A", "email": "not an address"}, 400, "Application_DialogException"),
        ({"displayName": "A", "type": "Robot"}, 400, "Unknown"),
        ({"displayName": "A", "nickname": "B"}, 400, "BadRequest"),
        ({"displayName": "A", "balanceDue": 5}, 400, "BadRequest_InvalidOperation"),
        ({"displayName": "A", "number": "10000"}, 400, "Application_DialogException"),
        ({"displayName": "A", "paymentTermsId": GUID[:-1] + "1"}, 400, "Application_DialogException"),
        ({"displayName": 5}, 400, "BadRequest"),
    ],
)
def test_post_refuses_and_leaves_nothing(caller: Caller, body: dict[str, Any], status: int, code: str) -> None:
    before = caller.world.state()
    assert caller.refusal("POST", "customers", body) == (status, code)
    assert caller.world.state() == before


@pytest.mark.parametrize("status", [400, 409])
def test_a_duplicate_number_is_told_by_its_code(caller: Caller, status: int) -> None:
    caller.world.switches.duplicate_number_status = status
    caller.company.settings.manual_numbers = True
    caller.call("POST", "customers", {"displayName": "A", "number": "10000"})
    refused = caller.refusal("POST", "customers", {"displayName": "B", "number": "10000"})
    assert refused == (status, "Internal_EntityWithSameKeyExists")


def test_several_addresses_in_one_email_field(caller: Caller) -> None:
    created = caller.call("POST", "customers", {"displayName": "A", "email": "a@x.example;b@x.example"})
    assert created["email"] == "a@x.example;b@x.example"


def test_config_template_by_country_fills_only_what_was_not_posted(caller: Caller) -> None:
    settings = caller.company.settings
    settings.templates = {"DE": {"customer_posting_group": "DOMESTIC", "payment_terms": "14 DAYS", "currency": "EUR"}}
    settings.template_rules = [({"country": "DE"}, "DE")]
    caller.call("POST", "customers", {"displayName": "A", "country": "DE", "currencyCode": "GBP"})
    caller.call("POST", "customers", {"displayName": "B", "country": "GB"})
    german, british = caller.company.customer("C00010"), caller.company.customer("C00020")
    columns = ("customer_posting_group", "payment_terms", "currency")
    assert [german[column] for column in columns] == ["DOMESTIC", "14 DAYS", ""]
    assert [british[column] for column in columns] == ["", "", ""]


def test_currency_pair(caller: Caller) -> None:
    euro = caller.find("currencies", "$filter=code%20eq%20'EUR'")[0]["id"]
    created = caller.call("POST", "customers", {"displayName": "A", "currencyId": euro})
    assert (created["currencyCode"], created["currencyId"]) == ("EUR", euro)
    local = {"displayName": "B", "currencyId": GUID, "currencyCode": "GBP"}
    assert caller.call("POST", "customers", local)["currencyId"] == GUID
    contradicting = {"displayName": "C", "currencyId": euro, "currencyCode": "GBP"}
    assert caller.refusal("POST", "customers", contradicting) == (400, "Application_DialogException")


def test_the_form_of_a_vat_number_is_checked_per_country(caller: Caller) -> None:
    caller.company.settings.vat_formats = {"GB": ["#########", "GB#########"]}
    good = {"displayName": "A", "country": "GB", "taxRegistrationNumber": "gb123456789"}
    assert caller.call("POST", "customers", good)["taxRegistrationNumber"] == "GB123456789"
    caller.call("POST", "customers", {**good, "country": "DE", "taxRegistrationNumber": "whatever"})
    for wrong in ("GB12345678", "GB1234567890", "XX123456789"):
        refused = caller.refusal("POST", "customers", {**good, "taxRegistrationNumber": wrong})
        assert refused == (400, "Application_DialogException")


def test_patch_needs_the_current_etag(caller: Caller) -> None:
    customer = caller.call("POST", "customers", {"displayName": "A"})
    path = f"customers({customer['id']})"
    assert caller.refusal("PATCH", path, {"city": "X"}) == (400, "BadRequest_InvalidToken")
    assert caller.refusal("PATCH", path, {"city": "X"}, if_match="abc") == (400, "BadRequest_InvalidToken")
    changed = caller.patch(customer, {"city": "London"})
    assert (changed["city"], caller.last.headers["ETag"]) == ("London", changed["@odata.etag"])
    stale = caller.refusal("PATCH", path, {"city": "Bath"}, if_match=customer["@odata.etag"])
    assert stale == (409, "Request_EntityChanged")
    assert caller.patch(customer, {"city": "Bath"}, if_match="*")["city"] == "Bath"
    assert caller.world.audit.broken_rules == ["PATCH /customers({id}): a write without If-Match"]


def test_patch_refuses_a_blank_name_and_an_unknown_id(caller: Caller) -> None:
    customer = caller.call("POST", "customers", {"displayName": "A"})
    path = f"customers({customer['id']})"
    refused = caller.refusal("PATCH", path, {"displayName": " "}, if_match="*")
    assert refused == (400, "Application_DialogException")
    unknown = f"customers({GUID[:-1]}1)"
    assert caller.refusal("PATCH", unknown, {"city": "X"}, if_match="*") == (404, "Internal_RecordNotFound")


def test_another_country_blanks_city_state_and_post_code(caller: Caller) -> None:
    place = {"city": "London", "state": "Greater London", "postalCode": "EC1A", "country": "GB"}
    customer = caller.call("POST", "customers", {"displayName": "A", **place})
    moved = caller.patch(customer, {"country": "DE"})
    assert [moved[name] for name in ("city", "state", "postalCode", "country")] == ["", "", "", "DE"]
    caller.company.settings.require_country = True
    kept = caller.patch(caller.patch(moved, {"city": "Bonn"}), {"country": "GB"})
    assert (kept["city"], kept["country"]) == ("Bonn", "GB")


@pytest.mark.parametrize(("order", "post_code"), [("as sent", ""), ("page", "20097")])
def test_the_order_in_which_members_apply_is_a_switch(caller: Caller, order: str, post_code: str) -> None:
    caller.world.switches.patch_member_order = order
    customer = caller.call("POST", "customers", {"displayName": "A", "country": "GB"})
    moved = caller.patch(customer, {"postalCode": "20097", "country": "DE"})
    # The page's own order is country, then post code.
    assert moved["postalCode"] == post_code


def test_the_post_code_table_overwrites_the_place(caller: Caller, company: CompanySide) -> None:
    insert = company.books.tables.insert
    for city, country in (("Hamburg", "DE"), ("Metz", "US"), ("Nancy", "US")):
        insert("post_code", {"code": "20097", "city": city, "county": f"near {city}", "country": country})
    posted = {"displayName": "A", "city": "Nancy", "country": "DE", "postalCode": "20097"}
    created = caller.call("POST", "customers", posted)
    assert (created["city"], created["state"], created["country"]) == ("Hamburg", "near Hamburg", "DE")
    other = caller.call("POST", "customers", {"displayName": "B", "city": "NANCY", "postalCode": "20097"})
    assert (other["city"], other["country"]) == ("Nancy", "US")


def test_renaming_keeps_the_id_and_what_hangs_on_the_number(caller: Caller, company: CompanySide) -> None:
    company.add_customer(number="10000", displayName="A", ship_to=[{"code": "NORTH", "city": "York"}])
    customer = caller.find("customers", "$filter=number%20eq%20'10000'")[0]
    renamed = caller.patch(customer, {"number": "10001"})
    assert (renamed["id"], renamed["number"]) == (customer["id"], "10001")
    assert [row["customer_no"] for row in company.books.tables.all("ship_to")] == ["10001"]
    information = caller.get(f"customers({customer['id']})/contactsInformation")["value"]
    assert [one["contactName"] for one in information] == ["A"]


def test_delete_takes_the_ship_to_addresses_along_and_leaves_the_contact(caller: Caller, company: CompanySide) -> None:
    company.add_customer(number="10000", displayName="A", ship_to=[{"code": "NORTH"}])
    customer = caller.find("customers", "")[0]
    path = f"customers({customer['id']})"
    assert caller.refusal("DELETE", path, if_match='W/"stale"') == (409, "Request_EntityChanged")
    caller.call("DELETE", path, if_match=customer["@odata.etag"])
    state = company.state(ids=False)
    assert (state["customers"], state["ship_to"], state["relations"]) == ({}, {}, [])
    assert [contact["business_relation"] for contact in state["contacts"].values()] == ["None"]


def test_methods_that_a_page_does_not_offer(caller: Caller) -> None:
    assert caller.refusal("POST", "customerContacts", {}) == (405, "BadRequest_MethodNotAllowed")
    assert caller.refusal("POST", "countriesRegions", {}) == (405, "BadRequest_MethodNotAllowed")
    assert caller.refusal("PUT", "customers", {}) == (405, "BadRequest_MethodNotAllowed")
    assert caller.refusal("GET", "shipToAddresses") == (404, "BadRequest_ResourceNotFound")


def test_a_human_may_type_what_the_post_code_table_would_not_say(company: CompanySide) -> None:
    company.books.tables.insert("post_code", {"code": "20097", "city": "Hamburg", "country": "DE"})
    customer = company.add_customer(displayName="A", postalCode="20097", city="Bath", country="GB")
    assert [customer[column] for column in ("post_code", "city", "country")] == ["20097", "Bath", "GB"]


def test_the_doors_refuse_what_the_client_would(company: CompanySide) -> None:
    with pytest.raises(BusinessCentralError, match="cannot be found in the related table"):
        company.add_customer(displayName="A", country="XX")
    with pytest.raises(TypeError, match="nickname"):
        company.add_customer(displayName="A", nickname="B")
    company.add_customer(number="10000", displayName="A")
    with pytest.raises(BusinessCentralError, match="already exists"):
        company.add_customer(number="10000", displayName="A")
    assert [row["no"] for row in company.customers()] == ["10000"]
    company.delete_customer("10000")
    assert company.customers() == []
