"""Why a Business Central customer cannot be created in BigCommerce yet."""

import pytest

from mapping.evaluate import evaluate
from mapping.readiness import readiness, ship_to_readiness
from tests.mapping.builders import a_record, a_ship_to, a_store


def codes(**changes: object) -> list[str]:
    record = a_record(**changes)
    return [reason.code for reason in readiness(record, evaluate(record, a_store()), a_store())]


def words(**changes: object) -> list[str]:
    record = a_record(**changes)
    return [str(reason) for reason in readiness(record, evaluate(record, a_store()), a_store())]


def test_a_complete_customer_is_ready():
    assert codes() == []


def test_every_reason_is_given_at_once_with_field_and_page():
    record = a_record(
        email="", first_name="", surname="", address_line1="", city="", country_iso="", country="", postal_code=""
    )
    reasons = readiness(record, evaluate(record, a_store()), a_store())
    assert [(reason.code, reason.field, reason.page) for reason in reasons] == [
        ("missing-email", "Email", "Customer Card"),
        ("missing-first-name", "First Name", "Contact Card"),
        ("missing-surname", "Surname", "Contact Card"),
        ("missing-address-line1", "Address", "Customer Card"),
        ("missing-city", "City", "Customer Card"),
        ("missing-country", "Country/Region Code", "Customer Card"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": ""}, "Email is empty: fill it in on page Customer Card."),
        (
            {"surname": ""},
            "Surname of contact CT000001 is empty: fill it in on page Contact Card (Name, Name Details).",
        ),
        (
            {"surname": "", "primary_contact_number": "", "names_source": ""},
            "Surname of the primary contact is not known: choose a Primary Contact on page Customer Card, "
            "with first name and surname on its Contact Card.",
        ),
        (
            {"surname": "", "extra": {"names_problem": "Two persons, none is primary."}},
            "Surname of the primary contact is empty. Two persons, none is primary. Mend it on pages Customer Card, "
            "Contact Card.",
        ),
        ({"country_iso": "", "iso_problem": "EL is not an ISO code."}, "EL is not an ISO code."),
        ({"country_iso": ""}, "ISO Code of country/region GB is empty: fill it in on page Countries/Regions."),
        (
            {"postal_code": ""},
            "Post Code is empty, and United Kingdom needs a post code: fill it in on page Customer Card.",
        ),
        (
            {"country_iso": "US", "state": ""},
            "County is empty, and United States needs a state or province: fill it in on page Customer Card.",
        ),
        (
            {"country_iso": "US", "state": "Cambs"},
            'County: State/province "Cambs" is not in the store\'s list for US. Mend it on page Customer Card.',
        ),
        ({"email": "nobody"}, 'Email "nobody" is not an e-mail address. Mend it on page Customer Card.'),
        (
            {"privacy_blocked": True},
            "Privacy Blocked is on: this customer's data must not be passed on (page Customer Card).",
        ),
    ],
)
def test_the_sentence_says_what_to_mend_and_where(changes, expected):
    assert words(**changes) == [expected]


def test_a_value_too_long_is_one_reason_however_many_fields_it_feeds():
    assert codes(display_name="x" * 300) == ["too-long-display-name"]


def test_no_post_code_is_needed_where_the_country_has_none():
    assert codes(country_iso="HK", postal_code="") == []


def test_privacy_that_cannot_be_read_stops_nothing():
    assert codes(privacy_blocked=None) == []


def test_more_fields_can_be_required():
    record = a_record(phone_number="")
    reasons = readiness(record, evaluate(record, a_store()), a_store(), ("email", "phone_number"))
    assert [str(reason) for reason in reasons] == ["Phone No. is empty: fill it in on page Customer Card."]


def test_a_ship_to_address_is_judged_alone():
    record = a_record(ship_to=[a_ship_to(), a_ship_to(code="BAD", city="", country_iso="")])
    target = evaluate(record, a_store())
    assert readiness(record, target, a_store()) == []
    assert {
        source: [reason.code for reason in reasons]
        for source, reasons in ship_to_readiness(record, target, a_store()).items()
    } == {"ship-to:BAD": ["missing-city", "missing-country-iso"]}
