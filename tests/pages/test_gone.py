"""Deleted customers on the pages: found by a filter, explained, unmapped; in no count, in nobody's way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import BusinessCentralCustomer, Customer, Decision, Link
from stores.models import Store
from tests.pages import data


@pytest.fixture
def merchant(db: None) -> Store:
    """A store with eight customers, some of them linked."""
    made = data.store()
    data.customers(made, 8)
    return made


def shown(response: Any) -> list[int]:
    return [row.pk for row in response.context["page"].object_list]


def linked(store: Store) -> Customer:
    customer = Customer.objects.filter(store=store, link__isnull=False).order_by("pk").first()
    assert customer is not None
    return customer


def test_the_filter_shows_who_is_deleted_and_what_to_do(merchant: Store, signed_in: Callable[[str], Client]) -> None:
    client, customer = signed_in("operator"), linked(merchant)
    url = reverse("store_customers", args=[merchant.hash])
    everybody = client.get(url).context["counts"].everybody
    Customer.objects.filter(pk=customer.pk).update(gone_at=timezone.now())
    page = client.get(url)
    assert (customer.pk in shown(page), page.context["counts"].everybody) == (False, everybody - 1)
    found = client.get(url, {"gone": "1"})
    assert shown(found) == [customer.pk]
    (row,) = found.context["page"].object_list
    number = customer.link.business_central_customer.number
    assert (row.shown_status, f"To let Add Customers create {number} anew, Unmap" in row.shown_reason) == ("gone", True)
    counts = found.context["counts"].shown
    assert (counts["total"], counts["linked"]) == (1, 0)
    assert "Deleted in BigCommerce" in found.content.decode()
    assert client.get(reverse("factboxes", args=[customer.pk])).status_code == 200


def test_unmap_on_the_card_frees_the_business_central_customer(
    merchant: Store, signed_in: Callable[[str], Client]
) -> None:
    client, customer = signed_in("operator"), linked(merchant)
    Customer.objects.filter(pk=customer.pk).update(gone_at=timezone.now())
    card = client.get(reverse("customer_card", args=[customer.pk])).content.decode()
    assert ("is kept and rests" in card, reverse("unmap") in card) == (True, True)
    form = {"only": customer.pk, "reason": "wanted again", "page": "card"}
    assert client.post(reverse("unmap"), form).status_code == 302
    assert (Link.objects.filter(customer=customer).count(), Decision.objects.get().kind) == (0, "unmap")
    client.post(reverse("skip"), {**form, "reason": "x"})
    assert Decision.objects.count() == 1


def test_a_viewer_cannot_unmap(merchant: Store, signed_in: Callable[[str], Client]) -> None:
    client, customer = signed_in("viewer"), linked(merchant)
    Customer.objects.filter(pk=customer.pk).update(gone_at=timezone.now())
    assert client.post(reverse("unmap"), {"only": customer.pk, "reason": "x"}).status_code == 403
    assert Link.objects.filter(customer=customer).exists()


def test_whom_business_central_deleted_is_marked_in_the_list_and_on_the_card(
    merchant: Store, signed_in: Callable[[str], Client]
) -> None:
    client, customer = signed_in("viewer"), linked(merchant)
    number = customer.link.business_central_customer.number
    BusinessCentralCustomer.objects.filter(links__customer=customer).update(gone_at=timezone.now())
    page = client.get(reverse("store_customers", args=[merchant.hash]))
    row = next(row for row in page.context["page"].object_list if row.pk == customer.pk)
    assert row.shown_status == "gone in Business Central"
    assert f"Business Central customer {number} was deleted there" in row.shown_reason
    assert "Deleted in Business Central" in client.get(reverse("customer_card", args=[customer.pk])).content.decode()
