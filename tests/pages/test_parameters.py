"""No parameter that a view reads can break it: NUL, no UTF-8, halves of letters, 10,000 characters, absurd numbers.

Which names a view reads is watched while it runs, so a new view and a new parameter are tested without being named.
"""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Run, SavedView
from mapping.document import export
from stores.models import Store
from tests.pages import data
from tests.pages.test_roles import GUARDED

# Reaches out to the vendors; has its own test.
LEFT_OUT = {"test_connection", "turn_on_webhooks", "check_webhooks", "turn_off_webhooks"}
NUL = "core%00x"
# As they stand in an address or a form's body.
HUGE = "9" * 20
TOGETHER = ("%FF%ED%A0%80%E2%80%AE+%2F..%2F%3F%26%23", "9" * 10_000, "-1", "2026-99-99")
# After these a view reads other names.
SWITCHES: tuple[dict[str, str], ...] = (
    {}, {"reach": "all"}, {"reach": "selected"}, {"reach": "filter"}, {"reach": "group"}, {"do": "save", "row": "new"},
    {"do": "try", "row": "new"}, {"do": "save"}, {"do": "plan"}, {"do": "apply"}, {"do": "forget"},
    {"page": "review"}, {"page": "card"}, {"only": "1", "reason": "why"}, {"every": "1"}, {"name": "why"},
)  # fmt: skip


@pytest.fixture
def town(db: None) -> Store:
    store = data.store()
    shoppers = data.customers(store, 8)
    data.details(shoppers[1])
    data.business_central_customer(store, "70000", email="")
    data.ended_run(store)
    data.planned_run(store, shoppers)
    SavedView.objects.create(store=store, name="Mine", query="status=linked")
    return store


def places(store: Store) -> Iterator[tuple[str, str]]:
    """(method, address) of every view; a run's page both ended and planned."""
    runs = list(Run.objects.order_by("pk").values_list("pk", flat=True))
    values = {"store_hash": [store.hash], "run_id": runs, "customer_id": [Customer.objects.order_by("pk")[1].pk],
              "view_id": [SavedView.objects.get().pk]}  # fmt: skip
    for pattern in GUARDED:
        names = list(pattern.pattern.converters)
        for value in values.get(names[0], [1]) if names else [None]:
            more = {"side": "bigcommerce"} if "side" in names else {}
            address = reverse(pattern.name, kwargs={names[0]: value, **more} if names else {})
            for method in ("GET", "POST"):
                if method in pattern.callback.roles and pattern.name not in LEFT_OUT:
                    yield method, address


def ask(client: Client, method: str, address: str, query: str) -> int:
    """The status; 0 when the view raised. What it wrote is undone."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                if method == "GET":
                    answer = client.get(f"{address}?{query}")
                else:
                    answer = client.post(address, query, content_type="application/x-www-form-urlencoded")
            if answer.streaming:
                b"".join(answer.streaming_content)
            status = answer.status_code
        except Exception as error:
            print(f"{method} {address}?{query[:200]}: {type(error).__name__}: {error}"[:500])
            status = 0
        transaction.set_rollback(True)
    return status


def joined(values: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in values.items())


def read_by(client: Client, method: str, address: str, given: dict[str, str]) -> set[str]:
    """The names of parameters that the view asks for when it is given these."""
    seen: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "getlist", "__getitem__", "__contains__"):
            patch.setattr(QueryDict, name, _watched(getattr(QueryDict, name), seen))
        ask(client, method, address, joined(given))
    # One transform's place in a form stands for all twelve.
    return {name for name in seen if name != "csrfmiddlewaretoken" and not name.startswith("steps-1")}


def _watched(method: Any, seen: set[str]) -> Any:
    def watched(self: QueryDict, key: str, *args: Any, **options: Any) -> Any:
        seen.add(key)
        return method(self, key, *args, **options)

    return watched


@pytest.fixture
def readings(town: Store, signed_in: Callable[[str], Client], queued: list[int]) -> Any:
    """(client, [(method, address, switches, names)]): where switches make a view read further names, also those."""
    client = signed_in("administrator")
    found = []
    for method, address in places(town):
        known: set[str] = set()
        for given in SWITCHES:
            if known and not set(given) <= known:
                continue
            names = read_by(client, method, address, given)
            names |= read_by(client, method, address, dict.fromkeys(names, "1") | given)
            new = names - known
            if new:
                found.append((method, address, given, sorted(new)))
                known |= new
    return client, found


def test_no_hostile_parameter_breaks_a_page_and_a_nul_is_refused_in_words(readings: Any) -> None:
    client, found = readings
    assert len({name for *_, names in found for name in names}) > 40  # it does see what is read
    wrong = []
    for method, address, given, names in found:
        sent = [{name: value} for name in names for value in (NUL, HUGE)]
        for values in (*sent, *(dict.fromkeys(names, value) for value in TOGETHER)):
            status = ask(client, method, address, joined(given | values))
            if not (200 <= status < 500) or (status != 400 and NUL in values.values()):
                wrong.append((method, address, given, sorted(values)[0], max(values.values())[:40], status))
    assert wrong == [], "\n".join(map(str, wrong))


def test_what_the_refusal_says(town: Store, viewer: Client) -> None:
    answer = viewer.get("/customers/?country=%00")
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "A part of this request cannot be read" in text
    assert "“<bdi>country</bdi>” has a character (NUL)" in text


@pytest.mark.parametrize("address", ["/customers/skip/", "/customers/update/", "/runs/2/approve/"])
def test_a_nul_in_the_filter_that_a_form_carries_along_is_refused(town: Store, operator: Client, address: str) -> None:
    plan = Run.objects.get(status="planned")
    address = address.replace("/2/", f"/{plan.pk}/")
    form = {"reach": "filter" if "runs" in address else "all", "filter": "search=%00&field=%00&country=%00"}
    assert operator.post(address, form).status_code == 400


def test_in_the_admin_as_well(town: Store, signed_in: Callable[[str], Client]) -> None:
    client = signed_in("superuser")
    User.objects.filter(username="superuser").update(is_staff=True)
    assert client.get("/admin/customers/customer/?q=%00").status_code == 400


def test_who_is_not_signed_in_is_asked_to_sign_in_or_refused(client: Client, db: None) -> None:
    assert client.get("/customers/?country=%00").status_code == 302
    assert client.post("/sign-in/?next=%00", {"username": "x", "password": "y"}).status_code == 400


@pytest.mark.parametrize("sort", ["email", "-email", "changed", "name"])
@pytest.mark.parametrize("values", [["\ud800", 1], ["a", 10**30], ["2026-01-01T00:00Z", 10**30], ["a", "\ud800", 1],
                                    ["a", "b", -(10**30)], [True, []], ["a", "b", 1.5]])  # fmt: skip
def test_a_place_in_a_list_that_somebody_made_up(town: Store, viewer: Client, sort: str, values: list[Any]) -> None:
    token = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    assert viewer.get("/customers/", {"sort": sort, "after": token}).status_code == 200


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_a_document_with_a_character_that_cannot_be_kept(
    town: Store, signed_in: Callable[[str], Client], text: str
) -> None:
    client = signed_in("administrator")
    before = export(town)
    document = json.dumps(before).replace('"name": "', f'"name": "{text}', 1)
    answer = client.post(f"/stores/{town.hash}/setup/import/", {"text": document, "do": "apply"})
    assert answer.status_code == 200
    assert "cannot be stored" in answer.content.decode()
    assert export(town) == before
