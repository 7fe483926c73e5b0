"""Every number on a page is what the list behind it shows and what the tables add up to: tiles, pagers, navigation."""

import re
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client

from customers.models import Customer
from stores.models import Store
from tests.pages import data

CUE = re.compile(r'<a class="cue[^"]*" href="([^"]*/customers/\?[^"]*)"><b>([\d,]+)</b>')
TICK = re.compile(r'name="(status|flag|has_errors)" value="(\w+)"[^>]*>[^<]*<span class="n">([\d,]+)</span>')
PAGER = re.compile(r"\d+–\d+ of ([\d,]+)")
PIP = re.compile(r'href="/stores/(\w+)/(review|conflicts)/"[^>]*>\w+ <span class="pip">([\d,]+)')
SUM = re.compile(r"([\d,]+) customers = ([\d,]+) linked" + r" \+ ([\d,]+) \w+" * 4)
WANTED = {
    "status": lambda value: Q(status=value), "flag": lambda value: Q(**{value: True}),
    "has_errors": lambda value: Q(failed=True) | Q(conflict=True) | Q(parked=True),
}  # fmt: skip


def number(text: str) -> int:
    return int(text.replace(",", ""))


def in_table(store: Store, name: str, value: str) -> int:
    return Customer.objects.filter(WANTED[name](value), store=store, gone_at=None).count()


def walked(client: Client, address: str) -> tuple[int, int]:
    """(how many rows all pages of a list have, how many its pager says there are)."""
    rows, said, asked = 0, 0, {"size": "100"}
    while True:
        answer = client.get(with_(address, asked))
        page = answer.context["page"]
        rows += len(page.object_list)
        found = PAGER.search(answer.content.decode())
        said = number(found[1]) if found else 0
        if page.next is None:
            return rows, said
        asked = {"size": "100", **{name: str(value) for name, value in page.next.items()}}


def with_(address: str, more: dict[str, Any]) -> str:
    return address + ("&" if "?" in address else "?") + "&".join(f"{name}={value}" for name, value in more.items())


@pytest.fixture
def stores(db: None) -> list[Store]:
    """Two stores with customers of every kind, some of them deleted, and one store without any."""
    made = [data.store(), data.store("w8n4d2z6r5", "Fabrikam Trade"), data.store("e1m2p3t4y5", "Empty")]
    data.customers(made[0], 240)
    data.customers(made[1], 70)
    Customer.objects.filter(remote_id__in=range(5, 40)).update(parked=True)
    Customer.objects.filter(remote_id__in=range(30, 45)).update(gone_at="2026-01-01T00:00Z")
    Customer.objects.filter(remote_id__in=(60, 61)).delete()
    return made


def test_each_tile_opens_the_list_it_counts(viewer: Client, stores: list[Store]) -> None:
    text = viewer.get("/").content.decode()
    cues = CUE.findall(text)
    assert len(cues) == 8 * len(stores)
    for address, shown in cues:
        store = next(store for store in stores if store.hash in address)
        name, value = address.partition("?")[2].split("=")
        expected = in_table(store, name, value)
        assert number(shown) == expected, address
        assert walked(viewer, address) == (expected, expected), address


def test_the_statuses_of_a_store_add_up_on_the_page(viewer: Client, stores: list[Store]) -> None:
    text = viewer.get("/").content.decode()
    sums = SUM.findall(text)
    totals = sorted(number(found[0]) for found in sums)
    there = [Customer.objects.filter(store=store, gone_at=None).count() for store in stores]
    assert totals == sorted(count for count in there if count)
    assert all(number(found[0]) == sum(map(number, found[1:])) for found in sums)


@pytest.mark.parametrize("rest", ["", "country=GB"])
def test_each_tick_counts_the_list_it_would_show(viewer: Client, stores: list[Store], rest: str) -> None:
    for store in stores[:2]:
        address = f"/stores/{store.hash}/customers/?{rest}"
        ticks = TICK.findall(viewer.get(address).content.decode())
        assert len(ticks) == 9
        for name, value, shown in ticks:
            rows, said = walked(viewer, f"{address}&{name}={value}")
            assert rows == said == number(shown), (store, name, value)


def test_all_stores_are_the_sum_of_the_stores(viewer: Client, stores: list[Store]) -> None:
    for query in ("", "?status=linked", "?flag=parked", "?has_errors=1", "?search=shopper"):
        parts = [walked(viewer, f"/stores/{store.hash}/customers/{query}") for store in stores]
        assert walked(viewer, f"/customers/{query}") == (sum(p[0] for p in parts), sum(p[1] for p in parts)), query


def test_the_navigation_counts_what_waits(viewer: Client, stores: list[Store]) -> None:
    for store in stores:
        text = viewer.get(f"/stores/{store.hash}/customers/").content.decode()
        found = {page: number(count) for of, page, count in PIP.findall(text) if of == store.hash}
        expected = {"review": in_table(store, "status", "review"), "conflicts": in_table(store, "flag", "conflict")}
        assert found == {page: count for page, count in expected.items() if count}
