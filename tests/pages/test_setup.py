"""The setup pages: rows saved and refused in words, what was typed kept, roles, changes recorded, queries bounded."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mapping.document import export
from mapping.models import SetupChange
from mapping.pages import COUNTRY_CODES, PAGES, TITLES
from mapping.setup import ensure_defaults, setup_of
from stores.models import Store
from tests.pages import data

EVERY = ["setup", "setup_changes", "setup_preview", "setup_effect", *TITLES]
METAFIELD = {"row": "new", "name": "payment_terms", "namespace": "bcsync", "permission_set": "read", "order": "90",
             "source": "customer.paymentTermsCode", "owner": "business_central", "blank": "send",
             "too_long": "reject"}  # fmt: skip


@pytest.fixture
def store(db: None) -> Store:
    row = data.store()
    ensure_defaults(row)
    return row


@pytest.fixture
def administrator(signed_in: Any) -> Client:
    client: Client = signed_in("administrator")
    return client


def url(name: str) -> str:
    return reverse(name, args=["k3v9x1q7p2"])


def save(client: Client, page: str, /, **values: Any) -> Any:
    """Save as the page that is open now would: with what its form was made of."""
    opened = client.get(url(page), {"row": values["row"]}).context["form"]
    return client.post(url(page), {"do": "save", "seen": opened.seen, **values}, follow=True)


@pytest.mark.parametrize("name", EVERY)
def test_every_page_opens_for_a_viewer_without_a_customer(name: str, store: Store, viewer: Client) -> None:
    page = viewer.get(url(name))
    assert page.status_code == 200
    assert 'value="save"' not in page.content.decode()
    assert 'value="delete"' not in page.content.decode()


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize("name", [*PAGES, COUNTRY_CODES, "import_setup"])
def test_only_an_administrator_changes(name: str, role: str, store: Store, signed_in: Any) -> None:
    before = export(store)
    client = signed_in(role)
    for todo in ("save", "delete", "try", "fill", "apply"):
        answer = client.post(url(name), {**METAFIELD, "do": todo, "code": "EL", "iso": "GR"})
        assert answer.status_code == 403
    assert export(Store.objects.get(pk=store.pk)) == before


def test_a_metafield_is_saved_and_shown_with_who_saved_it(store: Store, administrator: Client) -> None:
    page = save(administrator, "customer_metafields", **METAFIELD, description="Terms")
    assert "Metafield bcsync.payment_terms is saved." in page.content.decode()
    row = store.metafield_definitions.get(name="payment_terms")
    assert (row.source_table, row.source_field, row.permission_set) == ("customer", "paymentTermsCode", "read")
    change = SetupChange.objects.get(store=store)
    assert (change.by.username, change.via, change.action) == ("administrator", "page", "created")
    assert "payment_terms" in administrator.get(url("setup_changes")).content.decode()


def test_the_systems_metafields_stay_whatever_is_posted(store: Store, administrator: Client) -> None:
    first = store.metafield_definitions.filter(system=True).first()
    answer = administrator.post(url("customer_metafields"), {"do": "delete", "row": first.pk, "seen": ""}, follow=True)
    assert "cannot be deleted" in answer.content.decode()
    sent = {**METAFIELD, "row": first.pk, "name": "other", "source": "customer.city", "permission_set": "write"}
    save(administrator, "customer_metafields", **sent)
    again = store.metafield_definitions.get(pk=first.pk)
    kept = (again.name, again.source_field, again.permission_set)
    assert kept == (first.name, first.source_field, "write")


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("field_mapping", {"target": "customer.company", "source": "customer.city"}, "2 rows write customer.company"),
    ("field_mapping", {"target": "customer.customer_group_id", "source": "customer.city"}, "rows write"),
    ("customer_metafields", {**METAFIELD, "name": "x" * 65}, "BigCommerce takes 64"),
    ("customer_metafields", {**METAFIELD, "namespace": "y" * 65}, "BigCommerce takes 64"),
    ("customer_metafields", {**METAFIELD, "steps-0-name": "constant"}, "needs the argument value"),
    ("customer_metafields", {**METAFIELD, "source": "", "own_field": ""}, "no table"),
    ("customer_attributes", {"name": "Since", "type": "number", "source": "customer.city"}, "takes a number"),
    ("customer_groups", {"group_id": "3", "kind": "price", "code": "A CODE THAT IS TOO LONG"}, "characters"),
    ("customer_templates", {"country": "XX", "contact_type": "by company"}, "not an ISO 3166-1 code"),
    ("required_fields", {"name": "email", "order": "9"}, "email is there 2 times"),
]  # fmt: skip
MANNERS = {"owner": "business_central", "blank": "keep", "too_long": "reject", "order": "500"}


@pytest.mark.parametrize(("name", "typed", "words"), REFUSED)
def test_what_cannot_work_is_refused_at_the_row_and_nothing_typed_is_lost(
    name: str, typed: dict[str, str], words: str, store: Store, administrator: Client
) -> None:
    before = export(store)
    sent = {**MANNERS, "row": "new", **typed}
    page = administrator.post(url(name), {"do": "save", **sent})
    assert page.status_code == 200
    text = page.content.decode()
    assert words in text
    form = page.context["form"]
    assert form.is_bound
    assert {key: form.data.get(key) for key in sent} == sent
    assert export(Store.objects.get(pk=store.pk)) == before


def test_a_tie_of_templates_is_refused(store: Store, administrator: Client) -> None:
    typed = {"row": "new", "country": "GB", "contact_type": "Company", "values-salespersonCode": "JO"}
    save(administrator, "customer_templates", **typed)
    assert store.templates.get().values == {"salespersonCode": "JO"}
    page = administrator.post(url("customer_templates"), {"do": "save", **typed})
    assert "Another template is for country GB too" in page.content.decode()
    assert store.templates.count() == 1


def test_steps_and_their_arguments_come_and_go_without_a_script(store: Store, administrator: Client) -> None:
    row = store.field_mapping.get(target_table="customer", target_field="phone")
    typed = {**MANNERS, "row": row.pk, "target": "customer.phone", "source": "customer.phoneNumber"}
    shown = administrator.post(url("field_mapping"), {"do": "try", **typed, "steps-0-name": "phone"})
    assert 'name="steps-0-format"' in shown.content.decode()
    assert "It is not saved" in shown.content.decode()
    assert store.field_mapping.get(pk=row.pk).steps == []
    save(administrator, "field_mapping", **typed, **{"steps-0-name": "phone", "steps-0-format": "national"})
    assert store.field_mapping.get(pk=row.pk).steps == [{"name": "phone", "arguments": {"format": "national"}}]


def test_saving_a_row_as_it_is_changes_nothing(store: Store, administrator: Client) -> None:
    """What the form shows is what the row says: every default row survives its own form."""
    before = setup_of(store)
    for name, page in PAGES.items():
        for row in page.rows(store):
            form = administrator.get(url(name), {"row": row.pk}).context["form"]
            sent = {"row": row.pk, "seen": form.seen, **posted(form)}
            answer = administrator.post(url(name), {"do": "save", **sent})
            assert answer.status_code == 302, (name, row, answer.context["form"].errors)
    assert setup_of(Store.objects.get(pk=store.pk)) == before
    assert [str(change) for change in SetupChange.objects.filter(store=store)] == []


def posted(form: Any) -> dict[str, Any]:
    """What a browser would send of the form as it is shown."""
    values: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if bound.name == "steps":
            for place, step in enumerate(value or []):
                values[f"steps-{place}-name"] = step["name"]
                arguments = step.get("arguments", {})
                values |= {f"steps-{place}-{key}": each for key, each in arguments.items()}
                if "field" in arguments:
                    values[f"steps-{place}-place"] = f"{arguments.get('table', 'customer')}.{arguments['field']}"
                if step["name"] == "look_up":
                    lines = [f"{key} => {each}" for key, each in arguments.items()]
                    values[f"steps-{place}-entries"] = "\n".join(lines)
        elif bound.name == "compares":
            for place, each in enumerate(value or []):
                values |= {f"compares-{place}-{key}": found for key, found in each.items()}
        elif bound.name == "values":
            values |= {f"values-{key}": found for key, found in (value or {}).items()}
        elif bound.name == "options":
            values["options"] = "\n".join(value or [])
        elif value is not None and value is not False:
            values[bound.name] = "on" if value is True else value
    return values


def test_a_row_that_a_rule_needs_stays(store: Store, administrator: Client) -> None:
    typed = {**MANNERS, "row": "new", "name": "Debitor", "type": "string", "source": "customer.number"}
    save(administrator, "customer_attributes", **typed)
    rule = store.match_rules.get(name="attributes")
    compare = {"compares-0-table": "attribute", "compares-0-name": "Debitor", "compares-0-with_field": "number"}
    save(administrator, "match_rules", row=rule.pk, enabled="on", order="3", **compare)
    attribute = store.attribute_definitions.get(name="Debitor")
    page = administrator.post(url("customer_attributes"), {"do": "delete", "row": attribute.pk}, follow=True)
    assert "stays. Nobody maps the attribute" in page.content.decode()
    assert store.attribute_definitions.filter(name="Debitor").exists()


def test_a_rule_is_switched_and_the_store_card_knows(store: Store, administrator: Client) -> None:
    rule = store.match_rules.get(name="email")
    save(administrator, "match_rules", row=rule.pk, enabled="on", order="5")
    assert Store.objects.get(pk=store.pk).rules == {"email": True}


def test_country_codes_are_proposed_filled_in_and_refused(store: Store, administrator: Client) -> None:
    data.business_central_customer(store, "1", country="EL", country_iso="")
    page = administrator.get(url("country_codes"))
    assert page.context["proposals"] == {"EL": "GR"}
    administrator.post(url("country_codes"), {"do": "fill"})
    assert Store.objects.get(pk=store.pk).company.country_iso == {"EL": "GR"}
    page = administrator.post(url("country_codes"), {"do": "save", "code": "XI", "iso": "QQ"})
    assert "is not an ISO 3166-1 code" in page.content.decode()
    assert page.context["form"]["code"].value() == "XI"
    administrator.post(url("country_codes"), {"do": "delete", "code": "EL", "seen": "GR"})
    assert Store.objects.get(pk=store.pk).company.country_iso == {}


def test_the_document_goes_out_and_comes_into_another_store(store: Store, administrator: Client) -> None:
    save(administrator, "customer_metafields", **METAFIELD)
    answer = administrator.get(url("export_setup"))
    assert answer["Content-Disposition"] == 'attachment; filename="setup-k3v9x1q7p2.json"'
    assert [secret for secret in data.SECRETS if secret in answer.content.decode()] == []
    other = data.store("w8n4d2z6r5", "Trade")
    where = reverse("import_setup", args=[other.hash])
    page = administrator.post(where, {"document": SimpleUploadedFile("setup.json", answer.content)})
    assert page.context["plan"].lines == ["+ metafields bcsync.payment_terms"]
    assert not other.metafield_definitions.filter(name="payment_terms").exists()
    administrator.post(where, {"do": "apply", "text": page.context["text"], "seen": page.context["seen"]})
    assert export(other) == export(store) == json.loads(answer.content)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": "bcsync set-up", "version": 9}',
        "null",
        "[" * 50_000,
        '{"format": "bcsync set-up", "version": 1, "\\ud800": []}',
        '{"format": "bcsync set-up", "version": 1, "required_fields": [{"name": "city", "order": Infinity}]}',
    ],
)
def test_a_document_that_is_none_changes_nothing(text: str, store: Store, administrator: Client) -> None:
    before = export(store)
    page = administrator.post(url("import_setup"), {"do": "apply", "text": text})
    assert page.status_code == 200
    assert page.context["problems"]
    assert export(store) == before


@pytest.mark.parametrize("typed", ["-1", "99999999999999999999", "x", "new'--", "\0"])
def test_no_such_row_is_not_found(typed: str, store: Store, administrator: Client) -> None:
    # A NUL is refused before any view reads it.
    refused = 400 if typed == "\0" else 404
    assert administrator.get(url("field_mapping"), {"row": typed}).status_code == refused


def test_hostile_values_are_kept_and_shown_harmless(store: Store, administrator: Client) -> None:
    name = '"><img src=x onerror=1> =1+1 \u202eevil 😀'
    page = save(administrator, "customer_attributes", **MANNERS, row="new", name=name, type="string",
                source="customer.city")  # fmt: skip
    assert store.attribute_definitions.filter(name=name).exists()
    assert "<img" not in page.content.decode()
    page = administrator.post(url("customer_attributes"), {**MANNERS, "do": "save", "row": "new", "name": "a\0b"})
    assert page.status_code == 400
    assert not store.attribute_definitions.filter(name__startswith="a").exists()


def test_the_list_takes_the_same_queries_for_many_rows(
    store: Store, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(45):
        viewer.get(url("field_mapping"))


def test_the_catalogue_says_what_the_company_offers_and_what_to_publish(store: Store, viewer: Client) -> None:
    before = viewer.get(url("catalogue")).content.decode()
    types = {"No": ["text", 20], "Loyalty_Tier": ["text", 10]}
    card = {"service": "Card", "key": ["No"], "properties": {"number": "No"}, "types": types}
    store.company.capabilities = {
        "published": {"customer_card": card}, "customer_types": {"displayName": ["text", 80]}, "form": 2,
    }  # fmt: skip
    store.company.save()
    page = viewer.get(url("catalogue"))
    listed = {
        (each.field.table, each.field.name): each for table in page.context["tables"] for each in table.offers
    }  # fmt: skip

    assert "after Test Connection" in before
    assert "after Test Connection" not in page.content.decode()
    assert listed["customer", "displayName"].field.max_length == 80
    assert listed["published", "Loyalty_Tier"].source == "published Page 21 (Customer Card)"
    assert not listed["customer", "customerPriceGroup"].offered
    assert "add the field to the page" in listed["customer", "customerPriceGroup"].how_to
    assert not listed["ship_to", "city"].offered
    assert "Page 300 (Ship-to Address) is not published" in page.content.decode()


def test_hostile_names_of_the_storefront_and_of_metadata_are_harmless(store: Store, administrator: Client) -> None:
    evil = '<script>alert("x")</script>'
    types = {"No": ["text", 20], evil: ["text", 10]}
    card = {"service": "Card", "key": ["No"], "properties": {"number": "No"}, "types": types}
    store.company.capabilities = {"published": {"customer_card": card}, "form": 2}
    store.company.save()
    store.form_fields = [{"on": "customer", "name": evil, "type": "text", "required": False, "options": [evil]}]
    store.save()
    for where in (url("catalogue"), url("customer_form_fields"), url("customer_form_fields") + "?row=new"):
        page = administrator.get(where).content.decode()
        assert "<script>alert(" not in page, where
        assert "&lt;script&gt;" in page, where
