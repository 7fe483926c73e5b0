"""A store with customers keeps its hash, and one with links its company, in the Django admin as in connect_store."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from bcsync.sandbox.business_central.company import CompanySide
from stores.models import BusinessCentralCompany, Store
from tests.customers.test_add_customers import ready
from tests.fixtures import RunJob
from tests.pages.test_admin import form_of


@pytest.mark.parametrize("field", ["company", "hash"])
def test_neither_is_exchanged_beneath_what_was_linked(
    store: Store, business: CompanySide, run_job: RunJob, field: str
) -> None:
    ready(business, "10")
    run_job(store, "add_customers")
    other = BusinessCentralCompany.objects.create(tenant="t", environment="e", name="Other", client_id="c")
    root = Client()
    root.force_login(User.objects.create_superuser("root", password="x"))
    address = f"/admin/stores/store/{store.pk}/change/"
    form = form_of(root.get(address)) | {"rules": "{}", "metafield_namespaces": "[]", "alarm_emails": "[]"}
    answer = root.post(address, form | {field: {"company": other.pk, "hash": "another1"}[field]})
    assert list(answer.context["adminform"].form.errors) == [field]
    after = Store.objects.get()
    assert (after.hash, after.company) == (store.hash, store.company)
    assert root.post(address, form | {"name": "Renamed"}).status_code == 302
