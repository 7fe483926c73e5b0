"""Saved views of the Customers list: whose they are, what opens first, and what is gone or hostile in them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from customers import saved_views
from customers.models import Customer, CustomerGroup, SavedView
from stores.models import Store
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"
SAVE = "/customers/views/save/"


@pytest.fixture
def merchant(db: None) -> Store:
    store = data.store()
    data.customers(store, 30)
    return store


def save(client: Client, name: str, query: str = "status=linked", **form: str) -> Any:
    return client.post(SAVE, {"store": "k3v9x1q7p2", "name": name, "query": query, **form}, follow=True)


def tabs(client: Client, address: str = LIST) -> list[str]:
    return [view.name for view in client.get(address, {"view": "all"}).context["views"]]


def kept() -> list[tuple[str, str, str, bool]]:
    """(owner, name, query, opens first) of every view."""
    rows = SavedView.objects.order_by("pk").select_related("owner")
    return [(row.owner.username if row.owner else "", row.name, row.query, row.default) for row in rows]


def test_a_view_keeps_filter_search_and_order(viewer: Client, merchant: Store) -> None:
    page = save(viewer, "Linked Britons", "country=GB&search=shopper&sort=-email&page=3&evil=1&after=W10&status=linked")
    view = SavedView.objects.get()
    assert kept() == [("viewer", "Linked Britons", "status=linked&country=GB&search=shopper&sort=-email", False)]
    assert page.redirect_chain == [(f"{LIST}?{view.query}&view={view.pk}", 302)]
    assert "The view “Linked Britons” is saved." in page.content.decode()
    assert page.context["scope"] == {"status": ["linked"], "country": "GB", "search": "shopper"}
    assert (page.context["sort"], page.context["view"], page.context["changed"]) == ("-email", view, False)
    assert viewer.get(LIST, {"view": view.pk, "status": "review"}).context["changed"] is True


def test_everybody_has_his_own_and_all_have_those_of_an_administrator(
    signed_in: Callable[[str], Client], merchant: Store
) -> None:
    viewer, operator, boss = (signed_in(role) for role in ("viewer", "operator", "administrator"))
    save(viewer, "Mine")
    save(operator, "mine", "status=review")
    save(boss, "To map", "status=unmapped", shared="1")
    assert save(operator, "Also for all", shared="1").status_code == 403
    assert [tabs(client) for client in (viewer, operator, boss)] == [["To map", "Mine"], ["To map", "mine"], ["To map"]]
    assert tabs(viewer, "/customers/") == []
    others, shared = SavedView.objects.get(name="Mine"), SavedView.objects.get(name="To map")
    for action in ("change", "delete"):
        assert operator.post(f"/customers/views/{others.pk}/{action}/", {"name": "x"}).status_code == 404
        assert operator.post(f"/customers/views/{shared.pk}/{action}/", {"name": "x"}).status_code == 403
    assert operator.get(LIST, {"view": others.pk}).context["view"] is None
    assert [name for _, name, _, _ in kept()] == ["Mine", "mine", "To map"]


def test_renamed_filtered_anew_and_deleted(viewer: Client, merchant: Store) -> None:
    save(viewer, "Linked")
    view = SavedView.objects.get()
    change = f"/customers/views/{view.pk}/change/"
    answer = viewer.post(change, {"name": " All  linked ", "query": "status=review"})
    assert (answer["Location"], kept()) == (
        f"{LIST}?status=review&view={view.pk}", [("viewer", "All linked", "status=linked", False)],
    )  # fmt: skip
    viewer.post(change, {"name": "Reviewed", "query": "status=review&sort=name", "replace": "1"})
    assert kept() == [("viewer", "Reviewed", "status=review&sort=name", False)]
    answer = viewer.post(f"/customers/views/{view.pk}/delete/", {"query": "status=review"})
    assert (answer["Location"], kept()) == (f"{LIST}?status=review&view=all", [])
    assert Customer.objects.count() == 30


def test_one_view_opens_first_and_his_own_before_everybodys(
    signed_in: Callable[[str], Client], merchant: Store
) -> None:
    viewer, boss = signed_in("viewer"), signed_in("administrator")
    save(boss, "For all", "status=review", shared="1", first="1")
    save(viewer, "First", first="1")
    save(viewer, "Second", "status=skipped", first="1")
    assert [(name, first) for _, name, _, first in kept()] == [("For all", True), ("First", False), ("Second", True)]
    second, for_all = SavedView.objects.get(name="Second"), SavedView.objects.get(name="For all")
    assert viewer.get(LIST)["Location"] == f"{LIST}?status=skipped&view={second.pk}"
    assert boss.get(LIST)["Location"] == f"{LIST}?status=review&view={for_all.pk}"
    viewer.post(f"/customers/views/{second.pk}/change/", {"name": "Second"})
    assert viewer.get(LIST)["Location"] == f"{LIST}?status=review&view={for_all.pk}"
    page = viewer.get(LIST, {"view": "all"})
    assert (page.context["counts"].shown["total"], page.context["scope"]) == (30, {})


def test_no_link_of_the_page_falls_back_to_what_opens_first(operator: Client, merchant: Store) -> None:
    """Removing the last filter, clearing, and coming back from an action show what was asked for."""
    save(operator, "Skipped", "status=skipped", first="1")
    text = operator.get(LIST, {"status": "linked"}).content.decode().partition("<main")[2]
    assert ('href="?view=all" aria-label="Remove the filter Linked"' in text, f'href="{LIST}"' in text) == (True, False)
    one = Customer.objects.filter(status="unmapped")[0]
    form = {"store": "k3v9x1q7p2", "filter": "", "view": "all", "only": one.pk, "reason": "no"}
    assert operator.post("/customers/skip/", form)["Location"] == f"{LIST}?view=all"


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u202e", "\x07"])
def test_a_view_without_a_name_is_refused(viewer: Client, merchant: Store, name: str) -> None:
    assert "Give the view a name." in save(viewer, name).content.decode()
    assert kept() == []


def test_one_name_once_per_owner_and_list(viewer: Client, merchant: Store) -> None:
    data.customers(data.store("w8n4d2z6r5", "Fabrikam Trade"), 1)
    save(viewer, "Linked")
    page = save(viewer, "LINKED", "status=review").content.decode()
    assert "There is a view “LINKED” already; choose another name, or change that one." in page
    save(viewer, "Linked", store="w8n4d2z6r5")
    save(viewer, "Linked", store="")
    assert [view.store.hash if view.store else "" for view in SavedView.objects.order_by("pk")] == [
        "k3v9x1q7p2", "w8n4d2z6r5", "",
    ]  # fmt: skip


def test_hostile_names_are_text(viewer: Client, merchant: Store) -> None:
    text = save(viewer, data.HOSTILE + "\u202e" + "x" * 100, "search=%3Cimg%20src%3Dx%3E%22").content.decode()
    assert ("<img" in text, "&lt;img src=x" in text, len(SavedView.objects.get().name)) == (False, True, 60)


def test_a_group_or_country_that_is_gone_still_works_and_stays_visible(viewer: Client, merchant: Store) -> None:
    save(viewer, "Old", "group=3&country=GB")
    view = SavedView.objects.get()
    CustomerGroup.objects.all().delete()
    Customer.objects.filter(country_code="GB").update(country_code="")
    page = viewer.get(f"{LIST}?{view.query}&view={view.pk}")
    text = page.content.decode()
    assert (page.status_code, page.context["changed"], "No customer is like that" in text) == (200, False, True)
    assert '<option value="3" selected>3, not in this list</option>' in text
    assert '<option value="GB" selected>GB, nobody</option>' in text


def test_so_many_and_no_more(viewer: Client, merchant: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 2)
    pages = [save(viewer, f"View {number}").content.decode() for number in range(3)]
    assert ["There are 2 views on this list already" in page for page in pages] == [False, False, True]


def test_with_the_person_go_the_views(viewer: Client, merchant: Store) -> None:
    save(viewer, "Mine")
    User.objects.get(username="viewer").delete()
    assert kept() == []
