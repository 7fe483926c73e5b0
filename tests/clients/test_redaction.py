"""Secrets never stay in a text, in any spelling they come in."""

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bcsync.clients.redaction import MASK, redact, secrets_in

SECRET = "s3cr3t-Value_42"


@pytest.mark.parametrize(
    "text",
    [
        f"X-Auth-Token: {SECRET}",
        f"{{'X-Auth-Token': '{SECRET}', 'Accept': 'application/json'}}",
        f'{{"access_token":"{SECRET}","token_type":"Bearer"}}',
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {base64.b64encode(SECRET.encode()).decode()}",
        f"grant_type=client_credentials&client_secret={SECRET}&scope=x",
        f'"client_secret": "{SECRET}"',
        "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_secret_goes(text):
    shown = redact(text)
    assert SECRET not in shown
    assert base64.b64encode(SECRET.encode()).decode() not in shown
    assert "eyJhdWQiOiJodHRwcyJ9" not in shown
    assert MASK in shown


def test_the_rest_stays_readable():
    assert redact("city: must be at most 100 characters, see /stores/abc/v3/customers?id:in=1,2") == (
        "city: must be at most 100 characters, see /stores/abc/v3/customers?id:in=1,2"
    )


@given(st.text(min_size=6, alphabet=st.characters(min_codepoint=33, max_codepoint=126)), st.text(), st.text())
def test_a_known_secret_goes_wherever_it_stands(secret, before, after):
    assume(secret not in before + MASK + after)
    assert secret not in redact(before + secret + after, secrets_in({"X-Auth-Token": secret}))


def test_a_bearer_token_is_known_without_its_scheme():
    assert f"{SECRET}" not in redact(f"oops {SECRET} oops", secrets_in({"Authorization": f"Bearer {SECRET}"}))
