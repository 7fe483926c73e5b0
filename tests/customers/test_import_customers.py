"""Import: the mirror becomes what the store is, and nobody is written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Customer, CustomerGroup, Run
from stores.models import Store, SyncCursor
from tests.customers.reading import in_store, mirrored
from tests.fixtures import ADDRESS, RunJob, outcomes, told

MIRROR = (
    "customers_customer",
    "customers_customeraddress",
    "customers_customerattribute",
    "customers_customermetafield",
    "customers_customerformfield",
    "customers_addressformfield",
)


def some_people(shop: StoreSide) -> None:
    """One bare customer, one with everything, one with thirteen addresses."""
    group = shop.add_customer_group("Wholesale")
    shop.add_customer(email="bare@example.com", first_name="Bare", last_name="Bones")
    shop.add_customer(
        email="Full@Example.com",
        first_name="Søren 🎉",
        last_name="O'Brien",
        company="Full & Co.",
        phone="+44 20 7946 0001",
        customer_group_id=group,
        addresses=[
            {**ADDRESS, "form_fields": {"Gate code": "12#"}},
            {**ADDRESS, "address1": "2 Other Road", "phone": "123"},
        ],
        attributes={"VAT number": "GB123", "Points": "7"},
        form_fields={"Customer number": "10", "Interests": "maps"},
        metafields=[
            {"namespace": "erp", "key": "customer_number", "value": "10", "permission_set": "read"},
            {"namespace": "theirs", "key": "seen", "value": "x", "client_id": "another-app", "permission_set": "read"},
        ],
    )
    many = [{**ADDRESS, "address1": f"{number} Long Lane"} for number in range(1, 14)]
    shop.add_customer(email="many@example.com", first_name="Many", last_name="Homes", addresses=many)


def test_the_mirror_equals_the_store_and_nobody_is_written_to(
    store: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    some_people(shop)
    before = world.state()
    run = run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    assert len(mirrored(store)["many@example.com"]["addresses"]) == 13
    assert world.state() == before
    assert (world.audit.writes(), world.audit.calls(vendor="business_central")) == ([], [])
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"created": 3}, 3)
    assert world.audit.broken_rules == []
    assert list(CustomerGroup.objects.values_list("name", flat=True)) == ["Wholesale"]


def test_the_second_import_writes_not_one_row(store: Store, shop: StoreSide, world: World, run_job: RunJob) -> None:
    some_people(shop)
    run_job(store, "import_customers")
    with rows_written() as written:
        run = run_job(store, "import_customers")
    assert (run.counts, told(run)) == ({"unchanged": 3}, {})
    assert written == []


@contextmanager
def rows_written() -> Iterator[list[str]]:
    """The statements that changed a table of the BigCommerce mirror (groups and definitions are stored as read)."""
    written: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield written
    words = ("INSERT INTO", "UPDATE", "DELETE FROM")
    written += [
        query["sql"]
        for query in captured
        if query["sql"].startswith(words)
        and any(f'"{table}"' in query["sql"].split("VALUES")[0][:80] for table in MIRROR[:-1])
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"first_name": "Robert"}, ["first_name", "Bare", "Robert"]),
        ({"attributes": {"Points": "8"}}, ["attribute", None, "8"]),
        ({"form_fields": {"Interests": "tea"}}, ["form field Interests", None, "tea"]),
        ({"company": ""}, None),
    ],
)
def test_a_change_in_the_store_is_taken_over_and_told(
    store: Store, shop: StoreSide, run_job: RunJob, change: dict[str, Any], shown: list[Any] | None
) -> None:
    some_people(shop)
    run_job(store, "import_customers")
    shop.change_customer("bare@example.com", **change)
    run = run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    if shown is None:
        assert run.counts == {"unchanged": 3}
        return
    assert run.counts == {"unchanged": 2, "updated": 1}
    (field, before, after), *_ = run.records.get().parts[0]["changes"]
    assert ([field.rsplit(" ", 1)[0] if field.startswith("attribute") else field, before, after]) == shown


def test_addresses_that_come_go_and_change(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    some_people(shop)
    run_job(store, "import_customers")
    first, second = (address["id"] for address in shop.customer("full@example.com")["addresses"])
    shop.change_address(first, city="Ely", form_fields={"Gate code": "99"})
    shop.delete_address(second)
    shop.add_address("bare@example.com", **ADDRESS)
    run = run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    assert outcomes(run) == {"Full@Example.com": "updated", "bare@example.com": "updated"}


def test_metafields_that_come_go_and_change(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    some_people(shop)
    run_job(store, "import_customers")
    theirs = shop.customer("full@example.com")["metafields"][1]["id"]
    shop.metafields.delete("id = ?", (theirs,))
    shop.add_metafield("many@example.com", "erp", "customer_number", "77", permission_set="read")
    run = run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    assert outcomes(run) == {"Full@Example.com": "updated", "many@example.com": "updated"}
    assert (run.counts, run.looked_at) == ({"unchanged": 1, "updated": 2}, 3)


def test_metafields_that_this_account_may_not_see_are_not_mirrored(
    store: Store, shop: StoreSide, run_job: RunJob
) -> None:
    shop.add_customer(
        email="ann@example.com", metafields=[{"namespace": "x", "key": "y", "value": "z", "client_id": "another-app"}]
    )
    run_job(store, "import_customers")
    assert mirrored(store)["ann@example.com"]["metafields"] == {}


def test_a_customer_that_is_deleted_in_the_store_is_gone_and_told(
    store: Store, shop: StoreSide, run_job: RunJob
) -> None:
    some_people(shop)
    run_job(store, "import_customers")
    shop.delete_customer("bare@example.com")
    run = run_job(store, "import_customers")
    assert mirrored(store) == in_store(shop, store.client_id)
    assert told(run) == {
        "bare@example.com": (
            "updated",
            "bare@example.com was deleted in BigCommerce; no job works on this customer any more.",
        )
    }
    assert Customer.objects.get(email="bare@example.com").gone_at is not None
    assert sum(run.counts.values()) == run.looked_at
    again = run_job(store, "import_customers")
    assert (told(again), again.counts) == ({}, {"unchanged": 2})


def test_more_than_one_page_and_a_deletion_at_every_end(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    shop.generate(520)
    run = run_job(store, "import_customers")
    assert (run.counts, run.looked_at) == ({"created": 520}, 520)
    assert mirrored(store) == in_store(shop, store.client_id)
    for id in (min(ids_of(shop)), sorted(ids_of(shop))[250], max(ids_of(shop))):
        shop.delete_customer(id)
    run = run_job(store, "import_customers")
    assert run.counts == {"unchanged": 517, "updated": 3}
    assert mirrored(store) == in_store(shop, store.client_id)


def ids_of(shop: StoreSide) -> list[int]:
    return [body["id"] for body in shop.customers.select()]


def test_an_empty_store_is_a_success(store: Store, run_job: RunJob) -> None:
    run = run_job(store, "import_customers")
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {}, 0)


def test_a_plan_tells_what_would_come_and_keeps_nothing(store: Store, shop: StoreSide, run_job: RunJob) -> None:
    some_people(shop)
    run = run_job(store, "import_customers", mode=Run.Mode.PLAN)
    assert (run.counts, Customer.objects.count(), SyncCursor.objects.count()) == ({"created": 3}, 0, 0)


def test_only_what_changed_since(store: Store, shop: StoreSide, world: World, run_job: RunJob) -> None:
    world.clock.freeze()
    some_people(shop)
    run_job(store, "import_customers")
    world.clock.advance(3600)
    since = world.clock.now().isoformat()
    world.clock.advance(60)
    shop.change_customer("bare@example.com", first_name="Late")
    run = run_job(store, "import_customers", modified_since=since)
    assert (run.counts, run.looked_at) == ({"updated": 1}, 1)
    assert mirrored(store) == in_store(shop, store.client_id)


@pytest.mark.parametrize("seconds", [60, 0], ids=["after the moment", "at the very moment"])
@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_whoever_is_listed_and_has_other_metafields_is_counted_once(
    store: Store, shop: StoreSide, world: World, run_job: RunJob, mode: str, seconds: int
) -> None:
    world.clock.freeze()
    for name in ("before", "listed", "quiet", "still"):
        shop.add_customer(email=f"{name}@example.com")
    run_job(store, "import_customers")
    world.clock.advance(3600)
    since = world.clock.now().isoformat()
    world.clock.advance(seconds)
    for name in ("listed", "quiet"):
        shop.change_customer(f"{name}@example.com", first_name="Late")
    run_job(store, "import_customers")
    for name in ("before", "listed"):
        shop.add_metafield(f"{name}@example.com", namespace="x", key="k", value="v")
    run = run_job(store, "import_customers", mode=mode, modified_since=since)
    assert (run.counts, run.looked_at) == ({"updated": 2, "unchanged": 1}, 3)
    again = run_job(store, "import_customers", modified_since=since)
    assert sum(again.counts.values()) == again.looked_at


def test_stopped_and_resumed_it_reads_each_page_once(
    store: Store, shop: StoreSide, world: World, run_job: RunJob
) -> None:
    shop.generate(760)
    world.faults.add("500", match="GET /v3/customers", times=50, skip=2)
    run = run_job(store, "import_customers")
    assert (run.status, run.looked_at, Customer.objects.count()) == ("stopped", 500, 500)
    world.faults.clear()
    world.audit.reset()
    runs.resume(run)
    run = run_job.go_on(run)
    assert (run.status, run.counts, run.looked_at) == ("succeeded", {"created": 760}, 760)
    assert len(world.audit.calls(family="GET /v3/customers")) == 2
    assert mirrored(store) == in_store(shop, store.client_id)
