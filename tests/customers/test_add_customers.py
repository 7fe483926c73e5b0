"""Add Customers: creates the ready ones with all that goes along, tells the others why, and links what is there."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Link, Run
from stores.models import Store
from tests.customers.reading import address_links, core, in_store, lines, links, mirrored, ours
from tests.fixtures import READY, RunJob, outcomes, told

SHIP_TO: dict[str, Any] = {
    "contact": "Dora Dock", "city": "Hull", "post_code": "HU1 1AA", "country": "GB", "name": "Dock"
}  # fmt: skip


def ship_to(code: str, **changed: Any) -> dict[str, Any]:
    return {**SHIP_TO, "code": code, "address": f"{code} Road", **changed}


def ready(business: CompanySide, number: str, **changed: Any) -> dict[str, Any]:
    """A customer that can be added; None takes a value away."""
    fields = {"displayName": f"Firm {number}", "email": f"c{number}@example.com", **READY, **changed}
    return business.add_customer(number=number, **{name: value for name, value in fields.items() if value is not None})


def test_creates_a_ready_customer_whole_and_links_it(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.attribute_id("VAT number")
    row = ready(
        business, "10", phoneNumber="01223 460001", taxRegistrationNumber="GB123456789", addressLine2="Gate 3",
        ship_to=[ship_to("EAST", phone="123"), ship_to("WEST", address2="Bay 2")],
    )  # fmt: skip
    before = world.state()["companies"]
    run = run_job(store, "add_customers")
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"created": 1}, 1)
    assert world.state()["companies"] == before
    made = world.state(ids=False)["stores"]["firststore"]["customers"]["c10@example.com"]
    assert (made["first_name"], made["last_name"], made["company"], made["phone"], made["email"]) == (
        "Robert", "Townes", "Firm 10", "01223 460001", "c10@example.com",
    )  # fmt: skip
    shown = (
        "first_name",
        "last_name",
        "company",
        "address1",
        "address2",
        "city",
        "postal_code",
        "phone",
        "address_type",
    )
    assert sorted([address[name] for name in shown] for address in made["addresses"]) == [
        ["Dora", "Dock", "Dock", "EAST Road", "", "Hull", "HU1 1AA", "123", "commercial"],
        ["Dora", "Dock", "Dock", "WEST Road", "Bay 2", "Hull", "HU1 1AA", "", "commercial"],
        [
            "Robert",
            "Townes",
            "Firm 10",
            "21 Station Road",
            "Gate 3",
            "Cambridge",
            "CB1 2FB",
            "01223 460001",
            "commercial",
        ],
    ]
    assert made["attributes"] == {"VAT number": "GB123456789"}
    assert ours(shop, "c10@example.com") == {"customer_id": row["id"], "customer_number": "10"}
    assert {m["permission_set"] for m in made["metafields"]} == {"app_only"}
    assert links(store) == {"c10@example.com": ("10", "created", "c10@example.com")}
    assert address_links(store) == {
        ("c10@example.com", "main"): ("21 Station Road", True),
        ("c10@example.com", "ship-to:EAST"): ("EAST Road", True),
        ("c10@example.com", "ship-to:WEST"): ("WEST Road", True),
    }
    assert world.state()["stores"]["firststore"]["welcome_mails"] == []
    assert world.audit.broken_rules == []


def test_the_mirror_is_the_store_without_another_import(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10", ship_to=[ship_to("EAST")])
    ready(business, "20")
    run_job(store, "add_customers")
    stamps = ("date_modified", "address_count", "attribute_count")
    here, there = mirrored(store), in_store(shop, store.client_id)
    for side in (here, there):
        for customer in side.values():
            for name in stamps:
                customer["core"].pop(name, None)
    assert here == there
    run = run_job(store, "import_customers")
    assert (run.counts, told(run)) == ({"unchanged": 2}, {})


def test_again_there_is_nothing_to_do_and_no_write(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", ship_to=[ship_to(f"D{number:02d}") for number in range(12)])
    ready(business, "20", email=None)
    run_job(store, "add_customers")
    writes, state = len(world.audit.writes()), world.state()
    run = run_job(store, "add_customers")
    assert (run.counts, len(world.audit.writes()), world.state() == state) == (
        {"unchanged": 1, "skipped": 1},
        writes,
        True,
    )
    run = run_job(store, "update_customers")
    assert (run.counts, len(world.audit.writes())) == ({"unchanged": 1}, writes)


@pytest.mark.parametrize(
    ("changed", "gists"),
    [
        ({"email": None}, ["Email is empty"]),
        ({"contact": ("", "Solo")}, ["First Name"]),
        ({"contact": ("Solo", "")}, ["Surname"]),
        ({"contact": None}, ["First Name", "Surname", "no primary contact"]),
        ({"addressLine1": None}, ["Address is empty"]),
        ({"city": None, "postalCode": None}, ["City is empty", "Post Code"]),
        ({"country": None, "postalCode": "ZZ1 1ZZ"}, ["Country/Region Code is empty"]),
        ({"country": "QX"}, ["No ISO code is known for country/region QX"]),
        ({"country": "US"}, ["needs a state"]),
        ({"country": "US", "state": "Cumbria"}, ["Cumbria"]),
        ({"postalCode": None}, ["Post Code is empty"]),
        ({"privacy_blocked": True}, ["Privacy Blocked"]),
        ({"email": None, "addressLine1": None, "contact": None}, ["Email", "Address", "First Name", "Surname"]),
    ],
)
def test_who_is_not_ready_is_skipped_with_all_the_reasons(
    store: Store, business: CompanySide, world: World, run_job: RunJob, changed: dict[str, Any], gists: list[str]
) -> None:
    business.put_reference("country", "QX", "Somewhere Else")
    ready(business, "10", **changed)
    ready(business, "20")
    run = run_job(store, "add_customers")
    outcome, reason = told(run)["10"]
    assert outcome == "skipped"
    assert [gist for gist in gists if gist not in reason] == []
    # Each reason names the page where it is mended, once.
    assert reason.count("page") == len(gists) - ("no primary contact" in gists)
    assert (run.status, run.counts, list(links(store))) == (
        "succeeded", {"skipped": 1, "created": 1}, ["c20@example.com"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("where", "state"),
    [
        ({"country": "US", "state": "NY", "city": "New York", "postalCode": "10118"}, "New York"),
        ({"country": "US", "state": "new york", "city": "New York", "postalCode": "10118"}, "New York"),
        ({"country": "CA", "state": "ON", "city": "Toronto", "postalCode": "M5E 1W7"}, "Ontario"),
        ({"country": "GB", "state": "Cambridgeshire"}, ""),
        ({"country": "HK", "city": "Hong Kong", "postalCode": None}, ""),
    ],
)
def test_states_go_as_full_names_and_some_countries_have_no_post_code(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, where: dict[str, Any], state: str
) -> None:
    ready(business, "10", **where)
    assert outcomes(run_job(store, "add_customers")) == {"10": "created"}
    (address,) = shop.customer("c10@example.com")["addresses"]
    assert (address["country_code"], address["state_or_province"]) == (where["country"], state)


def test_a_ship_to_that_is_not_ready_is_skipped_alone(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(
        business, "10", ship_to=[ship_to("GOOD"), ship_to("LOST", city=""), ship_to("BARE", country="", post_code="")]
    )
    outcome, reason = told(run_job(store, "add_customers"))["10"]
    assert (outcome, "ship-to:LOST skipped" in reason, "ship-to:BARE skipped" in reason) == ("created", True, True)
    assert lines(shop, "c10@example.com") == ["21 Station Road", "GOOD Road"]


def test_a_ship_to_without_a_contact_goes_to_the_primary_contact(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10", ship_to=[ship_to("WHO", contact="")])
    assert outcomes(run_job(store, "add_customers")) == {"10": "created"}
    names = {a["address1"]: (a["first_name"], a["last_name"]) for a in shop.customer("c10@example.com")["addresses"]}
    assert names["WHO Road"] == ("Robert", "Townes")


def test_more_than_ten_addresses_all_go(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    ready(business, "10", ship_to=[ship_to(f"D{number:02d}") for number in range(1, 25)])
    run_job(store, "add_customers")
    assert lines(shop, "c10@example.com") == ["21 Station Road", *(f"D{number:02d} Road" for number in range(1, 25))]
    assert len(address_links(store)) == 25
    assert world.audit.broken_rules == []


def test_blocked_customers_are_added_only_when_asked_for(store: Store, business: CompanySide, run_job: RunJob) -> None:
    ready(business, "10", blocked="All")
    ready(business, "20")
    assert outcomes(run_job(store, "add_customers")) == {"20": "created"}
    assert outcomes(run_job(store, "add_customers", blocked="yes")) == {"10": "created"}


def test_filters_choose_who_is_looked_at(store: Store, business: CompanySide, run_job: RunJob) -> None:
    ready(business, "10")
    ready(business, "20", salespersonCode="JO")
    ready(business, "30", price_group="RETAIL")
    ready(business, "40", country="DE", postalCode="10119")
    plan = {"mode": Run.Mode.PLAN}
    for scope, numbers in (
        ({"number_from": "20", "number_to": "30"}, {"20", "30"}),
        ({"number": "10"}, {"10"}),
        ({"name": "firm 3"}, {"30"}),
        ({"country": "DE"}, {"40"}),
        ({"salesperson": "jo"}, {"20"}),
        ({"group": "retail"}, {"30"}),
        ({"email": "C40@example.com"}, {"40"}),
        ({"name": "nobody"}, set()),
    ):
        assert set(told(run_job(store, "add_customers", **plan, **scope))) == numbers, scope
    assert Link.objects.count() == 0


def test_the_first_of_several_emails_counts(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10", email="Boss@Example.com; orders@example.com")
    run_job(store, "add_customers")
    assert core(shop, "boss@example.com")["email"].lower() == "boss@example.com"
    assert shop.count() == 1


def test_with_several_storefronts_one_has_to_be_chosen(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    world.add_store("firststore", **{**world.stores["firststore"].options, "channels": ["One", "Two"]})
    shop = world.stores["firststore"]
    ready(business, "10")
    run_job(store, "import_customers")
    with pytest.raises(runs.CannotStart, match=r"choose one of 1 \(One\), 2 \(Two\)"):
        run_job(store, "add_customers")
    run_job(store, "add_customers", channel_id=2)
    made = shop.customer("c10@example.com")
    assert (made["origin_channel_id"], made["channel_ids"]) == (2, [2])


def test_the_welcome_mail_goes_only_when_asked_for_and_never_by_schedule(
    store: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    for number in ("10", "20", "30"):
        ready(business, number)
    run_job(store, "add_customers", number="10")
    run_job(store, "add_customers", number="20", welcome_email=True)
    run_job(store, "add_customers", number="30", welcome_email=True, trigger=Run.Trigger.SCHEDULE)
    assert world.state()["stores"]["firststore"]["welcome_mails"] == ["c20@example.com"]
