"""Mirror rows in the forms that the mapping core takes: for matching, for comparing, for creating."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from customers.business_central_mirror import tax_key
from customers.mirror_rows import address_item
from customers.models import AddressLink, BusinessCentralCustomer, Customer, CustomerAddress, CustomerMetafield, Link
from mapping import emails, phones
from mapping.defaults import TRACKING_ID, TRACKING_NAMESPACE, TRACKING_NUMBER
from mapping.diff import Current, LinkedAddress
from mapping.match import BusinessCentralIndex, IndexRow, Shopper, Tracking
from mapping.values import text
from stores.models import BusinessCentralCompany, Store

TAX_NAMES = ("vat number", "tax number", "tax registration number", "vat")


def for_matching(customers: Iterable[Customer], store: Store) -> Iterator[Shopper]:
    """Shoppers as match.match takes them. The customers need their sub-resources prefetched (`with_details`)."""
    names = {definition["id"]: definition["name"] for definition in store.attributes}
    for customer in customers:
        addresses = list(customer.addresses.all())
        region = customer.country_code
        numbers = set(phones.all_e164([customer.phone], region))
        for address in addresses:
            numbers |= phones.all_e164([address.phone], address.country_code or region)
        attributes = {names.get(value.attribute_id, ""): value.value for value in customer.attribute_values.all()}
        form_fields = {value.name: text(value.value) for value in customer.form_fields.all()}
        tracking, metafields = _metafields(customer.metafields.all(), store)
        taxes = {
            tax_key(value) for name, value in (*attributes.items(), *form_fields.items()) if name.lower() in TAX_NAMES
        }
        yield Shopper(
            key=str(customer.pk),
            emails=emails.keys(customer.email),
            phones=frozenset(numbers),
            metafields=metafields,
            attributes=attributes,
            form_fields=form_fields,
            tracking=tracking,
            name=customer.name,
            company=customer.company,
            tax_numbers=frozenset(filter(None, taxes)),
        )


def _metafields(rows: Iterable[CustomerMetafield], store: Store) -> tuple[Tracking | None, dict[tuple[str, str], str]]:
    """Our own two apart; they count only when this account owns them. Where the owner is not told, writing was ours."""
    others, found = {}, {}
    for row in rows:
        if row.namespace == TRACKING_NAMESPACE:
            found[row.namespace, row.key] = row
        else:
            others[row.namespace, row.key] = row.value
    identity = found.get(TRACKING_ID)
    if identity is None:
        return None, others
    number = found.get(TRACKING_NUMBER)
    return Tracking(identity.value.strip().lower(), owns(store, identity), number.value if number else ""), others


def owns(store: Store, row: CustomerMetafield) -> bool:
    """Whether this API account wrote the metafield; a store without a known client id cannot claim one."""
    return bool(store.client_id) and row.owner_client_id == store.client_id


def with_details(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    return rows.prefetch_related("addresses__form_fields", "attribute_values", "form_fields", "metafields")


def index_of(company: BusinessCentralCompany, *, written_since: datetime | None = None) -> BusinessCentralIndex:
    """Every customer of the company's mirror for looking up, or only those that were written since a moment."""
    rows = BusinessCentralCustomer.objects.filter(company=company, gone_at=None)
    return BusinessCentralIndex(_index_rows(rows.filter(written_at__gt=written_since) if written_since else rows))


def _index_rows(rows: QuerySet[BusinessCentralCustomer]) -> Iterator[IndexRow]:
    for row in rows.only("remote_id", "number", "email", "tax_key").prefetch_related("phones").iterator(2000):
        numbers = tuple(phone.e164 for phone in row.phones.all())
        yield IndexRow(str(row.remote_id), row.number, numbers, tuple(sorted(emails.keys(row.email))), row.tax_key)


def linked_in(store: Store) -> dict[str, str]:
    """Business Central id -> shopper key, of the store's links."""
    pairs = Link.objects.filter(store=store).values_list("business_central_customer__remote_id", "customer_id")
    return {str(remote_id): str(pk) for remote_id, pk in pairs}


def _form_fields(address: CustomerAddress) -> list[dict[str, Any]]:
    return [{"name": row.name, "value": row.value} for row in address.form_fields.all()]


def current_of(customer: Customer, store: Store, links: Iterable[AddressLink]) -> Current:
    """The customer as the store has it, for the three-way compare. Needs `with_details`."""
    items = {row.pk: {**address_item(row), "form_fields": _form_fields(row)} for row in customer.addresses.all()}
    by_source = {link.source: link for link in links}
    taken = {link.address_id for link in by_source.values()}
    names = {definition["id"]: definition["name"] for definition in store.attributes}
    return Current(
        core=customer.data,
        addresses={
            source: LinkedAddress(items.get(link.address_id), link.base, link.created_by_us)
            for source, link in by_source.items()
        },
        other_addresses=[item for pk, item in items.items() if pk not in taken],
        attributes={names.get(v.attribute_id, ""): v.value for v in customer.attribute_values.all()},
        form_fields={v.name: v.value for v in customer.form_fields.all()},
        metafields={(m.namespace, m.key): m.value for m in customer.metafields.all() if owns(store, m)},
    )
