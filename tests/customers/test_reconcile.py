"""Check for drift: every linked pair is compared whole as both vendors have it now, and nothing is changed anywhere."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command

from bcsync.clients.business_central import BusinessCentral
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import drift, fresh_pairs, mending, runs
from customers.context import Context
from customers.models import (
    BusinessCentralCustomer,
    Customer,
    CustomerAddress,
    CustomerMetafield,
    Link,
    Run,
)
from mapping.models import FieldMappingRow, FormFieldRow
from stores.models import Store
from tests.customers.reading import address_links, links, mirrored
from tests.customers.syncing import TEN, TWENTY, in_step
from tests.customers.test_add_customers import ready
from tests.customers.test_sync_business_central import DOCK
from tests.fixtures import RunJob, outcomes, told


@pytest.fixture
def synced(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> Store:
    """Two customers in step, with an attribute and a form field of the set-up; the rolling compare is off."""
    shop.attribute_id("Salesperson")
    shop.add_form_field("Customer number", "text")
    FormFieldRow(
        store=store, kind="customer", name="Customer number", source_table="customer", source_field="number"
    ).save()
    Store.objects.update(compare_share=0)
    return in_step(store, business, world, run_job, salespersonCode="JO")


def ours(store: Store) -> list[Any]:
    """Everything we keep of the pairs: mirrors, links with bases and notes, flags."""
    return [
        mirrored(store), links(store), address_links(store),
        list(Link.objects.order_by("pk").values()), list(Customer.objects.order_by("pk").values()),
        list(BusinessCentralCustomer.objects.order_by("pk").values()),
    ]  # fmt: skip


def fields(run: Run) -> dict[str, dict[tuple[str, str], tuple[str, Any, Any]]]:
    """E-mail -> (part, field) -> (cause, BigCommerce's value, Business Central's)."""
    return {
        record.customer.email: {
            (each["part"], name): (each["reason"], before, after)
            for each in record.parts
            for name, before, after in each["changes"]
        }
        for record in run.records.select_related("customer")
        if record.customer is not None
    }


def test_pairs_in_step_are_counted_and_nothing_is_written_here_or_there(
    synced: Store, world: World, run_job: RunJob
) -> None:
    before, state = ours(synced), world.state()
    run = run_job(synced, "reconcile")
    assert (run.status, run.mode, run.counts, run.looked_at) == (Run.Status.SUCCEEDED, "plan", {"unchanged": 2}, 2)
    assert (ours(synced), world.state(), world.audit.writes()) == (before, state, [])
    assert sum(run.calls.values()) == sum(run.least_calls.values())
    assert world.audit.broken_rules == []


def test_what_no_event_told_is_found_in_every_part_of_a_customer(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    address = CustomerAddress.objects.get(customer__email=TEN)
    shop.change_address(address.remote_id, city="Ely")
    shop.change_customer(TEN, attributes={"Salesperson": "XX"}, form_fields={"Customer number": "11"})
    lost = CustomerMetafield.objects.get(customer__email=TEN, key="customer_number")
    shop.metafields.delete("id = ?", (lost.remote_id,))
    business.put_ship_to("20", "DOCK", **DOCK)
    business.change_customer("20", phoneNumber="01223 888888")
    before, state = ours(synced), world.state()
    run = run_job(synced, "reconcile")
    theirs, other = drift.STORE_MISSED, drift.BUSINESS_MISSED
    assert fields(run)[TEN] == {
        ("address main", "city"): (theirs, "Ely", "Cambridge"),
        ("attributes", "Salesperson"): (theirs, "XX", "JO"),
        ("form fields", "Customer number"): (theirs, "11", "10"),
        ("metafields", "bcsync.customer_number"): (theirs, None, "10"),
    }
    assert fields(run)[TWENTY] == {
        ("core", "phone"): (other, "", "01223 888888"),
        ("address main", "phone"): (other, "", "01223 888888"),
        ("address ship-to:DOCK", "address"): (other, "", "1 Dock Road, HU1 1AA, Hull, GB"),
    }
    assert (run.counts, outcomes(run)) == ({"differs": 2}, {TEN: "differs", TWENTY: "differs"})
    assert run.cursor["causes"] == {theirs: 1, other: 1}
    assert (ours(synced), world.state(), world.audit.writes()) == (before, state, [])


def test_a_plan_mends_what_was_found_and_waits_for_approval(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    in_order = world.state(ids=False)["stores"][shop.hash]["customers"][TEN]["addresses"]
    address = CustomerAddress.objects.get(customer__email=TEN)
    shop.change_address(address.remote_id, city="Ely")
    business.put_ship_to("20", "DOCK", **DOCK)
    lost = CustomerMetafield.objects.get(customer__email=TWENTY, key="customer_number")
    shop.metafields.delete("id = ?", (lost.remote_id,))
    found = run_job(synced, "reconcile")
    plan = run_job.go_on(mending.plan_update(found, None))
    assert (plan.status, plan.to_do, world.audit.writes()) == (Run.Status.PLANNED, 2, [])
    runs.approve(plan, None, queue=False)
    done = run_job.go_on(plan)
    assert (done.status, outcomes(done)) == (Run.Status.SUCCEEDED, {TEN: "updated", TWENTY: "updated"})
    assert world.state(ids=False)["stores"][shop.hash]["customers"][TEN]["addresses"] == in_order
    assert run_job(synced, "reconcile").counts == {"unchanged": 2}
    with pytest.raises(runs.CannotStart, match="found no pair that differs"):
        mending.plan_update(Run.objects.latest("pk"), None)


def test_what_is_known_and_not_sent_says_why(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    row = FieldMappingRow.objects.get(target_table="customer", target_field="phone")
    row.owner = "bigcommerce"
    row.save()
    shop.change_customer(TEN, phone="01223 555555", company="Typed Ltd.")
    business.change_customer("20", displayName="Renamed Ltd.")
    run_job(synced, "import_customers")
    run_job(synced, "check_readiness")
    said = fields(run_job(synced, "reconcile"))
    assert said[TEN][("core", "phone")] == (drift.SWITCH_OFF, "01223 555555", "01223 460001")
    assert said[TEN][("core", "company")] == (drift.EDITED_IN_STORE, "Typed Ltd.", "Firm 10")
    assert said[TWENTY][("core", "company")] == (drift.EDITED_IN_BUSINESS, "Firm 20", "Renamed Ltd.")
    Store.objects.update(may_update_business_central=True)
    assert fields(run_job(synced, "reconcile"))[TEN][("core", "phone")][0] == drift.STORES_OWN
    Link.objects.filter(customer__email=TWENTY).update(base=None)
    assert fields(run_job(synced, "reconcile"))[TWENTY][("core", "company")][0] == drift.FIRST


def test_deletions_that_nobody_told_of_are_said(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    shop.delete_customer(TEN)
    business.delete_customer("20")
    run = run_job(synced, "reconcile")
    assert told(run) == {
        TEN: ("differs", f"{TEN} was deleted in BigCommerce."),
        TWENTY: ("differs", "Business Central customer 20 was deleted there."),
    }
    assert not Customer.objects.exclude(gone_at=None).exists()


def test_what_the_owners_leave_alone_is_no_drift(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    row = FieldMappingRow.objects.get(target_table="customer", target_field="phone")
    row.owner = "never"
    row.save()
    shop.change_customer(TEN, phone="01223 555555")
    assert run_job(synced, "reconcile").counts == {"unchanged": 2}


def test_it_runs_beside_another_run_and_in_a_read_only_store(
    synced: Store, business: CompanySide, run_job: RunJob
) -> None:
    Store.objects.update(writes_enabled=False)
    Run.objects.create(store=synced, kind="update_customers", trigger="click", status="running", lease_token="theirs")
    assert run_job(synced, "reconcile").status == Run.Status.SUCCEEDED


def test_the_command_says_the_same_as_json(synced: Store, business: CompanySide, run_job: RunJob) -> None:
    business.change_customer("10", phoneNumber="01223 999999")
    out = io.StringIO()
    call_command("reconcile", store=synced.hash, json=True, stdout=out)
    said = json.loads(out.getvalue())
    assert (said["job"], said["status"], said["counts"]) == ("reconcile", "succeeded", {"differs": 1, "unchanged": 1})


def test_two_of_one_store_are_never_side_by_side(synced: Store, second_store: Store, run_job: RunJob) -> None:
    check: dict[str, Any] = {"kind": Run.Kind.RECONCILE, "trigger": Run.Trigger.CLICK, "queue": False}
    stopped = runs.start(synced, **check)
    runs.request_stop(stopped)
    first = runs.start(synced, **check)
    for again in (lambda: runs.start(synced, **check), lambda: runs.resume(stopped)):
        with pytest.raises(runs.Busy, match=f"is busy with {re.escape(str(first))}; wait until it ends, or stop it."):
            again()
    stopped.refresh_from_db()
    assert (stopped.status, Run.objects.filter(status__in=Run.ACTIVE).count()) == (Run.Status.STOPPED, 1)
    assert runs.start(second_store, **check).is_active
    run_job.go_on(first)
    runs.resume(stopped)
    assert run_job.go_on(stopped).status == Run.Status.SUCCEEDED


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do this once between the readings of Business Central and of the store."""
    todo: list[Callable[[], Any]] = []
    real = fresh_pairs.read_metafields

    def read(ctx: Context) -> bool:
        while todo:
            todo.pop()()
        return real(ctx)

    monkeypatch.setattr(fresh_pairs, "read_metafields", read)
    return todo.append


