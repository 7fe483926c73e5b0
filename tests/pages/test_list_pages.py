"""The Customers list page by page: every order walked both ways, counts that agree, queries that stay few."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import filter_counts, orders, pages
from customers.counts import FLAGS
from customers.models import Customer, CustomerGroup
from customers.selection import shoppers
from stores.models import Store
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"
# Ties in every column, so that only the key tells the rows apart.
COUNT = 130
ORDERS = [
    *((sort, "") for name in orders.SORTS for sort in (name, f"-{name}")),
    *((name, "country=GB") for name in orders.SORTS),
    *((sort, query) for sort in ("number", "-group")
      for query in ("status=linked&search=shopper", "flag=failed&flag=conflict")),
]  # fmt: skip
GROUPS = {3: "Wholesale", 7: "antiques"}


def by_number(row: Customer) -> tuple[Any, ...]:
    """The linked by No., those of a default customer by its No., then the others by when they changed."""
    if link := getattr(row, "link", None):
        return (0, link.business_central_customer.number, row.pk)
    return (1, row.default_customer.number, row.pk) if row.default_customer else (2, row.date_modified, row.pk)


def by_group(row: Customer) -> tuple[Any, ...]:
    """By name whatever its case, who has none at the end; then by when they changed."""
    name = GROUPS.get(row.group_remote_id, "")
    return (not name, name.casefold(), row.group_remote_id, row.date_modified, row.pk)


ORDERED_BY: dict[str, Any] = {
    "name": lambda row: (row.last_name, row.first_name, row.pk),
    "email": lambda row: (row.email_key, row.pk),
    "country": lambda row: (row.country_code, row.date_modified, row.pk),
    "status": lambda row: (row.status, row.date_modified, row.pk),
    "changed": lambda row: (row.date_modified, row.pk),
    "store": lambda row: (row.date_modified, row.pk),
    "number": by_number,
    "group": by_group,
}


@pytest.fixture
def merchant(db: None) -> Store:
    store = data.store()
    CustomerGroup.objects.create(store=store, remote_id=7, name=GROUPS[7])
    data.customers(store, COUNT)
    Customer.objects.filter(store=store, remote_id__in=range(20, 40)).update(group_remote_id=7)
    Customer.objects.filter(store=store, remote_id__in=range(40, 50)).update(group_remote_id=99)
    default = [data.business_central_customer(store, number) for number in ("D2", "D1")]
    for place, row in enumerate(Customer.objects.filter(store=store, status="defaulted")):
        Customer.objects.filter(pk=row.pk).update(default_customer=default[place % 2])
    data.customers(data.store("w8n4d2z6r5", "Fabrikam Trade"), 40)
    Customer.objects.filter(remote_id__gt=60).update(date_modified="2026-01-01T00:00Z", email_key="same@mail.example")
    return store


def listed(store: Store, text: str) -> Any:
    """The page of the list, as the view makes it of the address; with its counts and its scope."""
    asked = QueryDict(text)
    scope = pages.filter_scope(asked)
    counts = filter_counts.counts_of(store, scope)
    page = pages.page_of(shoppers(store, scope), asked, counts, scope)
    page.counts, page.scope = counts, scope
    return page


def walk(page_at: Callable[[str], Any], query: str, link: str) -> list[list[int]]:
    """The keys of every page, following Next or Previous to the end."""
    seen: list[list[int]] = []
    asked: dict[str, Any] | None = {"before": "end"} if link == "previous" else {}
    while asked is not None:
        page = page_at("&".join([query, *(f"{name}={value}" for name, value in asked.items())]))
        seen.append([row.pk for row in page.object_list])
        asked = getattr(page, link)
        assert len(seen) < 20
    return seen


def in_order(store: Store, scope: dict[str, Any], sort: str) -> list[int]:
    """The keys of those whom a scope shows, sorted here."""
    rows = shoppers(store, scope).select_related("link__business_central_customer", "default_customer")
    return [row.pk for row in sorted(rows, key=ORDERED_BY[sort.lstrip("-")], reverse=sort.startswith("-"))]


@pytest.mark.parametrize("many", [False, True], ids=["sorted", "along an index"])
@pytest.mark.parametrize(("sort", "filtered"), ORDERS)
def test_forwards_and_backwards_show_everybody_once_in_order(
    merchant: Store, sort: str, filtered: str, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few customers are found and sorted; where there are many, an index is walked along."""
    if many:
        monkeypatch.setattr(filter_counts.FilterCounts, "few", False)
    first = listed(merchant, filtered)
    expected = in_order(merchant, first.scope, sort)
    page_at = partial(listed, merchant)
    query = f"{filtered}&sort={sort}&size=50"
    onwards = walk(page_at, query, "next")
    assert [pk for page in onwards for pk in page] == expected
    backwards = walk(page_at, query, "previous")
    assert [pk for page in reversed(backwards) for pk in page] == expected
    assert first.counts.shown["total"] == len(expected)


