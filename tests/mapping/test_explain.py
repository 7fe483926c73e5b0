"""What the pages show of one customer: rows, templates, rules; the same functions as the jobs, so the same answers."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.defaults import DEFAULT_ROWS
from mapping.diff import Current
from mapping.evaluate import evaluate
from mapping.explain import InForce, explain_rules, explain_templates, touches, trace
from mapping.match import BusinessCentralIndex, IndexRow, Tracking, hits_of
from mapping.match_rules import DEFAULT_RULES, rules_with
from mapping.rows import FieldRow, Place, step
from mapping.template import NewShopper, TemplateRow, choose
from tests.mapping.builders import a_record, a_ship_to, a_shopper, a_store

ROWS = (*DEFAULT_ROWS, FieldRow(Place("customer", "number"), Place("address_form_field", "Account")))


def shown(record, facts=None):
    return {(traced.part, str(traced.row.target)): traced for traced in trace(record, facts or a_store(), ROWS)}


def test_each_row_shows_input_steps_output_and_issue():
    record = a_record(email="a@example.com; b@example.com", country_iso="US", country="US", state="Cambs")
    found = shown(record)
    email = found["core", "customer.email"]
    assert (email.input, email.steps, email.output, email.issue) == (
        "a@example.com; b@example.com",
        ((step("first_email"), "a@example.com"),),
        "a@example.com",
        None,
    )
    state = found["address:main", "address.state_or_province"]
    assert (state.input, state.output) == ("Cambs", None)
    assert state.steps == ((step("state_name"), '"Cambs" is not in the store\'s list for US.'),)
    assert state.issue.kind == "unknown"
    assert found["attribute", "attribute.Payment terms"].note == "The store has no attribute of this name."


def test_address_rows_are_shown_once_per_address():
    found = shown(a_record(ship_to=[a_ship_to(), a_ship_to(code="LEEDS", city="Leeds")]))
    cities = {part: traced.output for (part, target), traced in found.items() if target.endswith("address.city")}
    assert cities == {"address:main": "Cambridge", "address:ship-to:DUDLEY": "Dudley", "address:ship-to:LEEDS": "Leeds"}
    assert [part for part, target in found if target == "address_form_field.Account"] == list(cities)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=120), st.text(max_size=60), st.sampled_from(["GB", "US", "HK", ""]))
def test_what_is_shown_is_what_is_sent(name, state, iso):
    record = a_record(display_name=name, surname=name, state=state, country_iso=iso, ship_to=[a_ship_to(contact=name)])
    target = evaluate(record, a_store(), ROWS)
    found = shown(record)
    core = {t.row.target.name: t.output for t in found.values() if t.part == "core" and t.output is not None}
    assert core == target.core
    for source, address in target.addresses.items():
        rows = [t for t in found.values() if t.part == f"address:{source}" and t.output is not None]
        values = {t.row.target.name: t.output for t in rows if t.row.target.table != "address_form_field"}
        assert values == address.values
        assert {t.row.target.name: t.output for t in rows if t.row.target.table == "address_form_field"} == (
            address.form_fields
        )
    issues = {(t.part, t.issue.field) for t in found.values() if t.issue}
    assert issues == {(issue.part, issue.field) for issue in target.issues}


def test_why_a_template_and_not_the_others():
    templates = [
        TemplateRow("GB"),
        TemplateRow("GB", 3),
        TemplateRow("DE"),
        TemplateRow(vat_present=True),
        TemplateRow(),
    ]
    shopper = NewShopper("a@example.com", group_id=3, address={"country_code": "GB"})
    considered, why = explain_templates(templates, shopper)
    assert choose(templates, shopper) == (templates[1], why)
    assert [(one.chosen, one.text) for one in considered] == [
        (False, "It fits, but the one for country GB, customer group 3 says more."),
        (True, "Template for country GB, customer group 3."),
        (False, "It is for country DE, the shopper's is GB."),
        (False, "It is for shoppers with a VAT number."),
        (False, "It fits, but the one for country GB, customer group 3 says more."),
    ]


INDEX = BusinessCentralIndex([IndexRow("id-a", "10000", ("+441234567890",), ("a@example.com",), "GB1")])


def test_which_rules_match_and_why_the_others_do_not():
    shopper = a_shopper("a", "+441234567890", attributes={"Customer number": "99999"}, tracking=Tracking("gone", True))
    rules = rules_with({"form_fields": False})
    considered = explain_rules(shopper, INDEX, rules)
    assert [(one.rule, one.enabled, one.text) for one in considered] == [
        ("tracking", True, 'Tracking metafield "gone" names no customer of this company.'),
        ("phone", True, '"+441234567890" is that of Business Central customer 10000.'),
        ("metafields", True, 'The shopper has no value of "customer_number".'),
        ("attributes", True, 'No Business Central customer has "99999".'),
        ("form_fields", False, 'The rule is off. The shopper has no value of "Customer number".'),
        ("email", False, 'The rule is off. "a@example.com" is that of Business Central customer 10000.'),
        ("tax", False, 'The rule is off. The shopper has no value of "VAT number", "VAT number".'),
    ]
    found = tuple(hit for one in considered if one.enabled for hit in one.hits)
    assert found == hits_of(shopper, INDEX, rules)


def test_a_shopper_with_nothing_is_told_so():
    said = [one.text for one in explain_rules(a_shopper("a", emails=frozenset()), INDEX, DEFAULT_RULES)]
    assert said[:2] == [
        "The shopper has no tracking metafield.",
        "The shopper has no phone number that can be compared.",
    ]


def test_a_changed_row_touches_exactly_the_customers_concerned():
    facts = a_store()
    before = InForce(facts, DEFAULT_ROWS)
    upper = tuple(
        replace(row, steps=(*row.steps, step("upper"))) if str(row.target) == "address.city" else row
        for row in DEFAULT_ROWS
    )
    after = InForce(facts, upper)
    assert touches(a_record(), before, after)
    assert not touches(a_record(city="YORK"), before, after)
    assert not touches(a_record(), before, before)


def test_a_changed_owner_touches_a_linked_customer_only_where_the_sides_differ():
    facts = a_store()
    before = InForce(facts, DEFAULT_ROWS)
    after = InForce(facts, tuple(
        replace(row, owner="never") if str(row.target) == "customer.phone" else row for row in DEFAULT_ROWS
    ))  # fmt: skip
    target = evaluate(a_record(), facts)
    same = Current(core=target.core, attributes=target.attributes)
    other = Current(core={**target.core, "phone": "1"}, attributes=target.attributes)
    assert not touches(a_record(), before, after, same)
    assert touches(a_record(), before, after, other)
