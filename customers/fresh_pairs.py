"""Both systems read whole beside the mirrors, which stay as they are: pairs as the vendors say them this moment.

Only what differs from the mirrors is kept, in the database, so that any worker can go on with the check.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from bcsync.clients.bigcommerce import Page
from bcsync.clients.bigcommerce_pages import in_order
from bcsync.clients.business_central_record import BusinessCentralRecord, record_from_json, record_to_json
from customers import business_central_mirror, mirror, mirror_metafields, mirror_rows
from customers.context import Context
from customers.models import (
    AddressFormField,
    BusinessCentralCustomer,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    CustomerFormField,
    CustomerMetafield,
    DriftReading,
    Link,
)
from mapping.setup import fields_wanted
from stores.models import Store

Kind = DriftReading.Kind


def read_business_central(ctx: Context) -> None:
    """The whole company at once, for its tables have to be joined: keep whom the mirror has otherwise, or does not."""
    company, client, seen = ctx.company, ctx.business_central, set[str]()
    ctx.run.readings.filter(kind=Kind.BUSINESS).delete()
    capabilities, fields = business_central_mirror.probe(ctx), fields_wanted(company)
    requested_at = timezone.now()
    for records in client.read_customers(capabilities, company.country_iso, fields=fields):
        other = business_central_mirror.otherwise(company, records, requested_at)
        _keep(ctx, Kind.BUSINESS, ((record.id.lower(), "", record_to_json(record)) for record in other))
        seen.update(record.id.lower() for record in records)
        ctx.lease.renew()
        ctx.heed_stop()
        requested_at = timezone.now()
    linked = BusinessCentralCustomer.objects.filter(company=company, gone_at=None, links__store=ctx.store)
    missing = [str(id) for id in linked.values_list("remote_id", flat=True).iterator(5_000) if str(id) not in seen]
    _keep(ctx, Kind.BUSINESS, ((id, "", None) for id in missing))


def read_metafields(ctx: Context) -> bool:
    """The store's metafields from where the check stands: keep those that the mirror has otherwise. True at the end."""
    store = ctx.store
    namespaces, after = mirror_metafields.namespaces_read(store), ctx.run.cursor.get("after", "")
    for page in ctx.bigcommerce.metafields(namespaces=namespaces, after=after):
        known = {row.remote_id: row for row in CustomerMetafield.objects.filter(
            store=store, remote_id__in=[item["id"] for item in page.items])}  # fmt: skip
        clean = [mirror.storable(dict(item)) for item in page.items]
        other = [item for item in clean if not _alike(store, known.get(item["id"]), item)]
        with transaction.atomic():
            _keep(ctx, Kind.METAFIELD, ((str(item["resource_id"]), str(item["id"]), item) for item in other))
            _keep(ctx, Kind.METAFIELD, _gone_metafields(ctx, page))
            ctx.save(cursor={**ctx.run.cursor, "after": page.after, **moved_on(ctx, page)})
        ctx.lease.renew()
        ctx.heed_stop()
        if page.after and ctx.slice_is_over():
            return False
    return True


def moved_on(ctx: Context, page: Page) -> dict[str, Any]:
    """Where the check stands in a feed behind this page: the last id, and whether ids ever came out of order."""
    ids, start = [item["id"] for item in page.items], ctx.run.cursor.get("last_id", 0)
    unordered = ctx.run.cursor.get("unordered", False) or not in_order(ids, start)
    return {"last_id": max([start, *ids]), "unordered": unordered}


def range_of(ctx: Context, page: Page) -> dict[str, int] | None:
    """The ids that a page should have listed, as a filter on `remote_id`; None where ids come in no order."""
    place = moved_on(ctx, page)
    if place["unordered"]:
        return None
    up_to = {"remote_id__lte": place["last_id"]} if page.after else {}
    return {"remote_id__gt": ctx.run.cursor.get("last_id", 0), **up_to}


def _gone_metafields(ctx: Context, page: Page) -> Iterator[tuple[str, str, None]]:
    listed = range_of(ctx, page)
    if listed is not None:
        rows = CustomerMetafield.objects.filter(store=ctx.store, **listed)
        rows = rows.exclude(remote_id__in=[item["id"] for item in page.items])
        for owner, id in rows.values_list("customer__remote_id", "remote_id"):
            yield str(owner), str(id), None


def _alike(store: Store, known: CustomerMetafield | None, item: Mapping[str, Any]) -> bool:
    if known is None:
        return False
    row = mirror_metafields.metafield_row(store, known.customer, item)
    return all(getattr(known, name) == getattr(row, name) for name in mirror_metafields.COMPARED)


