"""Two people change the set-up at once: who saves second is told by whom it was changed, and decides."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers.models import CustomerGroup
from mapping.country_codes import change_country_codes
from mapping.document import export
from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FormFieldRow,
    GroupMapping,
    MetafieldDefinition,
    SetupChange,
    said_by,
)
from mapping.pages import PAGES
from stores.models import Store
from tests.pages.test_setup import administrator, posted, store, url

__all__ = ["administrator", "store"]

AGENT = {"source_table": "customer", "source_field": "salespersonCode"}


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann", first_name="Ann", last_name="Lee")


def rows_of(store: Store) -> dict[str, tuple[Any, dict[str, Any]]]:
    """One row of every page, and what somebody else changes of it."""
    CustomerGroup.objects.create(store=store, remote_id=4, name="Press")
    AttributeDefinition(store=store, name="Agent", **AGENT).save()
    FormFieldRow(store=store, kind="customer", name="Dock", **AGENT).save()
    FormFieldRow(store=store, kind="address", name="Gate", **AGENT).save()
    GroupMapping(store=store, group_id=3, kind="price", code="VIP").save()
    CustomerTemplate(store=store, country="GB", values={"salespersonCode": "JO"}).save()
    made = {
        "customer_metafields": (store.metafield_definitions.get(name="customer_id"), {"permission_set": "write"}),
        "customer_attributes": (store.attribute_definitions.get(name="Agent"), {"source_field": "city"}),
        "customer_form_fields": (store.form_field_rows.get(name="Dock"), {"owner": "never"}),
        "customer_address_form_fields": (store.form_field_rows.get(name="Gate"), {"required": True}),
        "customer_templates": (store.templates.get(), {"values": {"salespersonCode": "PS"}}),
        "customer_groups": (store.group_mappings.get(), {"group_id": 4}),
        "field_mapping": (store.field_mapping.get(target_table="customer", target_field="phone"), {"order": 7}),
        "match_rules": (store.match_rules.get(name="phone"), {"enabled": False}),
        "required_fields": (store.required_fields.get(name="city"), {"order": 9}),
    }
    SetupChange.objects.all().delete()
    return made


@pytest.mark.parametrize("name", PAGES)
def test_a_tab_that_was_opened_before_undoes_nothing_silently(
    name: str, store: Store, administrator: Client, ann: User
) -> None:
    row, values = rows_of(store)[name]
    opened = administrator.get(url(name), {"row": row.pk}).context["form"]
    typed = {"row": row.pk, "do": "save", "seen": opened.seen, **posted(opened)}
    mine = export(store)
    for field, value in values.items():
        setattr(row, field, value)
    said_by(row, ann, "page").save()
    theirs = export(Store.objects.get(pk=store.pk))

    page = administrator.post(url(name), typed)
    told = page.content.decode()
    after = export(Store.objects.get(pk=store.pk))
    form = page.context["form"]
    again = {"row": row.pk, "do": "save", "seen": form.seen, **posted(form)}
    second = administrator.post(url(name), again)

    assert theirs != mine
    assert after == theirs
    assert page.status_code == 200
    assert "Ann Lee changed this row just now" in told
    assert "Nothing was saved" in told
    assert {key: form.data.get(key) for key in posted(opened)} == {key: str(v) for key, v in posted(opened).items()}
    assert second.status_code == 302
    assert export(Store.objects.get(pk=store.pk)) == mine


def test_what_is_there_now_is_shown_beside_what_was_typed(store: Store, administrator: Client, ann: User) -> None:
    row, _ = rows_of(store)["customer_attributes"]
    opened = administrator.get(url("customer_attributes"), {"row": row.pk}).context["form"]
    row.source_field, row.blank = "city", "send"
    said_by(row, ann, "page").save()
    typed = {**posted(opened), "seen": opened.seen, "row": row.pk, "do": "save", "owner": "never"}
    page = administrator.post(url("customer_attributes"), typed)
    assert page.context["form"].changed.lines == [
        ("Source field", "City", "Salesperson Code"),
        ("Owner", "Business Central", "Never"),
        ("Blank value", "A blank empties the value", "A blank keeps the value"),
    ]
    text = page.content.decode()
    assert "A blank empties the value" in text
    assert [str(change.by) for change in SetupChange.objects.all()] == ["ann"]


def test_a_form_that_says_not_what_it_was_made_of_is_refused(store: Store, administrator: Client) -> None:
    row, _ = rows_of(store)["customer_attributes"]
    opened = administrator.get(url("customer_attributes"), {"row": row.pk}).context["form"]
    page = administrator.post(url("customer_attributes"), {**posted(opened), "row": row.pk, "do": "save"})
    assert page.status_code == 200
    assert "Nothing was saved" in page.content.decode()


def test_trying_a_row_keeps_what_the_form_was_made_of(store: Store, administrator: Client, ann: User) -> None:
    """Try it between opening and saving must not count as having seen what another person saved."""
    row, _ = rows_of(store)["customer_attributes"]
    opened = administrator.get(url("customer_attributes"), {"row": row.pk}).context["form"]
    row.source_field = "city"
    said_by(row, ann, "page").save()
    typed = {**posted(opened), "seen": opened.seen, "row": row.pk}
    tried = administrator.post(url("customer_attributes"), {**typed, "do": "try"}).context["form"]
    assert tried.seen == opened.seen
    assert administrator.post(url("customer_attributes"), {**typed, "do": "save"}).status_code == 200
    assert store.attribute_definitions.get(name="Agent").source_field == "city"


def test_a_row_that_was_changed_meanwhile_is_not_deleted(store: Store, administrator: Client, ann: User) -> None:
    row, _ = rows_of(store)["customer_attributes"]
    listed = administrator.get(url("customer_attributes"))
    seen = next(each["seen"] for _, rows in listed.context["groups"] for each in rows if each["row"].pk == row.pk)
    row.source_field = "city"
    said_by(row, ann, "page").save()
    answer = administrator.post(url("customer_attributes"), {"do": "delete", "row": row.pk, "seen": seen}, follow=True)
    kept = store.attribute_definitions.filter(name="Agent").exists()
    seen = next(each["seen"] for _, rows in answer.context["groups"] for each in rows if each["row"].pk == row.pk)
    administrator.post(url("customer_attributes"), {"do": "delete", "row": row.pk, "seen": seen})
    assert kept
    assert "Ann Lee changed this row just now" in answer.content.decode()
    assert not store.attribute_definitions.filter(name="Agent").exists()


def test_a_row_that_was_deleted_meanwhile_can_be_made_again(store: Store, administrator: Client, ann: User) -> None:
    row, _ = rows_of(store)["customer_attributes"]
    opened = administrator.get(url("customer_attributes"), {"row": row.pk}).context["form"]
    pk = row.pk
    said_by(row, ann, "page").delete()
    typed = {**posted(opened), "seen": opened.seen, "row": pk, "do": "save", "owner": "never"}
    page = administrator.post(url("customer_attributes"), typed)
    gone = not store.attribute_definitions.filter(name="Agent").exists()
    assert gone
    assert "Ann Lee deleted this row just now" in page.content.decode()
    form = page.context["form"]
    administrator.post(url("customer_attributes"), {**posted(form), "row": "new", "do": "save"})
    assert store.attribute_definitions.get(name="Agent").owner == "never"
    told = administrator.post(url("customer_attributes"), {"do": "delete", "row": pk, "seen": opened.seen}, follow=True)
    assert "Ann Lee deleted this row just now" in told.content.decode()


def test_a_country_code_is_not_undone_by_an_older_page(store: Store, administrator: Client, ann: User) -> None:
    change_country_codes(store, {"EL": "GR", "XI": "GB"}, ann)
    page = administrator.get(url("country_codes"), {"code": "EL"})
    change_country_codes(store, {"EL": "CY"}, ann)
    typed = {"do": "save", "code": "EL", "iso": "DE", "seen": page.context["form"].seen}
    refused = administrator.post(url("country_codes"), typed)
    deleted = administrator.post(url("country_codes"), {"do": "delete", "code": "EL", "seen": "GR"}, follow=True)
    kept = Store.objects.get(pk=store.pk).company.country_iso
    administrator.post(url("country_codes"), {**typed, "seen": refused.context["form"].seen})

    assert kept == {"EL": "CY", "XI": "GB"}
    assert "Ann Lee changed it just now" in refused.content.decode()
    assert refused.context["form"]["iso"].value() == "DE"
    assert "Ann Lee changed it just now" in deleted.content.decode()
    assert Store.objects.get(pk=store.pk).company.country_iso == {"EL": "DE", "XI": "GB"}


def test_one_code_is_changed_and_the_others_stay_as_somebody_else_saved_them(store: Store, ann: User) -> None:
    """The store was read before another person saved a code: only one's own line goes into the table."""
    before = Store.objects.select_related("company").get(pk=store.pk)
    change_country_codes(store, {"EL": "GR"}, ann)
    change_country_codes(before, {"XI": "GB"}, ann)
    assert Store.objects.get(pk=store.pk).company.country_iso == {"EL": "GR", "XI": "GB"}


