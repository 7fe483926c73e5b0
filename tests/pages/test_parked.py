"""The page of the parked: both sides with their reasons, and unparking by an operator."""

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer, Decision, Trouble
from stores.models import Store
from tests.pages import data

PARKED = "/stores/k3v9x1q7p2/parked/"


@pytest.fixture
def merchant(db: None) -> Store:
    store = data.store()
    shopper = data.customers(store, 2)[0]
    other = data.business_central_customer(store, "70000", display_name=data.HOSTILE)
    values = {"store": store, "kind": "add_customers", "fingerprint": "a|b|c", "times": 3, "parked": True}
    Trouble.objects.create(target="customer:1", customer=shopper, reason="city is too long", **values)
    Trouble.objects.create(target="business-central:x", business_central_customer=other, reason=data.HOSTILE, **values)
    Customer.objects.filter(pk=shopper.pk).update(parked=True)
    return store


def test_shows_both_sides_harmless(viewer: Client, merchant: Store) -> None:
    text = viewer.get(PARKED).content.decode()
    assert ("city is too long" in text, "70000" in text, data.HOSTILE in text) == (True, True, False)
    assert "Unpark" not in text


def test_unparks_the_selection_then_all(operator: Client, merchant: Store) -> None:
    first = Trouble.objects.get(target="customer:1")
    text = operator.post(f"{PARKED}unpark/", {"reach": "selected", "only": first.pk}, follow=True).content.decode()
    assert ("1 customer is tried again" in text, Customer.objects.filter(parked=True).count()) == (True, 0)
    text = operator.post(f"{PARKED}unpark/", {"reach": "selected", "only": first.pk}, follow=True).content.decode()
    assert "None of these is parked any more" in text
    text = operator.post(f"{PARKED}unpark/", {"reach": "all", "reason": "mended"}, follow=True).content.decode()
    assert ("Nobody is parked" in text, Trouble.objects.count()) == (True, 0)
    assert list(Decision.objects.order_by("id").values_list("kind", "reason")) == [("unpark", ""), ("unpark", "mended")]


def test_the_list_and_this_page_say_one_number_and_unpark_the_same(operator: Client, merchant: Store) -> None:
    Customer.objects.update(gone_at=timezone.now())
    listed = operator.get("/stores/k3v9x1q7p2/customers/?flag=parked").context["counts"].shown["total"]
    rows = operator.get(PARKED).context["page"].object_list
    assert (listed, [row.target for row in rows]) == (0, ["business-central:x"])
    text = operator.post(f"{PARKED}unpark/", {"reach": "all", "reason": "mended"}, follow=True).content.decode()
    assert "1 customer is tried again" in text
    assert list(Trouble.objects.values_list("target", flat=True)) == ["customer:1"]
