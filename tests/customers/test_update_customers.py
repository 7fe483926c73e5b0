"""Update: what differs goes to the four endpoint families, and nothing else; both systems before and after."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import Customer, Run
from stores.models import Store
from tests.customers.reading import address_links, core, lines, ours
from tests.customers.test_add_customers import ready, ship_to
from tests.fixtures import ADDRESS, READY, RunJob, outcomes, told

EMAIL = "c10@example.com"


@pytest.fixture
def added(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Customer 10 with two ship-to addresses and customer 20, both in the store, linked and in agreement."""
    shop.attribute_id("VAT number")
    ready(business, "10", phoneNumber="01223 460001", ship_to=[ship_to("EAST"), ship_to("WEST")])
    ready(business, "20")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    world.audit.reset()
    return store


def families(world: World) -> list[str]:
    """What was written to BigCommerce."""
    return sorted(call.family for call in world.audit.writes("bigcommerce"))


def address(shop: StoreSide, line: str, email: str = EMAIL) -> dict[str, Any]:
    (found,) = (one for one in shop.customer(email)["addresses"] if one["address1"] == line)
    return found


def test_sends_only_what_differs_to_each_family(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before = world.state(ids=False)
    business.change_customer(
        "10", displayName="Renamed Ltd.", addressLine1="1 New Road", taxRegistrationNumber="GB123456789"
    )
    business.put_ship_to("10", **ship_to("NORTH"))
    run = run_job(added, "update_customers")
    assert (run.status, run.counts) == ("succeeded", {"updated": 1, "unchanged": 1})
    after = world.state(ids=False)["stores"]["firststore"]["customers"]
    expected = before["stores"]["firststore"]["customers"]
    mine = expected[EMAIL]
    mine["company"], mine["attributes"] = "Renamed Ltd.", {"VAT number": "GB123456789"}
    main = next(one for one in mine["addresses"] if one["address1"] == "21 Station Road")
    main["company"], main["address1"] = "Renamed Ltd.", "1 New Road"
    mine["addresses"].append(
        {**next(a for a in mine["addresses"] if a["address1"] == "EAST Road"), "address1": "NORTH Road"}
    )
    for customers in (after, expected):
        customers[EMAIL]["addresses"].sort(key=lambda one: one["address1"])
    assert after == expected
    assert families(world) == [
        "POST /v3/customers/addresses",
        "PUT /v3/customers",
        "PUT /v3/customers/addresses",
        "PUT /v3/customers/attribute-values",
    ]
    assert world.audit.writes("business_central") == []
    assert world.audit.broken_rules == []


def test_again_not_one_write(added: Store, business: CompanySide, world: World, run_job: RunJob) -> None:
    business.change_customer("10", displayName="Renamed Ltd.", addressLine1="1 New Road", phoneNumber="01223 460002")
    run_job(added, "update_customers")
    world.audit.reset()
    state = world.state()
    run = run_job(added, "update_customers")
    assert (run.counts, told(run), world.audit.writes(), world.state() == state) == ({"unchanged": 2}, {}, [], True)


def test_every_change_is_told_field_by_field(added: Store, business: CompanySide, run_job: RunJob) -> None:
    business.change_customer("10", phoneNumber="01223 460002")
    run = run_job(added, "update_customers")
    shown = {part["part"]: (part["outcome"], part["changes"]) for part in run.records.get().parts}
    assert shown == {
        "core": ("updated", [["phone", "01223 460001", "01223 460002"]]),
        "address main": ("updated", [["phone", "01223 460001", "01223 460002"]]),
    }


def test_a_blank_in_business_central_does_not_overwrite(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", phoneNumber="", displayName="Renamed Ltd.")
    run_job(added, "update_customers")
    assert (core(shop, EMAIL)["phone"], core(shop, EMAIL)["company"]) == ("01223 460001", "Renamed Ltd.")
    assert address(shop, "21 Station Road")["phone"] == "01223 460001"
    assert outcomes(run_job(added, "update_customers")) == {}


def test_a_new_contact_name_goes_to_customer_and_main_address(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    contact = business.customer("10")["primary_contact_no"]  # type: ignore[index]
    business.change_contact(contact, first_name="Roberta", surname="Townes-Hall")
    run_job(added, "update_customers")
    main = address(shop, "21 Station Road")
    assert (core(shop, EMAIL)["first_name"], core(shop, EMAIL)["last_name"]) == ("Roberta", "Townes-Hall")
    assert (main["first_name"], main["last_name"]) == ("Roberta", "Townes-Hall")


def test_a_removed_ship_to_removes_the_address_that_we_made(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.delete_ship_to("10", "EAST")
    run = run_job(added, "update_customers")
    assert (outcomes(run), lines(shop, EMAIL)) == ({EMAIL: "updated"}, ["21 Station Road", "WEST Road"])
    assert families(world) == ["DELETE /v3/customers/addresses"]
    assert set(address_links(added)) == {(EMAIL, "main"), (EMAIL, "ship-to:WEST"), ("c20@example.com", "main")}


def test_a_removed_ship_to_leaves_an_address_that_the_shopper_changed(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.change_address(address(shop, "EAST Road")["id"], address2="Ring twice")
    business.delete_ship_to("10", "EAST")
    run_job(added, "import_customers")
    run_job(added, "update_customers")
    assert lines(shop, EMAIL) == ["21 Station Road", "EAST Road", "WEST Road"]
    assert (EMAIL, "ship-to:EAST") not in address_links(added)
    assert families(world) == []


def test_addresses_that_a_shopper_made_are_never_changed_or_deleted(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    shop.add_address(EMAIL, **{**ADDRESS, "address1": "12 Holiday Lane"})
    business.change_customer("10", addressLine1="1 New Road")
    for code in ("EAST", "WEST"):
        business.delete_ship_to("10", code)
    run_job(added, "update_customers")
    assert lines(shop, EMAIL) == ["1 New Road", "12 Holiday Lane"]


def test_both_sides_changed_a_field_business_central_wins_and_it_is_told(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.change_customer(EMAIL, company="Shop's Name")
    shop.change_customer("c20@example.com", company="Only the Shop's Name")
    business.change_customer("10", displayName="Books' Name")
    run = run_job(added, "update_customers")
    said = told(run)
    assert (said[EMAIL][0], "company: both sides changed it" in said[EMAIL][1]) == ("conflict", True)
    assert core(shop, EMAIL)["company"] == "Books' Name"
    assert Customer.objects.get(email=EMAIL).conflict is True
    assert core(shop, "c20@example.com")["company"] == "Firm 20"
    world.audit.reset()
    assert (outcomes(run_job(added, "update_customers")), world.audit.writes()) == ({}, [])


def test_an_address_that_the_shopper_deleted_is_made_again(added: Store, shop: StoreSide, run_job: RunJob) -> None:
    shop.delete_address(address(shop, "EAST Road")["id"])
    run_job(added, "update_customers")
    assert lines(shop, EMAIL) == ["21 Station Road", "EAST Road", "WEST Road"]


def test_a_value_that_cannot_go_is_rejected_by_name_and_the_rest_goes(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    country = {"country": "US", "state": "Nowhere", "city": "New York", "postalCode": "10118"}
    business.change_customer("10", **country, displayName="Renamed Ltd.")
    business.change_customer("20", displayName="Renamed Too Ltd.")
    run = run_job(added, "update_customers")
    said = told(run)
    assert (said[EMAIL][0], "Nowhere" in said[EMAIL][1], said["c20@example.com"][0]) == ("rejected", True, "updated")
    assert run.status == "completed with errors"
    assert (core(shop, EMAIL)["company"], core(shop, "c20@example.com")["company"]) == (
        "Renamed Ltd.",
        "Renamed Too Ltd.",
    )
    assert address(shop, "21 Station Road")["country_code"] == "GB"
    assert Customer.objects.get(email=EMAIL).failed is True


def test_a_pair_that_existed_before_waits_for_approval_then_is_brought_in_line(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.add_customer(
        number="10", displayName="Able Ltd.", email="ann@example.com", phoneNumber="020 7946 0001", **READY
    )
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able", phone="+44 20 7946 0001",
                      addresses=[{**ADDRESS, "address1": "9 Own Road"}])  # fmt: skip
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    before = world.state()
    run = run_job(store, "update_customers", approved=False)
    assert (run.status, run.to_do, world.state() == before) == ("planned", 1, True)
    run = run_job(store, "update_customers", approved=True)
    assert (run.status, run.counts) == ("succeeded", {"updated": 1})
    assert core(shop, "ann@example.com") == {
        "email": "ann@example.com", "first_name": "Robert", "last_name": "Townes", "company": "Able Ltd.",
        "phone": "020 7946 0001",
    }  # fmt: skip
    assert lines(shop, "ann@example.com") == ["21 Station Road", "9 Own Road"]
    assert set(ours(shop, "ann@example.com")) == {"customer_id", "customer_number"}
    world.audit.reset()
    assert (run_job(store, "update_customers", approved=False).status, world.audit.writes()) == ("succeeded", [])


def test_a_new_number_reaches_the_tracking_metafield(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    row = business.customer("20")
    business.books.tables.update("customer", row["id"], {"no": "2020"})  # type: ignore[index]
    run_job(added, "update_customers")
    assert ours(shop, "c20@example.com")["customer_number"] == "2020"
    assert families(world) == ["PUT /v3/customers/metafields"]


def test_who_is_gone_on_either_side_is_left_alone(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", displayName="Renamed Ltd.")
    business.delete_customer("20")
    shop.delete_customer(EMAIL)
    run_job(added, "import_customers")
    run = run_job(added, "update_customers")
    said = {"c20@example.com": "skipped"}
    assert (run.status, outcomes(run), world.audit.writes("bigcommerce")) == ("succeeded", said, [])


def test_a_preview_changes_nothing_at_all(added: Store, business: CompanySide, world: World, run_job: RunJob) -> None:
    business.change_customer("10", displayName="Renamed Ltd.")
    before = world.state()
    run = run_job(added, "update_customers", mode=Run.Mode.PLAN)
    assert (run.status, run.to_do, world.state() == before) == ("planned", 1, True)


def test_a_selection_is_told_who_is_not_linked(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    shop.add_customer(email="new@example.com")
    run_job(added, "import_customers")
    business.change_customer("20", displayName="Renamed Ltd.")
    only = list(Customer.objects.filter(email__in=["new@example.com", EMAIL]).values_list("pk", flat=True))
    run = run_job(added, "update_customers", only=only)
    assert (outcomes(run), run.counts) == ({"new@example.com": "skipped"}, {"unchanged": 1, "skipped": 1})


def test_an_email_that_another_shopper_has_is_rejected_alone(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.change_customer("10", email="c20@example.com")
    business.change_customer("20", displayName="Renamed Ltd.")
    run = run_job(added, "update_customers")
    said = told(run)
    assert (said[EMAIL][0], "email" in said[EMAIL][1], said["c20@example.com"][0]) == ("rejected", True, "updated")
    assert (core(shop, EMAIL)["email"], core(shop, "c20@example.com")["company"]) == (EMAIL, "Renamed Ltd.")


def test_a_new_email_goes_to_the_store(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_customer("10", email="new10@example.com; second@example.com")
    run_job(added, "update_customers")
    assert core(shop, "new10@example.com")["first_name"] == "Robert"
    assert Customer.objects.get(email_key="new10@example.com").status == "linked"
    world.audit.reset()
    assert (outcomes(run_job(added, "update_customers")), world.audit.writes()) == ({}, [])


def test_a_customer_that_moves_to_another_country_takes_its_whole_address_along(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.change_customer("20", country="HK", city="Hong Kong", postalCode="", addressLine1="1 Queen's Road")
    run_job(added, "update_customers")
    (moved,) = shop.customer("c20@example.com")["addresses"]
    shown = ("address1", "city", "postal_code", "state_or_province", "country_code")
    assert [moved[name] for name in shown] == ["1 Queen's Road", "Hong Kong", "", "", "HK"]
