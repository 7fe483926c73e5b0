"""Values that BigCommerce owns go back to existing Business Central customers: by which door, and what stops them."""

from typing import Any

import pytest

from bcsync.clients.transport import Transport
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Customer, Run
from mapping.models import FieldMappingRow, FormFieldRow, GroupMapping
from stores.models import Store
from tests.customers.reading import in_store, mirrored
from tests.customers.test_add_customers import ready, ship_to
from tests.fixtures import RunJob, told

EMAIL = "c10@example.com"
Row = dict[str, Any]


def own(*targets: str, owner: str = "bigcommerce", **values: Any) -> None:
    """Give these rows ("customer.phone") another owner."""
    for target in targets:
        table, name = target.split(".")
        row = FieldMappingRow.objects.get(target_table=table, target_field=name)
        for field, value in {"owner": owner, **values}.items():
            setattr(row, field, value)
        row.save()


@pytest.fixture
def added(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """10 with a ship-to, a person 20 with a divided name, both in the store and in agreement; the switch is on."""
    group = shop.add_customer_group("Wholesale")
    GroupMapping(store=store, group_id=group, kind="price", code="WHOLESALE").save()
    Store.objects.update(may_update_business_central=True, brake_count=1000, brake_share=100)
    ready(business, "10", phoneNumber="01223 460001", email="c10@example.com; books@example.com",
          ship_to=[ship_to("EAST")])  # fmt: skip
    ready(business, "20", type="Person", contact=("Ana", "", "Garcia Lopez"), displayName="Ana Garcia Lopez")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    run_job(store, "update_customers")
    world.audit.reset()
    return store


def customer(business: CompanySide, number: str = "10") -> Row:
    row = business.customer(number)
    assert row is not None
    return row


def contact(business: CompanySide, number: str = "10") -> Row:
    found = business.books.tables.one("contact", no=customer(business, number)["primary_contact_no"])
    assert found is not None
    return found


def named(row: Row) -> tuple[str, str, str]:
    return row["first_name"], row["middle_name"], row["surname"]


def written(world: World, vendor: str = "business_central") -> list[str]:
    return sorted(call.family for call in world.audit.writes(vendor))


def again_nothing(store: Store, world: World, run_job: RunJob) -> None:
    """One more Import and Update: not one write, and our mirror is what the store says."""
    world.audit.reset()
    run_job(store, "import_customers")
    run = run_job(store, "update_customers")
    assert (world.audit.writes(), run.counts.get("updated")) == ([], None)
    assert world.audit.broken_rules == []


def main(shop: StoreSide, email: str = EMAIL) -> Row:
    return next(one for one in shop.customer(email)["addresses"] if one["address1"] == "21 Station Road")


def test_a_phone_goes_back_alone_and_to_the_address_in_one_run(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.phone")
    shop.change_customer(EMAIL, phone="+44 1223 460009")
    run = run_job(added, "update_customers")
    assert (run.status, run.counts) == ("succeeded", {"updated": 1, "unchanged": 1})
    shown = {part["part"]: (part["outcome"], part["changes"]) for part in run.records.get().parts}
    assert shown == {
        "address main": ("updated", [["phone", "01223 460001", "+44 1223 460009"]]),
        "Business Central": ("updated", [["Phone No.", "01223 460001", "+44 1223 460009"]]),
    }
    assert customer(business)["phone_no"] == main(shop)["phone"] == "+44 1223 460009"
    assert written(world) == ["PATCH /customers({id})"]
    again_nothing(added, world, run_job)
    assert mirrored(added) == in_store(shop, added.client_id)


def test_without_the_switch_nothing_is_written_and_drift_is_told(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.phone")
    Store.objects.update(may_update_business_central=False)
    shop.change_customer(EMAIL, phone="01223 460009")
    before = world.state()
    run = run_job(added, "update_customers")
    assert (run.status, run.counts, world.state() == before) == ("succeeded", {"unchanged": 2}, True)
    outcome, reason = told(run)[EMAIL]
    assert outcome == "unchanged"
    assert 'phone: drift: BigCommerce says "01223 460009", Business Central "01223 460001"' in reason


def test_the_default_set_up_writes_nothing_back_whatever_the_switch(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.change_customer(EMAIL, phone="01223 460009", company="Theirs", first_name="Bob")
    before = world.state()
    run = run_job(added, "update_customers")
    assert (run.counts, world.audit.writes("business_central")) == ({"updated": 1, "unchanged": 1}, [])
    assert world.state()["companies"] == before["companies"]


def test_import_and_try_mapping_never_write_an_existing_customer(
    added: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    own("customer.phone", "customer.company", "customer.first_name")
    shop.change_customer(EMAIL, phone="01223 460009", company="Theirs", first_name="Bob")
    for job in ("import_customers", "try_mapping"):
        run_job(added, job)
    assert world.audit.writes("business_central") == []


def test_names_go_to_the_primary_contact_with_the_middle_name(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    business.change_contact(contact(business)["no"], middle_name="Lee")
    run_job(added, "update_customers")
    own("customer.first_name", "customer.last_name")
    world.audit.reset()
    shop.change_customer(EMAIL, first_name="Bob Lee", last_name="Townes-Hall")
    run_job(added, "update_customers")
    assert named(contact(business)) == ("Bob", "Lee", "Townes-Hall")
    assert (main(shop)["first_name"], main(shop)["last_name"]) == ("Bob Lee", "Townes-Hall")
    assert len(written(world)) == 1
    assert customer(business)["name"] == "Firm 10"
    again_nothing(added, world, run_job)


def test_a_persons_name_is_not_divided_anew_by_a_write_of_something_else(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.phone")
    assert named(contact(business, "20")) == ("Ana", "", "Garcia Lopez")
    shop.change_customer("c20@example.com", phone="01223 460020")
    run_job(added, "update_customers")
    assert customer(business, "20")["phone_no"] == "01223 460020"
    assert named(contact(business, "20")) == ("Ana", "", "Garcia Lopez")
    assert customer(business, "20")["name"] == "Ana Garcia Lopez"
    again_nothing(added, world, run_job)


def test_the_other_addresses_of_an_email_field_stay(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.email")
    shop.change_customer(EMAIL, email="new10@example.com")
    run_job(added, "update_customers")
    assert customer(business)["email"] == "new10@example.com; books@example.com"
    again_nothing(added, world, run_job)


def test_a_group_goes_back_through_the_customer_card(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.customer_group_id", blank="send")
    group = GroupMapping.objects.get().group_id
    shop.change_customer(EMAIL, customer_group_id=group)
    run_job(added, "update_customers")
    assert customer(business)["customer_price_group"] == "WHOLESALE"
    again_nothing(added, world, run_job)
    shop.change_customer(EMAIL, customer_group_id=0)
    run_job(added, "update_customers")
    assert customer(business)["customer_price_group"] == ""


def test_a_move_to_another_country_goes_back_whole(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own(*(f"address.{name}" for name in ("address1", "city", "state_or_province", "postal_code", "country_code")))
    shop.change_address(
        main(shop)["id"], address1="350 Fifth Avenue", city="New York", state_or_province="New York",
        postal_code="10118", country="United States", country_code="US",
    )  # fmt: skip
    run_job(added, "update_customers")
    row = customer(business)
    assert [row[name] for name in ("address", "city", "county", "post_code", "country")] == [
        "350 Fifth Avenue", "New York", "New York", "10118", "US",
    ]  # fmt: skip
    again_nothing(added, world, run_job)


def test_a_city_alone_goes_back_and_the_rest_of_the_address_stays(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("address.city")
    shop.change_address(main(shop)["id"], city="Ely")
    run_job(added, "update_customers")
    row = customer(business)
    assert [row[name] for name in ("address", "city", "post_code", "country")] == [
        "21 Station Road", "Ely", "CB1 2FB", "GB",
    ]  # fmt: skip
    again_nothing(added, world, run_job)


def test_a_ship_to_goes_back_through_its_page(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("ship_to_address.address2", "ship_to_address.company")
    east = next(one for one in shop.customer(EMAIL)["addresses"] if one["address1"] == "EAST Road")
    shop.change_address(east["id"], address2="Ring twice", company="Dock & Sons")
    run_job(added, "update_customers")
    row = business.books.tables.one("ship_to", customer_no="10", code="EAST")
    assert row is not None
    assert (row["address2"], row["name"], row["address"]) == ("Ring twice", "Dock & Sons", "EAST Road")
    again_nothing(added, world, run_job)


@pytest.mark.parametrize(
    ("change", "target", "field", "words"),
    [
        ({"company": "C" * 101}, "customer.company", "displayName", "Business Central takes 100"),
        ({"phone": "0800 FLOWERS"}, "customer.phone", "phoneNumber", "letters"),
    ],
)
def test_what_business_central_cannot_take_is_rejected_by_field_and_the_rest_goes(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob,
    change: Row, target: str, field: str, words: str,
) -> None:  # fmt: skip
    own(target, "customer.last_name")
    shop.change_customer(EMAIL, last_name="Hall", **change)
    before = customer(business)
    run = run_job(added, "update_customers")
    record = run.records.get(outcome="rejected")
    assert (record.field, words in record.reason, run.status) == (field, True, "completed with errors")
    assert named(contact(business)) == ("Robert", "", "Hall")
    assert (customer(business)["name"], customer(business)["phone_no"]) == (before["name"], before["phone_no"])
    assert Customer.objects.get(email=EMAIL).failed is True


def test_what_business_central_refuses_itself_is_rejected_by_field_and_the_store_keeps_its_own(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.add_form_field("Agent")
    FormFieldRow(store=added, kind="customer", name="Agent", type="text", source_table="customer",
                 source_field="salespersonCode", owner="bigcommerce").save()  # fmt: skip
    shop.change_customer(EMAIL, form_fields={"Agent": "NOBODY"})
    run = run_job(added, "update_customers")
    record = run.records.get()
    assert (record.outcome, record.field) == ("rejected", "salespersonCode")
    assert [each["value"] for each in shop.customer(EMAIL)["form_fields"]] == ["NOBODY"]
    assert customer(business)["salesperson"] == ""


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Somebody changes the customer in Business Central right before our first PATCH reaches it."""
    send, done = Transport._send, []

    def sends(self: Transport, attempt: Any, *rest: Any) -> Any:
        if attempt.method == "PATCH" and not done:
            done.append(1)
            change()
        return send(self, attempt, *rest)

    monkeypatch.setattr(Transport, "_send", sends)


def test_who_is_changed_meanwhile_is_read_and_planned_again(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("customer.phone")
    shop.change_customer(EMAIL, phone="01223 460009")
    meanwhile(monkeypatch, lambda: business.change_customer("10", displayName="Renamed Ltd."))
    run = run_job(added, "update_customers")
    assert (run.status, told(run)[EMAIL][0]) == ("succeeded", "updated")
    assert (customer(business)["phone_no"], customer(business)["name"]) == ("01223 460009", "Renamed Ltd.")
    assert shop.customer(EMAIL)["company"] == "Renamed Ltd."
    again_nothing(added, world, run_job)


def test_a_preview_says_it_and_changes_nothing_and_approving_does_just_that(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.phone")
    shop.change_customer(EMAIL, phone="01223 460009")
    run_job(added, "import_customers")
    before = world.state()
    run = run_job(added, "update_customers", mode=Run.Mode.PLAN)
    assert (run.status, run.to_do, world.state() == before) == ("planned", 1, True)
    assert "Business Central" in {part["part"] for part in run.records.get().parts}
    runs.approve(run, None, queue=False)
    run = run_job.go_on(run)
    assert (run.status, customer(business)["phone_no"]) == ("succeeded", "01223 460009")
    again_nothing(added, world, run_job)
