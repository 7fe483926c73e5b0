"""The job commands at a terminal: whom they mean, what they say, and the status they end with."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers.models import Run
from customers.selection import business_central_customers
from stores.models import Store
from tests.fixtures import READY, RunJob


def command(name: str, **options: Any) -> tuple[int, str]:
    """(exit status, standard output)."""
    out = StringIO()
    try:
        call_command(name, stdout=out, **options)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def three(business: CompanySide) -> None:
    for number in ("K1", "K2", "K3"):
        business.add_customer(number=number, displayName=number, email=f"{number}@example.com".lower(), **READY)


def test_only_takes_several_and_names_whom_nobody_is(store: Store, shop: StoreSide, three: None) -> None:
    named = ["k1", "K2@Example.com", "NOSUCH", "no@example.com"]
    status, said = command("add_customers", store=store.hash, only=named, approve=True)
    assert status == 0
    assert "No customer with e-mail or number NOSUCH, no@example.com." in said
    assert sorted(shop.state()["customers"]) == ["k1@example.com", "k2@example.com"]


def test_only_for_nobody_at_all_could_not_run(store: Store, shop: StoreSide, three: None) -> None:
    status, said = command("add_customers", store=store.hash, only=["NOSUCH"], approve=True)
    assert (status, shop.count()) == (2, 0)
    assert "No customer with e-mail or number NOSUCH. Nothing was done." in said
    assert Run.objects.get().status == "stopped"
    status, said = command("add_customers", store=store.hash, only=["NOSUCH"], plan=True)
    assert (status, "NOSUCH. Nothing was done." in said) == (2, True)


@pytest.mark.parametrize("job", ["update_customers", "try_mapping"])
def test_only_of_the_other_jobs_says_the_same(store: Store, three: None, run_job: RunJob, job: str) -> None:
    run_job(store, "add_customers")
    with pytest.raises(CommandError, match=r"No customer with e-mail or number NOSUCH\. .* Import first") as told:
        call_command(job, store=store.hash, only=["NOSUCH"])
    assert told.value.returncode == 2
    status, said = command(job, store=store.hash, only=["NOSUCH", "K1", "k2@example.com"], approve=True)
    run = Run.objects.latest("pk")
    assert (status, run.looked_at, run.message) == (0, 2, "No customer with e-mail or number NOSUCH.")
    assert run.message in said


def test_a_run_is_shown_as_what_it_is(store: Store) -> None:
    run = Run.objects.create(store=store, kind="add_customers", step="apply", looked_at=9, to_do=4)
    assert "It is queued; look at it with" in command("show_run", run=run.pk)[1]
    Run.objects.update(status="running", started_at=run.created_at)
    assert "It is at work, apply: 5 of 9 customers; look at it with" in command("show_run", run=run.pk)[1]
    Run.objects.update(status="waiting", message="Waits for somebody.")
    assert "Waits for somebody.\n  It waits; look at it with" in command("show_run", run=run.pk)[1]


def test_a_number_range_compares_character_by_character_on_every_database(
    store: Store, business: CompanySide, run_job: RunJob
) -> None:
    for number in ("10000", "10-5", "1A", "20000", "A-1", "A1", "A_1", "AA", "Z"):
        business.add_customer(number=number, displayName=number)
    run_job(store, "add_customers", mode="plan")

    def numbers(first: str, last: str) -> list[str]:
        rows = business_central_customers(store, {"number_from": first, "number_to": last}).order_by("number")
        return list(rows.values_list("number", flat=True))

    assert numbers("10000", "20000") == ["10000", "1A", "20000"]
    assert numbers("A", "AZ") == ["A-1", "A1", "AA"]
    assert numbers("A_", "") == ["A_1", "Z"]
