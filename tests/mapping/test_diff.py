"""Three ways: what a customer should be, is, and was."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.defaults import DEFAULT_ROWS
from mapping.diff import Base, Changes, Current, base_as_json, base_from_json, diff, next_base, payload
from mapping.evaluate import Target, evaluate
from mapping.rows import FieldRow
from tests.mapping.builders import a_record, a_store

TARGET = evaluate(a_record(), a_store())


def in_step(target: Target = TARGET) -> Current:
    """The customer exactly as target wants it, addresses left out."""
    return Current(
        core={"id": 1, **target.core, "customer_group_id": 0},
        attributes=target.attributes,
        metafields=target.metafields,
    )


def core(current: dict[str, Any], base: dict[str, Any] | None = None) -> list[tuple[str, str, bool]]:
    """(field, kind, sends) of the core changes."""
    now = replace(in_step(), core={**in_step().core, **current})
    changes = diff(replace(TARGET, addresses={}), now, Base(core=base or {}))
    return [(change.field, change.kind, change.sends) for change in changes.core]


def test_nothing_changed_is_nothing_to_send():
    assert diff(replace(TARGET, addresses={}), in_step()) == Changes()


def test_only_what_differs_is_sent_to_each_family():
    now = in_step()
    now = replace(
        now,
        core={**now.core, "first_name": "Bob"},
        attributes={"Salesperson": "XX"},
        metafields={("bcsync", "customer_id"): TARGET.metafields["bcsync", "customer_id"]},
    )
    changes = diff(replace(TARGET, addresses={}), now)
    assert payload(changes.core) == {"first_name": "Robert"}
    assert payload(changes.attributes) == {"Salesperson": "JO"}
    assert [(one.namespace, one.field, one.before, one.after) for one in changes.metafields] == [
        ("bcsync", "customer_number", None, "10000")
    ]
    assert changes.addresses == ()
    assert changes.writes


@pytest.mark.parametrize(
    "current",
    [
        {"email": "Robert.Townes@CONTOSO.com"},
        {"phone": " 020 7946 0958 "},
        {"company": "Adatum Corporation  "},
        {"notes": "not ours"},
    ],
)
def test_equal_but_for_case_of_email_and_blanks_around_is_no_change(current):
    assert core(current) == []


def test_a_blank_does_not_overwrite():
    target = replace(TARGET, addresses={}, core={**TARGET.core, "phone": ""})
    changes = diff(target, in_step())
    assert [(one.field, one.kind, one.sends) for one in changes.core] == [("phone", "blank-kept", False)]
    assert not changes.writes


def test_a_blank_overwrites_where_the_row_says_so():
    rows = [replace(one, blank="send") for one in DEFAULT_ROWS]
    target = replace(
        TARGET, addresses={}, core={**TARGET.core, "phone": ""}, metafields={("bcsync", "customer_id"): ""}
    )
    changes = diff(target, in_step(), None, rows)
    assert payload(changes.core) == {"phone": ""}
    assert [(one.field, one.after, one.sends) for one in changes.metafields] == [("customer_id", "", True)]


OURS, BASE, THEIRS = "020 7946 0958", "1", "2"


@pytest.mark.parametrize(
    ("owner", "before", "base", "newer", "expected"),
    [
        ("business_central", THEIRS, None, "", ("send", True)),
        ("business_central", BASE, BASE, "", ("send", True)),
        ("business_central", THEIRS, OURS, "", ("send", True)),
        ("business_central", THEIRS, BASE, "", ("conflict", True)),
        ("bigcommerce", THEIRS, None, "", ("kept", False)),
        ("bigcommerce", BASE, BASE, "", ("kept", False)),
        ("bigcommerce", THEIRS, OURS, "", ("kept", False)),
        ("bigcommerce", THEIRS, BASE, "", ("conflict", False)),
        ("newest", BASE, BASE, "bigcommerce", ("send", True)),
        ("newest", THEIRS, OURS, "business_central", ("kept", False)),
        ("newest", THEIRS, BASE, "business_central", ("conflict", True)),
        ("newest", THEIRS, BASE, "bigcommerce", ("conflict", False)),
        ("newest", THEIRS, None, "business_central", ("send", True)),
        ("newest", THEIRS, None, "bigcommerce", ("kept", False)),
        ("fill_if_empty", "", None, "", ("send", True)),
        ("fill_if_empty", "", OURS, "", ("send", True)),
        ("fill_if_empty", THEIRS, None, "", ("kept", False)),
        ("never", "", None, "", ("kept", False)),
    ],
)
def test_who_wins(owner, before, base, newer, expected):
    rows = [replace(row, owner=owner) for row in DEFAULT_ROWS]
    now = replace(in_step(), core={**in_step().core, "phone": before})
    known = {} if base is None else {"phone": base}
    changes = diff(
        replace(TARGET, addresses={}), now, Base(core=known), rows, lambda part, row: newer or "business_central"
    )
    assert [(one.kind, one.sends) for one in changes.core] == [expected]
    assert changes.core[0] in changes.fields
    assert (changes.core[0] in changes.conflicts) == (expected[0] == "conflict")


def test_both_changed_to_the_same_is_no_conflict():
    assert core({"phone": OURS}, {"phone": BASE}) == []


def test_a_name_divided_differently_is_the_same_name():
    assert core({"first_name": "", "last_name": "Robert  Townes"}) == []


def test_a_name_that_business_central_divided_anew_is_sent():
    changed = core({"first_name": "", "last_name": "Robert Townes"}, {"first_name": "", "last_name": "Robert Townes"})
    assert changed == [("first_name", "send", True), ("last_name", "send", True)]


def test_no_group_and_a_group_of_zero_are_the_same():
    assert core({"customer_group_id": 0}) == []
    assert core({"customer_group_id": 4}) == [("customer_group_id", "blank-kept", False)]


def test_the_next_base_is_what_both_agree_on_and_else_the_old_one():
    now = replace(in_step(), core={**in_step().core, "phone": "other", "email": "ROBERT.TOWNES@contoso.com"})
    base = next_base(TARGET, now, Base(core={"phone": "old", "gone": "x"}))
    agreed = {name: value for name, value in TARGET.core.items() if name != "phone"}
    assert base.core == {**agreed, "phone": "old", "gone": "x"}
    assert base.metafields == TARGET.metafields


def test_a_base_survives_json():
    base = next_base(TARGET, in_step())
    assert base_from_json(base_as_json(base)) == base
    assert base_from_json(base_as_json(Base())) is None
    assert base_from_json(None) is None


value = st.sampled_from(["", " ", "a", "a ", "A", "b"])
owners = st.sampled_from(["business_central", "bigcommerce", "newest", "fill_if_empty", "never"])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_once_sent_nothing_is_left_to_send(data):
    rows: list[FieldRow] = [
        replace(row, owner=data.draw(owners), blank=data.draw(st.sampled_from(["keep", "send"])))
        for row in DEFAULT_ROWS
        if row.target.table in ("customer", "attribute")
    ]
    names = ("first_name", "last_name", "email", "company", "phone")
    target = replace(TARGET, addresses={}, core={name: data.draw(value) for name in names}, metafields={})
    now = Current(core={name: data.draw(value) for name in names}, attributes={"Salesperson": data.draw(value)})
    base = Base(core={name: data.draw(value) for name in names if data.draw(st.booleans())})
    side = data.draw(st.sampled_from(["business_central", "bigcommerce"]))

    def newer(part, row):
        return side

    changes = diff(target, now, base, rows, newer)
    then = replace(
        now,
        core={**now.core, **payload(changes.core)},
        attributes={**now.attributes, **payload(changes.attributes)},
    )
    assert not diff(target, then, next_base(target, then, base), rows, newer).writes
    assert not diff(target, then, base, rows, newer).writes
