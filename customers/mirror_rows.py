"""The bulk statements behind the BigCommerce mirror: rows in, rows out, never one query per customer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from customers import bulk
from customers.models import (
    AddressFormField,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    CustomerFormField,
)
from stores.models import Store

ADDRESS_FIELDS = {
    "first_name": 255,
    "last_name": 255,
    "company": 255,
    "address1": None,
    "address2": None,
    "city": 100,
    "state_or_province": 100,
    "postal_code": 30,
    "country_code": 2,
    "phone": 50,
    "address_type": 20,
}
CUSTOMER_COLUMNS = [
    "email", "email_key", "first_name", "last_name", "company", "phone", "country_code", "group_remote_id",
    "date_created", "date_modified", "data", "content_hash", "written_at", "gone_at", "search",
    "field_stamps",
]  # fmt: skip
# What a new row has beside what the vendor says: nothing is known of where the customer stands.
NEW_CUSTOMER_COLUMNS = [
    "store", "remote_id", "status", "status_reason", "candidates", "default_customer", "conflict", "failed", "parked",
    "flag_reason",
]  # fmt: skip
# They move with every write, ours included, so they are no change of the customer.
STAMPS = ("date_modified", "address_count", "attribute_count", "authentication")
Item = Mapping[str, Any]


def write(store: Store, pairs: Sequence[tuple[Customer, Item]]) -> None:
    """Store customers with their addresses, attribute values and form fields; call it inside a transaction."""
    known = [row for row, _ in pairs if row.pk is not None]
    new = [(row, item) for row, item in pairs if row.pk is None]
    if known:
        replaced = [(row, item) for row, item in pairs if row.pk is not None]
        update_columns(known)
        _forget_details(replaced)
        write_addresses(store.pk, [(row, address) for row, item in replaced for address in item.get("addresses") or ()])
    if new:
        _insert_customers(store, [row for row, _ in new])
        _insert_addresses(store, new)
    bulk.insert(CustomerAttribute, ("customer", "attribute_id", "value"), _attribute_rows(pairs))
    bulk.insert(CustomerFormField, ("customer", "name", "value"), _form_field_rows(pairs))


def _forget_details(pairs: Sequence[tuple[Customer, Item]]) -> None:
    """Remove what is written anew, and the addresses that are gone; those that stay keep their rows and links."""
    pks = [row.pk for row, _ in pairs]
    CustomerAttribute.objects.filter(customer_id__in=pks).delete()
    CustomerFormField.objects.filter(customer_id__in=pks).delete()
    kept = {address["id"] for _, item in pairs for address in item.get("addresses") or ()}
    CustomerAddress.objects.filter(customer_id__in=pks).exclude(remote_id__in=kept).delete()


def _insert_customers(store: Store, rows: Sequence[Customer]) -> None:
    columns = [*NEW_CUSTOMER_COLUMNS, *CUSTOMER_COLUMNS]
    attributes = [Customer._meta.get_field(name).attname for name in columns]  # type: ignore[union-attr]
    bulk.insert(Customer, columns, ([getattr(row, name) for name in attributes] for row in rows))
    ids = [row.remote_id for row in rows]
    keys = dict(Customer.objects.filter(store=store, remote_id__in=ids).values_list("remote_id", "pk"))
    for row in rows:
        row.pk, row._state.adding = keys[row.remote_id], False


def _insert_addresses(store: Store, pairs: Sequence[tuple[Customer, Item]]) -> None:
    """Addresses of customers that are new here. One that moved from another customer is taken over by the upsert."""
    addresses = [(row, address) for row, item in pairs for address in item.get("addresses") or ()]
    ids = [address["id"] for _, address in addresses]
    if CustomerAddress.objects.filter(store=store, remote_id__in=ids).exists():
        write_addresses(store.pk, addresses)
        return
    columns = ("store", "customer", "remote_id", *ADDRESS_FIELDS)
    bulk.insert(
        CustomerAddress,
        columns,
        ([store.pk, row.pk, address["id"], *_address_values(address).values()] for row, address in addresses),
    )
    with_fields = [
        (address["id"], unique(address["form_fields"])) for _, address in addresses if address.get("form_fields")
    ]
    if with_fields:
        found = CustomerAddress.objects.filter(store=store, remote_id__in=[remote_id for remote_id, _ in with_fields])
        keys = dict(found.values_list("remote_id", "pk"))
        rows = ([keys[remote_id], v["name"][:255], v["value"]] for remote_id, values in with_fields for v in values)
        bulk.insert(AddressFormField, ("address", "name", "value"), rows)


def _attribute_rows(pairs: Sequence[tuple[Customer, Item]]) -> Iterator[Sequence[Any]]:
    for row, item in pairs:
        values = {value["attribute_id"]: value["attribute_value"] for value in item.get("attributes") or ()}
        for attribute_id, value in values.items():
            yield row.pk, attribute_id, str(value)[:255]


def _form_field_rows(pairs: Sequence[tuple[Customer, Item]]) -> Iterator[Sequence[Any]]:
    for row, item in pairs:
        for value in unique(item.get("form_fields")):
            yield row.pk, value["name"][:255], value["value"]


def update_columns(rows: Sequence[Customer]) -> None:
    """Store the vendor's columns of known rows, and nothing of where they stand with us."""
    # An upsert on the key is one plain statement; bulk_update's CASE per row and column is many times slower.
    Customer.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=CUSTOMER_COLUMNS)