def test_what_the_store_changed_meanwhile_no_webhook_missed(
    synced: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, meanwhile: Any
) -> None:
    business.change_customer("20", phoneNumber="01223 888888")

    def change() -> None:
        world.clock.advance(5)
        shop.change_customer(TEN, company="Typed Ltd.")

    meanwhile(change)
    run = run_job(synced, "reconcile")
    assert (list(told(run)), run.counts, run.cursor["left_out"]) == ([TWENTY], {"differs": 1}, 1)
    assert fields(run_job(synced, "reconcile"))[TEN][("core", "company")][0] == drift.STORE_MISSED


def test_what_a_sync_wrote_meanwhile_is_no_drift(
    synced: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, meanwhile: Any
) -> None:
    def change() -> None:
        business.change_customer("10", phoneNumber="01223 999999")
        business.change_customer("20", phoneNumber="01223 222222")
        run_job(synced, "sync_changes")

    business.change_customer("20", phoneNumber="01223 111111")
    meanwhile(change)
    state = shop.customer(TEN)["phone"]
    run = run_job(synced, "reconcile")
    assert (state, shop.customer(TEN)["phone"]) == ("01223 460001", "01223 999999")
    # Of TWENTY half was read before that sync; of TEN nothing was read that the mirror did not have.
    assert (told(run), run.counts, run.cursor["left_out"]) == ({}, {"unchanged": 1}, 1)
    assert run_job(synced, "reconcile").counts == {"unchanged": 2}


