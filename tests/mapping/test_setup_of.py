"""The set-up of a store: made with the defaults, read in a handful of queries, changed row by row with a record."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from mapping.defaults import DEFAULT_REQUIRED, DEFAULT_ROWS
from mapping.match_rules import DEFAULT_RULES, rules_with
from mapping.models import (
    AttributeDefinition,
    FieldMappingRow,
    MatchRule,
    MetafieldDefinition,
    RequiredField,
    SetupChange,
    said_by,
)
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


def test_a_new_store_has_exactly_the_defaults(store):
    setup = setup_of(store)
    assert setup == Setup(DEFAULT_ROWS, DEFAULT_RULES, DEFAULT_REQUIRED, country_iso={"EL": "GR"})
    assert SetupChange.objects.count() == 0


def test_the_second_reading_makes_nothing_and_takes_a_handful_of_queries(store, django_assert_max_num_queries):
    setup_of(store)
    with django_assert_max_num_queries(12):
        setup_of(Store.objects.select_related("company").get(pk=store.pk))
    assert MetafieldDefinition.objects.count() == 2


def test_switches_of_the_store_count_and_saving_a_rule_writes_them(store):
    store.rules = {"email": True, "phone": False}
    store.save()
    assert setup_of(store).rules == rules_with(store.rules)
    rule = store.match_rules.get(name="email")
    assert rule.is_on
    rule.enabled = False
    rule.save()
    assert Store.objects.get().rules == {"phone": False}
    assert setup_of(Store.objects.get()).rules == rules_with({"phone": False})


def test_what_an_administrator_took_away_stays_away(store):
    setup_of(store)
    store.attribute_definitions.get(name="Salesperson").delete()
    store.field_mapping.filter(target_table="address", target_field="phone").delete()
    left = setup_of(store).rows
    gone = {str(row.target) for row in DEFAULT_ROWS} - {str(row.target) for row in left}
    assert gone == {"attribute.Salesperson", "address.phone"}


def test_the_systems_metafields_cannot_be_deleted_or_changed_but_for_their_words(store):
    setup_of(store)
    for row in MetafieldDefinition.objects.all():
        with pytest.raises(ValidationError, match="the system's own"):
            row.delete()
    with pytest.raises(ValidationError, match="the system's own"):
        MetafieldDefinition.objects.all().delete()
    row = MetafieldDefinition.objects.get(name="customer_id")
    row.source_field = "number"
    with pytest.raises(ValidationError, match="the system's own"):
        row.save()
    row = MetafieldDefinition.objects.get(name="customer_id")
    row.permission_set, row.description = "read", "Ours"
    row.full_clean()
    row.save()
    assert setup_of(store).rows_onto("metafield")[0].permission_set == "read"


def test_match_rules_and_demanded_fields_cannot_be_deleted(store):
    setup_of(store)
    with pytest.raises(ValidationError, match="switch it off"):
        MatchRule.objects.first().delete()
    for name in ("email", "first_name", "surname"):
        with pytest.raises(ValidationError, match="BigCommerce demands"):
            RequiredField.objects.get(name=name).delete()
    RequiredField.objects.get(name="city").delete()
    assert "city" not in setup_of(store).required


def test_who_changed_what_and_when_is_kept(store):
    setup_of(store)
    anna = User.objects.create_user("anna")
    row = said_by(AttributeDefinition(store=store, name="Blocked", source_table="customer", source_field="blocked"),
                  anna, "page")  # fmt: skip
    row.save()
    row.source_field = "number"
    row.save()
    row.save()
    row.delete()
    kept = [(c.action, c.kind, c.row, c.by, c.via, c.before, c.after) for c in SetupChange.objects.order_by("pk")]
    whole = {**row.as_document()}
    assert kept == [
        ("created", "customer attribute", "Blocked", anna, "page", {}, {**whole, "source_field": "blocked"}),
        ("changed", "customer attribute", "Blocked", anna, "page", {"source_field": "blocked"},
         {"source_field": "number"}),
        ("deleted", "customer attribute", "Blocked", anna, "page", whole, {}),
    ]  # fmt: skip


def test_nothing_goes_past_the_record(store):
    setup_of(store)
    for bulk in (
        lambda: FieldMappingRow.objects.update(owner="never"),
        lambda: FieldMappingRow.objects.bulk_create([FieldMappingRow(store=store)]),
        lambda: FieldMappingRow.objects.bulk_update(FieldMappingRow.objects.all(), ["owner"]),
        lambda: store.field_mapping.update(owner="never"),
    ):
        with pytest.raises(TypeError, match="recorded"):
            bulk()


def test_a_store_goes_with_its_whole_set_up(store):
    setup_of(store)
    store.delete()
    assert not MetafieldDefinition.objects.exists()
