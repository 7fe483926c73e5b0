"""Erasing one person: every copy goes, the counts stay, and nobody else is touched."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import shared_emails
from customers.models import (
    Alarm,
    BusinessCentralCustomer,
    Customer,
    Decision,
    Export,
    LeftOut,
    Run,
    RunRecord,
    SavedView,
)
from stores.models import Store
from tests.customers.reading import links
from tests.fixtures import ADDRESS, READY, RunJob
from tests.pages import data

PERSONAL = ("annabel", "quillfeather", "01223 460077", "+441223460077", "12 secret lane", "gb123456777", "secret note")


def everything() -> str:
    """Every row of every table of ours that can hold something about a customer, as one lower-case text."""
    rows: dict[str, Any] = {}
    for model in apps.get_app_config("customers").get_models():
        rows[model.__name__] = list(model.objects.values())
    return json.dumps(rows, default=str, ensure_ascii=False).lower()


@pytest.fixture
def lived(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Store:
    """Annabel went through all four jobs, was renamed, and once refused; Bob lives beside her."""
    shop.attribute_id("VAT number")
    shop.add_customer(
        email="annabel@example.com", first_name="Annabel", last_name="Quillfeather", phone="01223 460077",
        addresses=[{**ADDRESS, "address1": "12 Secret Lane"}], attributes={"VAT number": "GB123456777"},
        form_fields={"Note": "secret note"},
        metafields=[{"namespace": "x", "key": "note", "value": "secret note", "permission_set": "read"}],
    )  # fmt: skip
    shop.add_customer(email="bob@example.com", first_name="Bob", last_name="Beside", phone="+441223460088")
    business.add_customer(number="20", displayName="Bob's", country="GB", phoneNumber="01223 460088")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    row = next(row for row in business.customers() if "Annabel" in row["name"])
    business.change_customer(row["no"], addressLine2="Secret Note House", phoneNumber="01223 460077")
    run_job(store, "update_customers")
    shop.change_customer("annabel@example.com", last_name="Quillfeather-Smith")
    run_job(store, "import_customers")
    return store


def test_every_copy_goes_and_the_counts_stay(lived: Store, world: World, run_job: RunJob) -> None:
    assert all(text in everything() for text in PERSONAL[:4])
    counts, before = list(Run.objects.values_list("counts", "looked_at")), world.state()
    records, bob = RunRecord.objects.count(), links(lived)["bob@example.com"]
    call_command("erase_customer", store=lived.hash, email="Annabel@Example.com")
    left = everything()
    assert [text for text in PERSONAL if text in left] == []
    assert list(Run.objects.values_list("counts", "looked_at")) == counts
    assert RunRecord.objects.count() == records
    assert world.state() == before
    assert links(lived) == {"bob@example.com": bob}


def test_whom_another_store_is_linked_to_keeps_the_business_central_copy(
    lived: Store, second_store: Store, world: World, run_job: RunJob
) -> None:
    world.stores[second_store.hash].add_customer(
        email="annabel@example.com", first_name="Annabel", last_name="Quillfeather", phone="+44 1223 460077"
    )
    run_job(second_store, "import_customers")
    run_job(second_store, "try_mapping")
    call_command("erase_customer", store=lived.hash, email="annabel@example.com")
    assert Customer.objects.filter(email_key="annabel@example.com").get().store == second_store
    assert list(links(second_store)) == ["annabel@example.com"]


def test_somebody_who_is_only_in_business_central_is_erased_too(
    store: Store, business: CompanySide, run_job: RunJob
) -> None:
    fields = {**READY, "contact": ("Annabel", "Quillfeather"), "addressLine1": None}
    business.add_customer(number="10", displayName="Annabel's", email="annabel@example.com",
                          **{name: value for name, value in fields.items() if value})  # fmt: skip
    run_job(store, "add_customers")
    assert "annabel" in everything()
    call_command("erase_customer", store=store.hash, email="annabel@example.com")
    assert "annabel" not in everything()
    assert BusinessCentralCustomer.objects.count() == 0


def test_nobody_of_that_name_is_said(store: Store) -> None:
    with pytest.raises(CommandError, match=r"has no copy of nobody@example\.com"):
        call_command("erase_customer", store=store.hash, email="nobody@example.com")


def test_what_others_say_of_her_goes_too(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> None:
    business.add_customer(number="10", displayName="Claimed Ltd.", country="GB", phoneNumber="020 7946 0001")
    shop.add_customer(email="Annabel@Example.com", first_name="Annabel", phone="+442079460001")
    shop.add_customer(email="bob@example.com", first_name="Bob", phone="+442079460001")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    run_job(store, "update_customers", email="annabel@example.com")
    run_job(store, "add_customers", email="annabel@example.com")
    assert everything().count("annabel@example.com") > 4
    call_command("erase_customer", store=store.hash, email="annabel@example.com")
    assert "annabel" not in everything()
    bob = Customer.objects.get()
    assert (bob.status, "claimed by shopper (erased)" in bob.status_reason) == ("review", True)


@pytest.mark.parametrize(
    "query",
    ["search=annabel%40example.com", "status=linked&search=ANNABEL%40Example.com&sort=name", "search=annabel%40exam",
     "search=Annabel++Quillfeather"],
)  # fmt: skip
def test_a_saved_view_that_searches_for_her_goes_everybody_s_as_well(
    lived: Store, second_store: Store, query: str
) -> None:
    one = data.user("operator")
    for owner, store in ((None, lived), (one, lived), (one, None), (None, second_store)):
        SavedView.objects.create(owner=owner, store=store, name="Her", query=query)
    for name, kept in (("Bob", "search=bob%40example.com"), ("Everybody", "search=%40example.com"), ("All", "")):
        SavedView.objects.create(owner=one, store=lived, name=name, query=kept)
    SavedView.objects.create(owner=one, store=lived, name="annabel@example.com asked", query="status=linked")
    call_command("erase_customer", store=lived.hash, email="annabel@example.com")
    left = list(SavedView.objects.filter(store=lived).order_by("pk").values_list("name", "query"))
    assert [name for name, _ in left[:3]] == ["Bob", "Everybody", "All"]
    assert (len(left), left[3][0].startswith("(erased)"), left[3][1]) == (4, True, "status=linked")
    assert [view.store for view in SavedView.objects.exclude(store=lived)] == [second_store]


def test_what_an_export_or_an_alarm_of_all_stores_says_of_her_goes_too(lived: Store) -> None:
    for store in (lived, None):
        Export.objects.create(
            store=store, about="all", kind="conflicts", format="csv", filters="field: annabel@example.com"
        )
    Alarm.objects.create(key="k", kind="mail_failed", company=lived.company, text="annabel@example.com: refused",
                         opened_at=timezone.now(), seen_at=timezone.now())  # fmt: skip
    RunRecord.objects.filter(label__contains="Bob").update(cause="email: annabel@example.com is")
    call_command("erase_customer", store=lived.hash, email="annabel@example.com")
    assert "annabel" not in everything()
    assert {row.filters for row in Export.objects.all()} == {"field: (erased)"}


def test_her_name_goes_from_what_was_decided_about_whom_she_shared_an_e_mail_with(
    store: Store, business: CompanySide, run_job: RunJob
) -> None:
    for number, name in (("10", "Annabel's"), ("20", "Bob's")):
        business.add_customer(number=number, displayName=name, email="annabel@example.com", **READY)
    run_job(store, "check_readiness")
    chosen = BusinessCentralCustomer.objects.get(number="10")
    shared_emails.give(store, chosen, data.user("operator"), "asked Bob", None)
    BusinessCentralCustomer.objects.filter(number="20").update(email="bob@example.com", email_key="bob@example.com")
    assert "annabel" in everything()
    call_command("erase_customer", store=store.hash, email="annabel@example.com")
    assert "annabel" not in json.dumps(list(Decision.objects.values("reason")) + list(LeftOut.objects.values("reason")))
    assert [row.reason for row in LeftOut.objects.all()] == ["(erased) goes to (erased). asked Bob"]


def test_nobody_is_erased_while_a_run_might_write_them_back(lived: Store) -> None:
    Run.objects.create(store=lived, kind=Run.Kind.UPDATE_CUSTOMERS, trigger=Run.Trigger.COMMAND)
    with pytest.raises(CommandError, match="is busy with Run"):
        call_command("erase_customer", store=lived.hash, email="Annabel@Example.com")
    assert Customer.objects.filter(store=lived, email_key="annabel@example.com").exists()
