"""Steps backwards: what comes forward as it was goes back, and what cannot says why."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.inverse import FIRST, MIDDLE, SURNAME, going_back, has_inverse
from mapping.rows import FieldRow, Place, Step, step
from mapping.sources import Context, read
from mapping.store_facts import store_facts
from mapping.transform_specs import SPECS
from mapping.transforms import Problem, apply
from mapping.values import text
from mapping.write_back import Return, why_it_stays, with_values
from tests.mapping.builders import a_record

RECORD = a_record()
FACTS = store_facts(
    countries=[{"country": "United States", "country_iso2": "US",
                "states": [{"state": "New York", "state_abbreviation": "NY"},
                           {"state": "New Jersey", "state_abbreviation": "NJ"}]}],
    customer_groups={"VIP": 4, "OLD": 9, "TOO": 9}, country_iso={"EL": "GR"},
)  # fmt: skip
CITY = Place("customer", "city")


def context(**values):
    record = replace(RECORD, **values)
    return Context(record, FACTS, country_iso=record.country_iso)


def back(value, *steps, source=CITY, **values):
    outcome = going_back(FieldRow(source, Place("customer", "company"), steps), value, context(**values))
    return outcome.text if isinstance(outcome, Problem) else outcome[source]


@pytest.mark.parametrize(
    ("value", "steps", "values", "expected"),
    [
        ("Ely", (), {}, "Ely"),
        ("ELY", (step("upper"),), {}, "ELY"),
        ("none", (step("default", value="none"),), {"city": ""}, ""),
        ("New York", (step("state_name"),), {"city": "New Jersey", "country_iso": "US"}, "New York"),
        ("New York", (step("state_name"),), {"city": "NJ", "country_iso": "US"}, "NY"),
        ("GR", (step("country_iso"),), {"city": ""}, "EL"),
        ("GR", (step("country_iso"),), {"city": "GR"}, "GR"),
        ("4", (step("customer_group"),), {}, "VIP"),
        ("9", (step("customer_group"),), {"city": "TOO"}, "TOO"),
        ("0", (step("customer_group"),), {"city": "VIP"}, ""),
        ("commercial", (step("look_up", Company="commercial", Person="residential"),), {"city": ""}, "Company"),
        ("31.12.2026", (step("date", format="%d.%m.%Y"),), {}, "2026-12-31"),
        ("3,50", (step("number", decimals="2", decimal_separator=","),), {}, "3.50"),
        ("Ja", (step("yes_no", yes="Ja", no="Nein"),), {}, "true"),
        ("new@a.example", (step("first_email"),), {"city": "old@a.example; b@b.example"}, "new@a.example; b@b.example"),
        ("b@b.example", (step("first_email"),), {"city": "a@a.example, b@b.example"}, "b@b.example"),
    ],
)  # fmt: skip
def test_goes_back(value, steps, values, expected):
    assert back(value, *steps, **values) == expected


@pytest.mark.parametrize(
    ("value", "steps", "words"),
    [
        ("x", (step("constant", value="x"),), "has no inverse"),
        ("x", (step("split", piece="1"),), "has no inverse"),
        ("x", (step("look_up", a="x", b="x"),), "several entries"),
        ("y", (step("look_up", a="x"),), "no entry"),
        ("x", (step("only_for_type", type="Person"),), "is a Company"),
        ("12", (step("customer_group"),), "no price groups"),
        ("9", (step("customer_group"),), "several price groups"),
        ("when", (step("date"),), "not a date"),
    ],
)
def test_says_why_it_cannot(value, steps, words):
    assert words in back(value, *steps, type="Company")


@pytest.mark.parametrize(
    ("value", "middle", "expected"),
    [
        ("Bob", "", ("Bob", "")),
        ("Bob Lee", "Lee", ("Bob", "Lee")),
        ("Rob", "Lee", ("Rob", "")),
        ("Maximiliana Theodora Josefine Anna", "", ("Maximiliana Theodora Josefine", "Anna")),
    ],
)
def test_a_first_name_holds_the_middle_one(value, middle, expected):
    row = FieldRow(FIRST, Place("customer", "first_name"), (step("join", table="contact", field="middleName"),))
    outcome = going_back(row, value, context(middle_name=middle))
    assert (outcome[FIRST], outcome[MIDDLE]) == expected


def test_a_full_name_is_divided_by_the_vendors_rule():
    outcome = going_back(FieldRow(FIRST, Place("form_field", "Name"), (step("full_name"),)), "Ann B Cee", context())
    assert (outcome[FIRST], outcome[MIDDLE], outcome[SURNAME]) == ("Ann", "B", "Cee")


def test_a_person_whose_names_change_has_another_name():
    new = [Return(FIRST, "", "Bob", "core", "first_name"), Return(SURNAME, "", "Hall", "core", "last_name")]
    record = with_values(replace(RECORD, type="Person", middle_name=""), new)
    assert (record.display_name, RECORD.first_name) == ("Bob Hall", RECORD.first_name)


def test_what_can_never_go_back_is_known_beforehand():
    number = FieldRow(Place("customer", "number"), Place("attribute", "Number"))
    assert "cannot be written" in why_it_stays(number)
    assert "no inverse" in why_it_stays(FieldRow(CITY, Place("attribute", "x"), (step("template", text="{value}"),)))
    assert why_it_stays(FieldRow(CITY, Place("attribute", "x"))) == ""


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=12), st.sampled_from(sorted(SPECS)),
    st.dictionaries(
        st.sampled_from(["a", "value", "piece", "format", "table", "field", "*", ""]), st.text(max_size=5), max_size=3
    ),
)  # fmt: skip
def test_never_raises_and_settles(value, name, arguments):
    """Whatever goes back comes forward as something that goes back to the same: a second Update writes nothing."""
    row = FieldRow(CITY, Place("attribute", "x"), (Step(name, tuple(sorted(arguments.items()))),))
    outcome = going_back(row, value, context())
    if isinstance(outcome, Problem) or name == "full_name":
        return
    assert has_inverse(row)
    there = context(city=outcome[CITY])
    again = going_back(row, value, there)
    if name == "else_field" and not text(value):
        return
    assert not isinstance(again, Problem)
    assert text(again[CITY]) == read(CITY, there)
    apply(read(CITY, there), row.steps, there)
