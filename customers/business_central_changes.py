"""The Business Central mirror by what changed since the last time and by what was named; once a day the whole company.

What leaves a customer's stamp alone is re-read on its own: contacts by their stamps, ISO codes each time, ship-to
addresses and the list of ids as often as a call in five minutes allows.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.utils import timezone

from bcsync.clients import business_central_watch as watch
from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_join import with_iso
from customers import business_central_mirror as whole
from customers import company_upkeep as upkeep
from customers import doubts
from customers.business_central_known import Mirrored
from customers.context import Context
from customers.lease import alone_in
from customers.models import BusinessCentralCustomer
from mapping.setup import fields_wanted
from stores.inbox import Pending
from stores.lists import is_confirmed
from stores.models import BusinessCentralCompany, SyncCursor

# A long transaction commits rows with stamps from before: operations may take eight to ten minutes.
# learn.microsoft.com/dynamics365/business-central/dev-itpro/administration/operational-limits-online
OVERLAP = timedelta(minutes=10)
WHOLE_AGAIN = timedelta(days=1)
# Who was deleted is told by an event; the list of ids is for when that was lost.
SWEEP_EVERY = timedelta(hours=1)
# Above so many single customers reading the company whole is fewer calls.
MOST_BY_ID = 1_000
T = TypeVar("T")


def refresh(ctx: Context, named: Pending) -> None:
    """Read what changed, alone in the company; all of it the first time, daily, and when other fields are wanted."""
    company = ctx.company
    with alone_in(company):
        company.refresh_from_db()
        read_at = company.refreshed_at
        known = company.remote_id is not None and company.fields_read == fields_wanted(company)
        if read_at is None or not known or timezone.now() - read_at > WHOLE_AGAIN:
            whole.refresh_held(ctx)
        else:
            _refresh_changed(ctx, named, read_at)


def look_again(ctx: Context) -> None:
    """The same for a plan that was made a while ago: who was deleted since is swept, too."""
    refresh(ctx, Pending(since=timezone.now()))


def _refresh_changed(ctx: Context, named: Pending, read_at: datetime) -> None:
    company, began = ctx.company, timezone.now()
    capabilities, known = whole.probe(ctx), Mirrored(company)
    _recode(ctx, capabilities)
    current = _read_changed(ctx, capabilities, Mirrored(company, mirrored_ship_to=True), named, read_at)
    by_contact = _of_changed_contacts(ctx, capabilities, read_at)
    wanted = by_contact | _with_other_ship_tos(ctx, capabilities, began) | _swept(ctx, named, began)
    ids = (wanted | set(named.business_central)) - current
    if len(ids) > MOST_BY_ID:
        whole.refresh_held(ctx)
        return
    _read_by_id(ctx, capabilities, known, ids, named.business_central_deleted)
    whole.keep_cursors(company, ctx.business_central.first_date)


def _read_changed(
    ctx: Context, capabilities: Capabilities, known: Mirrored, named: Pending, read_at: datetime
) -> set[str]:
    """Customers by their own stamps. Returns the ids of those that are in the mirror as they are now listed."""
    company, client, fields = ctx.company, ctx.business_central, fields_wanted(ctx.company)
    since = _since(company, whole.CUSTOMERS, read_at)
    since = min(since, named.since or since)
    requested_at, current = timezone.now(), set[str]()
    for records in client.read_changed(capabilities, company.country_iso, since, fields=fields, known=known):
        whole.save(company, known.filled(records), requested_at)
        current.update(record.id.lower() for record in records)
        ctx.lease.renew()
        ctx.heed_stop()
        requested_at = timezone.now()
    ctx.least("Business Central GET /customers", 1)
    return current | known.current


def _of_changed_contacts(ctx: Context, capabilities: Capabilities, read_at: datetime) -> set[str]:
    """Ids of customers of whose contacts one was changed: a phone or an e-mail there leaves the customer's stamp."""
    if not capabilities.contacts:
        return set()
    changed = watch.changed_contacts(ctx.business_central, _since(ctx.company, whole.CONTACTS, read_at))
    ctx.least("Business Central GET /contacts", 1)
    rows = BusinessCentralCustomer.objects.filter(company=ctx.company, gone_at=None)
    return {str(id) for some in _slices(changed) for id in rows.filter(contact_key__in=some).values_list(ID, flat=True)}


