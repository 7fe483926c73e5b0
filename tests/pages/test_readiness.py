"""The Readiness page: how many, who not and why; filter, search, mend, download; constant queries; Check again."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from bcsync.sandbox.business_central.company import CompanySide
from customers.models import NotReady, ReadinessCheck, Run
from stores.models import Store
from tests.customers.test_check_readiness import looked_at, some_customers
from tests.fixtures import RunJob
from tests.pages import data


def test_it_does_not_wait_for_another_run_of_the_store(store: Store, operator: Client) -> None:
    active = data.run(store, "update_customers", "running", step="apply", mode="apply")
    answer = operator.post(f"/stores/{store.hash}/readiness/check/")
    run = Run.objects.exclude(pk=active.pk).get()
    assert (answer["Location"], run.kind) == (run.get_absolute_url(), "check_readiness")
    assert operator.post(f"/stores/{store.hash}/readiness/check/")["Location"] == run.get_absolute_url()
    assert Run.objects.count() == 2


@pytest.fixture
def checked(store: Store, business: CompanySide, run_job: RunJob) -> Store:
    some_customers(business)
    business.add_customer(number="50", displayName='=HYPERLINK("x")', city="<b>x</b>")
    run_job(store, "check_readiness")
    return store


def test_the_page_says_how_many_who_and_why(checked: Store, viewer: Client) -> None:
    page = viewer.get(f"/stores/{checked.hash}/readiness/")
    assert (page.context["could"], page.context["share"]) == (2, 40.0)
    shown = {each["code"]: (each["customers"], each["only"]) for each in page.context["reasons"]}
    assert shown["missing-email"] == (3, 1)
    assert [row["customer"].number for row in page.context["rows"]] == ["30", "40", "50"]
    assert page.context["page"].paginator.count == page.context["counts"]["not_ready"] == 3
    assert page.context["sum"] == NotReady.objects.count()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?reason=missing-surname", ["40", "50"]),
        ("?reason=nonsense", ["30", "40", "50"]),
        ("?search=neither", ["40"]),
        ("?reason=missing-email&search=30", ["30"]),
    ],
)
def test_it_is_filtered_by_reason_and_searched(query: str, numbers: list[str], checked: Store, viewer: Client) -> None:
    page = viewer.get(f"/stores/{checked.hash}/readiness/{query}")
    assert [row["customer"].number for row in page.context["rows"]] == numbers
    assert page.context["page"].paginator.count == len(numbers)


def test_every_reason_leads_to_where_it_is_mended(checked: Store, viewer: Client) -> None:
    rows = viewer.get(f"/stores/{checked.hash}/readiness/?reason=missing-email").context["rows"]
    assert "page=21" in rows[0]["mends"][0].address
    assert rows[0]["mends"][0].address.endswith("filter=%27No.%27%20IS%20%2730%27")


def test_the_download_has_everybody_and_no_formula(checked: Store, operator: Client) -> None:
    answer: Any = operator.post(f"/stores/{checked.hash}/readiness/export/?reason=missing-surname")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert [line[0] for line in lines] == ["No.", "40", "50"]
    assert lines[2][1] == '\'=HYPERLINK("x")'
    assert "Email is empty" in lines[1][5]


def test_the_page_takes_the_same_queries_for_a_few_and_for_many(
    checked: Store, viewer: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        data.business_central_customer(checked, f"X{number:03}", email="")
    ReadinessCheck.objects.update(stamp="older")
    looked_at(checked)
    address = f"/stores/{checked.hash}/readiness/"
    viewer.get(address)
    with django_assert_max_num_queries(16):
        page = viewer.get(address)
    assert len(page.context["rows"]) == 50


def test_nothing_was_read_yet(store: Store, viewer: Client, operator: Client) -> None:
    assert "Business Central was not read yet" in viewer.get(f"/stores/{store.hash}/readiness/").content.decode()
    assert "Check again" in operator.get(f"/stores/{store.hash}/readiness/").content.decode()
