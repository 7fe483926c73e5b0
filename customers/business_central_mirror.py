"""Bringing the Business Central mirror up to date: the whole company in a few reads, only what changed is written."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo, record_from_json, record_to_json
from bcsync.clients.business_central_watch import ship_to_digest_of
from customers import company_upkeep as upkeep
from customers import doubts, field_stamps, pending
from customers.context import Context
from customers.lease import alone_in
from customers.mirror import content_hash, storable
from customers.models import BusinessCentralCustomer, BusinessCentralPhone
from mapping import emails, phones
from mapping.setup import fields_wanted
from stores.models import BusinessCentralCompany, SyncCursor

PROBE_AGAIN = timedelta(days=1)
# What the company serves at most per page (online): the least possible number of reads counts with it.
LARGEST_PAGE = 20_000
COLUMNS = [
    "number", "display_name", "email", "email_key", "city", "country", "country_iso", "salesperson_code",
    "customer_price_group", "tax_key", "blocked", "last_modified", "data", "content_hash", "written_at", "gone_at",
    "contact_key", "ship_to_digest", "field_stamps",
]  # fmt: skip
# They change with jobs inside Business Central that touch nothing we read, or are how we find it.
NOT_CONTENT = ("etag", "last_modified", "contact_key")
# The feeds whose cursors are the company's.
CUSTOMERS, CONTACTS = "business central customers", "business central contacts"


def refresh(ctx: Context) -> None:
    """Read the company and bring its mirror up to date, alone in it, so that two stores do not do it at once."""
    with alone_in(ctx.company):
        refresh_held(ctx)


def refresh_held(ctx: Context) -> None:
    """The same, for a caller that holds the company's lease."""
    company = ctx.company
    company.refresh_from_db()
    if company.remote_id is None:
        company.remote_id = UUID(ctx.business_central.company()["id"])
        company.save(update_fields=["remote_id"])
    capabilities = probe(ctx)
    before = ctx.calls_so_far()
    requested_at = timezone.now()
    seen: set[UUID] = set()
    fields = fields_wanted(company)
    for records in ctx.business_central.read_customers(capabilities, company.country_iso, fields=fields):
        rows = save(company, records, requested_at)
        seen.update(row.remote_id for row in rows)
        ctx.lease.renew()
        ctx.heed_stop()
    mark_gone(ctx, seen, requested_at)
    # Who creates customers later in this run has to look at what was written after this moment only.
    ctx.run.cursor["mirrored_at"] = requested_at.isoformat()
    company.refreshed_at, company.fields_read = requested_at, fields
    pages = max(1, ceil(len(seen) / LARGEST_PAGE))
    for what in (upkeep.SHIP_TO, upkeep.IDS):
        company.upkeep = {**company.upkeep, what: {"at": requested_at.isoformat(), "pages": pages}}
    company.save(update_fields=["refreshed_at", "fields_read", "upkeep"])
    keep_cursors(company, ctx.business_central.first_date)
    _count_least(ctx, before, len(seen))


def keep_cursors(company: BusinessCentralCompany, stamp: datetime | None) -> None:
    """Until this moment of the vendor's clock everything was read. Without one the cursors stay where they are."""
    if stamp is None:
        return
    for feed in (CUSTOMERS, CONTACTS):
        SyncCursor.objects.update_or_create(company=company, feed=feed, defaults={"changed_since": stamp})


def _count_least(ctx: Context, before: dict[str, int], customers: int) -> None:
    """Each entity set costs a page per 20,000 rows; how many of the sets hold more than customers is the company's."""
    for call, number in ctx.calls_so_far().items():
        made = number - before.get(call, 0)
        if made and call.startswith("Business Central"):
            paged = call.endswith("/customers")
            ctx.least(call, max(1, ceil(customers / LARGEST_PAGE)) if paged else 1)


def probe(ctx: Context) -> Capabilities:
    """What the company offers; looked at again once a day and after each Test Connection."""
    company, now = ctx.company, timezone.now()
    known = company.capabilities_read_at
    stored = company.capabilities or {}
    if Capabilities.is_current(stored) and known and now - known < PROBE_AGAIN:
        return Capabilities.from_json(stored)
    before = ctx.calls_so_far()
    capabilities = ctx.business_central.capabilities()
    # Looking costs what it costs, once a day, whatever the number of customers.
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))
    company.capabilities, company.capabilities_read_at = capabilities.to_json(), now
    company.save(update_fields=["capabilities", "capabilities_read_at"])
    return capabilities


def save(
    company: BusinessCentralCompany,
    records: Sequence[BusinessCentralRecord],
    requested_at: datetime,
    *,
    ours: Container[str] = (),
) -> list[BusinessCentralCustomer]:
    """Store these records where they differ from the mirror; returns a row for each.

    A row that was written after `requested_at` is left alone: the answer is older than what we know.
    ours: ids of those that we made or wrote ourselves a moment ago.
    """
    ids = [UUID(record.id) for record in records]
    known = {row.remote_id: row for row in BusinessCentralCustomer.objects.filter(company=company, remote_id__in=ids)}
    rows, new, changed, other = [], [], [], []
    for record in records:
        row = known.get(UUID(record.id))
        data = storable(record_to_json(record))
        digest = _digest(data)
        ways = (record.contact_key[:20], ship_to_digest(record.ship_to))
        if row is None:
            stamps = dict(field_stamps.OURS) if record.id in ours else {}
            row = BusinessCentralCustomer(company=company, remote_id=UUID(record.id), field_stamps=stamps)
            new.append(row)
        elif row.written_at > requested_at or (
            (row.content_hash, row.gone_at, row.last_modified) == (digest, None, record.last_modified)
            and (row.contact_key, row.ship_to_digest) == ways
        ):
            rows.append(row)
            continue
        else:
            changed.append(row)
            if row.content_hash != digest or row.gone_at is not None:
                other.append(row.pk)
            _stamp(row, record, data, requested_at, ours=record.id in ours)
        row.contact_key, row.ship_to_digest = ways
        rows.append(_fill(row, record_from_json(data), data, digest, requested_at))
    with transaction.atomic():
        BusinessCentralCustomer.objects.bulk_create(new)
        BusinessCentralCustomer.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS
        )
        _save_phones([*new, *changed])
        pending.business_central_customers(other)
    return rows


