"""Mirror rows in the forms that the mapping core takes: for matching, for comparing, for creating."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from customers.business_central_mirror import tax_key
from customers.default_customers import without_defaults
from customers.mirror_rows import address_item
from customers.models import (
    AddressLink,
    BusinessCentralCustomer,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    CustomerFormField,
    CustomerMetafield,
    Link,
)
from mapping import emails, phones
from mapping.defaults import TRACKING_ID, TRACKING_NAMESPACE, TRACKING_NUMBER
from mapping.diff import Current, LinkedAddress
from mapping.match import BusinessCentralIndex, IndexRow, Shopper, Tracking
from mapping.values import text
from stores.models import Store

CHUNK = 2000
TAX_NAMES = ("vat number", "tax number", "tax registration number", "vat")


def for_matching(
    customers: Iterable[Customer], store: Store, refused: Container[tuple[int, str]] = ()
) -> Iterator[Shopper]:
    """Shoppers as match.match takes them. The customers need their sub-resources prefetched (`with_details`).

    refused: (shopper, Business Central id) that somebody unmapped; a tracking metafield that still says so is stale.
    """
    names = {definition["id"]: definition["name"] for definition in store.attributes}
    for customer in customers:
        region = customer.country_code
        typed = [(row.phone, row.country_code or region) for row in customer.addresses.all()]
        attributes = {names.get(value.attribute_id, ""): value.value for value in customer.attribute_values.all()}
        form_fields = {value.name: text(value.value) for value in customer.form_fields.all()}
        tracking, metafields = _metafields(customer.metafields.all(), store)
        if tracking is not None and (customer.pk, tracking.customer_id) in refused:
            tracking = None
        yield Shopper(
            key=str(customer.pk),
            emails=emails.keys(customer.email),
            phones=_numbers([(customer.phone, region), *typed]),
            metafields=metafields,
            attributes=attributes,
            form_fields=form_fields,
            tracking=tracking,
            name=customer.name,
            company=customer.company,
            tax_numbers=_tax_numbers(attributes, form_fields),
        )


def compared(rows: QuerySet[Customer], store: Store, may_match: Callable[[str], bool]) -> Iterator[Shopper]:
    """The same for very many, with no more than the rules compare and no model instances, which cost ten times as much.

    may_match: whether it is worth parsing this phone number.
    """
    names = {definition["id"]: definition["name"] for definition in store.attributes}
    people = rows.order_by("pk").values_list("pk", "email", "phone", "country_code").iterator(CHUNK)
    while chunk := list(islice(people, CHUNK)):
        pks = [pk for pk, *_ in chunk]
        typed: dict[int, list[tuple[str, str]]] = defaultdict(list)
        addresses = CustomerAddress.objects.filter(customer__in=pks).exclude(phone="")
        for pk, phone, country in addresses.values_list("customer_id", "phone", "country_code"):
            typed[pk].append((phone, country))
        attributes: dict[int, dict[str, str]] = defaultdict(dict)
        values = CustomerAttribute.objects.filter(customer__in=pks)
        for pk, attribute, value in values.values_list("customer_id", "attribute_id", "value"):
            attributes[pk][names.get(attribute, "")] = value
        form_fields: dict[int, dict[str, str]] = defaultdict(dict)
        fields = CustomerFormField.objects.filter(customer__in=pks)
        for pk, name, said in fields.values_list("customer_id", "name", "value"):
            form_fields[pk][name] = text(said)
        metafields: dict[int, list[Any]] = defaultdict(list)
        kept = CustomerMetafield.objects.filter(customer__in=pks)
        for row in kept.values_list("customer_id", "namespace", "key", "value", "owner_client_id", named=True):
            metafields[row.customer_id].append(row)
        for pk, email, phone, region in chunk:
            numbers = [(phone, region), *((number, country or region) for number, country in typed.get(pk, ()))]
            tracking, others = _metafields(metafields.get(pk, ()), store)
            yield Shopper(
                key=str(pk),
                emails=emails.keys(email),
                phones=_numbers((number, country) for number, country in numbers if may_match(number)),
                metafields=others,
                attributes=attributes.get(pk, {}),
                form_fields=form_fields.get(pk, {}),
                tracking=tracking,
                tax_numbers=_tax_numbers(attributes.get(pk, {}), form_fields.get(pk, {})),
            )


def _numbers(typed: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(filter(None, (phones.e164(number, country) for number, country in typed)))


def _tax_numbers(attributes: Mapping[str, str], form_fields: Mapping[str, str]) -> frozenset[str]:
    known = (*attributes.items(), *form_fields.items())
    return frozenset(filter(None, (tax_key(value) for name, value in known if name.lower() in TAX_NAMES)))


def _metafields(rows: Iterable[Any], store: Store) -> tuple[Tracking | None, dict[tuple[str, str], str]]:
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


def owns(store: Store, row: Any) -> bool:
    """Whether this API account wrote the metafield; a store without a known client id cannot claim one."""
    return bool(store.client_id) and row.owner_client_id == store.client_id


def with_details(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    return rows.prefetch_related("addresses__form_fields", "attribute_values", "form_fields", "metafields")


def index_of(store: Store, *, written_since: datetime | None = None) -> BusinessCentralIndex:
    """Every customer of the company's mirror that the store's shoppers may be, or only those that were written since a
    moment."""
    rows = BusinessCentralCustomer.objects.filter(company=store.company, gone_at=None)
    rows = without_defaults(rows, store)
    return BusinessCentralIndex(_index_rows(rows.filter(written_at__gt=written_since) if written_since else rows))


def _index_rows(rows: QuerySet[BusinessCentralCustomer]) -> Iterator[IndexRow]:
    for row in rows.only("remote_id", "number", "email", "tax_key").prefetch_related("phones").iterator(2000):
        yield index_row(row)


def index_row(row: BusinessCentralCustomer) -> IndexRow:
    """A customer as matching sees it. Needs its phones prefetched."""
    numbers = tuple(phone.e164 for phone in row.phones.all())
    return IndexRow(str(row.remote_id), row.number, numbers, tuple(sorted(emails.keys(row.email))), row.tax_key)


def linked_in(store: Store, among: Iterable[str] | None = None) -> dict[str, str]:
    """Business Central id -> shopper key, of the store's links. among: only of these ids."""
    rows = Link.objects.filter(store=store)
    if among is not None:
        rows = rows.filter(business_central_customer__remote_id__in=list(among))
    pairs = rows.values_list("business_central_customer__remote_id", "customer_id")
    return {str(remote_id): str(pk) for remote_id, pk in pairs}


def name_of(key: str) -> str:
    """How to call the shopper of this key who is not at hand: by e-mail, or by the name."""
    found = Customer.objects.filter(pk=int(key)).only("email", "first_name", "last_name").first()
    return (found.email or str(found)) if found else key


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
