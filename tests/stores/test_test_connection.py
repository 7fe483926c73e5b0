"""Test Connection: both sides tried, each failure one sentence for whoever can mend it, nothing written to a vendor."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from bcsync.sandbox.server import Server
from bcsync.sandbox.world import World
from stores.connect import test_connection
from stores.models import Store
from tests.stores.conftest import SECRET, TOKEN, add_company

pytestmark = pytest.mark.django_db


def told(store: Store, *levels: str) -> list[str]:
    """Side and text of the findings of these levels."""
    findings = test_connection(store).findings
    return [f"{found.side}: {found.text} {found.what_to_do}".strip() for found in findings if found.level in levels]


def test_a_good_connection(world: World, server: Server, store: Store) -> None:
    report = test_connection(store)

    assert report.ok
    texts = [finding.text for finding in report.findings if finding.level == "ok"]
    assert "Customers can be read: the store has 1." in texts
    assert "Storefronts and channels: Main, Outlet." in texts
    assert 'The sign-in works and opens company "CRONUS".' in texts
    assert any(text.startswith('The token opens store "Shop of the tests"') for text in texts)
    store.refresh_from_db()
    store.company.refresh_from_db()
    assert store.name == "Shop of the tests"
    assert [channel["name"] for channel in store.channels] == ["Main", "Outlet"]
    assert store.information["name"] == "Shop of the tests"
    assert {country["country_iso2"] for country in store.countries} >= {"GB", "US"}
    assert store.geography_read_at is not None
    assert store.last_test == report.to_json()
    assert str(store.company.remote_id) == world.companies["CRONUS"].id
    assert set(store.company.capabilities["published"]) == {"customer_card", "name_details", "countries", "ship_to"}
    assert store.company.capabilities_read_at is not None
    assert world.audit.writes() == []
    assert world.audit.broken_rules == []


def test_countries_without_a_valid_iso_code_are_named_until_the_table_mends_them(server: Server, store: Store) -> None:
    assert any("Countries without a valid ISO code: EL." in text for text in told(store, "warn"))
    store.company.country_iso = {"EL": "GR"}
    assert not any("without a valid ISO code" in text for text in told(store, "warn"))


def test_pages_that_are_not_published_are_named_with_what_to_do(world: World, server: Server, store: Store) -> None:
    for service in list(world.companies["CRONUS"].services):
        world.companies["CRONUS"].unpublish(service)

    report = test_connection(store)

    missing = [found for found in report.findings if found.level == "warn" and "is not published" in found.text]
    assert [found.text.split(" (")[0] for found in missing] == ["Page 21", "Page 5055", "Page 10", "Page 300"]
    assert all(found.what_to_do.startswith("In Business Central open page Web Services") for found in missing)
    assert report.ok


def no_token(world: World, store: Store) -> None:
    store.access_token = ""


def wrong_token(world: World, store: Store) -> None:
    store.access_token = "another-token"


def wrong_hash(world: World, store: Store) -> None:
    store.hash = "zzz999"


def html(world: World, store: Store) -> None:
    world.faults.add(kind="html", vendor="bigcommerce", times=20)


def no_secret(world: World, store: Store) -> None:
    store.company.client_secret = ""


def wrong_secret(world: World, store: Store) -> None:
    store.company.client_secret = "another-secret"


def expired_secret(world: World, store: Store) -> None:
    add_company(world, "CRONUS", secret_expired=True)


def unknown_tenant(world: World, store: Store) -> None:
    store.company.tenant = "nobody.example"


def unknown_environment(world: World, store: Store) -> None:
    store.company.environment = "Nowhere"


def unknown_company(world: World, store: Store) -> None:
    store.company.name = "CRONOS"


@pytest.mark.parametrize(
    ("break_it", "side", "words"),
    [
        (no_token, "BigCommerce", "Store abc123 has no access token: enter it"),
        (wrong_token, "BigCommerce", "BigCommerce refuses the access token of store abc123"),
        (wrong_hash, "BigCommerce", "BigCommerce knows no store with hash zzz999"),
        (html, "BigCommerce", "BigCommerce"),
        (no_secret, "Business Central", "has no client secret: enter it"),
        (wrong_secret, "Business Central", "the client secret of application app-1 is wrong"),
        (expired_secret, "Business Central", "the client secret of application app-1 has expired"),
        (unknown_tenant, "Business Central", "there is no tenant nobody.example"),
        (unknown_environment, "Business Central", 'Business Central has no environment "Nowhere"'),
        (unknown_company, "Business Central", 'there is no company "CRONOS"; there are: "CRONUS"'),
    ],
)
def test_each_failure_is_one_sentence_and_the_other_side_is_tried_all_the_same(
    world: World, server: Server, store: Store, break_it: Callable[[World, Store], None], side: str, words: str
) -> None:
    break_it(world, store)

    report = test_connection(store)

    bad = [finding for finding in report.findings if finding.level == "bad"]
    assert not report.ok
    assert {finding.side for finding in bad} == {side}
    assert words in bad[0].text
    if break_it is not html:
        assert len(bad) == 1
    others = {finding.side for finding in report.findings if finding.level == "ok"}
    assert others >= {"BigCommerce", "Business Central"} - {side}
    shown = json.dumps(report.to_json())
    assert not any(secret in shown for secret in (TOKEN, SECRET, "another-token", "another-secret"))


@pytest.mark.parametrize(
    ("scopes", "missing", "works"),
    [
        (["store_v2_information", "store_channel_settings"], "store_v2_customers", "countries"),
        (["store_v2_customers", "store_channel_settings"], "store_v2_information", "Customers can be read"),
        (["store_v2_customers", "store_v2_information"], "store_channel_settings", "Customers can be read"),
    ],
)
def test_a_missing_scope_is_named(
    world: World, server: Server, store: Store, scopes: list[str], missing: str, works: str
) -> None:
    world.add_store("abc123", token=TOKEN, client_id="account-1", scopes=scopes)

    report = test_connection(store)

    bad = [finding.text for finding in report.findings if finding.level == "bad"]
    assert bad
    assert all(missing in text for text in bad)
    assert any(works in finding.text for finding in report.findings if finding.level == "ok")


def test_an_unreachable_redis_is_said(server: Server, store: Store, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock?db=0"

    findings = test_connection(store).findings

    assert {finding.side for finding in findings} == {"BigCommerce", "Business Central"}
    assert all("Redis does not answer" in finding.text for finding in findings)


def test_the_company_given_by_its_id_takes_its_name(world: World, server: Server, store: Store) -> None:
    store.company.name = store.company.remote_id = world.companies["CRONUS"].id
    store.company.save()

    assert test_connection(store).ok
    store.company.refresh_from_db()
    assert store.company.name == "CRONUS"


def test_the_command_prints_and_says_by_its_exit_status(
    world: World, server: Server, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("test_connection", store="abc123")
    assert "ok    BigCommerce: Customers can be read: the store has 1." in capsys.readouterr().out

    call_command("test_connection", store="abc123", json=True)
    assert json.loads(capsys.readouterr().out)["ok"] is True

    Store.objects.filter(pk=store.pk).update(access_token="another-token")
    with pytest.raises(SystemExit) as ended:
        call_command("test_connection", store="abc123")
    assert ended.value.code == 1
    assert "BAD   BigCommerce: BigCommerce refuses the access token" in capsys.readouterr().out


def test_the_command_without_such_a_store_says_what_to_do(store: Store) -> None:
    with pytest.raises(CommandError, match="no store nothere here: connect it with connect_store") as refused:
        call_command("test_connection", store="nothere")
    assert refused.value.returncode == 2


def test_what_the_set_up_needs_and_the_company_does_not_offer_is_repeated(
    world: World, server: Server, store: Store
) -> None:
    """A template says it on save; Test Connection says it again, until the page is published."""
    template = store.templates.create(country="GB", values={"customerPostingGroup": "DOMESTIC"})
    assert not any("Customer template" in text for text in told(store, "warn"))
    world.companies["CRONUS"].unpublish("Customer_Card")
    said = told(store, "warn")
    store.company.refresh_from_db()
    template.store.company.refresh_from_db()

    assert [text for text in said if "Customer template for country GB" in text] == [
        "Business Central: Customer template for country GB: Customer Posting Group can only be set through the "
        "published Customer Card, so no customer can be created with this template yet. Page 21 (Customer Card) is not "
        "published, so the primary contact, posting groups, price groups and Privacy Blocked cannot be read from it: "
        "in Business Central open page Web Services, add a line with Object Type Page, Object ID 21 and a Service Name "
        "such as CustomerCard, and tick Published."
    ]
    assert any("Rows of the set-up that cannot work" in text and "customer.customer_group_id" in text for text in said)
