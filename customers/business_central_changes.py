"""The Business Central mirror by what changed since the last time and by what was named; once a day the whole company.

What leaves a customer's stamp alone (ship-to addresses, a contact's phone, ISO codes) comes with the daily reading.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from customers import business_central_mirror as whole
from customers.context import Context
from customers.lease import alone_in
from customers.models import BusinessCentralCustomer
from mapping.setup import fields_wanted
from stores.inbox import Pending
from stores.models import SyncCursor

FEED = "business central customers"
# A long transaction commits rows with stamps from before: operations may take eight to ten minutes.
# learn.microsoft.com/dynamics365/business-central/dev-itpro/administration/operational-limits-online
OVERLAP = timedelta(minutes=10)
WHOLE_AGAIN = timedelta(days=1)


def refresh(ctx: Context, named: Pending) -> datetime:
    """Read what changed, alone in the company; all of it the first time, daily, and when other fields are wanted.

    Returns a moment: what this reading wrote to the mirror is older, what another store's will write is younger.
    """
    company = ctx.company
    with alone_in(company):
        company.refresh_from_db()
        read_at = company.refreshed_at
        known = company.remote_id is not None and company.fields_read == fields_wanted(company)
        if read_at is None or not known or timezone.now() - read_at > WHOLE_AGAIN:
            whole.refresh_held(ctx)
        else:
            _read_changed(ctx, named, read_at)
            _read_named(ctx, named)
        return timezone.now()


def _read_changed(ctx: Context, named: Pending, read_at: datetime) -> None:
    company, client = ctx.company, ctx.business_central
    cursor = SyncCursor.objects.filter(company=company, feed=FEED).first()
    since = max(cursor.changed_since, read_at) if cursor is not None else read_at
    since = min(since - OVERLAP, named.since or since)
    capabilities, fields, began = whole.probe(ctx), fields_wanted(company), timezone.now()
    for records in client.read_changed(capabilities, company.country_iso, since, fields=fields):
        whole.save(company, records, began)
        ctx.lease.renew()
        ctx.heed_stop()
    ctx.least("Business Central GET /customers", 1)
    if client.vendor_date is not None:
        # The vendor's clock when the first answer came, or earlier.
        stamp = client.vendor_date - (timezone.now() - began)
        SyncCursor.objects.update_or_create(company=company, feed=FEED, defaults={"changed_since": stamp})


def _read_named(ctx: Context, named: Pending) -> None:
    """Those that events named: deletions show only here, for a deleted customer is in no list of changes."""
    if not named.business_central:
        return
    company, requested_at = ctx.company, timezone.now()
    there: set[str] = set()
    capabilities, fields = whole.probe(ctx), fields_wanted(company)
    ids = sorted(named.business_central)
    for records in ctx.business_central.read_by_id(capabilities, company.country_iso, ids, fields=fields):
        whole.save(company, records, requested_at)
        there.update(record.id.lower() for record in records)
        ctx.lease.renew()
    missing = [id for id in ids if id not in there]
    mine = BusinessCentralCustomer.objects.filter(company=company, gone_at=None, written_at__lt=requested_at)
    mine.filter(remote_id__in=missing).update(gone_at=requested_at, written_at=requested_at)