def test_who_was_added_meanwhile_is_not_called_deleted(
    synced: Store, business: CompanySide, run_job: RunJob, meanwhile: Any
) -> None:
    meanwhile(lambda: (ready(business, "30"), run_job(synced, "add_customers")))
    run = run_job(synced, "reconcile")
    assert (told(run), run.counts, run.cursor["left_out"]) == ({}, {"unchanged": 3}, 0)


def test_whom_a_list_left_out_is_asked_for_by_id_before_somebody_is_called_deleted(
    synced: Store, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten = Customer.objects.get(email=TEN).remote_id
    twenty = str(BusinessCentralCustomer.objects.get(number="20").remote_id)
    pages, read = fresh_pairs.pages, BusinessCentral.read_customers

    def without_ten(ctx: Context) -> Any:
        return (replace(page, items=[item for item in page.items if item["id"] != ten]) for page in pages(ctx))

    def without_twenty(client: BusinessCentral, *wanted: Any, **options: Any) -> Any:
        for records in read(client, *wanted, **options):
            yield [record for record in records if record.id != twenty]

    monkeypatch.setattr(fresh_pairs, "pages", without_ten)
    monkeypatch.setattr(BusinessCentral, "read_customers", without_twenty)
    state = world.state()
    run = run_job(synced, "reconcile")
    assert (told(run), run.cursor["left_out"], world.state() == state) == ({}, 2, True)
