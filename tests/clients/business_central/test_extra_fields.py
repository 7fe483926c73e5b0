"""Fields that only a set-up asks for: read in bulk with the rest, none of them unless it is asked for and offered."""

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_capabilities import Capabilities, find_capabilities
from bcsync.clients.business_central_extra import Extra, extra_of
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from tests.clients.business_central.conftest import people
from tests.clients.business_central.test_reading import TABLE, read

WANTED = {
    "customer": ["creditLimit", "balanceDue", "taxLiable", "taxAreaDisplayName", "shipmentMethodCode"],
    "financial": ["balance", "overdueAmount", "totalSalesExcludingTax"],
    "published": ["Loyalty_Tier", "Points", "Opted_In", "Member_Since", "Search_Name"],
}
OWN = {"Loyalty Tier": "own_code", "Points": "own_number", "Opted In": "own_flag", "Member Since": "own_date"}
VALUES = {
    "creditLimit": 1500.5, "balanceDue": 70, "taxLiable": True, "taxAreaDisplayName": "Inland",
    "shipmentMethodCode": "EXW", "financial.balance": 70, "financial.overdueAmount": 20,
    "financial.totalSalesExcludingTax": 900, "published.Loyalty_Tier": "GOLD", "published.Points": "12.5",
    "published.Opted_In": "true", "published.Member_Since": "2025-01-31", "published.Search_Name": "ADATUM",
}  # fmt: skip


def rich(company: CompanySide) -> None:
    """The people, and the first of them with everything that is asked for here."""
    people(company)
    company.put_reference("shipment_method", "EXW")
    area = company.put_reference("tax_area", "INLAND", "Inland")
    company.publish(21, own=OWN)
    company.change_customer(
        "10", creditLimit=1500.5, balance_due=70, taxLiable=True, taxAreaId=area["id"], shipment_method="EXW",
        overdue_amount=20, sales_lcy=900, own_code="GOLD", own_number=12.5, own_flag=1, own_date="2025-01-31",
    )  # fmt: skip


def extras(client: BusinessCentral, capabilities: Capabilities) -> dict[str, dict[str, object]]:
    pages = client.read_customers(capabilities, TABLE, 2, WANTED)
    return {record.number: record.extra for page in pages for record in page}


def test_what_is_asked_for_is_read_and_nothing_else(
    client: BusinessCentral, company: CompanySide, world: World
) -> None:
    rich(company)
    capabilities, plain = client.capabilities(), read(client)
    world.audit.reset()
    assert len(list(client.read_customers(capabilities, TABLE))) == 1
    usual = len(world.audit.calls())
    world.audit.reset()
    (records,) = client.read_customers(capabilities, TABLE, fields=WANTED)

    assert plain["10"].extra == {}
    assert records[0].extra == VALUES
    # One more read for the few shipment methods; the financial detail travels with the customers.
    assert len(world.audit.calls()) == usual + 1
    assert records[1].extra == {
        **VALUES, "creditLimit": 0, "balanceDue": 0, "taxLiable": False, "taxAreaDisplayName": "",
        "shipmentMethodCode": "", "financial.balance": 0, "financial.overdueAmount": 0,
        "financial.totalSalesExcludingTax": 0, "published.Loyalty_Tier": "", "published.Points": "0",
        "published.Opted_In": "false", "published.Member_Since": "", "published.Search_Name": "TWO",
    }  # fmt: skip


def test_some_customers_are_read_with_the_same_fields(client: BusinessCentral, company: CompanySide) -> None:
    rich(company)
    row = company.customer("10")
    assert row is not None
    (records,) = client.read_by_id(client.capabilities(), TABLE, [row["id"]], WANTED)
    assert [record.extra for record in records] == [VALUES]


def test_a_company_without_pages_or_financial_detail_is_not_asked_for_them(
    client: BusinessCentral, company: CompanySide
) -> None:
    rich(company)
    for service in list(company.services):
        company.unpublish(service)
    capabilities = client.capabilities()
    capabilities.financial_types, capabilities.code_sets = {}, []
    found = extras(client, capabilities)["10"]
    assert found == {
        "creditLimit": 1500.5, "balanceDue": 70, "taxLiable": True, "taxAreaDisplayName": "Inland",
        "unread": ["customer_card", "name_details"],
    }  # fmt: skip


def test_metadata_tells_types_and_lengths(client: BusinessCentral, company: CompanySide) -> None:
    company.publish(21, own=OWN)
    found = client.capabilities()
    again = Capabilities.from_json(found.to_json())
    assert again == found
    assert {name: again.card_types[name] for name in ("Loyalty_Tier", "Points", "Opted_In", "Member_Since")} == {
        "Loyalty_Tier": ("text", 10), "Points": ("number", None), "Opted_In": ("boolean", None),
        "Member_Since": ("date", None),
    }  # fmt: skip
    assert again.customer_types["displayName"] == ("text", 100)
    assert again.customer_types["type"] == ("option", None)
    assert again.financial_types["overdueAmount"] == ("number", None)
    assert Capabilities.is_current(found.to_json())
    assert not Capabilities.is_current({"published": {}})
    assert not Capabilities.is_current(None)


def test_nothing_is_known_of_a_company_that_told_nothing() -> None:
    assert extra_of(WANTED, find_capabilities({}, {})) == Extra()