def write_form_fields(customer: Customer, form_fields: Iterable[Item]) -> None:
    """Insert or replace these form fields of one customer; the others stay."""
    CustomerFormField.objects.bulk_create(
        [CustomerFormField(customer=customer, name=v["name"][:255], value=v["value"]) for v in unique(form_fields)],
        update_conflicts=True,
        unique_fields=["customer", "name"],
        update_fields=["value"],
    )


def write_addresses(store_id: int, pairs: Sequence[tuple[Customer, Item]]) -> dict[int, CustomerAddress]:
    """Insert or replace these addresses with their form fields; remote id -> row. Links to them stay."""
    rows = [address_row(store_id, customer, address) for customer, address in pairs]
    if not rows:
        return {}
    CustomerAddress.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["store", "remote_id"],
        update_fields=["customer", *ADDRESS_FIELDS],
    )
    AddressFormField.objects.filter(address__in=rows).delete()
    AddressFormField.objects.bulk_create(
        AddressFormField(address=row, name=value["name"][:255], value=value["value"])
        for row, (_, address) in zip(rows, pairs, strict=True)
        for value in unique(address.get("form_fields"))
    )
    return {row.remote_id: row for row in rows}


def address_row(store_id: int, customer: Customer, address: Item) -> CustomerAddress:
    return CustomerAddress(store_id=store_id, customer=customer, remote_id=address["id"], **_address_values(address))


def _address_values(address: Item) -> dict[str, str]:
    return {name: str(address.get(name) or "")[:width] for name, width in ADDRESS_FIELDS.items()}


def unique(form_fields: Iterable[Item] | None) -> list[Item]:
    """Form fields by name; where a store says one twice the last counts."""
    return list({value["name"]: value for value in form_fields or ()}.values())


def address_item(row: CustomerAddress) -> dict[str, Any]:
    """The address as the vendor would say it."""
    return {"id": row.remote_id, **{name: getattr(row, name) for name in ADDRESS_FIELDS}}


def snapshot(customers: Sequence[Customer]) -> dict[int, dict[str, Any]]:
    """Customers as the mirror has them before a change: primary key -> flat fields as `mirror.visible` names them."""
    pks = [customer.pk for customer in customers]
    flat: dict[int, dict[str, Any]] = defaultdict(dict)
    for pk, data in Customer.objects.filter(pk__in=pks).values_list("pk", "data"):
        flat[pk] = {n: v for n, v in data.items() if n not in ("id", *STAMPS)}
    addresses = CustomerAddress.objects.filter(customer__in=pks).prefetch_related("form_fields")
    for address in addresses:
        prefix = f"address {address.remote_id}"
        for name in ADDRESS_FIELDS:
            flat[address.customer_id][f"{prefix} {name}"] = getattr(address, name)
        for form_field in address.form_fields.all():
            flat[address.customer_id][f"{prefix} form field {form_field.name}"] = form_field.value
    for pk, attribute_id, value in CustomerAttribute.objects.filter(customer__in=pks).values_list(
        "customer_id", "attribute_id", "value"
    ):
        flat[pk][f"attribute {attribute_id}"] = value
    for pk, name, value in CustomerFormField.objects.filter(customer__in=pks).values_list(
        "customer_id", "name", "value"
    ):
        flat[pk][f"form field {name}"] = value
    return flat