def test_an_import_does_what_was_shown_or_shows_again(store: Store, administrator: Client, ann: User) -> None:
    row, _ = rows_of(store)["customer_attributes"]
    document = export(store)
    document["attributes"] = [each for each in document["attributes"] if each["name"] != "Agent"]
    shown = administrator.post(reverse("import_setup", args=[store.hash]), {"text": json.dumps(document)})
    row.source_field = "city"
    said_by(row, ann, "page").save()
    MetafieldDefinition(store=store, name="extra", **AGENT).save()
    typed = {"do": "apply", "text": shown.context["text"], "seen": shown.context["seen"]}
    refused = administrator.post(reverse("import_setup", args=[store.hash]), typed)
    kept = store.metafield_definitions.filter(name="extra").exists()
    typed["seen"] = refused.context["seen"]
    done = administrator.post(reverse("import_setup", args=[store.hash]), typed)

    assert kept
    assert "changed since these differences were shown" in refused.content.decode()
    assert done.status_code == 302
    assert not store.metafield_definitions.filter(name="extra").exists()


def test_the_admin_does_not_undo_either(store: Store, ann: User) -> None:
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root)
    row, _ = rows_of(store)["customer_attributes"]
    where = reverse("admin:mapping_attributedefinition_change", args=[row.pk])
    form = client.get(where).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields}
    row.source_field = "city"
    said_by(row, ann, "page").save()
    sent = {**{name: value for name, value in typed.items() if value not in (None, False)}, "steps": "[]"}
    refused = client.post(where, sent)
    assert refused.status_code == 200
    assert "Ann Lee changed this row just now" in refused.content.decode()
    assert store.attribute_definitions.get(name="Agent").source_field == "city"
