"""The benchmark of the pages asks for every address that lists or counts, and none of them takes a query per row."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from benchmarks import pages_addresses, pages_seed
from benchmarks.pages import LARGE, SMALL, answer
from stores.models import BusinessCentralCompany, Store
from tests.pages.test_admin import OURS
from tests.pages.test_roles import addresses

# Both within one chunk of whatever is read in chunks.
FEW, MANY = 100, 600
# The Customers lists are counted, order by order, in test_list_pages.py; the others are variations of what is counted.
NOT_COUNTED = re.compile(r"Customers |.*(, page \d+|, last page|, nobody|, search|, find)|Set-up, [^ep]|Admin, [A-B]")


def test_every_address_is_measured_or_named_with_a_reason(db: None) -> None:
    """A page that is new is added to benchmarks/pages_addresses.py, among those asked for or those left out."""
    pages_seed.fill(FEW, LARGE, SMALL)
    asked = pages_addresses.asked(LARGE, SMALL).values()
    measured = {resolve(each.address.partition("?")[0]).url_name for each in asked}
    pages = {each.name for each in addresses() if "GET" in getattr(each.callback, "roles", {})}
    assert pages - measured - set(pages_addresses.LEFT_OUT) == set()
    assert set(pages_addresses.LEFT_OUT) & measured == set()
    lists = {f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in OURS}
    assert lists - measured == set()


def queries(customers: int) -> dict[str, int]:
    """How many queries each page takes in a town of that size; a page that does not answer has none."""
    pages_seed.fill(customers, LARGE, SMALL)
    client, found = Client(), {}
    client.force_login(pages_addresses.administrator())
    for name, page in pages_addresses.asked(LARGE, SMALL).items():
        if not NOT_COUNTED.match(name):
            with CaptureQueriesContext(connection) as counted:
                assert answer(client, page) in (200, 302), name
            found[name] = len(counted)
    Store.objects.all().delete()
    BusinessCentralCompany.objects.all().delete()
    return found


def test_no_page_takes_a_query_per_row(db: None) -> None:
    few, many = queries(FEW), queries(MANY)
    assert {name: (few[name], many[name]) for name in few if many[name] > few[name] + 3} == {}
