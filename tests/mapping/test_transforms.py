"""Each transform and, where it has one, its inverse; and values made to fit typed targets."""

from typing import Any

import pytest

from mapping.evaluate import evaluate
from mapping.rows import FieldRow, Place, step
from mapping.sources import Context
from mapping.transforms import Problem, apply
from tests.mapping.builders import a_record, a_store

STORE = a_store(
    customer_groups={"VIP": 1}, discount_groups={"RETAIL": 2}, country_iso={"EL": "GR", "UK": "GB"},
    attributes=[{"id": 1, "name": "Size", "type": "string"}],
)  # fmt: skip


def through(value: str, *steps: Any, iso: str = "US", **record: Any) -> Any:
    return apply(value, steps, Context(a_record(**record), STORE, country_iso=iso))


@pytest.mark.parametrize(
    ("value", "made", "expected"),
    [
        ("  a   b ", step("trim"), "a b"),
        ("a; b; c", step("split", separator=";", piece="2"), "b"),
        ("a b", step("split", piece="-1"), "b"),
        ("a b", step("split", piece="3"), ""),
        ("a b", step("split", piece="0"), "a"),
        ("Ann Marie Lee", step("split_name", part="first"), "Ann"),
        ("Ann Marie Lee", step("split_name", part="middle"), "Marie"),
        ("Ann Marie Lee", step("split_name", part="last"), "Lee"),
        ("", step("full_name"), "Robert Townes"),
        ("california", step("state_code"), "CA"),
        ("ca", step("state_code"), "CA"),
        ("", step("state_code"), ""),
        ("el", step("country_iso"), "GR"),
        ("DE", step("country_iso"), "DE"),
        ("GR", step("country_region"), "EL"),
        ("DE", step("country_region"), "DE"),
        ("31.12.2026", step("date", read_format="%d.%m.%Y"), "2026-12-31"),
        ("2026-12-31", step("date", format="%d.%m.%Y"), "31.12.2026"),
        ("2026-12-31 10:00:00+00:00", step("date"), "2026-12-31"),
        ("1.234,50", step("number", read_separator=","), "1234.50"),
        ("1,234.5", step("number", read_separator=".", decimals="2"), "1234.50"),
        ("1234.5", step("number", decimals="2", decimal_separator=","), "1234,50"),
        ("Ja", step("true_false", yes="Ja", no="Nein"), True),
        ("nein", step("true_false", yes="Ja", no="Nein"), False),
        ("", step("true_false"), ""),
        ("VIP", step("customer_group"), 1),
        ("VIP", step("customer_group", kind="price"), 1),
        ("RETAIL", step("customer_group", kind="discount"), 2),
        ("", step("customer_group"), ""),
    ],
)
def test_each_gives(value, made, expected):
    assert through(value, made) == expected


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("Kent", step("state_code")),
        ("Atlantis", step("country_iso")),
        ("Atlantis", step("country_region")),
        ("31.12.2026", step("date")),
        ("2026-12-31", step("date", read_format="%d.%m.%Y")),
        ("perhaps", step("true_false")),
        ("1.2.3", step("number")),
        ("GOLD", step("customer_group")),
    ],
)
def test_each_that_cannot_says_so(value, made):
    assert isinstance(through(value, made), Problem)


def test_the_discount_group_counts_where_the_price_group_is_not_mapped():
    assert through("", step("customer_group"), customer_discount_group="RETAIL") == 2
    assert through("GOLD", step("customer_group"), customer_discount_group="RETAIL") == 2
    assert through("VIP", step("customer_group"), customer_discount_group="RETAIL") == 1


@pytest.mark.parametrize(
    ("value", "there", "back"),
    [
        ("California", step("state_code"), step("state_name")),
        ("EL", step("country_iso"), step("country_region")),
        ("2026-12-31", step("date", format="%d/%m/%Y"), step("date", read_format="%d/%m/%Y")),
        ("1234.50", step("number", decimals="2", decimal_separator=","), step("number", read_separator=",")),
        ("Yes", step("true_false"), step("yes_no")),
        ("+442079460958", step("phone", format="national"), step("phone", format="e164")),
    ],
)
def test_inverses(value, there, back):
    assert through(value, there, back, iso="GB" if "phone" in there.name else "US") == value


def form(value: str, kind: str, *options: str) -> Any:
    row = FieldRow(Place("customer", "city"), Place("form_field", "F"), type=kind, options=options)
    target = evaluate(a_record(city=value), STORE, [row])
    return target.form_fields.get("F"), [issue.text for issue in target.issues]


@pytest.mark.parametrize(
    ("value", "kind", "options", "expected"),
    [
        ("a; b,c | d", "checkboxes", (), ["a", "b", "c", "d"]),
        ("a;b", "checkboxes", ("a", "b"), ["a", "b"]),
        ("a", "picklist", ("a", "b"), "a"),
        ("z", "radiobuttons", (), "z"),
        ("12.50", "numbers", (), "12.50"),
        ("2026-12-31", "date", (), "2026-12-31"),
        ("any", "multiline", (), "any"),
        ("", "numbers", (), ""),
    ],
)
def test_form_fields_are_made_to_fit(value, kind, options, expected):
    assert form(value, kind, *options) == (expected, [])


@pytest.mark.parametrize(
    ("value", "kind", "options", "words"),
    [
        ("a;z", "checkboxes", ("a", "b"), 'F "z" is not one of the choices.'),
        ("z", "picklist", ("a", "b"), 'F "z" is not one of the choices.'),
        ("many", "numbers", (), 'F "many" is not a number. The form field takes a number.'),
        ("soon", "date", (), 'F "soon" is not a date. The form field takes a date.'),
        ("secret", "password", (), "F is a password, which is never written."),
    ],
)
def test_form_fields_that_do_not_fit_are_issues(value, kind, options, words):
    assert form(value, kind, *options) == (None, [words])


def core(name: str, value: str) -> Any:
    target = evaluate(a_record(city=value), STORE, [FieldRow(Place("customer", "city"), Place("customer", name))])
    return target.core.get(name), [issue.kind for issue in target.issues]


def test_typed_fields_of_the_customer_get_their_type():
    emails = "accepts_product_review_abandoned_cart_emails"
    assert core("customer_group_id", "7") == (7, [])
    assert core("customer_group_id", "seven") == (None, ["invalid"])
    assert core(emails, "yes") == (True, [])
    assert core(emails, "0") == (False, [])
    assert core(emails, "maybe") == (None, ["invalid"])


def test_custom_and_financial_fields_come_from_extra():
    extra = {"balanceDue": 12.5, "financial.overdueAmount": 3, "published.Loyalty_Level": "GOLD"}
    rows = [
        FieldRow(Place(table, name), Place("form_field", name))
        for table, name in (("customer", "balanceDue"), ("financial", "overdueAmount"), ("published", "Loyalty_Level"))
    ]
    assert evaluate(a_record(extra=extra), STORE, rows).form_fields == {
        "balanceDue": "12.5", "overdueAmount": "3", "Loyalty_Level": "GOLD",
    }  # fmt: skip
