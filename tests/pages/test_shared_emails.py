"""Review of e-mails: the queue, its decisions and their limits; the tile, Readiness and Add Customers agree with it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from customers import left_over, readiness_check
from customers.models import Customer, Decision, LeftOut, NotReady
from stores.models import Store
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
Open = Callable[..., Page]
QUEUE = "/stores/k3v9x1q7p2/review/emails/"


@pytest.fixture
def store(db: None) -> Store:
    """Two share one e-mail, one of them with a hostile name; one is blocked, one has no e-mail, two are ready."""
    row = data.store()
    data.business_central_customer(row, "10000")
    data.business_central_customer(row, "10010")
    data.business_central_customer(row, "20000", email="twice@a.example", display_name=data.HOSTILE)
    data.business_central_customer(row, "20010", email="twice@a.example")
    data.business_central_customer(row, "30000", blocked="All")
    data.business_central_customer(row, "40000", email="")
    return checked(row)


def checked(row: Store) -> Store:
    found = Store.objects.select_related("company").get(pk=row.pk)
    readiness_check.bring_up_to_date(found)
    return found


def cues(client: Client) -> dict[str, tuple[str, int]]:
    """Word of a tile -> (where it leads, its number)."""
    text = client.get("/").content.decode()
    found = re.findall(r'<a class="cue[^"]*" href="([^"]*)"><b>([\d,]+)</b>([^<]*)', text)
    return {word: (address.replace("&amp;", "&"), int(number)) for address, number, word in found}


def test_the_tile_its_list_and_add_customers_say_one_number(store: Store, operator: Client, viewer: Client) -> None:
    address, number = cues(operator)["Ready to add"]
    page = operator.get(address)
    assert page.context["found"].counts == {"ready": 2, "not ready": 1, "already linked": 0, "review": 2}
    assert (number, len(page.context["found"].rows)) == (2, 2)
    assert "OK: add 2 customers" in page.content.decode()
    address, number = cues(viewer)["Not ready"]
    assert viewer.get(address).context["page"].paginator.count == number == 1
    readiness = viewer.get(cues(viewer)["Ready to add"][0]).context
    assert readiness["counts"]["ready"] == 2
    assert readiness["page"].paginator.count == readiness["left"] == 4


def test_each_group_of_readiness_lists_what_it_counts(store: Store, viewer: Client, operator: Client) -> None:
    for group, numbers in (("review", ["20000", "20010"]), ("blocked", ["30000"]), ("not_ready", ["40000"])):
        page = viewer.get(f"/stores/{store.hash}/readiness/?group={group}")
        assert [row["customer"].number for row in page.context["rows"]] == numbers
        assert page.context["page"].paginator.count == page.context["counts"][group] == len(numbers)
        answer: Any = operator.post(f"/stores/{store.hash}/readiness/export/?format=csv&group={group}")
        assert b"".join(answer.streaming_content).decode().count("\n") == 1 + len(numbers)
    assert "Review, E-mails" in viewer.get(f"/stores/{store.hash}/readiness/").content.decode()


def test_the_queue_shows_who_shares_what(store: Store, viewer: Client, operator: Client) -> None:
    assert cues(viewer)["E-mail to decide"] == (QUEUE, 2)
    page = viewer.get(QUEUE)
    text = page.content.decode()
    assert [(case.email, [each.row.number for each in case.sharers]) for case in page.context["cases"]] == [
        ("twice@a.example", ["20000", "20010"]),
    ]  # fmt: skip
    assert "The chosen one gets the e-mail" not in text
    assert data.HOSTILE not in text
    assert "The chosen one gets the e-mail" in operator.get(QUEUE).content.decode()


def decide(client: Client, store: Store, number: str, do: str, **values: Any) -> Any:
    row = store.company.customers.get(number=number)
    return client.post(f"{QUEUE}{do}/", {"chosen": row.pk, **values}, follow=True)


def test_one_gets_the_e_mail_and_the_other_is_left_out(store: Store, operator: Client) -> None:
    text = decide(operator, store, "20010", "give", reason="the shop").content.decode()
    assert "20010 gets twice@a.example. The other one is left out while they have it." in text
    assert "twice@a.example goes to 20010, Customer 20010. the shop" in text
    assert cues(operator)["Ready to add"][1] == 3
    assert cues(operator)["E-mail to decide"][1] == 0
    assert operator.get("/customers/add/").context["found"].counts["ready"] == 3
    left = LeftOut.objects.get()
    operator.post(f"{QUEUE}ask-again/", {"left": left.pk})
    assert (cues(operator)["Ready to add"][1], cues(operator)["E-mail to decide"][1]) == (2, 2)
    assert "Somebody has taken that back already" in operator.post(
        f"{QUEUE}ask-again/", {"left": left.pk}, follow=True
    ).content.decode()  # fmt: skip


def test_skip_needs_a_reason_and_leaves_the_other_to_be_added(store: Store, operator: Client) -> None:
    assert "Say why first" in decide(operator, store, "20000", "skip").content.decode()
    assert not LeftOut.objects.exists()
    decide(operator, store, "20000", "skip", reason="a test customer")
    assert list(NotReady.objects.filter(number__startswith="200").values_list("number", "code")) == [
        ("20000", "left-out"),
    ]  # fmt: skip
    assert Decision.objects.get().reason == "a test customer"


def test_nonsense_decides_nothing(store: Store, operator: Client) -> None:
    for chosen in ("", "x", "99999999999999999999", "0"):
        assert operator.post(f"{QUEUE}give/", {"chosen": chosen}).status_code == 404
    assert "there is nothing to decide" in decide(operator, store, "10000", "give").content.decode()
    assert not LeftOut.objects.exists()


def test_who_is_linked_meanwhile_cannot_be_skipped_here(store: Store, operator: Client) -> None:
    shopper = data.customers(store, 2)[0]
    Customer.objects.filter(pk=shopper.pk).update(email_key="twice@a.example", status="linked")
    shopper.store.links.create(
        customer=shopper, business_central_customer=store.company.customers.get(number="20000"), rule="phone"
    )
    left_over.look_again(store, list(store.company.customers.all()))
    page = operator.get(QUEUE)
    assert [case.taken for case in page.context["cases"]] == [True]
    assert "has the shopper" in decide(operator, store, "20000", "skip", reason="x").content.decode()
    assert "already; skip 20010 or mend its e-mail" in decide(operator, store, "20010", "give").content.decode()


def test_the_queue_takes_the_same_queries_for_a_few_and_for_many(
    store: Store, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        for side in "AB":
            data.business_central_customer(store, f"X{number:03}{side}", email=f"both{number}@a.example")
    Store.objects.get(pk=store.pk)
    store.readiness_check.delete()
    checked(store)
    viewer.get(QUEUE)
    with django_assert_max_num_queries(20):
        page = viewer.get(QUEUE)
    assert len(page.context["cases"]) == 25
    assert page.context["emails"] == 62


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing_and_a_choice_is_made_with_the_keyboard(transactional_db: None, opened: Open) -> None:
    row = data.store()
    for number in ("20000", "20010"):
        data.business_central_customer(row, number, email="twice@a.example")
    checked(row)
    page = opened(QUEUE)
    assert faults(page) == []
    page.get_by_role("radio", name="Choose 20010, Customer 20010").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="The chosen one gets the e-mail").press("Enter")
    expect(page.get_by_text("20010 gets twice@a.example.")).to_be_visible()
    expect(page.get_by_role("heading", name="Left out before")).to_be_visible()
    assert faults(page) == []
    page.goto("/")
    assert faults(page) == []
