"""Form fields by what the store's own form says: types respected, choices held, passwords never written."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from mapping.models import FormFieldRow
from mapping.setup import setup_of
from mapping.store_names import Names
from stores.connect import test_connection
from stores.models import Store
from tests.fixtures import READY, RunJob

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Days": ("checkboxes", ("Mon", "Tue", "Wed")),
    "Since": ("date", ()),
    "Limit": ("numbers", ()),
    "Tier": ("picklist", ("Gold", "Silver")),
    "Door": ("radiobuttons", ("Front", "Back")),
    "Notes": ("multiline", ()),
    "PIN": ("password", ()),
}


@pytest.fixture
def told(store: Store, shop: StoreSide, business: CompanySide) -> Store:
    """A store whose storefront told its form fields, and a company with one customer and own fields on its card."""
    for name, (kind, options) in FIELDS.items():
        shop.add_form_field(name, kind, options=options)
    shop.add_form_field("Floor", "numbers", on="address")
    business.publish(21, own={"Days": "own_text", "Since": "own_date", "Limit": "own_number", "Tier": "own_code"})
    business.add_customer(number="10", displayName="Adatum", email="a10@post.example", **READY)
    business.change_customer("10", own_text="Mon; Wed", own_date="2025-01-31", own_number=12, own_code="GOLD")
    report = test_connection(store)
    assert "The storefront lists 8 form fields of the store's own." in [found.text for found in report.findings]
    store.refresh_from_db()
    return store


def row(store: Store, name: str, type: str, source: str = "", **more: Any) -> FormFieldRow:
    table, _, field = source.rpartition(".")
    made = FormFieldRow(store=store, name=name, type=type, source_table=table, source_field=field, **more)
    made.full_clean()
    made.save()
    return made


def test_each_type_arrives_as_the_form_takes_it_and_only_once(
    told: Store, world: World, shop: StoreSide, run_job: RunJob
) -> None:
    row(told, "Days", "checkboxes", "published.Days")
    row(told, "Since", "date", "published.Since")
    row(told, "Limit", "numbers", "published.Limit")
    row(told, "Tier", "picklist", "published.Tier", steps=[{"name": "title"}])
    row(told, "Door", "radiobuttons", steps=[{"name": "constant", "arguments": {"value": "Back"}}])
    row(told, "Floor", "numbers", kind="address", source="published.Limit")
    run_job(told, "add_customers")
    run_job(told, "update_customers")
    world.audit.reset()
    again = run_job(told, "update_customers")

    made = shop.customer("a10@post.example")
    assert {each["name"]: each["value"] for each in made["form_fields"]} == {
        "Days": ["Mon", "Wed"], "Since": "2025-01-31", "Limit": "12", "Tier": "Gold", "Door": "Back",
    }  # fmt: skip
    assert [[(f["name"], f["value"]) for f in each["form_fields"]] for each in made["addresses"]] == [[("Floor", "12")]]
    assert again.counts == {"unchanged": 1}
    assert world.audit.writes("bigcommerce") == []


def test_a_value_that_is_no_choice_is_rejected_with_the_field(
    told: Store, business: CompanySide, shop: StoreSide, run_job: RunJob
) -> None:
    run_job(told, "add_customers")
    row(told, "Days", "checkboxes", "published.Days")
    business.change_customer("10", own_text="Mon; Someday")
    run = run_job(told, "update_customers")
    assert run.counts == {"rejected": 1}
    assert '"Someday" is not one of the choices' in run.records.get().reason
    assert shop.customer("a10@post.example")["form_fields"] == []


@pytest.mark.parametrize(
    ("name", "kind", "more", "field", "words"),
    [
        ("PIN", "text", {}, "type", "password field is never written"),
        ("Days", "text", {}, "type", "has this field as checkboxes"),
        ("Tier", "picklist", {"options": ["Gold", "Bronze"]}, "options", 'does not offer "Bronze"'),
    ],
)
def test_what_the_form_would_refuse_is_refused_on_save(
    told: Store, name: str, kind: str, more: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        row(told, name, kind, "customer.city", **more)
    assert words in " ".join(refused.value.message_dict[field])


def test_a_name_that_the_form_does_not_have_is_a_note_and_names_are_offered(told: Store) -> None:
    row(told, "Deys", "text", "customer.city")
    notes = [problem.text for problem in setup_of(told).problems if problem.row == "form_field.Deys"]
    offered = Names(told)
    assert len(notes) == 1
    assert "had no field of this name" in notes[0]
    assert dict(offered.form_fields)["Days"] == "checkboxes: Mon, Tue, Wed"
    assert "PIN" not in dict(offered.form_fields)
    assert offered.address_form_fields == [("Floor", "numbers")]


def test_a_closed_storefront_stops_nothing_and_forgets_nothing(told: Store, shop: StoreSide) -> None:
    known = told.form_fields
    shop.storefront_closed = True
    report = test_connection(told)
    told.refresh_from_db()
    assert report.ok
    assert any("something else than its form fields" in found.text for found in report.findings)
    assert told.form_fields == known


@pytest.mark.parametrize("too_long", ["reject", "shorten"])
def test_what_the_form_takes_at_most_is_heeded_on_save_and_in_every_run(
    too_long: str, told: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.add_form_field("Nick", "text", max_length=6)
    shop.add_form_field("Gate", "multiline", on="address", max_length=6)
    test_connection(told)
    told.refresh_from_db()
    row(told, "Nick", "text", "customer.city", too_long=too_long)
    row(told, "Gate", "multiline", "customer.displayName", kind="address", too_long=too_long)
    constant = {"steps": [{"name": "constant", "arguments": {"value": "much too long"}}]}
    with pytest.raises(ValidationError, match="has 13 characters, BigCommerce takes 6"):
        FormFieldRow(store=told, name="Nick", type="text", **constant).full_clean()
    known = dict(Names(told).form_fields)["Nick"]
    run = run_job(told, "add_customers")
    run_job(told, "update_customers")

    assert known == "text, at most 6 characters"
    if too_long == "reject":
        assert "Nick has 9 characters, BigCommerce takes 6" in " ".join(run.records.values_list("reason", flat=True))
        assert world.audit.writes("bigcommerce") == []
        return
    made = shop.customer("a10@post.example")
    gates = [each["value"] for address in made["addresses"] for each in address["form_fields"]]
    assert ({each["name"]: each["value"] for each in made["form_fields"]}, gates) == ({"Nick": "Cambri"}, ["Adatum"])
