"""Published pages are recognised by their properties, under whatever names the administrator chose."""

import pytest

from bcsync.clients.business_central_capabilities import Capabilities, PublishedPage, find_capabilities
from bcsync.clients.business_central_metadata import EntitySet, NotMetadata, entity_sets

CARD = ["No", "Name", "Primary_Contact_No", "ContactName", "Customer_Posting_Group", "Privacy_Blocked"]
SHIP_TO = ["Customer_No", "Code", "Name", "Address", "City"]
API = {
    "customerContacts": EntitySet("customerContacts", ["id"], ["id", "firstName", "lastName"]),
    "contacts": EntitySet("contacts", ["id"], ["id", "number", "companyNumber"]),
    "paymentTerms": EntitySet("paymentTerms", ["id"], ["id", "code"]),
}


def services(*sets: EntitySet) -> dict[str, EntitySet]:
    return {one.name: one for one in sets}


def test_all_pages_are_found_under_foreign_names() -> None:
    found = find_capabilities(
        API,
        services(
            EntitySet("Kunden", ["No_"], ["No_", "PrimaryContactNo", "Customer_Disc_Group"]),
            EntitySet("Namen", ["Contact_No"], ["First_Name", "Surname", "Initials"]),
            EntitySet("Laender", ["Code"], ["Code", "Name", "ISO_Code"]),
            EntitySet("Lieferanschriften", ["Customer_No", "Code"], SHIP_TO),
        ),
    )
    assert found.published == {
        "customer_card": PublishedPage(
            "Kunden",
            ["No_"],
            {
                "number": "No_",
                "primary_contact_number": "PrimaryContactNo",
                "customer_discount_group": "Customer_Disc_Group",
            },
        ),
        "name_details": PublishedPage(
            "Namen", ["Contact_No"], {"number": "Contact_No", "first_name": "First_Name", "surname": "Surname"}
        ),
        "countries": PublishedPage("Laender", ["Code"], {"code": "Code", "iso_code": "ISO_Code"}),
        "ship_to": PublishedPage(
            "Lieferanschriften",
            ["Customer_No", "Code"],
            {"customer_number": "Customer_No", "code": "Code", "name": "Name", "address": "Address", "city": "City"},
        ),
    }
    assert (found.customer_contacts, found.contacts, found.payment_terms, found.missing) == (True, True, True, [])
    assert Capabilities.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    "relative",
    [
        EntitySet("VendorCard", ["No"], ["No", "Primary_Contact_No", "Vendor_Posting_Group"]),
        EntitySet("CustomerList", ["No"], ["No", "Name", "Contact", "Customer_Posting_Group"]),
        EntitySet("EmployeeCard", ["No"], ["No", "First_Name", "Last_Name", "Initials", "Employment_Date"]),
        EntitySet("Currencies", ["Code"], ["Code", "Description", "ISO_Code", "ExchangeRateDate"]),
        EntitySet("BankAccounts", ["Customer_No", "Code"], [*SHIP_TO, "IBAN"]),
        EntitySet("OrderAddresses", ["Vendor_No", "Code"], ["Vendor_No", "Code", "Name", "IBAN", "Address", "City"]),
    ],
)
def test_relatives_of_the_pages_are_not_taken_for_them(relative: EntitySet) -> None:
    assert find_capabilities({}, services(relative)).published == {}


def test_the_fuller_of_two_services_of_one_page_is_taken() -> None:
    found = find_capabilities({}, services(EntitySet("A", ["No"], CARD[:-1]), EntitySet("B", ["No"], CARD)))
    assert found.published["customer_card"].service == "B"


def test_what_is_missing_says_what_to_publish_and_where() -> None:
    missing = find_capabilities({}, {}).missing
    assert [sentence.split(" is not published")[0] for sentence in missing] == [
        "Page 21 (Customer Card)",
        "Page 5055 (Name Details)",
        "Page 10 (Countries/Regions)",
        "Page 300 (Ship-to Address)",
    ]
    assert "open page Web Services" in missing[0]
    assert "Service Name such as CustomerCard" in missing[0]


def test_metadata_is_read_with_keys_properties_and_navigation() -> None:
    document = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
      <Schema Namespace="NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="cust"><Key><PropertyRef Name="No"/></Key><Property Name="No" Type="Edm.String" MaxLength="20"/>
      <Property Name="Name" Type="Edm.String"/><NavigationProperty Name="Country_Link" Type="NAV.x"/></EntityType>
      <EntityContainer Name="NAV"><EntitySet Name="Customers" EntityType="NAV.cust"/></EntityContainer>
      </Schema></edmx:DataServices></edmx:Edmx>"""
    assert entity_sets(document) == {
        "Customers": EntitySet(
            "Customers", ["No"], ["No", "Name"], ["Country_Link"], {"No": ("text", 20), "Name": ("text", None)}
        )
    }


@pytest.mark.parametrize("document", ["", "<html><body>Sign in</body></html>", "<edmx:Edmx", "{}"])
def test_anything_else_is_not_metadata(document: str) -> None:
    with pytest.raises(NotMetadata):
        entity_sets(document)
