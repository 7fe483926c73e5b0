"""Both systems read whole beside the mirrors, which stay as they are: pairs as the vendors say them this moment."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from bcsync.clients.business_central_record import BusinessCentralRecord, record_from_json, record_to_json
from bcsync.clients.business_central_side_tables import SideTables
from customers import business_central_mirror, mirror, mirror_metafields, mirror_rows
from customers.context import Context
from customers.models import AddressFormField, Customer, CustomerAddress, CustomerAttribute, CustomerFormField, Link
from mapping.setup import fields_wanted
from stores.models import Store

BUSINESS, METAFIELD = "business", "metafield"


class Spool:
    """What was read and is needed later, in a temporary file: a company does not fit into memory."""

    def __init__(self) -> None:
        self.tables = SideTables()

    def read_business_central(self, ctx: Context) -> None:
        """The whole company, by id."""
        company, client = ctx.company, ctx.business_central
        capabilities, fields = business_central_mirror.probe(ctx), fields_wanted(company)
        for records in client.read_customers(capabilities, company.country_iso, fields=fields):
            rows = ((record.id.lower(), (json.dumps(record_to_json(record)),)) for record in records)
            self.tables.put(BUSINESS, rows)
            ctx.lease.renew()
            ctx.heed_stop()

    def read_metafields(self, ctx: Context) -> None:
        """All of the store's, by customer."""
        for page in ctx.bigcommerce.metafields(namespaces=tuple(ctx.store.metafield_namespaces)):
            self.tables.put(METAFIELD, ((str(item["resource_id"]), (json.dumps(item),)) for item in page.items))
            ctx.lease.renew()
            ctx.heed_stop()

    def records(self, ids: Iterable[str]) -> dict[str, BusinessCentralRecord]:
        """Id -> record, of those that Business Central has."""
        return {id: record_from_json(json.loads(row[0])) for id, row in self.tables.first(BUSINESS, ids).items()}

    def metafields(self, ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
        """Customer id -> the vendor's dicts."""
        found = self.tables.find(METAFIELD, [str(id) for id in ids])
        return {int(id): [json.loads(row[0]) for row in rows] for id, rows in found.items()}

    def close(self) -> None:
        self.tables.close()


def fresh(
    link: Link, item: Mapping[str, Any], metafields: Iterable[Mapping[str, Any]], record: BusinessCentralRecord
) -> Link:
    """The link with both sides as they were just read; nothing of it is saved, and `link` stays as it is.

    item: the vendor's dict with addresses, attributes and form fields. Needs the customer `with_details`.
    """
    made, now = copy.copy(link), timezone.now()
    made.customer = _customer(link.store, link.customer, item, metafields, now)
    row = copy.copy(link.business_central_customer)
    data = mirror.storable(record_to_json(record))
    row.data, row.last_modified, row.blocked = data, record.last_modified, record.blocked[:10]
    made.business_central_customer = row
    return made


def _customer(
    store: Store, known: Customer, item: Mapping[str, Any], metafields: Iterable[Mapping[str, Any]], now: datetime
) -> Customer:
    (clean,), (digest,) = mirror.clean_and_hash([item])
    row = mirror.fill(copy.copy(known), clean, digest, now)
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
        "metafields": [mirror_metafields.metafield_row(store, row, mirror.storable(dict(each))) for each in metafields],
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


def pages(ctx: Context) -> Iterator[list[dict[str, Any]]]:
    """The store's customers as they are now, with all they carry."""
    for page in ctx.bigcommerce.customers():
        yield page.items
        ctx.lease.renew()
        ctx.heed_stop()
