"""A set-up document with a wrong value anywhere: refused with its place, or imported whole; never a crash."""

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.document import Unusable, apply_import, export, plan_import
from mapping.models import SetupChange
from stores.models import BusinessCentralCompany, Store
from tests.mapping.test_document import fill

pytestmark = pytest.mark.django_db
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.integers(-3, 3) | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(st.characters(exclude_categories=()), max_size=70) | st.sampled_from(["\0", "\ud800", "x" * 10_000, ""])
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@pytest.fixture
def store() -> Store:
    company = BusinessCentralCompany.objects.create(
        tenant="t", environment="Production", name="CRONUS", country_iso={"EL": "GR"}
    )
    row = Store.objects.create(hash="abc", company=company)
    fill(row)
    SetupChange.objects.all().delete()
    return row


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document, leaves and what holds them."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(document)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return made


def imported(store: Store, document: Any) -> list[str]:
    """The refusal's sentences; [] when the plan works, and then it was tried whole and taken back."""
    fresh = Store.objects.select_related("company").get(pk=store.pk)
    try:
        plan = plan_import(fresh, document)
    except Unusable as error:
        "\n".join(error.problems).encode()
        return error.problems or ["nothing was said"]
    "\n".join([*plan.lines, *plan.notes]).encode()
    with transaction.atomic():
        apply_import(fresh, plan)
        again = plan_import(Store.objects.select_related("company").get(pk=store.pk), document)
        assert again.lines == []
        transaction.set_rollback(True)
    return []


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_anywhere_is_refused_or_works_whole(store: Store, data: st.DataObject) -> None:
    before = export(store)
    path = data.draw(st.sampled_from(list(places(before))))
    imported(store, replaced(before, path, data.draw(VALUES)))
    assert export(Store.objects.get(pk=store.pk)) == before
    assert not SetupChange.objects.exists()


WRONG: list[tuple[tuple[Any, ...], Any, str]] = [
    (("field_mapping", 0, "order"), math.inf, "field_mapping 1: order: must be a whole number"),
    (("field_mapping", 2, "order"), math.nan, "field_mapping 3: order: must be a whole number"),
    (("field_mapping", 0, "order"), 10**30, "field_mapping 1: order: must be a whole number from 0 to 2147483647"),
    (("field_mapping", 0, "order"), True, "field_mapping 1: order: must be a whole number"),
    (("field_mapping", 0, "source_field"), ["city"], "field_mapping 1: source_field: must be a text"),
    (("field_mapping", 0, "source_table"), {}, "field_mapping 1: source_table: must be a text"),
    (("field_mapping", 0, "source_table"), None, "field_mapping 1: source_table: must be a text"),
    (("field_mapping", 0, "target_field"), 3, "field_mapping 1: target_field: must be a text"),
    (("field_mapping", 0, "required"), "yes", "field_mapping 1: required: must be true or false"),
    (("field_mapping", 0, "steps"), None, "field_mapping 1: steps"),
    (("attributes", 0, "name"), [], "attributes 1: name: must be a text"),
    (("metafields", 2, "description"), None, "metafields 3: description: must be a text"),
    (("form_fields", 0, "options"), [math.nan], "form_fields 1: options"),
    (("match_rules", 0, "enabled"), None, "match_rules 1: enabled: must be true or false"),
    (("match_rules", 0, "compares"), [{"table": 3}], "match_rules 1: compares"),
    (("required_fields", 0, "name"), {"a": None}, "required_fields 1: name: must be a text"),
    (("customer_groups", 0, "group_id"), None, "customer_groups 1: group_id: must be a whole number"),
    (("customer_groups", 0, "group_id"), 3.0, "customer_groups 1: group_id: must be a whole number"),
    (("customer_templates", 0, "group_id"), "3", "customer_templates 1: group_id: must be a whole number"),
    (("customer_templates", 0, "vat_present"), 1, "customer_templates 1: vat_present: must be true or false"),
    (("customer_templates", 0, "values"), {"creditLimit": math.inf}, "values: It has what cannot be stored"),
    (("customer_templates", 0, "values"), {"salespersonCode": {"a": [None]}}, "must be a text"),
    (("country_codes",), {"E\0": "GR"}, "country_codes"),
    (("country_codes",), {"EL": None}, "country_codes"),
    (("version",), True, "version True"),
    (("format",), [], "no set-up"),
]


@pytest.mark.parametrize(("path", "value", "words"), WRONG, ids=lambda each: str(each)[:40])
def test_a_value_of_another_type_is_refused_with_its_place(
    store: Store, path: tuple[Any, ...], value: Any, words: str
) -> None:
    before = export(store)
    said = imported(store, replaced(before, path, value))
    assert words in "\n".join(said)
    assert export(Store.objects.get(pk=store.pk)) == before


def test_a_document_that_is_nested_too_deeply_is_refused(store: Store, tmp_path: Any) -> None:
    deep: Any = "x"
    for _ in range(600):
        deep = [deep]
    said = imported(store, replaced(export(store), ("customer_templates", 0, "values"), {"salespersonCode": deep}))
    assert said == ["The document is nested too deeply to be a set-up."]
    file = tmp_path / "deep.json"
    for text in ("[" * 100_000, json.dumps({"format": "bcsync set-up", "version": 1, "attributes": deep})):
        file.write_text(text)
        with pytest.raises(CommandError):
            call_command("import_setup", "--store", "abc", str(file))
