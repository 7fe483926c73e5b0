"""A plan that is older than the set-up or a switch of the store does not apply what was taken back since."""

from typing import Any

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import before_images, runs
from customers.models import Run
from mapping.models import MetafieldDefinition
from stores.models import Store
from tests.customers.reading import core
from tests.customers.test_add_customers import ready
from tests.customers.test_writing_back import EMAIL, added, own
from tests.fixtures import RunJob, told

__all__ = ["added"]


def approved(run: Run, run_job: RunJob) -> Run:
    runs.approve(run, None, queue=False)
    return run_job.go_on(run)


@pytest.mark.parametrize("job", ["update_customers", "sync_changes"])
def test_a_field_that_another_side_owns_by_now_is_not_overwritten(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob, job: str
) -> None:
    Store.objects.update(brake_count=0, may_update_business_central=False)
    for number in ("10", "20"):
        business.change_customer(number, displayName=f"Renamed {number}", phoneNumber="01223 460009")
    run = run_job(added, job, approved=False, mode=Run.Mode.APPLY if job == "sync_changes" else Run.Mode.PLAN)
    assert (run.status, run.to_do) == ("planned", 2)
    seen = runs.plan_version(run)
    own("customer.company")
    with pytest.raises(runs.CannotStart, match="not as your page showed it"):
        runs.approve(run, None, seen=seen)

    run = approved(run, run_job)
    assert (run.status, run.to_do, core(shop, EMAIL)["company"]) == ("planned", 1, "Firm 10")
    assert "changed since the plan was made" in run.message
    run = approved(run, run_job)
    assert (run.status, core(shop, EMAIL)["company"], core(shop, EMAIL)["phone"]) == (
        "succeeded", "Firm 10", "01223 460009",
    )  # fmt: skip


def test_what_nothing_is_left_of_is_told_as_unchanged(
    added: Store, business: CompanySide, world: World, run_job: RunJob
) -> None:
    Store.objects.update(may_update_business_central=False)
    business.change_customer("10", displayName="Renamed 10")
    run = run_job(added, "update_customers", mode=Run.Mode.PLAN)
    own("customer.company", "address.company")
    world.audit.reset()
    run = approved(run, run_job)
    assert (run.status, run.counts, world.audit.writes()) == ("succeeded", {"unchanged": 2}, [])


def test_whom_add_customers_would_create_otherwise_by_now_waits_again(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    ready(business, "10")
    run = run_job(store, "add_customers", mode=Run.Mode.PLAN)
    MetafieldDefinition(
        store=store, namespace="shop", name="city", source_table="customer", source_field="city"
    ).save()  # fmt: skip
    run = approved(run, run_job)
    assert (run.status, run.to_do, shop.count()) == ("planned", 1, 0)
    assert "shop.city" in str(run.records.get().parts)
    run = approved(run, run_job)
    assert (run.status, shop.count()) == ("succeeded", 1)


def test_the_switch_turned_off_before_the_write_stops_it_and_drift_is_told(
    added: Store, shop: StoreSide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("customer.phone")
    shop.change_customer(EMAIL, phone="01223 460009")
    keep = before_images.keep

    def turned_off(*rest: Any) -> None:
        Store.objects.update(may_update_business_central=False)
        keep(*rest)

    monkeypatch.setattr(before_images, "keep", turned_off)
    run = run_job(added, "update_customers")
    assert (run.status, run.counts, world.audit.writes()) == ("succeeded", {"unchanged": 2}, [])
    assert "phone: drift" in told(run)[EMAIL][1]
