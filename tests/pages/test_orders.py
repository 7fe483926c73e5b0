"""The headings that the Customers list can be sorted by, over one store and over all."""

from typing import Any

import pytest
from django.test import Client

from customers import filter_counts
from customers.models import Customer, CustomerGroup
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"


@pytest.fixture(params=["few", "many"])
def stores(db: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    if request.param == "many":
        monkeypatch.setattr(filter_counts.FilterCounts, "few", False)
    made = [data.store(), data.store("w8n4d2z6r5", "a store"), data.store("e1m2p3t4y5", "Zebra")]
    for store in made:
        data.customers(store, 9)
    # One name in two stores, with ids of their own.
    CustomerGroup.objects.filter(store=made[1]).delete()
    CustomerGroup.objects.create(store=made[1], remote_id=3, name="Antiques")
    return made


def test_every_heading_sorts(viewer: Client, stores: list[Any]) -> None:
    text = viewer.get("/customers/").content.decode()
    for key in ("name", "email", "store", "country", "group", "status", "number", "-changed"):
        assert f'sort={key}"' in text or (key == "-changed" and "sort=changed" in text), key
    text = viewer.get(f"{LIST}?sort=-number").content.decode()
    assert 'aria-sort="descending"' in text
    assert "sort=store" not in text


def test_by_store_and_by_group_over_all_stores(viewer: Client, stores: list[Any]) -> None:
    rows = viewer.get("/customers/?sort=store&size=50").context["page"].object_list
    assert list(dict.fromkeys(row.store.name for row in rows)) == ["a store", "Fabrikam Outdoor", "Zebra"]
    rows = viewer.get("/customers/?sort=group&size=50").context["page"].object_list
    assert list(dict.fromkeys(row.group_name for row in rows)) == ["Antiques", "Wholesale", ""]
    rows = viewer.get("/customers/?sort=-group&size=50").context["page"].object_list
    assert list(dict.fromkeys(row.group_name for row in rows)) == ["", "Wholesale", "Antiques"]
    assert len(rows) == 27


@pytest.mark.parametrize("query", ["", "status=linked", "status=skipped", "status=unmapped", "mapped_by=phone"])
def test_by_number_nobody_is_left_out(viewer: Client, stores: list[Any], query: str) -> None:
    """Also of the skipped, some of whom are linked."""
    linked = Customer.objects.filter(store=stores[0], status="linked")[:2]
    Customer.objects.filter(pk__in=[row.pk for row in linked]).update(status="skipped")
    everybody = viewer.get(f"{LIST}?{query}").context["page"].object_list
    page = viewer.get(f"{LIST}?{query}&sort=number").context["page"].object_list
    assert {row.pk for row in page} == {row.pk for row in everybody}
    numbers = [row.counterpart.number if row.counterpart else "~" for row in page]
    assert numbers == sorted(numbers)
