"""Published pages over ODataV4, under the administrator's names; and what $metadata says of both services."""

from xml.etree import ElementTree

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from tests.sandbox.business_central.conftest import API, ROOT, Caller

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture
def adatum(company: CompanySide) -> CompanySide:
    company.add_customer(
        number="10000",
        displayName="Adatum",
        country="GB",
        contact=("Ana", "Maria", "Lopez"),
        mobile="07700 900123",
        price_group="RETAIL",
        privacy_blocked=True,
        ship_to=[{"code": "NORTH", "name": "Adatum North", "city": "York", "country": "NI"}],
    )
    return company


def described(document: str) -> dict[str, tuple[list[str], list[str]]]:
    """Entity set -> (key names, property names), as a client reads them from the document."""
    tree = ElementTree.fromstring(document)
    types = {
        one.get("Name"): (
            [key.get("Name") for key in one.iter(f"{EDM}PropertyRef")],
            [prop.get("Name") for prop in one.iter(f"{EDM}Property")],
        )
        for one in tree.iter(f"{EDM}EntityType")
    }
    return {one.get("Name"): types[one.get("EntityType").rpartition(".")[2]] for one in tree.iter(f"{EDM}EntitySet")}


def test_the_four_pages(caller: Caller, adatum: CompanySide) -> None:
    customer = adatum.customer("10000")
    card = caller.get(f"{caller.pages}/Customer_Card('10000')")
    assert {name: card[name] for name in ("Primary_Contact_No", "ContactName", "MobilePhoneNo", "Blocked")} == {
        "Primary_Contact_No": customer["primary_contact_no"],
        "ContactName": "Ana Maria Lopez",
        "MobilePhoneNo": "07700 900123",
        "Blocked": "_x0020_",
    }
    assert (card["Customer_Price_Group"], card["Privacy_Blocked"]) == ("RETAIL", True)
    details = caller.get(f"{caller.pages}/Name_Details(No='{customer['primary_contact_no']}')")
    assert [details[name] for name in ("First_Name", "Middle_Name", "Surname")] == ["Ana", "Maria", "Lopez"]
    country = caller.get(f"{caller.pages}/Countries_Regions('NI')")
    assert (country["Code"], country["ISO_Code"]) == ("NI", "GB")
    ship_to = caller.get(f"{caller.pages}/Ship_to_Address(Customer_No='10000',Code='NORTH')")
    assert [ship_to[name] for name in ("Name", "City", "Country_Region_Code")] == ["Adatum North", "York", "NI"]
    assert "id" not in card


def test_in_needs_schema_version_2_1(caller: Caller, adatum: CompanySide) -> None:
    adatum.add_customer(number="20000", displayName="Trey")
    wanted = "$filter=No%20in%20('10000','20000')"
    rows = caller.get(f"{caller.pages}/Customer_Card?{wanted}&$schemaversion=2.1")["value"]
    assert [row["No"] for row in rows] == ["10000", "20000"]
    assert caller.refusal("GET", f"{caller.pages}/Customer_Card?{wanted}") == (400, "BadRequest_NotFound")


def test_posting_groups_are_written_on_the_card(caller: Caller, adatum: CompanySide) -> None:
    path = f"{caller.pages}/Customer_Card('10000')"
    card = caller.get(path)
    groups = {"Customer_Posting_Group": "DOMESTIC", "VAT_Bus_Posting_Group": "DOMESTIC"}
    assert caller.refusal("PATCH", path, groups) == (400, "BadRequest_InvalidToken")
    changed = caller.call("PATCH", path, groups, if_match=card["@odata.etag"])
    assert changed["Customer_Posting_Group"] == "DOMESTIC"
    unknown = caller.refusal("PATCH", path, {"Gen_Bus_Posting_Group": "NOWHERE"}, if_match="*")
    assert unknown == (400, "Internal_InvalidTableRelation")
    stranger = caller.refusal("PATCH", path, {"Primary_Contact_No": "CT999999"}, if_match="*")
    assert stranger == (400, "Internal_InvalidTableRelation")


def test_name_details_and_ship_to_can_be_written(caller: Caller, adatum: CompanySide) -> None:
    number = adatum.customer("10000")["primary_contact_no"]
    caller.call("PATCH", f"{caller.pages}/Name_Details('{number}')", {"Surname": "Berg"}, if_match="*")
    assert adatum.customer("10000")["contact"] == "Ana Maria Berg"
    ship_to = f"{caller.pages}/Ship_to_Address(Customer_No='10000',Code='NORTH')"
    assert caller.call("PATCH", ship_to, {"Address": "1 Road"}, if_match="*")["Address"] == "1 Road"


def test_an_administrator_chooses_the_names(caller: Caller, adatum: CompanySide) -> None:
    adatum.unpublish("Customer_Card")
    assert caller.refusal("GET", f"{caller.pages}/Customer_Card") == (404, "BadRequest_ResourceNotFound")
    adatum.publish(21, "WebCustomers", rename={"No": "No_", "Primary_Contact_No": "PrimaryContact"})
    row = caller.get(f"{caller.pages}/WebCustomers(No_='10000')")
    assert row["PrimaryContact"] == adatum.customer("10000")["primary_contact_no"]
    document = described(caller.get(f"{ROOT}/ODataV4/$metadata"))
    keys, properties = document["WebCustomers"]
    assert keys == ["No_"]
    assert "PrimaryContact" in properties
    assert "Customer_Card" not in document


def test_published_names_can_be_given_as_options(caller: Caller) -> None:
    options = {"published": {"Kunden": {"page": 21, "rename": {"No": "Nr"}}, "Laender": {"page": 10}}}
    other = caller.world.add_company("contoso.example", "Second", "Other", client_id="app", **options)
    assert {name: page.keys for name, page in other.pages().items()} == {"Kunden": ("Nr",), "Laender": ("Code",)}


def test_metadata_of_the_api(caller: Caller, company: CompanySide) -> None:
    document = described(caller.get(f"{API}/$metadata"))
    assert document["customers"][0] == ["id"]
    assert {"number", "displayName", "lastModifiedDateTime"} <= set(document["customers"][1])
    assert document["customerContacts"][1][:4] == ["id", "email", "firstName", "lastName"]
    assert document["contactsInformation"][0] == ["contactId"]
    company.settings.customer_contacts = False
    assert "customerContacts" not in described(caller.get(f"{API}/$metadata"))


def test_metadata_of_the_pages(caller: Caller) -> None:
    document = described(caller.get(f"{ROOT}/ODataV4/$metadata"))
    assert set(document) == {"Company", "Customer_Card", "Name_Details", "Countries_Regions", "Ship_to_Address"}
    assert document["Name_Details"][0] == ["No"]
    assert document["Ship_to_Address"][0] == ["Customer_No", "Code"]
    assert {"ISO_Code", "ISO_Numeric_Code"} <= set(document["Countries_Regions"][1])