def _with_other_ship_tos(ctx: Context, capabilities: Capabilities, now: datetime) -> set[str]:
    """Ids of customers whose ship-to addresses are not those of the mirror."""
    company = ctx.company
    if not capabilities.has("ship_to") or not upkeep.is_due(company, upkeep.SHIP_TO, now):
        return set()
    read, pages = _counted(ctx, lambda: watch.ship_to_addresses(ctx.business_central, capabilities))
    said = {number: whole.ship_to_digest(addresses) for number, addresses in read.items()}
    rows = BusinessCentralCustomer.objects.filter(company=company, gone_at=None)
    upkeep.done(company, upkeep.SHIP_TO, now, pages)
    known = rows.values_list(ID, "number", "ship_to_digest").iterator(5_000)
    return {str(id) for id, number, digest in known if said.get(number, "") != digest}


def _swept(ctx: Context, named: Pending, now: datetime) -> set[str]:
    """Who is in no list of ids any more is gone. Returns ids that the mirror does not have.

    Business Central tells of many changes at once without the deletions among them: then the sweep is due, too; and
    when somebody confirmed what the last one lacked.
    """
    company = ctx.company
    asked = named.since is not None or is_confirmed(company, now)
    if not asked and not upkeep.is_due(company, upkeep.IDS, now, SWEEP_EVERY):
        return set()
    requested_at = timezone.now()
    pages_of, pages = _counted(ctx, lambda: list(watch.customer_ids(ctx.business_central)))
    there: set[str] = set().union(*pages_of)
    whole.mark_gone(ctx, {UUID(id) for id in there}, requested_at)
    upkeep.done(company, upkeep.IDS, now, pages)
    rows = BusinessCentralCustomer.objects.filter(company=company, gone_at=None)
    return there - {str(id) for id in rows.values_list(ID, flat=True).iterator(5_000)}


def _recode(ctx: Context, capabilities: Capabilities) -> None:
    """Where an ISO code changed, in Business Central or in the table here, its customers are coded anew: no call."""
    company, requested_at = ctx.company, timezone.now()
    said = {"read": ctx.business_central.iso_codes(capabilities), "table": company.country_iso}
    if said["read"] is not None:
        ctx.least("Business Central GET /ODataV4/" + capabilities.published["countries"].service, 1)
    if company.upkeep.get(upkeep.COUNTRIES) == said:
        return
    rows = BusinessCentralCustomer.objects.filter(company=company, gone_at=None).order_by("pk")
    for chunk in whole.chunked(rows):
        records = [whole.record_of(row) for row in chunk]
        coded = [with_iso(record, said["read"], company.country_iso) for record in records]
        other = [new for old, new in zip(records, coded, strict=True) if new != old]
        whole.save(company, other, requested_at, ours=[record.id for record in other])
        ctx.lease.renew()
        requested_at = timezone.now()
    upkeep.keep(company, upkeep.COUNTRIES, said)


def _read_by_id(
    ctx: Context, capabilities: Capabilities, known: Mirrored, ids: Collection[str], told: Collection[str]
) -> None:
    """These customers; who is not there any more was deleted. told: those of whom Business Central said so itself."""
    if not ids:
        return
    company, requested_at, there = ctx.company, timezone.now(), set[str]()
    before, fields = ctx.calls_so_far(), fields_wanted(company)
    reading = ctx.business_central.read_by_id(capabilities, company.country_iso, sorted(ids), fields, known)
    for records in reading:
        whole.save(company, records, requested_at)
        there.update(record.id.lower() for record in records)
        ctx.lease.renew()
    missing = BusinessCentralCustomer.objects.filter(company=company, gone_at=None, remote_id__in=set(ids) - there)
    untold = [id for id in missing.values_list(ID, flat=True) if str(id) not in told]
    deleted: list[UUID | str] = [
        *doubts.deleted_customers(ctx, untold, asked=True),
        *(id for id in ids if id in told and id not in there),
    ]
    whole.gone(company, deleted, requested_at)
    # Whom an event names has to be read, whatever that costs.
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))


ID = "remote_id"


def _since(company: BusinessCentralCompany, feed: str, read_at: datetime) -> datetime:
    cursor = SyncCursor.objects.filter(company=company, feed=feed).first()
    return (cursor.changed_since if cursor is not None else read_at) - OVERLAP


def _counted(ctx: Context, read: Callable[[], T]) -> tuple[T, int]:
    """What was read, and in how many calls; a list that is read whole can take no fewer."""
    before = ctx.calls_so_far()
    found = read()
    made = {call: number - before.get(call, 0) for call, number in ctx.calls_so_far().items()}
    for call, number in made.items():
        ctx.least(call, number)
    ctx.lease.renew()
    return found, sum(made.values())


def _slices(values: Iterable[str]) -> Iterable[Sequence[str]]:
    wanted = sorted(values)
    return (wanted[start : start + 5_000] for start in range(0, len(wanted), 5_000))
