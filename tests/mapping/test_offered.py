"""What a company offers of the catalogue, and what to publish to get the rest."""

from bcsync.clients.business_central_capabilities import Capabilities, PublishedPage, find_capabilities
from bcsync.clients.business_central_metadata import EntitySet
from mapping.catalogue import TABLES, find
from mapping.defaults import DEFAULT_REQUIRED, DEFAULT_ROWS
from mapping.match_rules import DEFAULT_RULES
from mapping.offered import limits_of, of_company, offer, offers, own_fields
from mapping.rows import FieldRow, Place, step
from mapping.setup_parts import GroupRow, Setup

NOTHING = find_capabilities({}, {})
CARD = {"no": "No", "pc": "Primary_Contact_No", "pg": "Customer_Price_Group"}
WITH_CARD = find_capabilities({}, {"Card": EntitySet("Card", ["No"], list(CARD.values()))})


def said(table: str, name: str, capabilities: Capabilities | None):
    field = find("business_central", table, name)
    assert field
    found = offer(field, capabilities)
    return found.offered, found.source, found.how_to.partition(":")[0]


def test_a_company_that_was_never_tested_is_asked_for_everything():
    assert all(one.offered and not one.how_to for one in offers(None))


def test_api_fields_are_offered_always():
    assert said("customer", "email", NOTHING) == (True, "API v2.0", "")
    assert said("financial", "balance", NOTHING) == (True, "API v2.0", "")


def test_without_pages_there_are_fallbacks_and_gaps_that_say_what_to_publish():
    assert said("customer", "customerPriceGroup", NOTHING)[0] is False
    assert "Page 21 (Customer Card) is not published" in said("customer", "customerPriceGroup", NOTHING)[2]
    assert "Page 300" in said("ship_to", "city", NOTHING)[2]
    offered, source, how_to = said("contact", "firstName", NOTHING)
    assert offered
    assert source.startswith("fallback: from the customer's contacts")
    assert "Page 5055" in how_to
    assert said("country", "isoCode", NOTHING)[0]


def test_a_published_page_offers_what_it_shows():
    assert said("customer", "customerPriceGroup", WITH_CARD) == (True, "published Page 21 (Customer Card)", "")
    offered, _, how_to = said("customer", "privacyBlocked", WITH_CARD)
    assert (offered, how_to) == (False, "Page 21 (Customer Card) is published without this field")


def test_fields_of_the_companys_own_card_are_listed():
    listed = offers(WITH_CARD, ["Loyalty_Level"])
    assert [(one.field.table, one.field.label, one.offered) for one in listed][-1] == (
        "published",
        "Loyalty Level",
        True,
    )


def test_every_table_has_a_name():
    assert {(one.field.system, one.field.table) for one in offers(None)} <= set(TABLES)


def test_what_a_set_up_needs_beside_the_record():
    rows = (
        *DEFAULT_ROWS,
        FieldRow(Place("financial", "balance"), Place("attribute", "Balance"), type="number"),
        FieldRow(Place("", ""), Place("customer", "notes"),
                 (step("template", text="{published.Tier} {customer.creditLimit}"),)),
    )  # fmt: skip
    setup = Setup(rows, DEFAULT_RULES, DEFAULT_REQUIRED)
    assert setup.extra_fields == {"customer": ("creditLimit",), "financial": ("balance",), "published": ("Tier",)}
    assert Setup(DEFAULT_ROWS, DEFAULT_RULES, DEFAULT_REQUIRED).extra_fields == {}
    assert setup.missing_attributes(["salesperson"]) == [{"name": "Balance", "type": "number"}]


def test_groups_both_ways_and_those_that_are_left():
    groups = (GroupRow(3, "price", "VIP"), GroupRow(3, "discount", "D"), GroupRow(4, "price", "NET"))
    setup = Setup((), (), (), groups=groups)
    assert setup.group_ids("price") == {"VIP": 3, "NET": 4}
    assert setup.group_values(3) == {"customerPriceGroup": "VIP", "customerDiscountGroup": "D"}
    assert setup.unmapped_groups([0, 3, 5]) == [5]
    assert setup.unmapped_codes("price", ["VIP", "", "GOLD"]) == ["GOLD"]


def test_changed_permissions():
    setup = Setup(DEFAULT_ROWS, (), ())
    now = {("bcsync", "customer_id"): "read", ("bcsync", "customer_number"): "app_only", ("other", "x"): "write"}
    assert setup.changed_permissions(now) == {("bcsync", "customer_id"): "app_only"}


def test_capabilities_are_read_by_role():
    assert isinstance(WITH_CARD.published["customer_card"], PublishedPage)


OWN = {"No": ("text", 20), "Loyalty_Tier": ("text", 10), "Points": ("number", None), "Name": ("text", 100)}
TOLD = Capabilities(
    {"customer_card": PublishedPage("Card", ["No"], {"number": "No", "customer_price_group": "Group"}, OWN)},
    customer_types={"displayName": ("text", 80), "creditLimit": ("number", None)},
)


def named(table: str, name: str):
    field = find("business_central", table, name)
    assert field
    return field


def test_lengths_of_the_companys_own_metadata_win_over_the_contracts():
    assert of_company(named("customer", "displayName"), TOLD).max_length == 80
    assert of_company(named("customer", "displayName"), None).max_length == 100
    assert of_company(named("customer", "city"), TOLD).max_length == 30
    assert (limits_of(TOLD)["displayName"], limits_of(None)["displayName"]) == (80, 100)


def test_own_fields_have_the_type_that_metadata_tells():
    assert [(field.name, field.label, field.type, field.max_length) for field in own_fields(TOLD)] == [
        ("Loyalty_Tier", "Loyalty Tier", "text", 10),
        ("Points", "Points", "number", None),
    ]
    assert own_fields(None) == own_fields(NOTHING) == ()


def test_what_this_release_or_this_page_lacks_is_said():
    assert said("customer", "creditLimit", TOLD) == (True, "API v2.0", "")
    assert said("financial", "balance", TOLD)[0] is False
    assert "customerFinancialDetail" in said("financial", "balance", TOLD)[2]
    assert said("customer", "shipmentMethodCode", TOLD)[0] is False
    assert said("published", "Points", TOLD)[0] is True
    assert said("published", "Gone", TOLD)[:2] == (False, "")
    assert "add the field to the page" in offer(named("published", "Gone"), TOLD).how_to
    assert "Page 21 (Customer Card) is not published" in offer(named("published", "Points"), NOTHING).how_to
