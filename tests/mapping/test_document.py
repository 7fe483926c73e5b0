"""export_setup and import_setup: the whole set-up goes out and comes back, checked before anything is changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mapping.document import Unusable, apply_import, export, plan_import
from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FormFieldRow,
    GroupMapping,
    MetafieldDefinition,
    RequiredField,
    SetupChange,
)
from mapping.setup import setup_of
from stores.models import BusinessCentralCompany, Store

pytestmark = pytest.mark.django_db
HOSTILE = "=1+1<script>\"'‮🙂" + "x" * 100


@pytest.fixture
def store() -> Store:
    company = BusinessCentralCompany.objects.create(
        tenant="t", environment="Production", name="CRONUS", country_iso={"EL": "GR"}
    )
    return Store.objects.create(hash="abc", company=company)


@pytest.fixture
def other(store: Store) -> Store:
    company = BusinessCentralCompany.objects.create(tenant="t", environment="Sandbox", name="CRONUS")
    return Store.objects.create(hash="def", company=company)


def fill(store: Store) -> None:
    """One row of every kind, with a hostile value where any text is allowed."""
    setup_of(store)
    place = {"source_table": "customer", "source_field": "website"}
    AttributeDefinition.objects.create(store=store, name="Home page", **place)
    FormFieldRow.objects.create(
        store=store, kind="customer", name=HOSTILE, type="picklist", options=["A", "B"], **place
    )
    FormFieldRow.objects.create(store=store, kind="address", name="Dock", **place)
    MetafieldDefinition.objects.create(store=store, name="home_page", description=HOSTILE, blank="send", **place)
    GroupMapping.objects.create(store=store, group_id=3, code="VIP")
    GroupMapping.objects.create(store=store, group_id=4, code="NET")
    CustomerTemplate.objects.create(store=store, country="GB", vat_present=True, values={"salespersonCode": "JO"})
    RequiredField.objects.create(store=store, name="postal_code")
    store.field_mapping.get(target_table="customer", target_field="phone").delete()
    rule = store.match_rules.get(name="email")
    rule.enabled = True
    rule.save()


def changed(document: dict[str, Any], section: str, name: str, **values: Any) -> dict[str, Any]:
    for row in document[section]:
        if name in (row.get("name"), row.get("code"), row.get("target_field")):
            row.update(values)
    return document


def test_a_set_up_comes_to_another_store_whole(store, other):
    fill(store)
    document = json.loads(json.dumps(export(store)))
    plan = plan_import(other, document)
    apply_import(other, plan)
    mine, theirs = setup_of(Store.objects.get(pk=store.pk)), setup_of(Store.objects.get(pk=other.pk))
    assert theirs == mine
    assert export(other) == document
    assert plan_import(other, document).lines == []


def test_an_import_says_what_it_changes_and_is_recorded(store):
    fill(store)
    SetupChange.objects.all().delete()
    document = export(store)
    changed(document, "attributes", "Home page", source_field="number")
    document["form_fields"].pop()
    document["required_fields"].append({"name": "phone_number"})
    document["country_codes"] = {"EL": "GR", "XI": "GB"}
    plan = plan_import(store, document)
    assert plan.lines == [
        "~ attributes Home page: source_field 'website' -> 'number'",
        f"- form_fields Customer form field {HOSTILE}",
        "+ required_fields phone_number",
        "~ country code: XI None -> 'GB'",
    ]
    assert not SetupChange.objects.exists()
    apply_import(store, plan)
    kept = list(SetupChange.objects.order_by("pk").values_list("kind", "row", "action", "via"))
    assert kept == [
        ("form field", f"Customer form field {HOSTILE}", "deleted", "import_setup"),
        ("customer attribute", "Home page", "changed", "import_setup"),
        ("required field", "phone_number", "created", "import_setup"),
        ("country code", "XI", "changed", "import_setup"),
    ]
    assert plan_import(store, document).lines == []


def test_two_groups_may_swap(store):
    fill(store)
    document = changed(
        changed(export(store), "customer_groups", "VIP", group_id=4), "customer_groups", "NET", group_id=3
    )
    apply_import(store, plan_import(store, document))
    assert setup_of(store).group_ids("price") == {"VIP": 4, "NET": 3}


def test_a_section_that_is_left_out_stays(store):
    fill(store)
    document = {name: part for name, part in export(store).items() if name in ("format", "version", "match_rules")}
    assert plan_import(store, document).lines == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(version=2), "version 2"),
        (lambda d: d.update(format="x"), "no set-up"),
        (lambda d: d.update(extra=[]), "no such section"),
        (lambda d: d.update(attributes={}), "must be a list"),
        (lambda d: d.update(country_codes={"EL": 3}), "country_codes"),
        (lambda d: d.update(country_codes={"EL": "EL"}), "not an ISO 3166-1"),
        (lambda d: d["attributes"].append("x"), "must be an object"),
        (lambda d: d["attributes"].append({"name": "x", "colour": "red"}), "no field 'colour'"),
        (lambda d: d["attributes"].append({"type": "date"}), "'name' is missing"),
        (lambda d: changed(d, "attributes", "Salesperson", order="soon"), "order"),
        (lambda d: changed(d, "attributes", "Salesperson", owner="me"), "owner"),
        (lambda d: changed(d, "attributes", "Salesperson", steps=[{"name": 3}]), "steps"),
        (lambda d: changed(d, "attributes", "Salesperson", steps=[{"name": "shout"}]), "no transform"),
        (lambda d: changed(d, "attributes", "Salesperson", source_field="a\0b"), "cannot be stored"),
        (lambda d: d["attributes"].append(dict(d["attributes"][0])), "only one can"),
        (lambda d: d["metafields"].pop(0), "cannot be deleted"),
        (lambda d: changed(d, "metafields", "customer_id", source_field="number"), "the system's own"),
        (lambda d: d["match_rules"].pop(), "switch it off"),
        (lambda d: d["required_fields"].pop(0), "BigCommerce demands"),
        (lambda d: d["customer_templates"].append(dict(d["customer_templates"][0])), "neither would be chosen"),
    ],
)
def test_nothing_is_changed_when_anything_is_wrong(store, change, words):
    fill(store)
    document = export(store)
    before = export(store)
    change(document)
    document.get("required_fields", []).append({"name": "phone_number"})
    with pytest.raises(Unusable, match=words):
        plan_import(store, document)
    assert export(store) == before


def test_the_commands(store, other, tmp_path: Path, capsys):
    fill(store)
    file = str(tmp_path / "setup.json")
    call_command("export_setup", "--store", "abc", file)
    call_command("import_setup", "--store", "def", "--plan", file)
    assert "Nothing was changed." in capsys.readouterr().out
    assert not AttributeDefinition.objects.filter(store=other, name="Home page").exists()
    call_command("import_setup", "--store", "def", file)
    assert "+ attributes Home page" in capsys.readouterr().out
    call_command("import_setup", "--store", "def", file)
    assert "like this already" in capsys.readouterr().out
    call_command("export_setup", "--store", "def")
    assert json.loads(capsys.readouterr().out) == export(store)
    Path(file).write_text("{")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_setup", "--store", "def", file)
    Path(file).write_text("{}")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("import_setup", "--store", "def", file)
    with pytest.raises(CommandError, match="no store"):
        call_command("import_setup", "--store", "nope", file)