def otherwise(
    company: BusinessCentralCompany, records: Sequence[BusinessCentralRecord], requested_at: datetime
) -> list[BusinessCentralRecord]:
    """Of these records those that the mirror has otherwise, or not at all. Nothing is stored."""
    ids = [UUID(record.id) for record in records]
    rows = BusinessCentralCustomer.objects.filter(company=company, remote_id__in=ids, gone_at=None)
    known = {id: (digest, at) for id, digest, at in rows.values_list("remote_id", "content_hash", "written_at")}
    found = []
    for record in records:
        digest, at = known.get(UUID(record.id), ("", None))
        if (at is None or at <= requested_at) and digest != _digest(storable(record_to_json(record))):
            found.append(record)
    return found


def _digest(data: dict[str, Any]) -> str:
    return content_hash({name: value for name, value in data.items() if name not in NOT_CONTENT})


def _stamp(
    row: BusinessCentralCustomer, record: BusinessCentralRecord, data: dict[str, Any], now: datetime, *, ours: bool
) -> None:
    """Before the row is filled: which fields a reading found changed."""
    field_stamps.keep_first(row, row.last_modified)
    if not ours:
        before, after = field_stamps.flat(row.data), field_stamps.flat(data)
        names = [
            name for name in {**before, **after} if name not in NOT_CONTENT and before.get(name) != after.get(name)
        ]
        field_stamps.changed(row, names, row.last_modified, record.last_modified, now)


def ship_to_digest(addresses: list[ShipTo]) -> str:
    """A short text that differs where ship-to addresses do; "" for none."""
    text = ship_to_digest_of(addresses)
    return content_hash({"addresses": text}) if text else ""


def _fill(
    row: BusinessCentralCustomer, record: BusinessCentralRecord, data: dict[str, Any], digest: str, now: datetime
) -> BusinessCentralCustomer:
    row.number, row.display_name = record.number[:20], record.display_name[:100]
    row.email, row.email_key = record.email[:255], emails.key(emails.first(record.email))[:255]
    row.city, row.country, row.country_iso = record.city[:100], record.country[:10], record.country_iso[:2]
    row.salesperson_code = record.salesperson_code[:20]
    row.customer_price_group = record.customer_price_group[:20]
    row.tax_key = tax_key(record.tax_registration_number)
    row.blocked, row.last_modified = record.blocked[:10], record.last_modified
    row.data, row.content_hash, row.written_at, row.gone_at = data, digest, now, None
    return row


def _save_phones(rows: Sequence[BusinessCentralCustomer]) -> None:
    BusinessCentralPhone.objects.filter(customer__in=rows).delete()
    BusinessCentralPhone.objects.bulk_create(
        BusinessCentralPhone(customer=row, e164=number) for row in rows for number in sorted(phones_of(record_of(row)))
    )


def phones_of(record: BusinessCentralRecord) -> frozenset[str]:
    """Every number known of the customer, in E.164, national ones read as of its country."""
    texts = [record.phone_number, record.mobile_phone, *record.contact_phones]
    return phones.all_e164(texts, record.country_iso)


def record_of(row: BusinessCentralCustomer) -> BusinessCentralRecord:
    return record_from_json(row.data)


def tax_key(number: str) -> str:
    """Letters and digits of a tax registration number, upper-cased: how two of them compare."""
    return re.sub(r"[^0-9A-Z]", "", number.upper())[:50]


def mark_gone(ctx: Context, seen: Iterable[UUID], requested_at: datetime) -> None:
    """Customers that a full list did not name and that are not there by their ids either are gone, unless they are too
    many to be believed. One that was written since is simply newer than the list."""
    company = ctx.company
    there = BusinessCentralCustomer.objects.filter(company=company, gone_at=None, written_at__lt=requested_at)
    listed = set(seen)
    missing = [id for id in there.values_list("remote_id", flat=True).iterator(5_000) if id not in listed]
    deleted = doubts.deleted_customers(ctx, missing)
    for start in range(0, len(deleted), 500):
        gone(company, deleted[start : start + 500], requested_at)
    doubts.listed_whole(ctx, doubts.BUSINESS_CENTRAL, requested_at)


def gone(company: BusinessCentralCompany, ids: Sequence[UUID | str], requested_at: datetime) -> None:
    """These customers were not there when Business Central was asked at that moment."""
    rows = BusinessCentralCustomer.objects.filter(company=company, gone_at=None, written_at__lt=requested_at)
    with transaction.atomic():
        pks = list(rows.filter(remote_id__in=ids).values_list("pk", flat=True))
        BusinessCentralCustomer.objects.filter(pk__in=pks).update(gone_at=requested_at, written_at=requested_at)
        pending.business_central_customers(pks)


def chunked(rows: QuerySet[BusinessCentralCustomer], size: int = 500) -> Iterator[list[BusinessCentralCustomer]]:
    """The rows in chunks, each read when it is needed: what is written meanwhile is seen."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:size]):
        last = chunk[-1].pk
        yield chunk
