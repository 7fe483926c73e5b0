"""What tests of Sync changes share: two customers in step in both systems, events, and the calls that were made."""

from typing import Any

from django.utils import timezone

from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import company_upkeep
from stores import inbox
from stores.models import BusinessCentralCompany, Store
from tests.customers.test_add_customers import ready
from tests.fixtures import RunJob

TEN, TWENTY = "c10@example.com", "c20@example.com"
# The rolling compare's own, and lists that are re-read as often as a call in five minutes allows.
LISTS = ("GET /ODataV4/Ship_to_Address",)


def in_step(store: Store, business: CompanySide, world: World, run_job: RunJob, **more: Any) -> Store:
    """Customers 10 and 20 in both systems, linked and in agreement; one sync has gone by. An hour passes."""
    Store.objects.update(brake_share=100)
    ready(business, "10", phoneNumber="01223 460001", **more)
    ready(business, "20")
    run_job(store, "add_customers")
    run_job(store, "import_customers")
    world.clock.advance(3600)
    run_job(store, "sync_changes")
    world.audit.reset()
    return store


def event(store: Store, scope: str, id: Any, hash: str = "", **detail: Any) -> None:
    """An event in the store's inbox."""
    now = timezone.now()
    row = {"scope": scope, "remote_id": str(id), "hash": hash or f"{scope}{id}"[-64:], "created_at": now}
    inbox.receive([inbox.event(store.pk, now, detail=detail, **row)])


def families(world: World, vendor: str = "") -> list[str]:
    """The calls made since the audit was reset, sorted; token requests left out."""
    made = [call for call in world.audit.calls() if "token" not in call.family and vendor in call.vendor]
    return sorted(call.family for call in made)


def let_lists_be_due() -> None:
    """As if the lists that are re-read on their own had been read long ago."""
    for company in BusinessCentralCompany.objects.all():
        for what in (company_upkeep.SHIP_TO, company_upkeep.IDS):
            company.upkeep[what] = {"at": "2026-01-01T00:00:00+00:00", "pages": 1}
        company.save(update_fields=["upkeep"])
