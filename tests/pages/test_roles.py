"""Every address has a role per method, held on the server; the public ones are listed here."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from stores.roles import ROLES, has_role, role_of
from tests.pages import data

PUBLIC = {"sign_in", "sign_out", "healthz", "static"}
# Where vendors deliver: without a role, marked as such, and guarded by a secret (tests/stores/test_receivers.py).
# What a person keeps for himself, so that a viewer may, too.
OWN = {"save_view", "change_view", "delete_view", "reader_setting"}
RECEIVERS = {"receive_bigcommerce", "receive_bigcommerce_exceptions", "receive_business_central"}


def addresses() -> list[URLPattern]:
    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
        for each in patterns:
            if isinstance(each, URLResolver):
                if each.namespace != "admin":  # Django's own site guards itself, see test_admin.py
                    yield from walk(each.url_patterns)
            else:
                yield each

    return list(walk(get_resolver().url_patterns))


GUARDED = [each for each in addresses() if each.name not in PUBLIC | RECEIVERS]


def test_every_address_has_a_role_or_is_public() -> None:
    assert len(GUARDED) > 15
    assert [each.name for each in GUARDED if not getattr(each.callback, "roles", None)] == []


def test_the_receivers_are_the_only_ones_that_vendors_may_call() -> None:
    marked = {each.name for each in addresses() if getattr(each.callback, "receives_webhooks", False)}
    assert marked == RECEIVERS


def test_every_change_takes_an_operator() -> None:
    for each in GUARDED:
        if each.name not in OWN:
            assert each.callback.roles.get("POST", "operator") in ("operator", "administrator"), each.name


def test_no_other_method_is_served(signed_in: Callable[[str], Client], db: None) -> None:
    """A method without a role is refused before anything is looked at, whoever asks."""
    client = signed_in("administrator")
    for pattern in GUARDED:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            assert method not in pattern.callback.roles, pattern.name
            assert client.generic(method, url_of(pattern)).status_code == 405, (pattern.name, method)


def url_of(pattern: URLPattern) -> str:
    numbers = ("run_id", "customer_id", "view_id", "alarm_id", "task_id")
    values = dict.fromkeys(numbers, 1) | {"store_hash": "k3v9x1q7p2", "side": "bigcommerce"}
    names = pattern.pattern.converters
    return reverse(pattern.name, kwargs={name: values[name] for name in names})


@pytest.mark.parametrize("own", ["", *ROLES, "superuser"])
def test_what_each_role_gets(own: str, signed_in: Callable[[str], Client], queued: list[int], db: None) -> None:
    """403 exactly where the role is too low, 405 exactly where the method is not served; whatever else is allowed."""
    store = data.store()
    data.planned_run(store, data.customers(store, 2))
    client = signed_in(own)
    for pattern in GUARDED:
        if pattern.name == "test_connection":
            continue  # reaches out; its own test is in test_store.py
        for method in ("GET", "POST"):
            needed = pattern.callback.roles.get(method)
            answer: Any = client.generic(method, url_of(pattern))
            if answer.streaming:
                b"".join(answer.streaming_content)  # as a browser does; an export keeps its slot until then
            if needed is None:
                expected = answer.status_code == 405
            elif own == "superuser" or (own and ROLES.index(own) >= ROLES.index(needed)):
                expected = answer.status_code in (200, 302, 404)
            else:
                expected = answer.status_code == 403
            assert expected, (pattern.name, method, own, answer.status_code)


def test_nobody_is_sent_to_sign_in(client: Client, db: None) -> None:
    for pattern in GUARDED:
        method = next(iter(pattern.callback.roles))
        answer = client.generic(method, url_of(pattern))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/"), pattern.name


def test_groups_exist_and_include_each_other(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(ROLES)
    assert [role_of(data.user(name)) for name in (*ROLES, "superuser", "")] == [*ROLES, "administrator", ""]
    operator = User.objects.get(username="operator")
    assert [has_role(operator, name) for name in ROLES] == [True, True, False]


def test_the_page_says_which_role_it_takes(viewer: Client) -> None:
    data.store()
    page = viewer.post("/customers/import/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "This needs the role operator" in text
    assert "with the role <strong>viewer</strong>" in text


def test_a_viewer_sees_the_actions_disabled_with_the_reason(viewer: Client) -> None:
    row = data.store()
    data.customers(row, 3)
    run = data.planned_run(row, [])
    for address in ("/stores/k3v9x1q7p2/", "/stores/k3v9x1q7p2/customers/", run.get_absolute_url()):
        text = viewer.get(address).content.decode()
        assert 'disabled title="This needs the role operator."' in text, address


def test_an_inactive_user_has_no_role(db: None) -> None:
    who = data.user("administrator")
    who.is_active = False
    assert role_of(who) == ""
