"""A change of any kind of row changes exactly the customers concerned: in the reach, the preview and both systems."""

from collections.abc import Callable
from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import BusinessCentralCustomer, Customer, Run
from customers.setup_effect import effect
from customers.setup_preview import preview
from mapping.country_codes import save_country_codes
from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FieldMappingRow,
    FormFieldRow,
    GroupMapping,
    MetafieldDefinition,
    RequiredField,
)
from mapping.setup import setup_of
from mapping.setup_parts import Setup
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob

Change = Callable[[Store, StoreSide], Any]
AGENT = {"source_table": "customer", "source_field": "salespersonCode"}
CONCERNED = "a10@post.example"


def field(store: Store, shop: StoreSide) -> None:
    FieldMappingRow(store=store, target_table="customer", target_field="notes", **AGENT).save()


def address(store: Store, shop: StoreSide) -> None:
    row = store.field_mapping.get(target_table="address", target_field="address2")
    row.source_field = "salespersonCode"
    row.save()


def metafield(store: Store, shop: StoreSide) -> None:
    MetafieldDefinition(store=store, namespace="shop", name="agent", **AGENT).save()


def attribute(store: Store, shop: StoreSide) -> None:
    AttributeDefinition(store=store, name="Agent", type="string", **AGENT).save()


def form_field(store: Store, shop: StoreSide) -> None:
    shop.add_form_field("Agent")
    FormFieldRow(store=store, kind="customer", name="Agent", **AGENT).save()


def address_form_field(store: Store, shop: StoreSide) -> None:
    shop.add_form_field("Agent", on="address")
    FormFieldRow(store=store, kind="address", name="Agent", **AGENT).save()


def group(store: Store, shop: StoreSide) -> None:
    GroupMapping(store=store, group_id=shop.add_customer_group("Trade"), kind="price", code="WHOLESALE").save()


CHANGES: tuple[Change, ...] = (field, address, metafield, attribute, form_field, address_form_field, group)


