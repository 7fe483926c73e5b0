"""The set-up in the Django admin: checked like the pages, recorded with who did it, the system's rows protected."""

import importlib
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from customers.models import Customer, CustomerFormField
from mapping.country_codes import proposed, save_country_codes
from mapping.defaults import DEFAULT_ROWS
from mapping.match_rules import rules_with
from mapping.models import AttributeDefinition, MetafieldDefinition, SetupChange
from mapping.seen import seen_of
from mapping.setup import setup_of
from mapping.setup_parts import Setup
from stores.models import BusinessCentralCompany, Store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    company = BusinessCentralCompany.objects.create(
        tenant="t", environment="Production", name="CRONUS", country_iso={"EL": "GR"}
    )
    return Store.objects.create(hash="abc", company=company)


@pytest.fixture
def anna() -> User:
    return User.objects.create_superuser("anna")


@pytest.fixture
def browser(anna: User) -> Client:
    client = Client()
    client.force_login(anna)
    return client


def form(store: Store, **values: Any) -> dict[str, Any]:
    made = {"store": store.pk, "source_table": "customer", "source_field": "website", "steps": "[]", "blank": "keep"}
    return {**made, "owner": "business_central", "too_long": "reject", "order": 5, "type": "string", **values}


def recorded() -> list[tuple[str, str, str, Any]]:
    return [(change.action, change.row, change.via, change.by) for change in SetupChange.objects.order_by("pk")]


def test_a_row_is_added_changed_and_deleted_with_a_record(store, anna, browser):
    setup_of(store)
    base = "/admin/mapping/attributedefinition/"
    assert browser.post(f"{base}add/", form(store, name="Home page")).status_code == 302
    row = AttributeDefinition.objects.get(name="Home page")
    typed = form(store, name="Home page", owner="never", seen=seen_of(row))
    assert browser.post(f"{base}{row.pk}/change/", typed).status_code == 302
    assert browser.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    first = store.attribute_definitions.first().pk
    chosen = {"action": "delete_selected", "_selected_action": [first], "post": "yes"}
    assert browser.post(base, chosen).status_code == 302
    assert recorded() == [
        ("created", "Home page", "admin", anna),
        ("changed", "Home page", "admin", anna),
        ("deleted", "Home page", "admin", anna),
        ("deleted", "Salesperson", "admin", anna),
    ]


def test_what_cannot_work_is_refused_at_its_field(store, browser):
    answer = browser.post("/admin/mapping/attributedefinition/add/", form(store, name="X", source_field="shoeSize"))
    assert "source_field" in answer.context["adminform"].form.errors
    assert not AttributeDefinition.objects.filter(name="X").exists()


def test_the_systems_metafields_cannot_be_deleted_here_either(store, browser):
    setup_of(store)
    base = "/admin/mapping/metafielddefinition/"
    pks = list(MetafieldDefinition.objects.values_list("pk", flat=True))
    for address, values in (
        (f"{base}{pks[0]}/delete/", {"post": "yes"}),
        (base, {"action": "delete_selected", "_selected_action": pks, "post": "yes"}),
    ):
        answer = browser.post(address, values)
        assert "the system&#x27;s own" in answer.content.decode()
    assert MetafieldDefinition.objects.count() == 2
    forged = form(
        store,
        name="mine",
        namespace="mine",
        permission_set="read",
        description="Ours",
        seen=seen_of(MetafieldDefinition.objects.get(pk=pks[0])),
    )
    assert browser.post(f"{base}{pks[0]}/change/", forged).status_code == 302
    kept = MetafieldDefinition.objects.get(pk=pks[0])
    assert (kept.name, kept.namespace, kept.source_field, kept.permission_set) == (
        "customer_id",
        "bcsync",
        "id",
        "read",
    )


def test_a_whole_store_can_still_be_deleted_here(store, browser):
    setup_of(store)
    assert browser.post(f"/admin/stores/store/{store.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Store.objects.exists()


def test_country_codes_are_the_companys_and_recorded(store, anna):
    save_country_codes(store, {"EL": "GR", "XI": "GB"}, anna)
    assert setup_of(Store.objects.get()).country_iso == {"EL": "GR", "XI": "GB"}
    change = SetupChange.objects.get()
    assert (change.company, change.by, change.row, change.before, change.after) == (
        store.company, anna, "XI", {}, {"XI": "GB"},
    )  # fmt: skip
    with pytest.raises(ValidationError, match="not an ISO 3166-1"):
        save_country_codes(store, {"EL": "EL"}, anna)
    save_country_codes(store, {"EL": "GR", "XI": "GB"}, anna)
    assert SetupChange.objects.count() == 1


def test_country_codes_are_proposed_from_what_was_read():
    seen = [("XI", ""), ("ZZZ", ""), ("GB", ""), ("D", "DE"), ("EL", "")]
    assert proposed(seen, {"EL": "GR"}) == {"EL": "GR", "XI": "GB", "ZZZ": ""}


def test_a_rule_may_compare_what_customers_have_a_value_of(store):
    setup_of(store)
    rule = store.match_rules.get(name="form_fields")
    rule.compares = [{"table": "form_field", "name": "ERP number"}]
    with pytest.raises(ValidationError, match="Nobody maps"):
        rule.full_clean()
    customer = Customer.objects.create(store=store, remote_id=1, written_at=timezone.now())
    CustomerFormField.objects.create(customer=customer, name="ERP number", value="1")
    rule.full_clean()


def test_stores_from_before_get_the_defaults_by_migration(store):
    store.rules = {"email": True}
    store.save()
    migration = importlib.import_module("mapping.migrations.0003_default_rows")
    state = MigrationExecutor(connection).loader.project_state(("mapping", "0003_default_rows"))
    migration.give_defaults(state.apps, None)
    assert store.match_rules.get(name="email").enabled
    assert setup_of(store) == Setup(
        DEFAULT_ROWS, rules_with({"email": True}), setup_of(store).required, country_iso={"EL": "GR"}
    )