def _keep(ctx: Context, kind: str, rows: Iterable[tuple[str, str, Any]]) -> None:
    made = (DriftReading(run=ctx.run, kind=kind, owner=owner, key=key, data=data) for owner, key, data in rows)
    DriftReading.objects.bulk_create(made, batch_size=500)


def records(ctx: Context, links: Iterable[Link]) -> dict[int, BusinessCentralRecord | None]:
    """Link's key -> its Business Central customer as it was read, None for one that is not listed any more."""
    wanted = {str(link.business_central_customer.remote_id): link for link in links}
    kept = ctx.run.readings.filter(kind=Kind.BUSINESS, owner__in=wanted)
    other = {row.owner: record_from_json(row.data) if row.data is not None else None for row in kept}
    return {
        link.pk: other[id] if id in other else business_central_mirror.record_of(link.business_central_customer)
        for id, link in wanted.items()
    }


def metafields(ctx: Context, customers: Iterable[Customer]) -> dict[int, list[CustomerMetafield]]:
    """Customer's key -> its metafields as they were read: the mirror's, but for those that were other or gone."""
    wanted = {str(customer.remote_id): customer for customer in customers}
    kept: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in ctx.run.readings.filter(kind=Kind.METAFIELD, owner__in=wanted):
        kept[row.owner][int(row.key)] = row.data
    found = {}
    for owner, customer in wanted.items():
        read = {
            id: mirror_metafields.metafield_row(ctx.store, customer, item) for id, item in kept[owner].items() if item
        }
        same = [row for row in customer.metafields.all() if row.remote_id not in kept[owner] or _newer(row, read)]
        there = {row.remote_id for row in same}
        found[customer.pk] = [*same, *(row for id, row in read.items() if id not in there)]
    return found


def _newer(row: CustomerMetafield, read: Mapping[int, CustomerMetafield]) -> bool:
    """Whether the mirror learned of this metafield after the check had read it."""
    then = read[row.remote_id].date_modified if row.remote_id in read else None
    return row.date_modified is not None and then is not None and row.date_modified > then


def fresh(
    link: Link, item: Mapping[str, Any], metafields: Sequence[CustomerMetafield], record: BusinessCentralRecord
) -> Link:
    """The link with both sides as they were just read; nothing of it is saved, and `link` stays as it is.

    item: the vendor's dict with addresses, attributes and form fields. Needs the customer `with_details`.
    """
    made = copy.copy(link)
    made.customer = _customer(link.store, link.customer, item, metafields)
    row = copy.copy(link.business_central_customer)
    data = mirror.storable(record_to_json(record))
    row.data, row.last_modified, row.blocked = data, record.last_modified, record.blocked[:10]
    made.business_central_customer = row
    return made


def _customer(
    store: Store, known: Customer, item: Mapping[str, Any], metafields: Sequence[CustomerMetafield]
) -> Customer:
    (clean,), (digest,) = mirror.clean_and_hash([item])
    row = mirror.fill(copy.copy(known), clean, digest, timezone.now())
    keys = {address.remote_id: address.pk for address in known.addresses.all()}
    attributes = {each["attribute_id"]: str(each["attribute_value"]) for each in clean.get("attributes") or ()}
    rows: dict[str, list[Any]] = {
        "addresses": [_address(store, row, address, keys) for address in clean.get("addresses") or ()],
        "attribute_values": [
            CustomerAttribute(customer=row, attribute_id=id, value=value[:255]) for id, value in attributes.items()
        ],
        "form_fields": [
            CustomerFormField(customer=row, name=each["name"][:255], value=each["value"])
            for each in mirror_rows.unique(clean.get("form_fields"))
        ],
        "metafields": list(metafields),
    }
    # What Django would have prefetched; of an unsaved row nothing can be asked.
    row._prefetched_objects_cache = rows  # type: ignore[attr-defined]
    return row


def _address(store: Store, customer: Customer, item: Mapping[str, Any], keys: Mapping[int, int]) -> CustomerAddress:
    """One that the mirror does not have gets a key that no row has."""
    row = mirror_rows.address_row(store.pk, customer, item)
    row.pk = keys.get(item["id"], -int(item["id"]))
    row._prefetched_objects_cache = {  # type: ignore[attr-defined]
        "form_fields": [
            AddressFormField(address=row, name=each["name"][:255], value=each["value"])
            for each in mirror_rows.unique(item.get("form_fields"))
        ]
    }
    return row


def pages(ctx: Context) -> Iterator[Page]:
    """The store's customers as they are now, with all they carry, from where the check stands."""
    for page in ctx.bigcommerce.customers(after=ctx.run.cursor.get("after", "")):
        yield page
        ctx.lease.renew()
        ctx.heed_stop()
