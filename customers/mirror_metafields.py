"""Saving metafields: read in bulk for the whole store, so they are mirrored on their own, page by page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from customers import field_stamps, pending
from customers.mirror import storable
from customers.models import Customer, CustomerMetafield
from mapping.models import MetafieldDefinition
from stores.models import Store

FIELDS = ["customer", "namespace", "key", "value", "permission_set", "owner_client_id", "date_modified"]
COMPARED = ("namespace", "key", "value", "permission_set", "owner_client_id")
Change = list[Any]


def namespaces_read(store: Store) -> tuple[str, ...]:
    """The namespaces that are asked for: those of the store's setting and our own; empty for all. Without our own, what
    we wrote ourselves would be missing from the mirror, and be written again each time."""
    if not store.metafield_namespaces:
        return ()
    own = MetafieldDefinition.objects.filter(store=store).values_list("namespace", flat=True)
    return tuple(sorted({*store.metafield_namespaces, *own}))


def save_metafields(
    store: Store, items: Sequence[Mapping[str, Any]], *, write: bool = True
) -> dict[int, tuple[Customer, list[Change]]]:
    """Bring the mirror to these metafields. Returns customer pk -> (customer, changes) for those that changed.

    items: the vendor's dicts. Metafields of customers that the mirror does not have are left out.
    """
    clean = [storable(dict(item)) for item in items]
    owners = {
        row.remote_id: row
        for row in Customer.objects.filter(store=store, remote_id__in={int(item["resource_id"]) for item in clean})
    }
    known = {
        row.remote_id: row
        for row in CustomerMetafield.objects.filter(store=store, remote_id__in=[item["id"] for item in clean])
    }
    changed: dict[int, tuple[Customer, list[Change]]] = {}
    dirty, stamped = [], []
    for item in clean:
        owner = owners.get(int(item["resource_id"]))
        if owner is None:
            continue
        before, after = known.get(item["id"]), metafield_row(store, owner, item)
        if before is not None and all(getattr(before, name) == getattr(after, name) for name in COMPARED):
            continue
        dirty.append(after)
        name = f"metafield {after.namespace} {after.key}"
        change: Change = [name, before.value if before else None, after.value]
        changed.setdefault(owner.pk, (owner, []))[1].append(change)
        if before is not None and before.value != after.value:
            stamps = (before.date_modified, after.date_modified, timezone.now())
            field_stamps.keep_first(owner, owner.date_modified)
            field_stamps.changed(owner, [name], *stamps)
            stamped.append(owner)
    if write and dirty:
        with transaction.atomic():
            upsert(dirty)
            Customer.objects.bulk_update(stamped, ["field_stamps"], batch_size=200)
            pending.shoppers(changed)
    return changed


def upsert(rows: Sequence[CustomerMetafield]) -> None:
    CustomerMetafield.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["store", "remote_id"], update_fields=FIELDS
    )


def metafield_row(store: Store, owner: Customer, item: Mapping[str, Any]) -> CustomerMetafield:
    return CustomerMetafield(
        store=store,
        customer=owner,
        remote_id=item["id"],
        namespace=item["namespace"][:64],
        key=item["key"][:64],
        value=item["value"],
        permission_set=item.get("permission_set") or "",
        owner_client_id=item.get("owner_client_id") or "",
        date_modified=_moment(item.get("date_modified")),
    )


def drop_unseen(
    store: Store, seen: Iterable[int], *, after: int = 0, up_to: int | None = None, write: bool = True
) -> dict[int, tuple[Customer, list[Change]]]:
    """Remove metafields with after < id <= up_to that the store did not list. Returns the same as save_metafields."""
    rows = CustomerMetafield.objects.filter(store=store, remote_id__gt=after).exclude(remote_id__in=set(seen))
    if up_to is not None:
        rows = rows.filter(remote_id__lte=up_to)
    gone: dict[int, tuple[Customer, list[Change]]] = {}
    with transaction.atomic():
        for row in rows.select_related("customer"):
            change = [f"metafield {row.namespace} {row.key}", row.value, None]
            gone.setdefault(row.customer_id, (row.customer, []))[1].append(change)
        if write and gone:
            rows.delete()
            pending.shoppers(gone)
    return gone


def _moment(text: Any) -> datetime | None:
    return parse_datetime(text) if isinstance(text, str) else None
