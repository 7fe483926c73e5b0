"""Customer Groups: refused in words, a store without groups explained, unmapped groups of both sides listed."""

import pytest
from django.test import Client

from bcsync.clients.business_central_record import record_to_json
from customers.business_central_mirror import record_of
from customers.models import BusinessCentralCustomer, CustomerGroup
from mapping.document import export
from mapping.models import GroupMapping
from mapping.pages import PAGES
from stores.models import Store
from tests.pages import data
from tests.pages.test_setup import administrator, store, url

__all__ = ["administrator", "store"]


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_form_is_refused_in_words_and_breaks_nothing(name: str, store: Store, administrator: Client) -> None:
    before = export(store)
    row = "new" if PAGES[name].addable else str(store.match_rules.get(name="tax").pk)
    for answer in (
        administrator.get(url(name), {"row": row, "do": "try"}),
        administrator.post(url(name), {"row": row, "do": "try"}),
        administrator.post(url(name), {"row": row, "do": "save"}),
    ):
        assert answer.status_code == 200
    assert answer.context["form"].errors
    assert export(store) == before


@pytest.mark.parametrize("group_id", ["", "x", "0", "-1", "99", "99999999999999999999", "3.5"])
def test_a_group_that_the_store_has_not_got_is_refused(group_id: str, store: Store, administrator: Client) -> None:
    typed = {"row": "new", "do": "save", "group_id": group_id, "kind": "price", "code": "VIP"}
    page = administrator.post(url("customer_groups"), typed)
    assert page.status_code == 200
    assert "group_id" in page.context["form"].errors
    assert not GroupMapping.objects.exists()


def test_a_store_without_groups_says_what_to_do(store: Store, administrator: Client, viewer: Client) -> None:
    with_groups = administrator.get(url("customer_groups"), {"row": "new"}).content.decode()
    CustomerGroup.objects.all().delete()
    page = administrator.get(url("customer_groups"), {"row": "new"}).content.decode()
    assert "No customer group of this store is known" not in with_groups
    assert "No customer group of this store is known" in page
    assert "press Import" in page
    assert "No customer group of this store is known" in viewer.get(url("customer_groups")).content.decode()


def of(row: BusinessCentralCustomer, price: str, discount: str) -> None:
    """The customer's two groups, as the mirror keeps them."""
    record = record_of(row)
    record.customer_price_group, record.customer_discount_group = price, discount
    row.customer_price_group, row.data = price, record_to_json(record)
    row.save()


def test_unmapped_groups_of_both_sides_and_kinds_are_listed(store: Store, viewer: Client) -> None:
    CustomerGroup.objects.create(store=store, remote_id=4, name="Press")
    CustomerGroup.objects.create(store=store, remote_id=5, name="Staff")
    GroupMapping(store=store, group_id=3, kind="price", code="VIP").save()
    GroupMapping(store=store, group_id=4, kind="discount", code="LARGE ACC").save()
    for number, price, discount in (("1", "VIP", "LARGE ACC"), ("2", "RETAIL", "SMALL ACC"), ("3", "", "")):
        of(data.business_central_customer(store, number), price, discount)
    gone = data.business_central_customer(store, "4")
    of(gone, "OLD", "OLD")
    BusinessCentralCustomer.objects.filter(pk=gone.pk).update(gone_at=gone.written_at)
    page = viewer.get(url("customer_groups"))
    assert page.context["unmapped"] == {
        "BigCommerce": ["Staff"],
        "Business Central, price groups": ["RETAIL"],
        "Business Central, discount groups": ["SMALL ACC"],
    }
    text = page.content.decode()
    assert "Unmapped in Business Central, discount groups" in text
    assert "SMALL ACC" in text
