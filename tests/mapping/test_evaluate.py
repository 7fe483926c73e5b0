"""What a Business Central customer should be in a store."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping.defaults import DEFAULT_ROWS
from mapping.evaluate import evaluate
from mapping.rows import FieldRow, Place, Step, step
from mapping.store_facts import StoreFacts
from tests.mapping.builders import a_record, a_ship_to, a_store

MAIN = {
    "first_name": "Robert",
    "last_name": "Townes",
    "company": "Adatum Corporation",
    "address1": "Station Road, 21",
    "address2": "",
    "city": "Cambridge",
    "state_or_province": "",
    "postal_code": "CB1 2FB",
    "country_code": "GB",
    "phone": "020 7946 0958",
    "address_type": "commercial",
}


def the_row(source: str, target: str, *steps: Step, **changes: str) -> FieldRow:
    return FieldRow(Place(*source.split(".")), Place(*target.split(".")), steps, **changes)


def notes(source: str, *steps: Step) -> FieldRow:
    return the_row(f"customer.{source}", "customer.notes", *steps)


def core_of(row: FieldRow, **changes: object) -> tuple[object, list[tuple[str, str]]]:
    target = evaluate(a_record(**changes), a_store(), [row])
    return target.core.get(row.target.name), [(issue.kind, issue.text) for issue in target.issues]


def test_a_company_with_a_ship_to_address_by_the_default_rows():
    record = a_record(ship_to=[a_ship_to()], tax_registration_number="GB123", payment_terms_code="1M(8D)")
    target = evaluate(record, a_store())
    assert target.core == {
        "email": "robert.townes@contoso.com",
        "first_name": "Robert",
        "last_name": "Townes",
        "company": "Adatum Corporation",
        "phone": "020 7946 0958",
        "customer_group_id": "",
    }
    assert {source: address.values for source, address in target.addresses.items()} == {
        "main": MAIN,
        "ship-to:DUDLEY": {
            **MAIN,
            "first_name": "Bryn Paul",
            "last_name": "Dunton",
            "company": "Adatum Dudley",
            "address1": "2 Lewes Road",
            "city": "Dudley",
            "postal_code": "DY5 4DJ",
            "phone": "",
        },
    }
    # Payment terms is left out: the store has no such attribute.
    assert target.attributes == {"Salesperson": "JO", "VAT number": "GB123"}
    assert target.metafields == {("bcsync", "customer_id"): record.id, ("bcsync", "customer_number"): "10000"}
    assert target.issues == ()


def test_a_person_has_no_company_and_lives_at_a_residential_address():
    target = evaluate(a_record(type="Person", display_name="Ana Garcia Lopez"), a_store())
    assert target.core["company"] == ""
    assert target.addresses["main"].values["company"] == ""
    assert target.addresses["main"].values["address_type"] == "residential"


def test_the_middle_name_goes_with_the_first_name():
    target = evaluate(a_record(first_name="Ana", middle_name="Garcia", surname="Lopez"), a_store())
    assert (target.core["first_name"], target.core["last_name"]) == ("Ana Garcia", "Lopez")


@pytest.mark.parametrize("contact", ["", "Reception", "Reception "])
def test_a_ship_to_contact_without_a_surname_is_replaced_by_the_primary_contact_whole(contact):
    address = evaluate(a_record(ship_to=[a_ship_to(contact=contact)]), a_store()).addresses["ship-to:DUDLEY"]
    assert (address.values["first_name"], address.values["last_name"]) == ("Robert", "Townes")


def test_the_first_of_several_emails_counts():
    assert evaluate(a_record(email=" a@contoso.com ; b@contoso.com"), a_store()).core["email"] == "a@contoso.com"


@pytest.mark.parametrize("county", ["CA", "ca", "California", " CALIFORNIA "])
def test_a_state_by_code_or_name_in_any_case_becomes_the_full_name(county):
    target = evaluate(a_record(country_iso="US", state=county, postal_code="94016"), a_store())
    assert target.addresses["main"].values["state_or_province"] == "California"
    assert target.issues == ()


def test_an_unknown_state_is_an_issue_and_the_value_is_left_out():
    target = evaluate(a_record(country_iso="US", state="Cambs"), a_store())
    assert "state_or_province" not in target.addresses["main"].values
    assert [(issue.part, issue.kind, issue.text) for issue in target.issues] == [
        ("address:main", "unknown", 'State/province "Cambs" is not in the store\'s list for US.')
    ]


def test_the_county_of_a_country_without_states_is_not_sent():
    assert evaluate(a_record(state="Cambs"), a_store()).addresses["main"].values["state_or_province"] == ""


def test_a_country_that_the_store_does_not_list_is_an_issue():
    target = evaluate(a_record(country_iso="DE"), a_store())
    assert [issue.text for issue in target.issues] == ['Country "DE" is not in the store\'s country list.']


@pytest.mark.parametrize(
    ("iso", "demanded"), [("GB", ["postal_code"]), ("US", ["state_or_province", "postal_code"]), ("HK", [])]
)
def test_what_a_country_demands_is_missing(iso, demanded):
    target = evaluate(a_record(country_iso=iso, postal_code="", state=""), a_store())
    assert [issue.field for issue in target.issues if issue.kind == "missing"] == demanded
    assert not any(issue.rejects(creating=False) for issue in target.issues)


def test_a_value_too_long_is_named_with_length_and_limit():
    issue = evaluate(a_record(surname="x" * 101), a_store()).issues[0]
    assert (issue.field, issue.part, issue.kind, issue.length, issue.limit) == (
        "last_name",
        "core",
        "too_long",
        101,
        100,
    )
    assert issue.text == f'Last name has 101 characters, BigCommerce takes 100: "{"x" * 39}…".'


def test_a_row_may_shorten_instead():
    row = the_row("contact.surname", "customer.last_name", too_long="shorten")
    assert core_of(row, surname="ab " * 60) == (("ab " * 60)[:100].rstrip(), [])


def test_a_price_group_becomes_the_customer_group():
    target = evaluate(a_record(customer_price_group="VIP"), a_store(customer_groups={"VIP": 7}))
    assert target.core["customer_group_id"] == 7


def test_an_unmapped_price_group_is_shown_and_stops_nothing():
    target = evaluate(a_record(customer_price_group="OTHER"), a_store(customer_groups={"VIP": 7}))
    assert "customer_group_id" not in target.core
    assert [(issue.kind, issue.rejects(creating=True)) for issue in target.issues] == [("unmapped", False)]


def test_control_characters_go_and_all_else_stays():
    name = '\u202eAda\x00tum\t<b>& "Söhne"\n=1+1 😀\ud800'
    assert evaluate(a_record(display_name=name), a_store()).core["company"] == '\u202eAdatum <b>& "Söhne" =1+1 😀'


def test_an_attribute_of_type_number_refuses_a_text():
    store = a_store(attributes=[{"id": 1, "name": "Salesperson", "type": "number"}])
    target = evaluate(a_record(), store)
    assert target.attributes == {}
    assert [issue.text for issue in target.issues] == ['Salesperson "JO" is not a number. The attribute is a number.']


@pytest.mark.parametrize(
    ("row", "changes", "expected"),
    [
        (notes("city", step("upper")), {}, "CAMBRIDGE"),
        (notes("city", step("lower")), {}, "cambridge"),
        (notes("city", step("title")), {"city": "NEW YORK"}, "New York"),
        (notes("city", step("join", field="number", separator="/")), {}, "Cambridge/10000"),
        (notes("city", step("constant", value="fixed")), {}, "fixed"),
        (notes("city", step("default", value="none")), {"city": ""}, "none"),
        (notes("city", step("else_field", field="number")), {"city": ""}, "10000"),
        (notes("city", step("template", text="{value} ({customer.number})")), {}, "Cambridge (10000)"),
        (the_row("customer.phoneNumber", "customer.phone", step("phone", format="e164")), {}, "+442079460958"),
        (the_row("customer.phoneNumber", "customer.phone", step("phone", format="national")), {}, "020 7946 0958"),
        (notes("since", step("date", format="%d.%m.%Y")), {"extra": {"since": "2026-03-01"}}, "01.03.2026"),
        (notes("since", step("date")), {"extra": {"since": "0001-01-01"}}, ""),
        (notes("rate", step("number", decimals="2")), {"extra": {"rate": 1.5}}, "1.50"),
        (notes("vip", step("yes_no", yes="Ja", no="Nein")), {"extra": {"vip": True}}, "Ja"),
        (notes("blocked", step("look_up", All="closed", **{"": "open"})), {}, "open"),
    ],
    ids=lambda value: value.steps[0].name if isinstance(value, FieldRow) else "",
)  # fmt: skip
def test_each_transform(row, changes, expected):
    assert core_of(row, **changes) == (expected, [])


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ((step("no_such"),), {}),
        ((step("date"),), {"city": "yesterday"}),
        ((step("number"),), {"city": "1E+999999999"}),
        ((step("number"),), {"city": "NaN"}),
        ((step("look_up", a="b"),), {}),
        ((step("phone", format="e164"),), {}),
    ],
)
def test_a_transform_that_cannot_says_so(steps, changes):
    value, issues = core_of(notes("city", *steps), **changes)
    assert value is None
    assert len(issues) == 1


anything = st.one_of(st.none(), st.text(), st.text(min_size=200, max_size=10_000), st.integers(), st.booleans())
texts = st.text(alphabet=st.characters(codec=None), max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_it_never_raises_and_is_deterministic(data):
    names = [name for name in asdict(a_record()) if name not in ("contact_phones", "ship_to", "extra", "last_modified")]
    strategy = data.draw(st.sampled_from([anything, texts]))
    record = BusinessCentralRecord(**{name: data.draw(strategy) for name in names})
    record.ship_to = [ShipTo(**{name: data.draw(strategy) for name in asdict(a_ship_to())})]
    record.extra = {"value": data.draw(strategy)}
    steps = [step(name) for name in ("date", "number", "yes_no", "phone", "look_up", "name_part", "template", "join")]
    rows = [*DEFAULT_ROWS, *(the_row("customer.value", f"form_field.{one.name}", one) for one in steps)]
    store = data.draw(st.sampled_from([a_store(), StoreFacts()]))
    assert evaluate(record, store, rows) == evaluate(replace(record), store, rows)
