"""Hostile words in every kind of set-up row: kept as they are, shown as text, out and in as JSON, mapped unharmed."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers.models import CustomerGroup
from mapping.document import apply_import, export, plan_import
from mapping.models import AttributeDefinition, FormFieldRow, MetafieldDefinition
from mapping.pages import PAGES, TITLES
from mapping.setup import ensure_defaults, setup_of
from mapping.values import text
from stores.models import Store
from tests.fixtures import READY, RunJob
from tests.pages import data
from tests.pages.test_hostile import EVIL, RAW
from tests.pages.test_setup import MANNERS, posted, url

SHORT = "<b>'\"\u202e😀"  # fits a code of ten characters
CITY = {"source": "customer.city"}
# Page -> what is typed, hostile wherever a text is free.
TYPED: dict[str, dict[str, str]] = {
    "customer_metafields": {**MANNERS, **CITY, "name": "<i>=1+1 \u202e😀\"'", "namespace": "<b>&\u202e'",
                            "description": EVIL[:255], "permission_set": "read"},
    "customer_attributes": {**MANNERS, **CITY, "name": EVIL[:255], "type": "string", "steps-0-name": "template",
                            "steps-0-text": EVIL},
    "customer_form_fields": {**MANNERS, "name": EVIL[:255], "type": "picklist", "options": f"{EVIL}\n=1+1", **CITY,
                             "steps-0-name": "look_up", "steps-0-entries": f"{EVIL} => =1+1\nx => {EVIL}"},
    "customer_address_form_fields": {**MANNERS, "name": SHORT, "type": "text", "own_field": EVIL[:128], "source": ""},
    "customer_templates": {"country": "GB", "contact_type": "by company", "default_customer_number": SHORT,
                           "values-salespersonCode": SHORT, "values-website": EVIL[:200]},
    "customer_groups": {"group_id": "3", "kind": "price", "code": SHORT},
    "field_mapping": {**MANNERS, **CITY, "target": "customer.notes", "steps-0-name": "default",
                      "steps-0-value": EVIL},
    "required_fields": {"name": "website", "order": "9"},
}  # fmt: skip
FREE = ("name", "namespace", "description", "options", "own_field", "default_customer_number", "code", "country",
        "values-website", "values-salespersonCode", "steps-0-text", "steps-0-value", "steps-0-entries", "order",
        "compares-0-name", "compares-0-namespace")  # fmt: skip


@pytest.fixture
def merchant(db: None) -> Store:
    row = data.store()
    CustomerGroup.objects.filter(store=row).update(name=EVIL)
    data.customers(row, 12)
    ensure_defaults(row)
    return row


@pytest.fixture
def administrator(signed_in: Any) -> Client:
    client: Client = signed_in("administrator")
    return client


def filled(store: Store, client: Client) -> None:
    """A hostile row of every kind, saved by its page; a rule that compares one, and a country code."""
    for name, typed in TYPED.items():
        answer = client.post(url(name), {"row": "new", "do": "save", **typed})
        assert answer.status_code == 302, (name, answer.context["form"].errors)
    rule = store.match_rules.get(name="attributes")
    seen = client.get(url("match_rules"), {"row": rule.pk}).context["form"].seen
    compare = {"compares-0-table": "attribute", "compares-0-name": EVIL[:255], "compares-0-with_field": "number"}
    answer = client.post(url("match_rules"), {"do": "save", "row": rule.pk, "seen": seen, "order": "3", **compare})
    assert answer.status_code == 302
    answer = client.post(url("country_codes"), {"do": "save", "code": SHORT, "iso": "GB", "seen": ""})
    assert answer.status_code == 302


def test_every_kind_is_kept_as_typed_shown_as_text_and_goes_out_and_in(merchant: Store, administrator: Client) -> None:
    filled(merchant, administrator)
    document = json.loads(administrator.get(url("export_setup")).content)
    attribute = next(row for row in document["attributes"] if row["name"] == EVIL[:255])
    other = data.store("w8n4d2z6r5", "Trade")
    shown = {}
    addresses = [url(name) for name in (*TITLES, "setup", "setup_changes", "setup_preview", "setup_effect")]
    addresses += [f"{url(name)}?row={row.pk}" for name, page in PAGES.items() for row in page.rows(merchant)]
    for address in addresses:
        shown[address] = administrator.get(address).content.decode()
    page = administrator.post(reverse("import_setup", args=[other.hash]), {"text": json.dumps(document)})
    shown["import"] = page.content.decode()
    apply_import(other, plan_import(other, document))

    assert attribute["steps"] == [{"name": "template", "arguments": {"text": EVIL}}]
    assert {where: raw for where, words in shown.items() for raw in RAW if raw in words} == {}
    assert "&lt;img src=x" in shown[url("customer_attributes")]
    assert export(other) == document
    assert setup_of(other).rows == setup_of(merchant).rows


def test_the_form_of_a_hostile_row_saves_it_as_it_is(merchant: Store, administrator: Client) -> None:
    filled(merchant, administrator)
    before = export(Store.objects.get(pk=merchant.pk))
    for name, page in PAGES.items():
        for row in page.rows(merchant):
            form = administrator.get(url(name), {"row": row.pk}).context["form"]
            sent = {"row": row.pk, "seen": form.seen, "do": "save", **posted(form)}
            answer = administrator.post(url(name), sent)
            assert answer.status_code == 302, (name, str(row), answer.context["form"].errors)
    assert export(Store.objects.get(pk=merchant.pk)) == before


@pytest.mark.parametrize("value", ["x" * 10_000, "\ud800", "9" * 400, "\u202e" * 5000, "a\r\nb\tc"], ids=repr)
def test_no_text_of_any_length_or_kind_breaks_a_page(value: str, merchant: Store, administrator: Client) -> None:
    """Each free text of each form in turn: refused at its field, or kept; the pages open afterwards."""
    for name, typed in TYPED.items():
        for field in [each for each in FREE if each in typed]:
            sent = {"row": "new", **typed, field: value.encode("utf-8", "surrogatepass")}
            for todo in ("try", "save"):
                assert administrator.post(url(name), {**sent, "do": todo}).status_code in (200, 302, 400), (name, field)
        assert administrator.get(url(name)).status_code == 200
    rule = merchant.match_rules.get(name="tax")
    sent = {"row": rule.pk, "order": "3", "compares-0-table": "attribute",
            "compares-0-name": value.encode("utf-8", "surrogatepass")}  # fmt: skip
    assert administrator.post(url("match_rules"), {**sent, "do": "save"}).status_code in (200, 302, 400)
    for code in ({"code": value, "iso": "GB"}, {"code": "EL", "iso": value}):
        sent = {key: each.encode("utf-8", "surrogatepass") for key, each in code.items()}
        assert administrator.post(url("country_codes"), {**sent, "do": "save"}).status_code in (200, 302, 400)
    assert administrator.get(url("setup")).status_code == 200
    json.dumps(export(merchant)).encode()


def test_hostile_values_are_mapped_unharmed_by_every_kind_of_row(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    evil = f"{EVIL} 😀"
    place = {"source_table": "customer", "source_field": "website"}
    shop.add_form_field("Dock")
    shop.add_form_field("Gate", on="address")
    MetafieldDefinition(store=store, namespace="shop", name="<i>", **place).save()
    AttributeDefinition(store=store, name="<b>Home</b>", **place).save()
    FormFieldRow(store=store, kind="customer", name="Dock", **place).save()
    FormFieldRow(store=store, kind="address", name="Gate", **place).save()
    row = store.field_mapping.model(store=store, target_table="customer", target_field="notes", **place)
    row.save()
    business.add_customer(number="10", displayName="=1+1 <b>\u202e", email="a@b.example", website=evil, **READY)
    run_job(store, "add_customers")
    run_job(store, "update_customers")
    world.audit.reset()
    again = run_job(store, "update_customers")
    made = world.state(ids=False)["stores"][store.hash]["customers"]["a@b.example"]

    assert (made["notes"], made["company"]) == (text(evil), "=1+1 <b>\u202e")
    assert made["attributes"]["<b>Home</b>"] == text(evil)
    assert {each["key"]: each["value"] for each in made["metafields"]}["<i>"] == text(evil)
    assert list(made["form_fields"].values()) == [text(evil)]
    assert [each for address in made["addresses"] for each in address["form_fields"].values()] == [text(evil)]
    assert (again.counts, world.audit.writes()) == ({"unchanged": 1}, [])
