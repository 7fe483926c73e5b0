"""Delete on the other side: who was deleted in one system is deleted in the other, after an administrator approved it.

Sync changes makes the plan where the store's switch asks for it. A customer that changed since the plan is left alone.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bcsync.clients.errors import VendorError
from customers import business_central_mirror, gone, mirror
from customers.business_central_mirror import record_of
from customers.context import Context
from customers.models import Customer, Link, Run, RunRecord
from customers.planning import pairs
from customers.records import (
    part,
    raise_if_configuration,
    record_for_customer,
    settle,
    settle_error,
    take_planned,
    write_planned,
    write_results,
)

WRITES_TO_VENDOR = True
CHUNK = 50
Outcome, State = RunRecord.Outcome, RunRecord.State
BIGCOMMERCE, BUSINESS_CENTRAL = "BigCommerce", "Business Central"
NOT_AGAIN = "Nobody can take that back."


def resting(ctx: Context) -> QuerySet[Link]:
    """Links of which exactly one side was deleted, but of whom somebody skipped; in a retry, of those that failed."""
    shopper, business = Q(customer__gone_at=None), Q(business_central_customer__gone_at=None)
    found: QuerySet[Link] = pairs(ctx.store).filter((shopper & ~business) | (~shopper & business)).order_by("pk")
    if "only" in ctx.run.scope:
        found = found.filter(customer__in=ctx.run.scope["only"])
    return found.exclude(customer__status=Customer.Status.SKIPPED)


def propose(ctx: Context) -> None:
    """A run of this job, planned only, instead of one that waits still; `rescue` queues it."""
    if not (ctx.store.delete_too and ctx.store.writes_enabled and resting(ctx).exists()):
        return
    for old in Run.objects.filter(store=ctx.store, kind=Run.Kind.DELETE_GONE, status=Run.Status.PLANNED):
        _give_up(old)
    Run.objects.create(
        store=ctx.store, kind=Run.Kind.DELETE_GONE, trigger=ctx.run.trigger, mode=Run.Mode.PLAN, scope={"delete": True}
    )


def _give_up(run: Run) -> None:
    """What waits in this plan waits in a newer one from now on."""
    said = "Given up for a newer plan of the same."
    skipped = run.counts.get(Outcome.SKIPPED, 0) + run.to_do
    values = {"counts": {**run.counts, Outcome.SKIPPED: skipped}, "to_do": 0, "message": said}
    with transaction.atomic():
        claimed = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED)
        if claimed.update(status=Run.Status.SUCCEEDED, finished_at=timezone.now(), **values):
            waiting = run.records.filter(state__in=RunRecord.WAITING)
            waiting.update(state=State.DONE, outcome=Outcome.SKIPPED, reason=said, plan={}, parts=[])


def plan(ctx: Context) -> bool:
    """One record for each customer that would be deleted, and where."""
    ctx.restart_plan()
    told = []
    for link in resting(ctx).iterator(500):
        where = BUSINESS_CENTRAL if link.customer.gone_at else BIGCOMMERCE
        row = link.business_central_customer
        other = f"{row.number} {row.display_name}" if where == BUSINESS_CENTRAL else link.customer.email
        why = f"Deleted in the other system. {other} would be deleted in {where}. {NOT_AGAIN}"
        entry = {"link": link.pk, "where": where, "content": _content(link, where)}
        shown = part("core", Outcome.UPDATED, why, [("customer", other, None)])
        record = record_for_customer(ctx, link.customer, plan=entry, parts=[shown], outcome=Outcome.UPDATED, reason=why)
        record.business_central_customer = row
        told.append(record)
    write_planned(ctx, told)
    return True


def look_again(ctx: Context) -> None:
    """`apply` asks for each customer right before it is deleted."""


def apply(ctx: Context) -> bool:
    """The next ones, one by one; in flight ones of a worker that died are deleted already, or still there."""
    records = [*ctx.run.records.filter(state=State.IN_FLIGHT).select_related("customer", "business_central_customer")]
    records = records or take_planned(ctx, CHUNK)
    if not records:
        return True
    links = {link.pk: link for link in resting(ctx).filter(pk__in=[record.plan["link"] for record in records])}
    for record in ctx.until_stopped(records):
        _delete(ctx, record, links.get(record.plan["link"]))
        write_results(ctx, [record])
        ctx.lease.renew()
    return False


def _delete(ctx: Context, record: RunRecord, link: Link | None) -> None:
    where = record.plan["where"]
    if link is None or _content(link, where) != record.plan["content"] or not _as_planned(ctx, link, where):
        settle(record, Outcome.SKIPPED, "Changed since the plan was made, or not linked any more: left alone.")
        return
    try:
        if where == BIGCOMMERCE:
            for result in next(iter(ctx.bigcommerce.delete_customers([link.customer.remote_id])), ()):
                if result.error is not None:
                    raise result.error
            gone.mark_deleted([link.customer])
        else:
            row = link.business_central_customer
            ctx.business_central.delete_customer(str(row.remote_id), record_of(row).etag)
            business_central_mirror.gone(ctx.company, [row.remote_id], timezone.now())
    except VendorError as error:
        raise_if_configuration(error)
        settle_error(record, error)
        return
    settle(record, Outcome.UPDATED, f"Deleted in {where}.")


def _as_planned(ctx: Context, link: Link, where: str) -> bool:
    """Whether the customer still is what the mirror says, asked of its system this moment."""
    if where == BUSINESS_CENTRAL:
        return True  # its ETag guards the deletion: another one is refused
    ids, requested_at = [link.customer.remote_id], timezone.now()
    items = [item for page in ctx.bigcommerce.customers(ids=ids) for item in page.items]
    saved = mirror.save_customers(ctx.store, items, requested_at)
    return bool(saved) and all(entry.kind == "unchanged" for entry in saved)


def _content(link: Link, where: str) -> str:
    """What tells whether the customer that would be deleted is still the one that was planned."""
    row = link.business_central_customer if where == BUSINESS_CENTRAL else link.customer
    return str(row.content_hash)
