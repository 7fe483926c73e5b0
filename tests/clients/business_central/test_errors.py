"""Errors are judged by code, and a rejection names the field it is about."""

import pytest

from bcsync.clients.business_central_errors import VENDOR, Whereabouts, blame, code_and_words, judge
from bcsync.clients.errors import (
    Changed,
    ConfigurationError,
    Rejected,
    RetryLater,
    SkipRecord,
    UnexpectedAnswer,
    VendorError,
)

WHERE = Whereabouts("t1", "Production", "CRONUS", "application c1")


@pytest.mark.parametrize(
    ("status", "code", "call", "kind"),
    [
        (409, "Request_EntityChanged", "PATCH /customers({id})", Changed),
        (412, "", "PATCH /customers({id})", Changed),
        (409, "Internal_EntityWithSameKeyExists", "POST /customers", Rejected),
        (400, "Internal_EntityWithSameKeyExists", "POST /customers", Rejected),
        (400, "Application_DialogException", "POST /customers", Rejected),
        (400, "Unknown", "POST /customers", Rejected),
        (404, "Internal_RecordNotFound", "PATCH /customers({id})", SkipRecord),
        (404, "Internal_CompanyNotFound", "GET /customers", ConfigurationError),
        (404, "NoEnvironment", "GET /companies", ConfigurationError),
        (401, "", "GET /customers", ConfigurationError),
        (400, "Authorization_RequestDenied", "GET /customers", ConfigurationError),
        (404, "BadRequest_ResourceNotFound", "GET /ODataV4/CustomerCard", ConfigurationError),
        (400, "Internal_TenantUnavailable", "GET /customers", RetryLater),
        (500, "", "GET /customers", RetryLater),
        (400, "BadRequest_InvalidToken", "PATCH /customers({id})", UnexpectedAnswer),
        (400, "BadRequest", "POST /customers", UnexpectedAnswer),
        (400, "BadRequest_NotFound", "GET /customers", UnexpectedAnswer),
    ],
)
def test_kind(status: int, code: str, call: str, kind: type[VendorError]) -> None:
    assert judge(status, code, "words", call, WHERE)[0] is kind


@pytest.mark.parametrize(
    ("code", "words", "values", "field"),
    [
        (
            "Internal_InvalidTableRelation",
            "The field Country/Region Code of table Customer contains a value (QQ) that cannot be found.",
            {"country": "QQ", "displayName": "Customer"},
            "country",
        ),
        (
            "Application_DialogException",
            'The email address "x" is not valid.',
            {"email": "x", "displayName": "Ab"},
            "email",
        ),
        ("Application_DialogException", 'A "displayName" must be provided.', {"displayName": ""}, "displayName"),
        ("Unknown", "'Wholesale' is not an option. The existing options are: Company", {"type": "Wholesale"}, "type"),
        ("Internal_EntityWithSameKeyExists", "The record already exists.", {"number": "C1", "city": "x"}, "number"),
        (
            "Application_DialogException",
            "The entered VAT Registration number is not in agreement with the format specified for Country/Region Code "
            "GB. The following formats are acceptable: GB#########",
            {"country": "GB", "taxRegistrationNumber": "GB1", "displayName": "Ab"},
            "taxRegistrationNumber",
        ),
        (
            "Application_FieldValidationException",
            "Phone No. must not contain letters in its value (x).",
            {"number": "10", "phoneNumber": "x"},
            "phoneNumber",
        ),
        (
            "Application_DialogException",
            "Address 2 is odd.",
            {"addressLine1": "1", "addressLine2": "2"},
            "addressLine2",
        ),
        ("Application_DialogException", "Something else.", {"city": "Bath"}, ""),
    ],
)
def test_the_field_is_guessed_from_the_words(code: str, words: str, values: dict[str, str], field: str) -> None:
    assert blame(Rejected(VENDOR, words, code=code, words=words), values).field == field


def test_a_length_refusal_names_field_length_and_limit() -> None:
    words = "The length of the string is 31, but it must be less than or equal to 30 characters. Value: "
    for shown in (words + "x" * 31, words):
        error = blame(
            Rejected(VENDOR, words, code="Application_StringExceededLength", words=shown),
            {"city": "x" * 31, "displayName": "Bath"},
        )
        assert error.field == "city"
        assert str(error) == "city has 31 characters, and Business Central takes at most 30: shorten it."


def test_the_correlation_id_is_no_part_of_the_words() -> None:
    body = {"error": {"code": "Unknown", "message": "No.  CorrelationId:  5f0e-1."}}
    assert code_and_words(body) == ("Unknown", "No.")
    assert [code_and_words(data) for data in (None, "x", {"error": "x"}, [])] == [("", "")] * 4
