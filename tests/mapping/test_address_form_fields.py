"""Address form fields: they go with a new address, are kept in step on ours, never touched on a shopper's own."""

from typing import Any

from mapping.defaults import DEFAULT_ROWS
from mapping.diff import Current, LinkedAddress, diff
from mapping.evaluate import evaluate
from mapping.rows import FieldRow, Place
from tests.mapping.builders import a_record, a_ship_to, a_store

ROWS = (
    *DEFAULT_ROWS,
    FieldRow(Place("customer", "number"), Place("address_form_field", "Account"), type="text"),
    FieldRow(Place("ship_to", "code"), Place("address_form_field", "Dock"), type="text"),
)
TARGET = evaluate(a_record(ship_to=[a_ship_to()]), a_store(), ROWS)
MAIN, DUDLEY = TARGET.addresses["main"], TARGET.addresses["ship-to:DUDLEY"]
LISTED = [{"name": "Account", "value": "10000"}]


def change_of(address: dict[str, Any], base: dict[str, Any], *, ours: bool = True) -> Any:
    linked = {
        "main": LinkedAddress({"id": 11, **address}, base, ours),
        "ship-to:DUDLEY": LinkedAddress(
            {"id": 12, **DUDLEY.values, "form_fields": [{"name": name, "value": value}
                                                        for name, value in DUDLEY.form_fields.items()]}, {}, True
        ),
    }  # fmt: skip
    found = diff(TARGET, Current(TARGET.core, linked, [], TARGET.attributes, {}, TARGET.metafields), None, ROWS)
    assert {change.source for change in found.addresses} <= {"main"}
    return found.addresses[0] if found.addresses else None


def test_each_address_has_its_own():
    assert MAIN.form_fields == {"Account": "10000"}
    assert DUDLEY.form_fields == {"Account": "10000", "Dock": "DUDLEY"}


def test_they_go_along_with_a_new_address_and_into_its_base():
    changes = diff(TARGET, Current(TARGET.core, {}, [], TARGET.attributes, {}, TARGET.metafields), None, ROWS)
    main = changes.addresses[0]
    assert main.values == {**MAIN.values, "form_fields": LISTED}
    assert main.base == {**MAIN.values, "form_fields": {"Account": "10000"}}


def test_one_in_step_needs_nothing():
    base = {**MAIN.values, "form_fields": {"Account": "10000"}}
    assert change_of({**MAIN.values, "form_fields": LISTED}, base) is None


def test_a_changed_one_is_sent_with_the_whole_address():
    there = [{"name": "Account", "value": "9"}, {"name": "Gate", "value": "theirs"}]
    change = change_of({**MAIN.values, "form_fields": there}, {**MAIN.values, "form_fields": {"Account": "9"}})
    assert (change.action, change.address_id) == ("update", 11)
    assert change.values == {**MAIN.values, "form_fields": LISTED}
    assert change.base == {**MAIN.values, "form_fields": {"Account": "10000"}}
    assert [(field.field, field.before, field.after, field.kind) for field in change.fields] == [
        ("Account", "9", "10000", "send")
    ]


def test_on_a_shoppers_own_address_they_are_left_alone():
    change = change_of({**MAIN.values, "form_fields": []}, dict(MAIN.values), ours=False)
    assert (change.action, change.values) == ("none", {})
    assert [field.sends for field in change.fields] == [False]
