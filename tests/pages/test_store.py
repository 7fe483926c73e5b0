"""Stores and the store card: counts that add up, health in words, secrets never shown, Test Connection."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mapping.match import DEFAULT_RULES
from stores import connect, views
from stores.probes import Finding
from tests.pages import data


def test_every_store_with_its_counts_health_and_last_run(viewer: Client) -> None:
    store = data.store()
    data.store("w8n4d2z6r5", "Trade", writes_enabled=False, last_test=None)
    data.customers(store, 50)
    run = data.run(store, "import_customers", "succeeded", looked_at=50, counts={"created": 50})
    page = viewer.get("/")
    text = page.content.decode()
    first, second = page.context["rows"]
    assert sum(first.counts[name] for name in ("linked", "unmapped", "review", "defaulted", "skipped")) == 50
    assert first.counts["total"] == 50
    assert (first.last_run, second.last_run) == (run, None)
    for words in ("BigCommerce answers", "Ship-to addresses cannot be read.", "The connection was never tested.",
                  "Writing on", "Read-only: plans only"):  # fmt: skip
        assert words in text, words


def test_stores_take_the_same_queries_for_one_and_for_ten(viewer: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(10):
        data.customers(data.store(f"store{number}", f"Store {number}"), 2) if not number else data.store(
            f"store{number}"
        )
    with django_assert_max_num_queries(12):
        viewer.get("/")


def test_no_store_yet(viewer: Client) -> None:
    text = viewer.get("/").content.decode()
    assert "No store is connected yet" in text
    assert "An administrator does that." in text


def test_the_card_shows_secrets_as_set_or_not_set(signed_in: Any) -> None:
    data.store(client_secret="")
    text = signed_in("superuser").get("/stores/k3v9x1q7p2/").content.decode()
    assert [secret for secret in data.SECRETS if secret in text] == []
    assert text.count(">Set</span>") == 2
    assert text.count("Not set</span>") == 1


def test_the_card_lists_findings_by_side_the_gravest_first(viewer: Client) -> None:
    data.store()
    page = viewer.get("/stores/k3v9x1q7p2/")
    assert [(side, [each["level"] for each in found]) for side, found in page.context["sides"]] == [
        ("BigCommerce", ["ok"]),
        ("Business Central", ["warn", "ok"]),
    ]
    assert "Publish page 300, Ship-to Address, as a web service." in page.content.decode()


def test_the_rules_are_those_of_the_mapping() -> None:
    assert {name: on for name, (_, _, on) in views.RULES.items()} == {rule.name: rule.enabled for rule in DEFAULT_RULES}


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["ok"], "Both sides answer and offer all that is needed."),
        (["ok", "warn"], "Both sides answer; 1 of what was found limits what can be done."),
        (["bad", "warn"], "The connection does not work yet: 1 to mend, listed below."),
    ],
)
def test_test_connection_says_what_it_found(
    levels: list[str], words: str, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.store()
    findings = [Finding(level, "BigCommerce", f"A {level} thing.") for level in levels]
    monkeypatch.setattr(connect, "test_connection", lambda store: connect.Report(timezone.now(), findings))
    page = operator.post("/stores/k3v9x1q7p2/test-connection/", follow=True)
    assert page.redirect_chain == [("/stores/k3v9x1q7p2/#connection", 302)]
    assert words in page.content.decode()
