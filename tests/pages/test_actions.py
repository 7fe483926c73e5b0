"""Update, Try Mapping and Import from the Customers page: on the selection or on all that the filter shows."""

import pytest
from django.test import Client

from customers.models import Run
from customers.selection import shoppers
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"


def test_update_on_the_selection(
    operator: Client, queued: list[int], django_capture_on_commit_callbacks: object
) -> None:
    shoppers = data.customers(data.store(), 8)
    chosen = [shoppers[1].pk, shoppers[3].pk]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = operator.post("/customers/update/", {"store": "k3v9x1q7p2", "reach": "selected", "only": chosen})
    run = Run.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert (run.kind, run.scope, run.trigger, run.mode, run.approved) == (
        "update_customers", {"only": chosen}, "click", "apply", False,
    )  # fmt: skip
    assert run.user.username == "operator"
    assert queued == [run.pk]


def test_try_mapping_on_all_that_the_filter_shows(operator: Client, queued: list[int]) -> None:
    data.customers(data.store(), 30)
    query = "status=unmapped&country=IE&search=Siobh%C3%A1n"
    operator.post("/customers/try-mapping/", {"store": "k3v9x1q7p2", "reach": "all", "filter": query})
    run = Run.objects.get()
    assert (run.kind, run.scope) == ("try_mapping", {"status": ["unmapped"], "country": "IE", "search": "Siobhán"})


def test_nothing_selected_starts_nothing_and_keeps_the_filter(operator: Client, queued: list[int]) -> None:
    data.customers(data.store(), 2)
    form = {"store": "k3v9x1q7p2", "reach": "selected", "filter": "status=linked"}
    answer = operator.post("/customers/update/", form, follow=True)
    assert answer.redirect_chain == [(f"{LIST}?status=linked", 302)]
    assert "Nothing was selected" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_selection_over_two_stores_is_one_run_per_store(operator: Client, queued: list[int]) -> None:
    one = data.customers(data.store(), 2)
    other = data.customers(data.store("w8n4d2z6r5", "Trade"), 2)
    answer = operator.post("/customers/update/", {"reach": "selected", "only": [one[0].pk, other[1].pk]})
    assert answer["Location"] == "/runs/"
    assert {run.store.hash: run.scope for run in Run.objects.all()} == {
        "k3v9x1q7p2": {"only": [one[0].pk]},
        "w8n4d2z6r5": {"only": [other[1].pk]},
    }


def test_import_of_one_store_and_of_all(operator: Client, queued: list[int]) -> None:
    data.store()
    data.store("w8n4d2z6r5", "Trade")
    operator.post("/customers/import/", {"store": "w8n4d2z6r5"})
    assert [run.store.hash for run in Run.objects.all()] == ["w8n4d2z6r5"]
    Run.objects.all().delete()
    operator.post("/customers/import/", {})
    assert {run.store.hash for run in Run.objects.all()} == {"k3v9x1q7p2", "w8n4d2z6r5"}


def test_a_busy_store_says_so_and_links_to_the_run(operator: Client, queued: list[int]) -> None:
    store = data.store()
    data.customers(store, 2)
    active = data.run(store, "import_customers", "running", looked_at=0)
    page = operator.post("/customers/update/", {"store": store.hash, "reach": "all"}, follow=True)
    text = page.content.decode()
    assert "is busy with" in text
    assert f'href="{active.get_absolute_url()}"' in text
    assert Run.objects.count() == 1


def test_buttons_say_what_they_do_to_how_many(operator: Client) -> None:
    data.customers(data.store(), 16)
    text = operator.get(LIST).content.decode()
    assert "Update 8 linked" in text
    assert "Try Mapping for 6" in text
    filtered = operator.get(LIST + "?status=linked").content.decode()
    assert "None of those shown is waiting to be mapped." in filtered


def test_nonsense_starts_nothing(operator: Client, queued: list[int]) -> None:
    data.customers(data.store(), 2)
    for form in ({"reach": "selected", "only": "1e9"}, {"reach": "selected", "only": "99999999"}, {"only": "-1"}):
        operator.post("/customers/update/", form)
    assert operator.post("/customers/update/", {"store": "nothere", "reach": "all"}).status_code == 404
    assert not Run.objects.exists()


def test_all_that_is_shown_is_those_that_the_button_says(operator: Client, queued: list[int]) -> None:
    data.customers(data.store(), 16)
    operator.post("/customers/update/", {"store": "k3v9x1q7p2", "reach": "all"})
    run = Run.objects.get()
    assert run.scope == {"status": ["linked"]}
    assert shoppers(run.store, run.scope).count() == 8
    Run.objects.all().delete()
    operator.post("/customers/try-mapping/", {"store": "k3v9x1q7p2", "reach": "all", "filter": "search=shopper"})
    run = Run.objects.get()
    assert run.scope == {"search": "shopper", "status": ["unmapped", "defaulted", "review"]}
    assert shoppers(run.store, run.scope).count() == 6


def test_a_filter_without_anybody_for_the_job_starts_nothing(operator: Client, queued: list[int]) -> None:
    data.customers(data.store(), 8)
    form = {"store": "k3v9x1q7p2", "reach": "all", "filter": "status=skipped"}
    page = operator.post("/customers/update/", form, follow=True)
    assert "No customer matches any more" in page.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize("action", ["import", "update", "try-mapping"])
def test_preview_only_plans_every_job(operator: Client, queued: list[int], action: str, db: None) -> None:
    store = data.store()
    shoppers = data.customers(store, 8)
    assert "Preview only" in operator.get("/stores/k3v9x1q7p2/customers/").content.decode()
    form = {"store": store.hash, "only": [row.pk for row in shoppers], "reach": "selected", "mode": "plan"}
    answer = operator.post(f"/customers/{action}/", form)
    run = Run.objects.get()
    assert (answer["Location"], run.mode, run.approved) == (run.get_absolute_url(), "plan", False)
