"""Previous and Next on the card: the list that one came from, its filter and order kept."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from customers import filter_counts, orders
from customers.models import Customer
from customers.views.place import Place, around
from stores.models import Store
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"


@pytest.fixture(params=["few", "many"])
def merchant(db: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Store:
    if request.param == "many":
        monkeypatch.setattr(filter_counts.FilterCounts, "few", False)
    store = data.store()
    data.customers(store, 14)
    data.customers(data.store("w8n4d2z6r5", "A store"), 4)
    return store


def card(client: Client, pk: int, place: str) -> Any:
    return client.get(f"/customers/{pk}/?{place}")


def beside(pk: int, place: Place) -> tuple[int | None, int | None]:
    """The keys of the customers before and after this one."""
    before, after = around(Customer.objects.get(pk=pk), place)
    return before and before.pk, after and after.pk


@pytest.mark.parametrize("sort", [sort for name in orders.SORTS for sort in (name, f"-{name}")])
def test_next_and_previous_walk_the_list(viewer: Client, merchant: Store, sort: str) -> None:
    for address, query in ((LIST, f"country=GB&sort={sort}"), ("/customers/", f"sort={sort}")):
        shown = [row.pk for row in viewer.get(f"{address}?{query}&size=100").context["page"].object_list]
        place = Place(query, everywhere=address == "/customers/")
        expected = zip([None, *shown[:-1]], [*shown[1:], None], strict=True)
        assert [beside(pk, place) for pk in shown] == list(expected)


def test_the_list_hands_its_place_on_and_gets_it_back(operator: Client, merchant: Store) -> None:
    page = operator.get(f"{LIST}?status=linked&sort=name&search=shopper&page=2")
    place = page.context["place"]
    assert place.query == "status=linked&search=shopper&sort=name"
    text = page.content.decode()
    parameters = "?" + place.parameters
    assert f'hx-get="/customers/{page.context["page"].object_list[3].pk}/factboxes/{parameters}"' in text
    first, second = page.context["page"].object_list[:2]
    assert f'href="/customers/{first.pk}/{parameters}"' in text
    fragment = operator.get(f"/customers/{second.pk}/factboxes/{parameters}").content.decode()
    assert f'href="/customers/{second.pk}/{parameters}"' in fragment
    shown = card(operator, second.pk, place.parameters)
    assert (shown.context["before"].pk, shown.context["list"]) == (
        first.pk, f"{LIST}?status=linked&search=shopper&sort=name&view=all",
    )  # fmt: skip
    form = {"only": second.pk, "page": "card", "list": place.query, "reason": "no", "store": merchant.hash}
    answer = operator.post("/customers/skip/", form)
    assert answer["Location"] == f"/customers/{second.pk}/{parameters}"
    # It has left the list, and still knows its neighbours there.
    assert Customer.objects.get(pk=second.pk).status == "skipped"
    assert card(operator, second.pk, place.parameters).context["before"].pk == first.pk


def test_without_a_list_it_is_the_stores_and_nonsense_is_none(viewer: Client, merchant: Store) -> None:
    rows = viewer.get(LIST).context["page"].object_list
    for place in ("", "list=", "list=sort%3Devil%26group%3Dx", "of=nobody", "list=%3F%3D%26"):
        page = card(viewer, rows[1].pk, place)
        assert (page.context["before"].pk, page.context["after"].pk) == (rows[0].pk, rows[2].pk), place
    text = card(viewer, rows[0].pk, "list=" + quote("search=<img src=x>")).content.decode()
    assert "<img" not in text
