"""Errors say who acts, in one sentence, and survive the way between processes."""

import pickle

import pytest

from bcsync.clients.errors import (
    Changed,
    ConfigurationError,
    LostAnswer,
    Rejected,
    RetryLater,
    SkipRecord,
    UnexpectedAnswer,
    VendorError,
)


def test_the_sentence_is_what_a_person_reads():
    error = Rejected("BigCommerce", "The city is too long.", status=422, field="city", words="city: too long")
    assert str(error) == "The city is too long."
    assert (error.vendor, error.status, error.field, error.words) == ("BigCommerce", 422, "city", "city: too long")


@pytest.mark.parametrize(
    "kind", [RetryLater, LostAnswer, Changed, SkipRecord, Rejected, ConfigurationError, UnexpectedAnswer]
)
def test_survives_pickling(kind):
    error = kind("BigCommerce", "A sentence.", status=400, code="x", words="w", field="f", call="POST /v3/customers")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert back.__dict__ == error.__dict__
    assert str(back) == "A sentence."


def test_what_is_retried_is_of_one_family():
    assert issubclass(LostAnswer, RetryLater)
    assert issubclass(Changed, RetryLater)
    assert all(issubclass(kind, VendorError) for kind in (RetryLater, SkipRecord, Rejected, ConfigurationError))
    assert RetryLater("BigCommerce", "Busy.", retry_after=3.5).retry_after == 3.5
