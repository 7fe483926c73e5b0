"""Unmap, Skip, Unskip and Map to… from the pages: what they do, what they say, and hostile words shown harmless."""

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer, CustomerMetafield, Decision, Link, Run
from stores.models import Store
from tests.pages import data

LIST = "/stores/k3v9x1q7p2/customers/"


@pytest.fixture
def merchant(db: None) -> Store:
    store = data.store()
    data.customers(store, 8)
    return store


def of_status(status: str) -> Customer:
    return Customer.objects.filter(status=status).order_by("pk")[0]


def post(client: Client, action: str, *customers: Customer, **form: str) -> str:
    values = {"store": "k3v9x1q7p2", "filter": "", "only": [row.pk for row in customers], "reason": "why not", **form}
    answer = client.post(f"/customers/{action}/", values, follow=True)
    assert answer.redirect_chain[-1][0].startswith(LIST)
    return answer.content.decode()


def test_skip_and_unskip(operator: Client, merchant: Store) -> None:
    one = of_status("unmapped")
    assert f"{one} is skipped." in post(operator, "skip", one)
    one.refresh_from_db()
    assert (one.status, one.status_reason) == ("skipped", "Skipped by operator: why not")
    assert "is no longer skipped." in post(operator, "unskip", one, reason="")
    assert list(Decision.objects.order_by("id").values_list("kind", "reason", "user__username")) == [
        ("skip", "why not", "operator"),
        ("unskip", "", "operator"),
    ]


def test_unmap_a_selection(operator: Client, merchant: Store) -> None:
    linked = list(Customer.objects.filter(status="linked"))
    text = post(operator, "unmap", *linked, of_status("unmapped"))
    assert f"{len(linked)} customers are unmapped." in text
    assert "is not linked." in text
    assert not Link.objects.exists()


@pytest.mark.parametrize("action", ["unmap", "skip"])
def test_without_a_reason_nothing_happens(operator: Client, merchant: Store, action: str) -> None:
    assert "Say why first" in post(operator, action, of_status("linked"), reason=" ")
    assert "Nothing was selected" in post(operator, action)
    assert not Decision.objects.exists()


def test_who_was_slower_is_told_once(operator: Client, merchant: Store) -> None:
    one, page = of_status("unmapped"), timezone.now().isoformat()
    post(operator, "skip", one)
    text = post(operator, "unskip", one, seen=page)
    assert "operator was faster (skipped)" in text
    assert of_status("skipped")


def test_map_to_finds_and_links(operator: Client, merchant: Store) -> None:
    one = of_status("unmapped")
    other = data.business_central_customer(merchant, "70000", display_name=data.HOSTILE)
    text = operator.get(f"/customers/{one.pk}/map-to/?search=700").content.decode()
    assert ("70000" in text, data.HOSTILE in text) == (True, False)
    form = {"business_central_customer": other.pk, "page": "map_to", "reason": data.HOSTILE}
    text = operator.post(f"/customers/{one.pk}/map-to/", form, follow=True).content.decode()
    assert ("is linked to 70000" in text, data.HOSTILE in text) == (True, False)
    assert Link.objects.get(customer=one).rule == "by hand"
    text = operator.get(f"/customers/{one.pk}/map-to/?search=700").content.decode()
    assert "is linked already; unmap it first" in text
    assert operator.post(f"/customers/{one.pk}/map-to/", {"business_central_customer": "x"}).status_code == 404


def test_the_list_offers_the_decisions_to_operators_only(operator: Client, viewer: Client, merchant: Store) -> None:
    one = of_status("unmapped")
    for client, offered in ((operator, True), (viewer, False)):
        text = client.get(f"{LIST}?selected={one.pk}").content.decode()
        assert [word in text for word in ("/customers/unmap/", "/customers/skip/", "/map-to/")] == [offered] * 3


def tracked(customer: Customer) -> None:
    CustomerMetafield.objects.create(
        store=customer.store, customer=customer, remote_id=customer.pk, namespace="bcsync", key="customer_id",
        value="old", owner_client_id=customer.store.client_id,
    )  # fmt: skip


def test_unmap_also_takes_our_metafields_out_of_the_store(operator: Client, merchant: Store, queued: list[int]) -> None:
    linked = Customer.objects.filter(status="linked")[:2]
    tracked(linked[0])
    form = {"only": [row.pk for row in linked], "store": merchant.hash, "reason": "no"}
    text = operator.post("/customers/unmap/", form, follow=True).content.decode()
    run = Run.objects.get()
    assert (run.kind, run.scope, run.mode, run.approved) == ("unmap", {"unmapped": [linked[0].pk]}, "apply", True)
    assert f"Run {run.pk}</a> takes our metafields of 1 customer out of the store." in text
    assert "removes our metafields of 1" in operator.get(run.get_absolute_url()).content.decode()


def test_while_another_run_is_active_that_is_a_plan(operator: Client, merchant: Store, queued: list[int]) -> None:
    data.run(merchant, "update_customers", "running", mode="apply")
    linked = Customer.objects.filter(status="linked")[0]
    tracked(linked)
    form = {"only": linked.pk, "store": merchant.hash, "reason": "no"}
    text = operator.post("/customers/unmap/", form, follow=True).content.decode()
    linked.refresh_from_db()
    assert (linked.status, Run.objects.get(kind="unmap").mode) == ("unmapped", "plan")
    assert "would take our metafields of 1 customer out of the store; it waits for approval." in text
