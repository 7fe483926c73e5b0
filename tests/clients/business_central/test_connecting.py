"""Coming in: token, company, and the one sentence for whoever can mend a wrong set-up."""

import logging
from typing import Any

import pytest

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_auth import basic
from bcsync.clients.business_central_company import choose_company
from bcsync.clients.errors import ConfigurationError, UnexpectedAnswer
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from tests.clients.business_central.conftest import NAME, SECRET, TENANT, Connect, add_company, people


def test_one_token_serves_clients_until_it_runs_out(client_for: Connect, world: World) -> None:
    now = [0.0]
    first, second = (client_for(clock=lambda: now[0]) for _ in range(2))
    first.companies()
    second.companies()
    assert len(world.audit.calls(family="POST /token")) == 1
    now[0] = 3_500.0
    second.companies()
    assert len(world.audit.calls(family="POST /token")) == 2


def test_a_token_that_the_vendor_no_longer_takes_is_renewed_once(client: BusinessCentral, world: World) -> None:
    client.companies()
    world.clock.advance(4_000)
    assert [row["name"] for row in client.companies()] == [NAME]
    assert len(world.audit.calls(family="POST /token")) == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tenant": "nobody.example"}, "there is no tenant nobody.example"),
        ({"client_id": "c2"}, "has no application c2"),
        ({"client_secret": "a-wrong-secret"}, "the client secret of application c1 is wrong"),
        ({"environment": "Sandbox"}, 'no environment "Sandbox" of tenant contoso.example'),
        ({"company": "CRONUS DE"}, f'there is no company "CRONUS DE"; there are: "{NAME}"'),
        ({"company": ""}, "no company was chosen"),
        ({"company": "11111111-1111-1111-1111-111111111111"}, 'has no company "11111111'),
    ],
)
def test_a_wrong_setting_is_named(
    client_for: Connect, caplog: pytest.LogCaptureFixture, changed: dict[str, Any], says: str
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigurationError) as caught:
        list(client_for(**changed).read_customers(client_for().capabilities(), {}))
    assert says in str(caught.value)
    for secret in (SECRET, "a-wrong-secret"):
        assert secret not in caplog.text + repr(caught.value) + caught.value.words


def test_an_expired_secret_is_named(client: BusinessCentral, company: CompanySide) -> None:
    company.secret_expired = True
    with pytest.raises(ConfigurationError, match="the client secret of application c1 has expired") as caught:
        client.companies()
    assert caught.value.code == "AADSTS7000222"


def test_an_application_that_business_central_does_not_know(client_for: Connect, world: World) -> None:
    add_company(world, "Elsewhere", key="Elsewhere", client_id="c9", client_secret="other")
    world.companies["Elsewhere"].environment = "Sandbox"
    with pytest.raises(ConfigurationError, match="page Microsoft Entra Applications"):
        client_for(environment="Sandbox").companies()


def test_companies_are_chosen_by_id_exact_name_or_the_only_name_alike(
    client_for: Connect, company: CompanySide
) -> None:
    for wanted in (company.id.upper(), NAME, NAME.lower()):
        assert client_for(company=wanted).company()["id"] == company.id
    rows = [{"id": "1", "name": "A"}, {"id": "2", "name": "a"}]
    assert choose_company(rows, "a", "there")["id"] == "2"
    with pytest.raises(ConfigurationError, match="more than one"):
        choose_company([{"id": "1", "name": "AB"}, {"id": "2", "name": "Ab"}], "ab", "there")


def test_on_premises_comes_in_with_user_and_key(client_for: Connect, world: World) -> None:
    company = add_company(world, "On premises", basic_user="admin", basic_key="0123456789-key")
    people(company)
    options = {"company": "On premises", "username": "admin", "client_secret": "0123456789-key", "client_id": ""}
    for tenant in (TENANT, ""):
        client = client_for(tenant=tenant, **options)
        pages = client.read_customers(client.capabilities(), {})
        assert [record.number for page in pages for record in page] == ["10", "20", "30", "40"]
    assert world.audit.calls(family="POST /token") == []
    with pytest.raises(ConfigurationError, match=r"user admin.*web service key"):
        client_for(**{**options, "client_secret": "wrong-key"}).companies()
    with pytest.raises(ConfigurationError, match="ASCII"):
        basic("søren", "key")


@pytest.mark.parametrize("kind", ["html", "truncated"])
@pytest.mark.parametrize("family", ["/companies", "/$metadata", "/ODataV4/$metadata", "/customers", "/ODataV4/*"])
def test_an_answer_never_seen_is_an_unexpected_answer(
    client: BusinessCentral, world: World, kind: str, family: str
) -> None:
    if family == "/ODataV4/*":
        capabilities = client.capabilities()
    world.faults.add(kind, vendor="business_central", match=f"GET {family}", times=99)
    with pytest.raises(UnexpectedAnswer, match="Business Central answered GET /") as caught:
        list(client.read_customers(capabilities if family == "/ODataV4/*" else client.capabilities(), {}))
    assert caught.value.call.startswith("GET /") or "$metadata" in str(caught.value)


def test_a_token_answer_without_a_token(client: BusinessCentral, world: World) -> None:
    world.faults.add("html", vendor="business_central", match="POST /token", times=99)
    with pytest.raises(UnexpectedAnswer, match="Microsoft Entra answered POST"):
        client.companies()
