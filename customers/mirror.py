"""Saving what BigCommerce said: a page of customers with all they carry, in a handful of statements."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from customers import field_stamps, mirror_rows, pending, search
from customers.models import Customer
from stores.models import Store

# What a customer carries beside its core fields.
SUB_RESOURCES = ("addresses", "attributes", "form_fields")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CORE_COLUMNS = {"first_name": 100, "last_name": 100, "company": 255, "phone": 50, "email": 255}


@dataclass
class Saved:
    """What saving did to one customer. kind: created, updated or unchanged; changes: [[field, before, after]].

    stamp: the vendor's stamp that was known before.
    """

    customer: Customer
    kind: str
    changes: list[list[Any]] = field(default_factory=list)
    stamp: datetime | None = None


def save_customers(
    store: Store, items: Sequence[Mapping[str, Any]], requested_at: datetime, *, write: bool = True, ours: bool = False
) -> list[Saved]:
    """Bring the mirror to what the store said when asked at `requested_at`; unchanged ones are not written.

    items: the vendor's dicts with addresses, attributes and form_fields. write=False only tells what would change.
    ours: we made these customers ourselves.
    A row that was written after `requested_at` is left alone: the answer is older than what we know.
    """
    clean, digests = clean_and_hash(items)
    rows = {row.remote_id: row for row in Customer.objects.filter(store=store, remote_id__in=[i["id"] for i in clean])}
    saved, dirty = [], []
    for item, digest in zip(clean, digests, strict=True):
        row = rows.get(item["id"])
        if row is not None and (row.written_at > requested_at or (row.content_hash == digest and row.gone_at is None)):
            saved.append(Saved(row, "unchanged"))
            continue
        known = row is not None and row.gone_at is None
        stamp = row.date_modified if row is not None else None
        fresh = fill(row or Customer(store=store, remote_id=item["id"]), item, digest, requested_at)
        if not known:
            fresh.field_stamps = field_stamps.OURS if ours else {}
        dirty.append((fresh, item, Saved(fresh, "updated" if known else "created", stamp=stamp)))
        saved.append(dirty[-1][2])
    if dirty:
        _compare_and_write(store, dirty, rows, write)
    return saved


def _compare_and_write(
    store: Store, dirty: list[tuple[Customer, Mapping[str, Any], Saved]], rows: Mapping[int, Customer], write: bool
) -> None:
    known = [fresh for fresh, item, entry in dirty if entry.kind == "updated"]
    before = mirror_rows.snapshot(known) if known else {}
    for fresh, item, entry in dirty:
        if entry.kind == "updated":
            entry.changes = changes(before[fresh.pk], visible(item))
            if not entry.changes:
                entry.kind = "unchanged"
            names = [name for name, *_ in entry.changes]
            field_stamps.changed(fresh, names, entry.stamp, fresh.date_modified, fresh.written_at)
    if write:
        with transaction.atomic():
            mirror_rows.write(store, [(fresh, item) for fresh, item, _ in dirty])
            pending.shoppers(fresh.pk for fresh, _, entry in dirty if entry.kind != "unchanged")


def fill(row: Customer, item: Mapping[str, Any], digest: str, requested_at: datetime) -> Customer:
    """The row with the vendor's values; columns are cut to their width, `data` has them whole."""
    if row.pk is not None:
        field_stamps.keep_first(row, row.date_modified)
    for name, width in CORE_COLUMNS.items():
        setattr(row, name, str(item.get(name) or "")[:width])
    row.email_key = row.email.strip().lower()
    row.group_remote_id = item.get("customer_group_id") or 0
    row.date_created = _moment(item.get("date_created"))
    row.date_modified = _moment(item.get("date_modified")) or row.date_created or requested_at
    addresses = item.get("addresses")
    if addresses is not None:
        row.country_code = str(addresses[0].get("country_code") or "")[:2] if addresses else ""
    phones = None if addresses is None else [str(address.get("phone") or "") for address in addresses]
    row.search = search.text_of(row, phones)
    row.data = {name: value for name, value in item.items() if name not in SUB_RESOURCES}
    row.content_hash, row.written_at, row.gone_at = digest, requested_at, None
    return row


def overflowing(items: Iterable[Mapping[str, Any]]) -> int:
    """How many of these customers have more addresses than come with them."""
    return sum((item.get("address_count") or 0) > 10 for item in items)


def clean_and_hash(items: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The items as the database can hold them, and a hash of each one's content."""
    clean, digests = [], []
    for item in items:
        text = as_text(item)
        if "\\u0000" in text or not text.isascii():
            item = storable(item)
            text = as_text(item)
        clean.append(item)
        digests.append(_digest(text))
    return clean, digests


def content_hash(item: Mapping[str, Any]) -> str:
    return _digest(as_text(item))


def as_text(item: Mapping[str, Any]) -> str:
    return json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def visible(item: Mapping[str, Any]) -> dict[str, Any]:
    """The customer as flat fields that can be compared and shown: core fields, `address 7 city`, `attribute 3` ..."""
    flat = {name: value for name, value in item.items() if name not in SUB_RESOURCES and name not in mirror_rows.STAMPS}
    flat.pop("id", None)
    for address in item.get("addresses") or ():
        for name in mirror_rows.ADDRESS_FIELDS:
            flat[f"address {address['id']} {name}"] = address.get(name) or ""
        for form_field in address.get("form_fields") or ():
            flat[f"address {address['id']} form field {form_field['name']}"] = form_field["value"]
    for attribute in item.get("attributes") or ():
        flat[f"attribute {attribute['attribute_id']}"] = attribute["attribute_value"]
    for form_field in item.get("form_fields") or ():
        flat[f"form field {form_field['name']}"] = form_field["value"]
    return flat


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[list[Any]]:
    names = [*after, *(name for name in before if name not in after)]
    return [[n, before.get(n), after.get(n)] for n in names if (before.get(n) or "") != (after.get(n) or "")]


def storable(value: Any) -> Any:
    """The value without what PostgreSQL cannot store in its texts: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [storable(part) for part in value]
    if isinstance(value, dict):
        return {UNSTORABLE.sub("", name): storable(part) for name, part in value.items()}
    return value


def merge_answer(row: Customer, answer: Mapping[str, Any], now: datetime) -> None:
    """A write's answer is newer than the mirror: take over its core fields, and let the next Import compare whole."""
    item = {**row.data, **{n: v for n, v in storable(dict(answer)).items() if n not in SUB_RESOURCES}}
    country = row.country_code
    fill(row, item, "", now)
    row.country_code = country


def compare_whole_next(customers: Iterable[Customer]) -> None:
    """A part of them was written: what was hashed is not what is kept, so the next read compares everything."""
    rows = list(customers)
    for row in rows:
        row.content_hash = ""
    Customer.objects.filter(pk__in=[row.pk for row in rows]).update(content_hash="")


def _moment(text: Any) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) else None
