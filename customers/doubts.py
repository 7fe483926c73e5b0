"""A list that lacks customers is no proof that they were deleted: a filter on our app or a bad answer lacks them, too.

Few are asked for by id before they are called gone. More at once than the store's brake lets through are not believed:
nothing is marked, and the run says so.
"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from bcsync.clients import business_central_watch as watch
from bcsync.clients.bigcommerce_limits import MAX_IDS_PER_FILTER
from customers.context import Context
from customers.models import BusinessCentralCustomer, Customer, Run

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
    way_out = "A list without anybody is never believed."
    if missing < everybody:
        way_out = "If they are deleted in truth, raise the store's brake for one run."
    note(
        ctx.run,
        f"missing in {vendor}",
        f"{vendor} does not list {missing} of {everybody} customers that were there. So many at once are not believed "
        f"to be deleted (the brake: {store.brake_count} customers or {store.brake_share} %): none of them was marked "
        f"as deleted or unlinked. Look whether our app may still see all customers there (permissions, security "
        f"filters). {way_out}",
    )
    return False


def _no_fewer(ctx: Context, before: dict[str, int]) -> None:
    """Who is missing has to be asked for, whatever that costs."""
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))


def _counted(ctx: Context, vendor: str, deleted: list[T]) -> list[T]:
    if deleted:
        known = ctx.run.cursor.get("missing", {})
        ctx.run.cursor["missing"] = {**known, vendor: known.get(vendor, 0) + len(deleted)}
    return deleted
