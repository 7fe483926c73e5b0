"""Who gets in: the token endpoint, bearer tokens, basic authentication, unknown tenants, environments and companies."""

import base64

import pytest

from bcsync.sandbox.business_central.limits import count_request
from bcsync.sandbox.messages import Request
from tests.sandbox.business_central.conftest import API, ROOT, Caller


def test_a_token_opens_the_company(caller: Caller) -> None:
    answer = caller.ask_token()
    assert (answer.status, answer.body["token_type"], answer.body["expires_in"]) == (200, "Bearer", 3599)
    assert [one["name"] for one in caller.get(f"{API}/companies")["value"]] == ["Contoso & Co."]


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "stranger"}, 401, "invalid_client", 700016),
        ({"tenant": "nobody.example"}, 400, "invalid_request", 90002),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_no_token(caller: Caller, changes: dict[str, str], status: int, error: str, number: int) -> None:
    answer = caller.ask_token(**changes)
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [number])


def test_an_expired_secret_is_named(caller: Caller) -> None:
    caller.company.secret_expired = True
    answer = caller.ask_token()
    assert answer.status == 401
    assert answer.body["error_description"].startswith("AADSTS7000222")


def test_a_token_expires_by_the_vendors_clock(caller: Caller) -> None:
    caller.world.clock.advance(3598)
    caller.get("customers")
    caller.world.clock.advance(2)
    assert caller.refusal("GET", "customers") == (401, "Authentication_InvalidCredentials")


def test_wrong_token_environment_and_company(caller: Caller) -> None:
    assert caller.refusal("GET", "customers", authorization="Bearer x.y") == (401, "Authentication_InvalidCredentials")
    elsewhere = f"/v2.0/other.example/Production/api/v2.0/companies({caller.company.id})/customers"
    assert caller.refusal("GET", elsewhere) == (401, "Authentication_InvalidCredentials")
    assert caller.refusal("GET", f"{API.replace('Production', 'Sandbox')}/companies") == (404, "NoEnvironment")
    unknown = "00000000-0000-0000-0000-000000000001"
    assert caller.refusal("GET", f"{API}/companies({unknown})/customers") == (404, "Internal_CompanyNotFound")
    wrong_case = f"{ROOT}/ODataV4/Company('contoso%20&%20co.')/Customer_Card"
    assert caller.refusal("GET", wrong_case) == (404, "Internal_CompanyNotFound")


def test_a_company_is_named_by_id_by_name_or_by_parameter(caller: Caller) -> None:
    caller.company.add_customer(number="10000", displayName="Adatum")
    by_name = caller.get(f"{ROOT}/ODataV4/Company('Contoso%20&%20Co.')/Customer_Card")["value"]
    by_id = caller.get(f"{ROOT}/ODataV4/Company(Id={caller.company.id})/Customer_Card")["value"]
    by_parameter = caller.get(f"{API}/customers?company={caller.company.id}")["value"]
    assert by_name == by_id
    assert [one["number"] for one in by_parameter] == ["10000"]


def test_basic_authentication_on_premises(caller: Caller) -> None:
    local = caller.world.add_company("", "BC230", "On premises", basic_user="user", basic_key="key")
    local.add_customer(number="10000", displayName="Adatum")
    credentials = base64.b64encode(b"user:key").decode()
    url = f"/BC230/api/v2.0/companies({local.id})/customers"
    assert [one["number"] for one in caller.get(url, authorization=f"Basic {credentials}")["value"]] == ["10000"]
    wrong = base64.b64encode(b"user:other").decode()
    assert caller.refusal("GET", url, authorization=f"Basic {wrong}")[0] == 401


def test_more_than_four_in_flight_is_careless(caller: Caller) -> None:
    count_request([caller.company], Request("GET", "/", family="GET /customers", side_in_flight=4))
    assert caller.world.audit.broken_rules == []
    count_request([caller.company], Request("GET", "/", family="GET /customers", side_in_flight=5))
    assert caller.world.audit.broken_rules == ["GET /customers: 5 in flight, careful is 4 per company"]


def test_requests_are_limited_per_application(caller: Caller) -> None:
    caller.company.rate_limit = 3
    caller.company.calls.clear()
    for _ in range(3):
        caller.get("customers")
    assert caller.refusal("GET", "customers") == (429, "Application_TooManyRequests")
    caller.world.clock.advance(300)
    caller.token = caller.new_token()
    caller.get("customers")
