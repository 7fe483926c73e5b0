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
from mapping.setup import fields_wanted
from stores.models import Store

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
            waiting.update(state=State.DONE, outcome=Outcome.SKIPPED, reason=said, plan={}, parts=[], said="")


def plan(ctx: Context) -> bool:
    """One record for each customer that would be deleted, and where; who is left alone is told so with the reason."""
    ctx.restart_plan()
    told = []
    for link in resting(ctx).iterator(500):
        where = BUSINESS_CENTRAL if link.customer.gone_at else BIGCOMMERCE
        row = link.business_central_customer
        other = f"{row.number} {row.display_name}" if where == BUSINESS_CENTRAL else link.customer.email
        record = record_for_customer(ctx, link.customer)
        record.business_central_customer = row
        if stays := _why_it_stays(ctx, link, where):
            settle(record, Outcome.SKIPPED, stays)
        else:
            record.reason = f"Deleted in the other system. {other} would be deleted in {where}. {NOT_AGAIN}"
            record.plan = {"link": link.pk, "where": where, "content": _content(link, where)}
            record.parts = [part("core", Outcome.UPDATED, record.reason, [("customer", other, None)])]
            record.outcome = Outcome.UPDATED
        told.append(record)
    write_planned(ctx, told)
    return True


def _why_it_stays(ctx: Context, link: Link, where: str) -> str:
    """Why a customer of Business Central is not deleted although its shopper was; "" when it may be."""
    if where == BIGCOMMERCE:
        return ""
    row = link.business_central_customer
    kept = f"Business Central customer {row.number} is kept:"
    if not Store.objects.filter(pk=ctx.store.pk, may_update_business_central=True).exists():
        return f"{kept} this store may not update Business Central customers, so it may not delete them either."
    other = Link.objects.filter(business_central_customer=row).exclude(store=ctx.store).select_related("store").first()
    if other is not None:
        return f"{kept} it is linked in {other.store}, too."
    key = link.customer.email_key
    if key and Customer.objects.filter(store=ctx.store, email_key=key, gone_at=None).exists():
        return f"{kept} another shopper of this store has the e-mail {link.customer.email}."
    numbered = Store.objects.filter(company=ctx.company, default_customer_number=row.number)
    if numbered.exists() or Customer.objects.filter(default_customer=row).exists():
        return f"{kept} it is a default customer, on which others order."
    return ""


def look_again(ctx: Context) -> None:
    """`apply` asks for each customer right before it is deleted."""


def apply(ctx: Context) -> bool:
    """The next ones, one by one; in flight ones of a worker that died are deleted already, or still there."""
    records = [*ctx.run.records.filter(state=State.IN_FLIGHT).select_related("customer", "business_central_customer")]
    records = records or take_planned(ctx, CHUNK)
    if not records:
        return True
    named = resting(ctx).filter(pk__in=[record.plan["link"] for record in records])
    back = _there_after_all(ctx, list(named))
    links = {link.pk: link for link in named.all()}
    for record in ctx.until_stopped(records):
        if said := back.get(record.plan["link"]):
            settle(record, Outcome.SKIPPED, said)
        else:
            _delete(ctx, record, links.get(record.plan["link"]))
        write_results(ctx, [record])
        ctx.lease.renew()
    return False


def _there_after_all(ctx: Context, links: list[Link]) -> dict[int, str]:
    """Link -> what to say, of those whose deleted side is there: its own system is asked for all of them, by id, this
    moment, and the mirror says so from now on."""
    requested_at, found = timezone.now(), {}
    shoppers = {link.customer.remote_id: link for link in links if link.customer.gone_at}
    for page in ctx.bigcommerce.customers(ids=sorted(shoppers)) if shoppers else ():
        mirror.save_customers(ctx.store, page.items, requested_at)
        for item in page.items:
            link = shoppers[item["id"]]
            found[link.pk] = f"{link.customer.email} is in BigCommerce after all: nothing was deleted."
    rows = {str(link.business_central_customer.remote_id): link for link in links if not link.customer.gone_at}
    if rows:
        fields, known = fields_wanted(ctx.company), business_central_mirror.probe(ctx)
        read = ctx.business_central.read_by_id(known, ctx.company.country_iso, sorted(rows), fields)
        for records in read:
            business_central_mirror.save(ctx.company, records, requested_at)
            for record in records:
                said = f"Business Central customer {record.number} is there after all: nothing was deleted."
                found[rows[record.id.lower()].pk] = said
    return found


def _delete(ctx: Context, record: RunRecord, link: Link | None) -> None:
    where = record.plan["where"]
    if link is not None and (stays := _why_it_stays(ctx, link, where)):
        settle(record, Outcome.SKIPPED, stays)
        return
    if link is None or _content(link, where) != record.plan["content"] or not _as_planned(ctx, link, where):
        settle(record, Outcome.SKIPPED, "Changed since the plan was made, or not linked any more: left alone.")
        return
    try:
        _send(ctx, link, where)
    except VendorError as error:
        raise_if_configuration(error)
        settle_error(record, error)
        return
    settle(record, Outcome.UPDATED, f"Deleted in {where}.")


def _send(ctx: Context, link: Link, where: str) -> None:
    if where == BIGCOMMERCE:
        for result in next(iter(ctx.bigcommerce.delete_customers([link.customer.remote_id])), ()):
            if result.error is not None:
                raise result.error
        gone.mark_deleted([link.customer])
        return
    row = link.business_central_customer
    ctx.business_central.delete_customer(str(row.remote_id), record_of(row).etag)
    business_central_mirror.gone(ctx.company, [row.remote_id], timezone.now())


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
