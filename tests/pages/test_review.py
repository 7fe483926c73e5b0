"""The Review page: the queue, the comparison with its score, its four actions, and its keys in a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import BusinessCentralPhone, Customer, Decision, Link, Run
from stores.models import Store
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
REVIEW = "/stores/k3v9x1q7p2/review/"
Open = Callable[..., Page]


def town() -> Store:
    """Three shoppers wait: one with a like and an unlike candidate, one with a hostile one, one with none."""
    store = data.store()
    data.customers(store, 24)
    waiting = list(Customer.objects.filter(status="review").order_by("pk"))
    like = data.business_central_customer(store, "70000", display_name=waiting[0].name, email=waiting[0].email)
    unlike = data.business_central_customer(store, "71000", display_name="Zebra")
    BusinessCentralPhone.objects.create(customer=like, e164="+441632960001")
    hostile = data.business_central_customer(store, "72000", display_name=data.HOSTILE)
    candidates = [[str(like.remote_id), str(unlike.remote_id)], [str(hostile.remote_id)], []]
    for row, ids in zip(waiting, candidates, strict=True):
        Customer.objects.filter(pk=row.pk).update(candidates=ids)
    return store


@pytest.fixture
def merchant(db: None) -> Store:
    return town()


def waiting() -> list[Customer]:
    return list(Customer.objects.filter(status="review").order_by("pk"))


def form(customer: Customer, **more: Any) -> dict[str, Any]:
    return {"only": customer.pk, "page": "review", "reason": "", **more}


def test_shows_the_best_case_first_with_its_evidence(viewer: Client, merchant: Store) -> None:
    answer = viewer.get(REVIEW)
    case = answer.context["case"]
    assert (case.customer, [each.row.number for each in case.candidates]) == (waiting()[0], ["70000", "71000"])
    text = answer.content.decode()
    assert ("3 customers need" in text, "How 70000 scores" in text, data.HOSTILE in text) == (True, True, False)
    assert "The actions need the role operator" in text
    assert 'name="candidate"' not in text


def test_link_goes_on_to_the_next(operator: Client, merchant: Store) -> None:
    one, two, _ = waiting()
    candidate = operator.get(REVIEW).context["case"].candidates[0].row
    answer = operator.post(f"{REVIEW}link/", form(one, candidate=candidate.pk, next=two.pk))
    assert answer["Location"] == f"{REVIEW}?customer={two.pk}"
    assert Link.objects.get(customer=one).business_central_customer == candidate
    again = operator.post(f"{REVIEW}link/", form(one, candidate=candidate.pk), follow=True).content.decode()
    assert "is linked to 70000 already" in again


def test_without_a_candidate_nothing_is_linked(operator: Client, merchant: Store) -> None:
    text = operator.post(f"{REVIEW}link/", form(waiting()[2]), follow=True).content.decode()
    assert ("Choose a candidate first" in text, Decision.objects.count()) == (True, 0)


def test_skip_needs_a_reason_and_comes_back_here(operator: Client, merchant: Store) -> None:
    one = waiting()[0]
    answer = operator.post("/customers/skip/", form(one))
    assert (answer["Location"], len(waiting())) == (REVIEW, 3)
    operator.post("/customers/skip/", form(one, reason="a test order"))
    assert len(waiting()) == 2


def test_create_starts_a_run_for_this_one(operator: Client, merchant: Store, queued: list[int]) -> None:
    one = waiting()[0]
    operator.post(f"{REVIEW}create/", form(one))
    run = Run.objects.get()
    assert (run.kind, run.scope, run.mode, run.user.username) == (
        "try_mapping",
        {"create": [one.pk]},
        "apply",
        "operator",
    )
    assert "Chosen in Review" in operator.get(run.get_absolute_url()).content.decode()


def test_bulk_makes_a_plan_of_those_it_counts(operator: Client, merchant: Store, queued: list[int]) -> None:
    case = operator.get(REVIEW).context["case"]
    least = case.best
    assert operator.get(f"{REVIEW}?least={least}").context["above"] == 1
    answer = operator.post(f"{REVIEW}bulk/", {"least": least})
    run = Run.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert (run.mode, run.scope) == ("plan", {"above": least})
    text = operator.post(f"{REVIEW}bulk/", {"least": "100"}, follow=True).content.decode()
    assert ("No customer has one free candidate" in text, Run.objects.count()) == (True, 1)


def test_every_case_of_a_long_queue_is_reached_once_and_in_order(viewer: Client, merchant: Store) -> None:
    data.customers(merchant, 0)
    many = [
        Customer(store=merchant, remote_id=1000 + i, email=f"r{i}@mail.example", email_key=f"r{i}@mail.example",
                 status="review", written_at=timezone.now())
        for i in range(130)
    ]  # fmt: skip
    Customer.objects.bulk_create(many)
    shown: list[int] = []
    where = REVIEW
    while where:
        answer = viewer.get(where)
        cases = [case.customer.pk for case in answer.context["cases"]]
        if shown:  # half a page of the ones before is shown again
            assert cases[: cases.index(answer.context["case"].customer.pk)] == shown[-15:]
        shown += [pk for pk in cases if pk not in shown]
        later = answer.context["later"]
        where = f"{REVIEW}?customer={later.pk}" if later else ""
    ranked = Customer.objects.filter(status="review").order_by("-review_score", "pk")
    assert shown == list(ranked.values_list("pk", flat=True))
    assert len(shown) == 133


def test_next_and_previous_cross_the_pages(viewer: Client, merchant: Store) -> None:
    one, two, three = (row.pk for row in Customer.objects.filter(status="review").order_by("pk"))
    viewer.get(REVIEW)
    Customer.objects.filter(pk=one).update(review_score=90)
    for pk, around in ((one, (None, two)), (two, (one, three)), (three, (two, None))):
        context = viewer.get(f"{REVIEW}?customer={pk}").context
        assert tuple(each and each.pk for each in (context["before"], context["after"])) == around


def test_an_empty_queue_says_so(viewer: Client, merchant: Store) -> None:
    Customer.objects.filter(status="review").update(status="unmapped")
    assert "Nobody needs a decision" in viewer.get(REVIEW).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_by_keyboard(transactional_db: None, opened: Open) -> None:
    town()
    page = opened(REVIEW)
    assert faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    first = page.locator("#who").inner_text()
    page.keyboard.press("j")
    page.wait_for_function("text => document.getElementById('who').innerText !== text", arg=first)
    page.keyboard.press("k")
    page.wait_for_function("text => document.getElementById('who').innerText === text", arg=first)
    page.keyboard.press("2")
    expect(page.locator("input[data-choice='2']")).to_be_checked()
    page.keyboard.press("s")
    page.keyboard.type("j is a letter here")
    expect(page.locator("#reason")).to_have_value("j is a letter here")
    page.keyboard.press("Enter")
    expect(page.locator(".msg").first).to_contain_text("is skipped.")
    page.locator("#reason").fill("nobody said what Enter does here")
    page.keyboard.press("Enter")
    page.locator("#reason").fill("")
    page.locator("h1").click()
    page.keyboard.press("1")
    page.keyboard.press("l")
    expect(page.locator(".msg").first).to_contain_text("is linked to 72000.")
    assert page.evaluate("window.harmed") is None


def test_create_in_a_read_only_store_says_that_it_only_plans(operator: Client, db: None, queued: list[int]) -> None:
    store = town()
    Store.objects.filter(pk=store.pk).update(writes_enabled=False)
    row = waiting()[0]
    text = operator.post(f"{REVIEW}create/", form(row), follow=True).content.decode()
    assert ("only plans to create" in text, " creates " in text) == (True, False)
