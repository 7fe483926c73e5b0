"""connect_store: creates and changes a store and its company; secrets only from the environment or a prompt."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from mapping.match_rules import DEFAULT_RULES
from stores.management.commands import connect_store
from stores.models import BusinessCentralCompany, Store

pytestmark = pytest.mark.django_db

PLACE = ["--tenant", "contoso.example", "--environment", "Production", "--company", "CRONUS", "--client-id", "app-1"]
SECRETS = {
    "BIGCOMMERCE_ACCESS_TOKEN": "token-one",
    "BIGCOMMERCE_CLIENT_SECRET": "secret-of-the-account",
    "BUSINESS_CENTRAL_CLIENT_SECRET": "secret-of-the-app",
}


class NoTerminal(io.StringIO):
    def isatty(self) -> bool:
        return False


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", NoTerminal())
    for name in (*SECRETS, "BUSINESS_CENTRAL_WEB_SERVICE_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def connect(*words: str) -> str:
    """Run the command; returns what it printed."""
    printed = io.StringIO()
    call_command("connect_store", *words, stdout=printed)
    return printed.getvalue()


def state() -> list[dict[str, Any]]:
    """Everything that the command may have set."""
    names = ("hash", "name", "access_token", "client_id", "client_secret", "writes_enabled", "create_unknown")
    more = ("may_update_business_central", "default_customer_number", "rules")
    of_company = ("tenant", "environment", "name", "client_id", "client_secret", "username", "web_service_key")
    return [
        {name: getattr(store, name) for name in (*names, *more)}
        | {f"company_{name}": getattr(store.company, name) for name in (*of_company, "country_iso")}
        for store in Store.objects.order_by("hash")
    ]


NEW = {
    "hash": "abc123",
    "name": "",
    "access_token": "token-one",
    "client_id": "",
    "client_secret": "secret-of-the-account",
    "writes_enabled": False,
    "create_unknown": False,
    "may_update_business_central": False,
    "default_customer_number": "",
    "rules": {},
    "company_tenant": "contoso.example",
    "company_environment": "Production",
    "company_name": "CRONUS",
    "company_client_id": "app-1",
    "company_client_secret": "secret-of-the-app",
    "company_username": "",
    "company_web_service_key": "",
    "company_country_iso": {},
}


@pytest.mark.usefixtures("secrets")
def test_creates_a_store_that_only_plans() -> None:
    printed = connect("--hash", "abc123", *PLACE)

    assert state() == [NEW]
    assert "Store abc123 is connected to CRONUS (Production). Writing is off." in printed
    assert "test_connection --store abc123" in printed
    assert not any(secret in printed for secret in SECRETS.values())


@pytest.mark.usefixtures("secrets")
def test_takes_every_option() -> None:
    connect(
        *("--hash", "abc123", *PLACE, "--name", "Shop", "--bigcommerce-client-id", "account-1", "--writes", "on"),
        *("--create-unknown", "on", "--default-customer", "10000", "--update-business-central", "on"),
        *("--country-iso", "EL=GR", "XI=gb", "--rule", "email=on", "--rule", "phone=off"),
    )
    assert state() == [
        NEW
        | {"name": "Shop", "client_id": "account-1", "writes_enabled": True, "create_unknown": True}
        | {"default_customer_number": "10000", "may_update_business_central": True}
        | {"rules": {"email": True, "phone": False}, "company_country_iso": {"EL": "GR", "XI": "GB"}}
    ]


@pytest.mark.usefixtures("secrets")
def test_changes_only_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    connect("--hash", "abc123", *PLACE, "--country-iso", "EL=GR", "XI=GB", "--default-customer", "10000")
    for name in SECRETS:
        monkeypatch.delenv(name)

    printed = connect("--hash", "abc123", "--writes", "on", "--country-iso", "XI=", "--default-customer", "")

    assert state() == [NEW | {"writes_enabled": True, "company_country_iso": {"EL": "GR"}}]
    assert "changed" in printed


@pytest.mark.usefixtures("secrets")
def test_two_stores_share_one_company() -> None:
    connect("--hash", "abc123", *PLACE)
    connect("--hash", "def456", *PLACE)
    assert BusinessCentralCompany.objects.count() == 1
    assert state() == [NEW, NEW | {"hash": "def456"}]


@pytest.mark.usefixtures("secrets")
def test_a_company_is_also_found_by_its_id() -> None:
    connect("--hash", "abc123", *PLACE)
    id = "5a3e1b3c-0000-4000-8000-00000000abcd"
    BusinessCentralCompany.objects.update(remote_id=id)
    connect("--hash", "def456", *PLACE[:-4], "--company", id.upper(), "--client-id", "app-1")
    assert [row["company_name"] for row in state()] == ["CRONUS", "CRONUS"]


def test_a_secret_is_asked_for_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = iter(["secret-of-the-app", "token-one", ""])

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(connect_store.getpass, "getpass", ask)
    connect("--hash", "abc123", *PLACE)
    assert asked == [
        "Business Central client secret: ",
        "BigCommerce access token: ",
        "BigCommerce client secret (empty for none): ",
    ]
    assert state() == [NEW | {"client_secret": ""}]


@pytest.mark.parametrize("missing", ["BIGCOMMERCE_ACCESS_TOKEN", "BUSINESS_CENTRAL_CLIENT_SECRET"])
@pytest.mark.usefixtures("secrets")
def test_a_missing_secret_names_its_variable(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(CommandError, match=f"set {missing} in the environment"):
        connect("--hash", "abc123", *PLACE)
    assert state() == []
    assert not BusinessCentralCompany.objects.exists()


def test_on_premises_goes_by_user_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGCOMMERCE_ACCESS_TOKEN", "token-one")
    monkeypatch.setenv("BUSINESS_CENTRAL_WEB_SERVICE_KEY", "key-of-the-user")
    connect("--hash", "abc123", *PLACE[:-2], "--username", "SYNC")
    company = BusinessCentralCompany.objects.get()
    assert (company.username, company.web_service_key, company.client_id) == ("SYNC", "key-of-the-user", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hash", "abc123"], "Store abc123 is new: give --tenant, --environment, --company."),
        (["--hash", "abc123", *PLACE[:-2]], "Give --client-id"),
        (["--hash", "ABC", *PLACE], "hash: A store hash has only lower-case letters and digits."),
        (["--hash", "abc123", *PLACE, "--country-iso", "EL"], "EL is not CODE=ISO"),
        (["--hash", "abc123", *PLACE, "--country-iso", "EL=QQ"], "ISO 3166-1 has no country QQ"),
        (["--hash", "abc123", *PLACE, "--rule", "mail=on"], "choose on or off for one of tracking, phone"),
        (["--hash", "abc123", *PLACE, "--rule", "email=yes"], "email=yes: choose on or off"),
        (["--hash", "abc123", *PLACE, "--default-customer", "1" * 21], "default_customer_number: Ensure this value"),
    ],
)
@pytest.mark.usefixtures("secrets")
def test_a_wrong_word_is_one_sentence_and_changes_nothing(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        connect(*words)
    assert sentence in str(refused.value)
    assert state() == []
    assert not BusinessCentralCompany.objects.exists()


def test_the_rules_are_those_of_matching() -> None:
    assert {rule.name for rule in DEFAULT_RULES} == set(connect_store.RULES)


def test_no_option_takes_a_secret() -> None:
    parser = connect_store.Command().create_parser("manage.py", "connect_store")
    options = {word for action in parser._actions for word in action.option_strings}
    assert not any("secret" in word or "token" in word or "key" in word for word in options)


def test_connecting_another_store_does_not_lock_the_first_out_of_their_company(
    secrets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect("--hash", "aaa", *PLACE)
    before = state()
    monkeypatch.setenv("BUSINESS_CENTRAL_CLIENT_SECRET", "another secret")
    with pytest.raises(CommandError, match="serves aaa too"):
        connect("--hash", "bbb", *PLACE)
    assert state() == before

    connect("--hash", "bbb", *PLACE, "--for-all-stores")
    assert BusinessCentralCompany.objects.get().client_secret == "another secret"


def test_a_dump_of_the_database_holds_no_secret(secrets: None) -> None:
    connect("--hash", "aaa", *PLACE)
    printed = io.StringIO()
    call_command("dumpdata", "stores", stdout=printed)
    assert not [secret for secret in SECRETS.values() if secret in printed.getvalue()]
