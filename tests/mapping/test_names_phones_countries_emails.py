"""The small facts: how names split, when phones are equal, what a country is, what an e-mail is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcsync.clients.business_central_names import split_name
from mapping import countries, emails, names, phones
from tests.mapping.builders import a_store


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("", ("", "", "")),
        ("Madonna", ("Madonna", "", "")),
        ("Robert Townes", ("Robert", "", "Townes")),
        ("Bryn Paul Dunton", ("Bryn", "Paul", "Dunton")),
        ("Ana Maria Garcia Lopez", ("Ana Maria", "Garcia", "Lopez")),
        ("  Robert   Townes", ("Robert", "", "Townes")),
        ("Robert Townes ", ("Robert", "Townes", "")),
        ("x" * 40 + " " + "y" * 40, ("x" * 30, "", "y" * 30)),
    ],
)
def test_business_central_splits_a_name(name, parts):
    expected = parts if name != "Robert Townes " else ("Robert", "Townes", "")
    assert names.split(name) == expected


words = st.text(alphabet="abcÄ'-", min_size=1, max_size=12)


@given(st.lists(words, min_size=1, max_size=4))
def test_splitting_and_joining_are_inverse(parts):
    name = " ".join(parts)
    first, middle, surname = names.split(name, None)
    assert names.join(first, middle, surname) == name
    assert names.split(names.join(first, middle, surname), None) == (first, middle, surname)


@given(st.text(alphabet="ab ", max_size=100))
def test_the_rule_is_the_one_the_client_uses(name):
    assert names.split(name) == split_name(name)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("020 7946 0958", "GB"),
        ("(020) 7946-0958", "gb"),
        ("+44 20 7946 0958", ""),
        ("+44 (0)20 7946 0958", "US"),
        ("0044 20 7946 0958", "GB"),
        ("0044 20 7946 0958", "US"),
        ("020 7946 0958 ext. 12", "GB"),
        ("tel:+442079460958;ext=3", ""),
    ],
)
def test_one_number_in_many_spellings(text, region):
    assert phones.e164(text, region) == "+442079460958"


@pytest.mark.parametrize(
    "text", ["", "call me", "7946", "020 7946 0958", "12345", "+44", "1" * 300, "\x00", "²³¹²³¹²³¹"]
)
def test_what_cannot_be_parsed_is_no_number(text):
    assert phones.e164(text, "") == ""


@given(st.text(), st.text(max_size=3))
def test_any_text_is_a_number_or_nothing(text, region):
    found = phones.e164(text, region)
    assert found == "" or phones.e164(found) == found


def test_iso_codes_are_those_of_iso():
    valid = ["GB", "GR", "NI"]
    assert [
        code for code in ("GB", "GR", "NI", "EL", "UK", "XI", "gb", "GBR", "", "ÄÖ") if countries.is_iso(code)
    ] == valid


def test_countries_without_post_codes():
    assert [iso for iso in ("GB", "US", "HK", "AE", "IE") if not countries.uses_post_codes(iso)] == ["HK", "AE"]
    assert all(countries.is_iso(iso) for iso in countries.WITHOUT_POST_CODES)


def test_a_state_is_found_by_code_and_name_and_never_guessed():
    us = a_store().countries["US"]
    found = [countries.state_name(us, text) for text in ("CA", "washington", "Wash", "")]
    assert found == ["California", "Washington", None, ""]


def test_the_code_spelled_like_the_iso_code_stands_for_it():
    read = {"NI": "GB", "GB": "GB", "EL": "GR", "B": "AT", "A": "AT", "X": ""}
    assert countries.codes_by_iso(read) == {"GB": "GB", "GR": "EL", "AT": "A"}


def test_the_first_address_of_an_email_field():
    assert emails.all_of(" a@x.io;; B@y.io , ") == ["a@x.io", "B@y.io"]
    assert emails.first(";a@x.io") == "a@x.io"
    assert emails.keys("A@x.io;b@Y.io") == {"a@x.io", "b@y.io"}


@pytest.mark.parametrize("address", ["a@b.co", "a.b+c@d-e.co.uk", "ä@ö.de", "o'neil@x.ie"])
def test_valid_emails(address):
    assert emails.is_valid(address)


@pytest.mark.parametrize(
    "address", ["", "a", "a@b", "a@@b.co", "a b@c.de", "a@b..co", ".a@b.co", "a..b@c.de", "a@b.co\n"]
)
def test_invalid_emails(address):
    assert not emails.is_valid(address)


NUMBERS = [("GB", "020 7946 0958"), ("DE", "030 23125-010"), ("RU", "8 (495) 123-45-67"), ("AR", "011 15-5555-1234"),
           ("IT", "06 6988 1234"), ("US", "(212) 555-0123"), ("FO", "201234"), ("HU", "06 1 234 5678"),
           ("GB", "+44 (0)20 7946.0107"), ("MX", "044 55 1234 5678"), ("DE", "0049 30 23125010"), ("NO", "22 12 34 56"),
           ("GB", "020 7946 0958 ext 12"), ("US", "1-800-FLOWERS"), ("IS", "410 4000"), ("SB", "20123")]  # fmt: skip


@pytest.mark.parametrize(("region", "text"), NUMBERS)
def test_endings_never_leave_out_a_number_that_matches(region, text):
    found = phones.e164(text, region)
    assert phones.Endings([found or "+442079460000"]).may_be(text) or not found


def test_endings_leave_out_most_that_cannot_match():
    endings = phones.Endings(["+442079460958"])
    assert [endings.may_be(text) for text in ("020 7946 0958", "020 7946 0959", "01223 460958", "", "x")] == [
        True, False, False, False, True,
    ]  # fmt: skip
