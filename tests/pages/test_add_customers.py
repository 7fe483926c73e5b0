"""Add Customers: the request page, its live count, and that OK starts what was shown and nothing else."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from customers.models import Run
from stores.models import Store
from tests.pages import data

PAGE = "/customers/add/"
TWO = [
    {"id": 1, "name": "trade.example", "type": "storefront"},
    {"id": 2, "name": "outlet.example", "type": "storefront"},
]


def shown(text: str) -> str:
    return re.search(r'name="shown" value="([^"]+)"', text)[1]


def prepared(**values: object) -> None:
    store = data.store(**values)
    for number in ("10000", "10010", "20000"):
        data.business_central_customer(store, number, salesperson_code="JO" if number < "2" else "PS")
    data.business_central_customer(store, "30000", email="", blocked="")


def test_the_page_counts_and_shows_who_is_ready_and_why_not(operator: Client) -> None:
    prepared()
    page = operator.get(PAGE)
    text = page.content.decode()
    assert page.context["found"].counts == {"ready": 3, "not ready": 1, "already linked": 0, "review": 0}
    assert "4 customers match" in text
    assert "OK: add 3 customers" in text
    assert "Email is empty" in text


def test_the_live_count_is_a_fragment_of_the_same(operator: Client) -> None:
    prepared()
    text = operator.get(f"{PAGE}preview/?store=k3v9x1q7p2&salesperson=PS").content.decode()
    assert "<html" not in text
    assert "1 customer matches" in text
    assert "OK: add 1 customer<" in text


def test_ok_starts_the_run_that_was_shown_as_approved(operator: Client, queued: list[int]) -> None:
    prepared()
    filters = {"store": "k3v9x1q7p2", "number_from": "10000", "number_to": "19999"}
    note = shown(operator.get(PAGE, filters).content.decode())
    answer = operator.post(PAGE, {**filters, "do": "ok", "shown": note})
    run = Run.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert (run.kind, run.mode, run.approved, run.scope) == (
        "add_customers", "apply", True, {"number_from": "10000", "number_to": "19999", "shown": 2},
    )  # fmt: skip


def test_ok_for_another_filter_than_was_counted_starts_nothing(operator: Client, queued: list[int]) -> None:
    prepared()
    note = shown(operator.get(PAGE, {"number_from": "20000"}).content.decode())
    for form in ({"shown": note}, {"shown": note, "number_from": "1"}, {"shown": "forged", "number_from": "20000"}):
        page = operator.post(PAGE, {**form, "store": "k3v9x1q7p2", "do": "ok"})
        assert "Look at the new one and press OK again" in page.content.decode()
    assert not Run.objects.exists()


def test_preview_plans_only(operator: Client, queued: list[int]) -> None:
    prepared()
    operator.post(PAGE, {"store": "k3v9x1q7p2", "do": "plan", "welcome_email": "on"})
    run = Run.objects.get()
    assert (run.mode, run.approved, run.scope) == ("plan", False, {"welcome_email": True})


def test_counting_by_the_plain_button_keeps_the_filter_and_leaks_no_token(operator: Client) -> None:
    prepared()
    answer = operator.post(PAGE, {"store": "k3v9x1q7p2", "name": "10", "csrfmiddlewaretoken": "x", "do": "count"})
    assert answer["Location"] == "/customers/add/?store=k3v9x1q7p2&name=10"


def test_several_storefronts_have_to_be_chosen_from(operator: Client, queued: list[int]) -> None:
    prepared(channels=TWO)
    text = operator.get(PAGE).content.decode()
    assert "Choose the storefront first." in text
    assert "2 · outlet.example" in text
    filters = {"store": "k3v9x1q7p2", "channel_id": "2"}
    operator.post(PAGE, {**filters, "do": "ok", "shown": shown(operator.get(PAGE, filters).content.decode())})
    assert Run.objects.get().scope == {"channel_id": 2, "shown": 3}


def test_a_storefront_that_is_not_chosen_is_said_by_the_server_too(operator: Client, queued: list[int]) -> None:
    prepared(channels=TWO)
    page = operator.post(PAGE, {"store": "k3v9x1q7p2", "do": "plan"})
    assert "has several storefronts" in page.content.decode()
    assert not Run.objects.exists()


def test_nonsense_in_the_filter_is_named(operator: Client) -> None:
    prepared()
    page = operator.get(PAGE, {"changed_since": "soon", "country": "XX"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "Enter a valid date." in text
    assert "XX is not one of the available choices" in text


def test_without_a_store_the_page_says_what_is_missing(operator: Client) -> None:
    assert "No store is connected yet" in operator.get(PAGE).content.decode()


class Form(HTMLParser):
    """What a browser posts for the form #add as the server rendered it, with the button of this name and value."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.inside, self.select, self.first = False, "", True
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = had.get("id") == "add"
        elif not self.inside:
            return
        elif tag == "input" and (had.get("type") != "checkbox" or "checked" in had):
            self.values[had["name"]] = had.get("value", "on" if had.get("type") == "checkbox" else "")
        elif tag == "select":
            self.select, self.first = had["name"], True
        elif tag == "option" and (self.first or "selected" in had):
            self.values[self.select], self.first = had.get("value", ""), False

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"only_ready": "on"},
        {"blocked": "no"},
        {"blocked": "any"},
        {"blocked": "yes"},
        {"number_from": "10000", "number_to": "19999", "blocked": ""},
        {"salesperson": "PS", "country": "GB", "changed_since": "2020-02-29", "welcome_email": "on"},
        {"name": " Customer ", "only_ready": "on", "channel_id": "2"},
    ],
)
def test_ok_takes_the_form_as_it_was_rendered(operator: Client, queued: list[int], filters: dict[str, str]) -> None:
    """Nothing is edited on the page: what it counted is what its own fields say."""
    prepared(**({"channels": TWO} if "channel_id" in filters else {}))
    store = Store.objects.get()
    data.business_central_customer(store, "40000", blocked="All", salesperson_code="PS")
    page = operator.get(PAGE, filters)
    posted = Form(page.content.decode()).values
    answer = operator.post(PAGE, {**posted, "do": "ok"})
    run = Run.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert run.approved
    assert run.scope["shown"] == page.context["found"].counts["ready"] > 0