@pytest.mark.parametrize(("sort", "filtered"), [("-number", ""), ("group", ""), ("name", "country=GB")])
def test_the_page_takes_order_filter_and_place_from_its_address(
    viewer: Client, merchant: Store, sort: str, filtered: str
) -> None:
    def page_at(query: str) -> Any:
        return viewer.get(f"{LIST}?{query}").context["page"]

    expected = in_order(merchant, listed(merchant, filtered).scope, sort)
    query = f"{filtered}&sort={sort}&size=50"
    assert [pk for page in walk(page_at, query, "next") for pk in page] == expected
    assert [pk for page in reversed(walk(page_at, query, "previous")) for pk in page] == expected


def test_the_places_that_a_page_shows(viewer: Client, merchant: Store) -> None:
    text = viewer.get(LIST).content.decode()
    assert "1–25 of 130" in text
    page = viewer.get(LIST).context["page"]
    second = viewer.get(LIST, page.next)
    assert "26–50 of 130" in second.content.decode()
    assert "1–25 of 130" in viewer.get(LIST, second.context["page"].previous).content.decode()
    last = viewer.get(LIST, page.last)
    assert "106–130 of 130" in last.content.decode()
    assert last.context["page"].next is None


@pytest.mark.parametrize(
    "token", ["x", "W10", "WzFd", "bnVsbA", "WyJcdTAwMDAiLCAxXQ", "WyJub25lIiwgMV0", "A" * 3000, "é"]
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_place_that_makes_no_sense_is_the_first_page(viewer: Client, merchant: Store, name: str, token: str) -> None:
    plain = [row.pk for row in viewer.get(LIST).context["page"].object_list]
    answer = viewer.get(LIST, {name: token, "at": "99"})
    assert [row.pk for row in answer.context["page"].object_list] == plain
    assert "1–25 of 130" in answer.content.decode()


def test_a_page_whose_rows_went_meanwhile_is_the_first_page(viewer: Client, merchant: Store) -> None:
    page = viewer.get(f"{LIST}?size=100").context["page"]
    Customer.objects.exclude(pk__in=[row.pk for row in page.object_list[:30]]).delete()
    answer = viewer.get(LIST, {**page.next, "size": "100"})
    assert "1–30 of 30" in answer.content.decode()


def test_counting_stops_and_says_so_everywhere_alike(
    operator: Client, merchant: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filter_counts, "LIMIT", 20)
    exact = operator.get(f"{LIST}?status=linked").content.decode()
    assert "20+" not in exact
    text = operator.get(f"{LIST}?search=shopper").content.decode()
    assert "<strong>20+ customers</strong>" in text
    assert "1–25 of 20+" in text
    assert "Update the linked of 20+" in text
    assert "Try Mapping for the unmapped of 20+" in text
    assert 'rel="last"' not in text
    few = operator.get(f"{LIST}?search=shopper12")
    assert "Update 6 linked" in few.content.decode()
    assert few.context["counts"].shown["linked"] == 6


@pytest.mark.parametrize("status", ["", "linked", "review"])
@pytest.mark.parametrize("flag", ["", *FLAGS, "has_errors"])
@pytest.mark.parametrize("rest", ["", "country=GB"])
def test_what_a_filter_says_it_shows_is_what_it_shows(
    viewer: Client, merchant: Store, status: str, flag: str, rest: str
) -> None:
    asked = [f"status={status}" if status else "", rest]
    asked.append("has_errors=1" if flag == "has_errors" else f"flag={flag}" if flag else "")
    answer = viewer.get(f"{LIST}?{'&'.join(filter(None, asked))}")
    rows = shoppers(merchant, answer.context["scope"])
    counts = answer.context["counts"]
    assert counts.shown["total"] == rows.count()
    assert sum(counts.shown[each] for each in Customer.Status.values) == rows.count()
    for each in Customer.Status.values:
        beside = shoppers(merchant, {**({"country": "GB"} if rest else {}), "status": each})
        assert counts.beside[each] == beside.count()
    for each in FLAGS:
        assert counts.shown[each] == rows.filter(**{each: True}).count()


def test_no_page_asks_more_with_more_rows(viewer: Client, db: None) -> None:
    """Queries of every address that can be listed, with few rows and with many."""
    store = data.store()
    data.customers(store, 20)
    run = data.ended_run(store)
    addresses = [
        reverse("stores"), reverse("store", args=[store.hash]), reverse("customers"), LIST, f"{LIST}?size=100",
        f"{LIST}?sort=name&status=linked", f"{LIST}?search=shopper&country=GB", f"{LIST}?mapped_by=phone",
        f"{LIST}?before=end", reverse("runs"), reverse("store_runs", args=[store.hash]), run.get_absolute_url(),
        reverse("parked", args=[store.hash]), reverse("review", args=[store.hash]),
        reverse("readiness", args=[store.hash]), reverse("conflicts", args=[store.hash]),
    ]  # fmt: skip
    few = {address: queries_of(viewer, address) for address in addresses}
    # So many that the last page, too, begins with an unmapped customer: the FactBoxes ask less about it.
    data.customers(store, 205, first=21)
    for _ in range(30):
        data.ended_run(store)
    many = {address: queries_of(viewer, address) for address in addresses}
    assert {address: (few[address], count) for address, count in many.items() if count > few[address]} == {}
    assert max(many.values()) <= MOST_QUERIES


MOST_QUERIES = 34


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
