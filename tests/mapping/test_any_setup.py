"""Properties that hold for any set-up and any value: nothing raises, equal input gives equal output, diffs settle."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mapping import names
from mapping.catalogue import FIELDS
from mapping.check import problems
from mapping.defaults import DEFAULT_REQUIRED, DEFAULT_ROWS
from mapping.diff import Current, diff, next_base
from mapping.evaluate import Target, evaluate
from mapping.explain import trace
from mapping.match_rules import DEFAULT_RULES, WITH_FIELDS, Compare, Rule
from mapping.readiness import readiness
from mapping.rows import FORM_FIELD_TYPES, FieldRow, Place, Step, steps_as_json, steps_from_json
from mapping.setup_parts import Setup
from mapping.transform_specs import SPECS
from mapping.transforms import TRANSFORMS
from tests.mapping.builders import a_record, a_ship_to, a_store

HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1", "@SUM(A1)", "'\"`;--", "\u202eright to left\u200f", "🙂👩‍👩‍👧", "a\0b", "\ud800",
    "x" * 10_000, "\r\n\t", "{customer.number}{value}{{}}", "%n%s", "0001-01-01", "1E+99999999", "٣", "²", " ",
)  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
sources = st.sampled_from([Place(f.table, f.name) for f in FIELDS if f.system == "business_central"])
closed = [Place(f.table, f.name) for f in FIELDS if f.system == "bigcommerce" and f.table != "group"]
targets = st.one_of(
    st.sampled_from(closed),
    st.builds(Place, st.sampled_from(["attribute", "form_field", "address_form_field"]), texts),
    st.builds(Place, st.just("metafield"), texts, texts),
)
arguments = sorted({argument.name for spec in SPECS.values() for argument in spec.arguments})
choices = sorted({choice for spec in SPECS.values() for argument in spec.arguments for choice in argument.choices})
values = st.one_of(st.sampled_from([*choices, "customer", "city", "2", "-1", "%d.%m.%Y"]), texts)
steps = st.builds(
    Step,
    st.sampled_from([*TRANSFORMS, "no_such"]),
    st.lists(st.tuples(st.one_of(st.sampled_from(arguments), texts), values), max_size=3).map(tuple),
)
rows = st.builds(
    FieldRow,
    st.one_of(sources, st.builds(Place, texts, texts)),
    targets,
    st.lists(steps, max_size=3).map(tuple),
    owner=st.sampled_from(["business_central", "bigcommerce", "newest", "fill_if_empty", "never"]),
    blank=st.sampled_from(["keep", "send"]),
    too_long=st.sampled_from(["reject", "shorten"]),
    required=st.booleans(),
    type=st.sampled_from(["", "string", "number", "date", "password", *FORM_FIELD_TYPES]),
    options=st.lists(texts, max_size=2).map(tuple),
)
records = st.builds(
    a_record, display_name=texts, city=texts, state=texts, email=texts, phone_number=texts, surname=texts,
    customer_price_group=texts, country_iso=st.sampled_from(["GB", "US", "HK", "ZZ", ""]),
    ship_to=st.lists(st.builds(a_ship_to, name=texts, contact=texts, code=texts), max_size=2),
    extra=st.dictionaries(st.sampled_from(["balanceDue", "financial.balance"]), texts, max_size=2),
)  # fmt: skip
STORE = a_store(
    attributes=[{"id": 1, "name": "Salesperson"}, {"id": 2, "name": "Since", "type": "date"}],
    customer_groups={"VIP": 1},
    discount_groups={"RETAIL": 2},
    country_iso={"EL": "GR", "UK": "GB"},
)


@settings(max_examples=300, deadline=None)
@given(records, st.lists(rows, max_size=4))
def test_nothing_raises_and_everything_is_deterministic(record, added):
    mine = (*DEFAULT_ROWS, *added)
    target = evaluate(record, STORE, mine)
    assert evaluate(record, STORE, mine) == target
    readiness(record, target, STORE)
    trace(record, STORE, mine)
    problems(Setup(mine, DEFAULT_RULES, DEFAULT_REQUIRED), STORE)
    diff(target, Current({}), None, mine)


@settings(max_examples=200, deadline=None)
@given(records, st.lists(rows, max_size=4, unique_by=lambda row: (row.target.table, row.target.name)))
def test_what_was_sent_is_not_sent_again(record, added):
    mine = (*DEFAULT_ROWS, *added)
    one_per_target = tuple({row.target: row for row in mine}.values())
    target = evaluate(record, STORE, one_per_target)
    now = stored(target)
    base = next_base(target, now)
    assert not any(change.sends for change in diff(target, now, base, one_per_target).fields if change.owner != "never")


def stored(target: Target) -> Current:
    return Current(dict(target.core), {}, [], target.attributes, dict(target.form_fields), dict(target.metafields))


@settings(max_examples=200, deadline=None)
@given(records)
def test_what_goes_out_can_be_written_and_has_no_control_characters(record):
    target = evaluate(record, STORE)
    said: list[Any] = [target.core, target.attributes, *(address.values for address in target.addresses.values())]
    for family in said:
        text = json.dumps(family, ensure_ascii=False)
        text.encode("utf-8")
        assert json.loads(text) == family
        assert not any(character < " " for value in family.values() if isinstance(value, str) for character in value)


@given(st.lists(steps, max_size=4).map(tuple))
def test_steps_come_back_from_json(made):
    plain = tuple(Step(one.name, tuple(sorted(dict(one.arguments).items()))) for one in made)
    assert steps_from_json(json.loads(json.dumps(steps_as_json(plain)))) == plain


@given(st.lists(st.builds(Compare, texts, texts, st.one_of(st.sampled_from(WITH_FIELDS), texts)), max_size=3))
def test_any_rule_is_checked_without_an_error(compares):
    rules = (Rule("attributes", True, tuple(compares)), Rule("no such"))
    found = problems(Setup((), rules, DEFAULT_REQUIRED), STORE)
    assert any(problem.row == "rule.no such" for problem in found)


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@given(st.lists(words, min_size=1, max_size=4))
def test_a_name_that_is_split_and_joined_is_the_same_name(parts):
    name = " ".join(parts)
    assert names.join(*names.split(name, None)) == name


@given(words, words, words)
def test_three_single_words_are_joined_and_split_the_same(first, middle, surname):
    assert names.split(names.join(first, middle, surname), None) == (first, middle, surname)


def test_every_transform_is_described_and_the_other_way_round():
    assert set(SPECS) == set(TRANSFORMS)
