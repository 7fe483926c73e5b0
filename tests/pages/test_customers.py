"""The Customers page: filter, counts, addresses, FactBoxes, hostile data, and no query per row."""

import re
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import pages
from customers.models import Customer
from customers.selection import shoppers
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"


def names(page: Any) -> list[str]:
    return [row.email for row in page.context["page"].object_list]


def test_the_list_shows_customers_with_addresses_status_and_number(viewer: Client) -> None:
    store = data.store()
    shopper = data.customers(store, 8)[1]
    page = viewer.get(LIST)
    text = page.content.decode()
    assert page.context["counts"].shown["total"] == 8
    assert "1–8 of 8" in text
    assert "2 Station Road, Dubai CB1 2FB, AE" in text
    assert shopper.link.business_central_customer.number in text
    assert "Business Central&#x27;s main address" in text
    badges = re.findall(r'<td role="cell" class="nowrap"><span[^>]*><span class="oc[^>]*>.*?</svg>([^<]*)</span>', text)
    assert len(badges) == 8
    assert set(badges) == {"Linked", "Default customer", "Needs review", "Skipped", "Unmapped"}


def test_a_thousand_customers_take_no_query_per_row(viewer: Client, django_assert_max_num_queries: Any) -> None:
    store = data.store()
    data.customers(store, 1000)
    with CaptureQueriesContext(connection) as small:
        viewer.get(LIST + "?size=25")
    with CaptureQueriesContext(connection) as large:
        page = viewer.get(LIST + "?size=100")
    assert len(page.context["page"].object_list) == 100
    assert len(large) == len(small)
    with django_assert_max_num_queries(31):
        viewer.get(LIST)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=linked", {2, 4, 7, 8}),
        ("status=linked&status=review", {2, 3, 4, 7, 8}),
        ("country=gb", {3, 4, 8}),
        ("group=3", {1, 2, 4, 5, 7, 8}),
        ("search=dubai", set()),
        ("search=shopper2", {2}),
        ("search=Zo%C3%AB+shopper6", {6}),
        ("changed_since=2999-01-01", set()),
        ("status=nonsense&group=x&changed_since=yesterday&page=zzz&sort=evil&size=9999", {1, 2, 3, 4, 5, 6, 7, 8}),
    ],
)
def test_filters(viewer: Client, query: str, expected: set[int]) -> None:
    data.customers(data.store(), 8)
    page = viewer.get(f"{LIST}?{query}")
    assert {row.remote_id for row in page.context["page"].object_list} == expected
    if not expected:
        assert "No customer is like that" in page.content.decode()


def test_has_errors_are_those_with_a_flag(viewer: Client) -> None:
    data.customers(data.store(), 30)
    page = viewer.get(f"{LIST}?has_errors=1")
    assert {row.remote_id for row in page.context["page"].object_list} == {11, 13, 22, 26}
    assert page.context["counts"].beside["errors"] == page.context["counts"].shown["total"] == 4


def test_statuses_add_up_to_all(viewer: Client) -> None:
    data.customers(data.store(), 50)
    counts = viewer.get(LIST).context["counts"].beside
    assert sum(counts[status] for status in Customer.Status.values) == counts["total"] == 50


def test_customers_of_one_store_and_of_all(viewer: Client) -> None:
    data.customers(data.store(), 3)
    data.customers(data.store("w8n4d2z6r5", "Fabrikam Trade"), 2)
    assert len(names(viewer.get(LIST))) == 3
    page = viewer.get("/customers/")
    assert len(names(page)) == 5
    assert "Fabrikam Trade" in page.content.decode()


def test_deleted_customers_are_shown_only_where_they_are_asked_for(viewer: Client) -> None:
    shopper = data.customers(data.store(), 2)[0]
    Customer.objects.filter(pk=shopper.pk).update(gone_at="2026-01-01T00:00Z")
    assert names(viewer.get(LIST)) == ["shopper2@mail.example"]
    assert names(viewer.get(f"{LIST}?gone=1")) == [shopper.email]
    assert "Deleted in BigCommerce" in viewer.get(f"/customers/{shopper.pk}/factboxes/").content.decode()


def test_hostile_data_is_text(viewer: Client) -> None:
    shopper = data.customers(data.store(), 8)[2]
    data.details(shopper)
    for address in (LIST, f"{LIST}?selected={shopper.pk}", f"/customers/{shopper.pk}/factboxes/"):
        text = viewer.get(address).content.decode()
        assert "&lt;img src=x" in text
        assert "<img" not in text
        assert "window.harmed=1</script>" not in text


def test_factboxes_by_link_and_by_fragment_say_the_same(viewer: Client) -> None:
    store = data.store()
    shopper = data.customers(store, 8)[1]
    data.details(shopper)
    fragment = viewer.get(f"/customers/{shopper.pk}/factboxes/").content.decode()
    for text in ("bcsync.customer_number", "VAT number", "GB 789 4561 23", "How did you hear of us?",
                 "Delivery note",
                 "Gate 2, ring twice", "Why matched:", "phone +441632960001", "Wholesale"):  # fmt: skip
        assert text in fragment, text
    assert "<html" not in fragment
    page = viewer.get(f"{LIST}?selected={shopper.pk}").content.decode()
    assert fragment.strip() in page


def test_selected_of_another_store_is_not_shown(viewer: Client) -> None:
    data.customers(data.store(), 1)
    other = data.customers(data.store("w8n4d2z6r5", "Trade"), 2)[1]
    page = viewer.get(f"{LIST}?selected={other.pk}")
    assert page.context["facts"]["customer"].store.hash == "k3v9x1q7p2"


def test_an_empty_store_offers_import(operator: Client) -> None:
    data.store()
    text = operator.get(LIST).content.decode()
    assert "No customers yet" in text
    assert 'formaction="/customers/import/"' in text


def test_a_filter_survives_its_query_string() -> None:
    scope = {"status": ["linked", "review"], "group": "3", "country": "GB", "has_errors": True, "search": "a & b",
             "changed_since": "2026-11-01", "flag": ["failed", "parked"], "mapped_by": "phone"}  # fmt: skip
    assert pages.filter_scope(QueryDict(pages.filter_query(scope))) == scope


def test_the_filter_means_the_same_for_page_and_job(viewer: Client) -> None:
    store = data.store()
    data.customers(store, 30)
    page = viewer.get(f"{LIST}?status=linked&country=GB&size=100")
    assert sorted(names(page)) == sorted(shoppers(store, page.context["scope"]).values_list("email", flat=True))


def test_an_unknown_store_is_a_page_that_says_so(viewer: Client) -> None:
    page = viewer.get("/stores/nothere/customers/")
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