@pytest.fixture
def three(store: Store, business: CompanySide, run_job: RunJob) -> Store:
    """Three linked customers; only the first has a salesperson and a price group."""
    for number in ("10", "20", "30"):
        more = {"salespersonCode": "JO", "price_group": "WHOLESALE"} if number == "10" else {}
        business.add_customer(
            number=number, displayName="Adatum", email=f"a{number}@post.example", **{**READY, **more}
        )  # fmt: skip
    assert run_job(store, "add_customers").counts == {"created": 3}
    assert run_job(store, "update_customers").counts == {"unchanged": 3}
    return store


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_exactly_the_customers_concerned_are_changed_and_only_once(
    change: Change, three: Store, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    old = setup_of(three)
    change(three, shop)
    before = world.state(ids=False)
    reaches = effect(three, old, setup_of(three))
    touched = Customer.objects.filter(pk__in=[pk for reach in reaches for pk in reach.touched])
    previewed = [
        row.email for row in Customer.objects.order_by("pk") if preview(three, setup_of(three), row, None).requests
    ]
    run = run_job(three, "update_customers")
    after = world.state(ids=False)
    world.audit.reset()
    again = run_job(three, "update_customers")

    assert [row.email for row in touched] == previewed == [CONCERNED]
    assert run.counts == {"updated": 1, "unchanged": 2}
    assert changed(before, after, three.hash) == [CONCERNED]
    assert after["companies"] == before["companies"]
    assert again.counts == {"unchanged": 3}
    assert world.audit.writes() == []


def changed(before: Any, after: Any, store: str) -> list[str]:
    """E-mails of the shoppers that differ."""
    old, new = before["stores"][store]["customers"], after["stores"][store]["customers"]
    return sorted(email for email in {*old, *new} if old.get(email) != new.get(email))


def test_a_country_code_makes_just_its_customers_ready(
    three: Store, business: CompanySide, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    """EL has no valid ISO code in this company: the customer waits until the table says GR."""
    business.put_reference("country", "EL", "Greece", iso="EL")
    business.add_customer(
        number="40", displayName="Adatum", email="a40@post.example",
        **{**READY, "country": "EL", "postalCode": "105 57", "city": "Athina"},
    )  # fmt: skip
    waiting = run_job(three, "add_customers").counts
    before = world.state(ids=False)
    save_country_codes(three, {"EL": "GR"})
    made = run_job(three, "add_customers").counts

    assert (waiting, made) == ({"skipped": 1, "unchanged": 3}, {"created": 1, "unchanged": 3})
    assert changed(before, world.state(ids=False), three.hash) == ["a40@post.example"]
    assert shop.customer("a40@post.example")["addresses"][0]["country_code"] == "GR"


GERMAN = {"address1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "country_code": "DE"}
Policy = Callable[[Store], Any]
ANN, UWE, BOB = "ann@example.com", "uwe@example.com", "bob@example.com"


def template(store: Store) -> None:
    CustomerTemplate(store=store, country="DE", values={"salespersonCode": "JO"}).save()


def discount(store: Store) -> None:
    group_id = store.customer_groups.get(name="Trade").remote_id
    GroupMapping(store=store, group_id=group_id, kind="discount", code="LARGE ACC").save()


def rule(store: Store) -> None:
    row = store.match_rules.get(name="email")
    row.enabled = True
    row.save()


POLICIES: list[tuple[Policy, str]] = [(template, UWE), (discount, BOB), (rule, ANN)]


@pytest.fixture
def unknown(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Store:
    """Three shoppers that no rule finds: Ann's e-mail is known in Business Central, Uwe is German, Bob is in Trade."""
    trade = shop.add_customer_group("Trade")
    business.put_reference("discount_group", "LARGE ACC", "Large accounts")
    business.add_customer(number="10", displayName="Able", email=ANN, **READY)
    shop.add_customer(email=ANN, first_name="Ann", last_name="Able", addresses=[ADDRESS])
    shop.add_customer(email=UWE, first_name="Uwe", last_name="Berg", addresses=[GERMAN])
    shop.add_customer(email=BOB, first_name="Bob", last_name="Baker", addresses=[ADDRESS], customer_group_id=trade)
    CustomerTemplate(store=store).save()
    run_job(store, "import_customers")
    run_job(store, "try_mapping", mode="plan")
    return store


@pytest.mark.parametrize(("change", "concerned"), POLICIES, ids=lambda each: getattr(each, "__name__", ""))
def test_exactly_the_shoppers_concerned_are_mapped_otherwise(
    change: Policy, concerned: str, unknown: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    before_state = world.state(ids=False)
    old = setup_of(unknown)
    before = decided(unknown, old), planned(run_job(unknown, "try_mapping", mode="plan"))
    change(unknown)
    fresh = Store.objects.select_related("company").get(pk=unknown.pk)
    new = setup_of(fresh)
    after = decided(fresh, new), planned(run_job(unknown, "try_mapping", mode="plan"))
    reach = {each.job: each.touched for each in effect(fresh, old, new)}
    touched = [row.email for row in Customer.objects.filter(pk__in=reach.pop("try_mapping"))]
    untouched_state = world.state(ids=False)
    run_job(unknown, "try_mapping")
    made = {row["email"]: row for row in business.customers() if row["no"] != "10"}

    assert (touched, [pks for pks in reach.values() if pks]) == ([concerned], [])
    assert differing(before[0], after[0]) == [concerned]
    assert differing(before[1], after[1]) == [concerned]
    assert untouched_state == before_state
    marks = {email: (row["salesperson"], row["customer_discount_group"]) for email, row in made.items()}
    wanted = {UWE: ("", ""), BOB: ("", "")}
    wanted |= {UWE: ("JO", "")} if change is template else {BOB: ("", "LARGE ACC")} if change is discount else {}
    assert marks == wanted


def decided(store: Store, setup: Setup) -> dict[str, Any]:
    """What the preview says of each shopper."""
    found = {}
    for row in Customer.objects.order_by("pk"):
        made = preview(store, setup, row, None)
        found[row.email] = (made.outcome, made.reasons, made.requests, made.business)
    return found


def planned(run: Run) -> dict[str, Any]:
    return {
        record.customer.email: (record.outcome, {key: each for key, each in record.plan.items() if key != "sources"})
        for record in run.records.select_related("customer") if record.customer
    }  # fmt: skip


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [email for email in before if before[email] != after.get(email)]


def test_a_template_touches_nobody_while_creating_is_off(unknown: Store) -> None:
    """Without a default customer nothing is decided by it then."""
    unknown.create_unknown = False
    unknown.save()
    old = setup_of(unknown)
    template(unknown)
    (reach,) = effect(unknown, old, setup_of(unknown))
    assert reach.touched == []


def required(store: Store) -> None:
    RequiredField(store=store, name="website").save()


def country(store: Store) -> None:
    save_country_codes(store, {"EL": "GR"})


@pytest.mark.parametrize(("change", "concerned"), [(required, "20"), (country, "40")], ids=["required", "country"])
def test_exactly_the_customers_concerned_become_ready_or_are_no_longer(
    change: Policy, concerned: str, store: Store, business: CompanySide, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    business.put_reference("country", "EL", "Greece", iso="EL")
    greek = {**READY, "country": "EL", "postalCode": "105 57", "city": "Athina", "website": "post.example"}
    for number, more in (("10", {**READY, "website": "post.example"}), ("20", READY), ("40", greek)):
        business.add_customer(number=number, displayName="Adatum", email=f"a{number}@post.example", **more)
    run_job(store, "add_customers", mode="plan")
    old = setup_of(store)
    ready = {row.number: ready_now(store, old, row) for row in BusinessCentralCustomer.objects.all()}
    change(store)
    fresh = Store.objects.select_related("company").get(pk=store.pk)
    new = setup_of(fresh)
    after = {row.number: ready_now(fresh, new, row) for row in BusinessCentralCustomer.objects.all()}
    reaches = [each for each in effect(fresh, old, new) if each.touched]
    touched = [row.number for row in BusinessCentralCustomer.objects.filter(pk__in=reaches[0].touched)]
    run_job(store, "add_customers")

    assert (ready["10"], ready["20"], ready["40"]) == (True, True, False)
    assert [number for number in ready if ready[number] != after[number]] == [concerned]
    assert ([each.job for each in reaches], touched) == (["add_customers"], [concerned])
    assert sorted(world.state(ids=False)["stores"][store.hash]["customers"]) == [
        f"a{number}@post.example" for number in sorted(after) if after[number]
    ]


def ready_now(store: Store, setup: Setup, row: BusinessCentralCustomer) -> bool:
    """Whether the preview says that Add Customers would create it."""
    return bool(preview(store, setup, None, row).requests)


def test_a_country_code_changes_just_the_linked_customers_that_have_it(
    store: Store, business: CompanySide, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    save_country_codes(store, {"NI": "GB"})
    business.put_reference("country", "NI", "Northern Ireland", iso="")
    for number, code in (("10", "NI"), ("20", "GB")):
        business.add_customer(number=number, displayName="Adatum", email=f"a{number}@post.example",
                              **{**READY, "country": code})  # fmt: skip
    run_job(store, "add_customers")
    run_job(store, "update_customers")
    store.refresh_from_db()
    old, before = setup_of(store), world.state(ids=False)
    save_country_codes(store, {"NI": "IE"})
    fresh = Store.objects.select_related("company").get(pk=store.pk)
    new = setup_of(fresh)
    touched = [pk for reach in effect(fresh, old, new) for pk in reach.touched]
    sent = [row.email for row in Customer.objects.order_by("pk") if preview(fresh, new, row, None).requests]
    run_job(store, "update_customers")

    assert [Customer.objects.get(pk=pk).email for pk in touched] == sent == [CONCERNED]
    assert changed(before, world.state(ids=False), store.hash) == [CONCERNED]
    assert [each["country_code"] for each in shop.customer(CONCERNED)["addresses"]] == ["IE"]


def test_a_scheduled_run_waits_with_a_change_that_touches_many(
    three: Store, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    """Until somebody plans the change or approves, no schedule rewrites what both sides agreed on."""
    Store.objects.filter(pk=three.pk).update(brake_count=2, brake_share=100)
    MetafieldDefinition(store=three, namespace="shop", name="town", source_table="customer", source_field="city").save()
    before = world.state()
    bases = list(three.links.order_by("pk").values_list("base", flat=True))
    run = run_job(three, "update_customers", trigger="schedule", approved=False)
    waiting = world.state()
    run_job(three, "update_customers")

    assert (run.status, run.records.count()) == ("planned", 3)
    assert waiting == before
    assert bases != list(three.links.order_by("pk").values_list("base", flat=True))
    made = world.state(ids=False)["stores"][three.hash]["customers"]
    assert [any(each["key"] == "town" for each in row["metafields"]) for row in made.values()] == [True] * 3
