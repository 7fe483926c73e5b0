"""A list that lacks customers is no proof that they were deleted: a filter on our app or a bad answer lacks them, too.

Few are asked for by id before they are called gone. More at once than the store's brake lets through are not believed:
nothing is marked, the run says so, and an alarm is open until the list is whole again or an administrator confirms it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.utils import timezone

from bcsync.clients import business_central_watch as watch
from bcsync.clients.bigcommerce_limits import MAX_IDS_PER_FILTER
from customers.context import Context
from customers.models import BusinessCentralCustomer, Customer, Run
from stores.lists import is_confirmed
from stores.models import BusinessCentralCompany, Store

# So few may be missing at once whatever their share: in a small store one customer is a large one.
FEW = 3
T = TypeVar("T")
BIGCOMMERCE, BUSINESS_CENTRAL = "BigCommerce", "Business Central"


def note(run: Run, about: str, words: str) -> None:
    """Say this with the run's message; it ends with errors then. One sentence about each thing, the newest."""
    run.cursor["notes"] = {**run.cursor.get("notes", {}), about: words}


def notes(run: Run) -> list[str]:
    return list(run.cursor.get("notes", {}).values())


def deleted_shoppers(ctx: Context, missing: Sequence[Customer]) -> list[Customer]:
    """Of the shoppers that the store's list lacks those who are not there by their ids either."""
    everybody = Customer.objects.filter(store=ctx.store, gone_at=None).count() if missing else 0
    if not believed(ctx, BIGCOMMERCE, len(missing), everybody):
        return []
    ids, there, before = [customer.remote_id for customer in missing], set[int](), ctx.calls_so_far()
    for start in range(0, len(ids), MAX_IDS_PER_FILTER):
        for page in ctx.bigcommerce.customers(ids=ids[start : start + MAX_IDS_PER_FILTER]):
            there.update(item["id"] for item in page.items)
        ctx.lease.renew()
    _no_fewer(ctx, before)
    return _counted(ctx, BIGCOMMERCE, [customer for customer in missing if customer.remote_id not in there])


def deleted_customers(ctx: Context, missing: Sequence[UUID], *, asked: bool = False) -> list[UUID]:
    """The same of Business Central customers. asked: they were just asked for by their ids."""
    rows = BusinessCentralCustomer.objects.filter(company=ctx.company, gone_at=None)
    if not believed(ctx, BUSINESS_CENTRAL, len(missing), rows.count() if missing else 0):
        return []
    before = ctx.calls_so_far()
    there = watch.still_there(ctx.business_central, map(str, missing)) if missing and not asked else set()
    _no_fewer(ctx, before)
    return _counted(ctx, BUSINESS_CENTRAL, [id for id in missing if str(id) not in there])


def believed(ctx: Context, vendor: str, missing: int, everybody: int) -> bool:
    """Whether so many customers at once may be missing; else the run says that they are not believed to be deleted.

    Those that this run believed already count, too.
    """
    store = ctx.store
    number = missing + ctx.run.cursor.get("missing", {}).get(vendor, 0)
    too_many = number > store.brake_count or number * 100 > store.brake_share * everybody
    if not missing or ((number <= FEW or not too_many) and not 1 < everybody <= missing):
        return True
    if is_confirmed(_holder(ctx, vendor), timezone.now()):
        return True
    _doubt(ctx, vendor, missing, everybody)
    note(
        ctx.run,
        f"missing in {vendor}",
        f"{vendor} does not list {missing} of {everybody} customers that were there. So many at once are not believed "
        f"to be deleted (the brake: {store.brake_count} customers or {store.brake_share} %): none of them was marked "
        f"as deleted or unlinked. Look whether our app may still see all customers there (permissions, security "
        f"filters). If they are deleted in truth, an administrator says so on the store's card.",
    )
    return False


def _holder(ctx: Context, vendor: str) -> Store | BusinessCentralCompany:
    """Where the doubt about this side's list is kept, as it is now: somebody may have confirmed it meanwhile."""
    holder = ctx.store if vendor == BIGCOMMERCE else ctx.company
    holder.refresh_from_db(fields=["doubted"])
    return holder


def _doubt(ctx: Context, vendor: str, missing: int, everybody: int) -> None:
    """Keep what the watchdog tells of; a preview changes nothing."""
    if ctx.run.mode == Run.Mode.APPLY:
        holder = _holder(ctx, vendor)
        holder.doubted = {"missing": missing, "of": everybody, "at": timezone.now().isoformat(), "run": ctx.run.pk}
        holder.save(update_fields=["doubted"])


def listed_whole(ctx: Context, vendor: str, began: datetime) -> None:
    """A list that was read from that moment on lacked nobody, or nobody who was not believed: older doubts are over."""
    holder = _holder(ctx, vendor)
    if holder.doubted and datetime.fromisoformat(holder.doubted["at"]) < began and ctx.run.mode == Run.Mode.APPLY:
        holder.doubted = {}
        holder.save(update_fields=["doubted"])


def _no_fewer(ctx: Context, before: dict[str, int]) -> None:
    """Who is missing has to be asked for, whatever that costs."""
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))


def _counted(ctx: Context, vendor: str, deleted: list[T]) -> list[T]:
    if deleted:
        known = ctx.run.cursor.get("missing", {})
        ctx.run.cursor["missing"] = {**known, vendor: known.get(vendor, 0) + len(deleted)}
    return deleted
