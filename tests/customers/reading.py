"""What tests read of our own tables and of the sandbox, as plain data."""

from typing import Any

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers.models import AddressLink, Customer, Link
from stores.models import Store

ADDRESS_FIELDS = (
    "first_name", "last_name", "company", "address1", "address2", "city", "state_or_province", "postal_code",
    "country_code", "phone", "address_type",
)  # fmt: skip


def links(store: Store) -> dict[str, tuple[str, str, str]]:
    """Shopper's e-mail -> (Business Central number, rule, value)."""
    rows = Link.objects.filter(store=store).select_related("customer", "business_central_customer")
    return {
        row.customer.email: (row.business_central_customer.number, row.rule, row.value)
        for row in rows.order_by("customer__email")
    }


def address_links(store: Store) -> dict[tuple[str, str], tuple[str, bool]]:
    """(e-mail, source) -> (address line, made by us)."""
    rows = AddressLink.objects.filter(link__store=store).select_related("link__customer", "address")
    return {(row.link.customer.email, row.source): (row.address.address1, row.created_by_us) for row in rows}


def standing(store: Store) -> dict[str, tuple[str, str]]:
    """E-mail -> (status, reason)."""
    return {row.email: (row.status, row.status_reason) for row in Customer.objects.filter(store=store)}


def mirrored(store: Store) -> dict[str, Any]:
    """Our mirror of a store in the words of the vendor: e-mail -> everything that an Import takes over."""
    rows = Customer.objects.filter(store=store, gone_at=None).prefetch_related(
        "addresses__form_fields", "attribute_values", "form_fields", "metafields"
    )
    return {row.email.lower(): _customer(row) for row in rows}


def _customer(row: Customer) -> dict[str, Any]:
    return {
        "id": row.remote_id,
        "core": {name: value for name, value in row.data.items() if name != "id"},
        "addresses": {
            address.remote_id: {
                **{name: getattr(address, name) for name in ADDRESS_FIELDS},
                "form_fields": {field.name: field.value for field in address.form_fields.all()},
            }
            for address in row.addresses.all()
        },
        "attributes": {value.attribute_id: value.value for value in row.attribute_values.all()},
        "form_fields": {field.name: field.value for field in row.form_fields.all()},
        "metafields": {
            field.remote_id: (field.namespace, field.key, field.value, field.permission_set, field.owner_client_id)
            for field in row.metafields.all()
        },
    }


def in_store(shop: StoreSide, client_id: str = "") -> dict[str, Any]:
    """The same of the store itself, metafields that `client_id` may not see left out."""
    return {email: _as_mirrored(body, client_id) for email, body in shop.state()["customers"].items()}


def _as_mirrored(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    parts = ("id", "addresses", "attributes", "form_fields", "metafields")
    return {
        "id": body["id"],
        "core": {name: value for name, value in body.items() if name not in parts},
        "addresses": {
            address["id"]: {
                **{name: address[name] for name in ADDRESS_FIELDS},
                "form_fields": {field["name"]: field["value"] for field in address["form_fields"]},
            }
            for address in body["addresses"]
        },
        "attributes": {value["attribute_id"]: value["attribute_value"] for value in body["attributes"]},
        "form_fields": {field["name"]: field["value"] for field in body["form_fields"]},
        "metafields": {
            m["id"]: (m["namespace"], m["key"], m["value"], m["permission_set"], m["owner_client_id"])
            for m in body["metafields"]
            if m["permission_set"] != "app_only" or m["owner_client_id"] == client_id
        },
    }


COLUMNS = (
    "contact_type", "email", "address", "city", "country", "salesperson", "currency", "customer_price_group"
)  # fmt: skip


def business_customer(company: CompanySide, name: str) -> tuple[str, ...]:
    """The columns above of the one customer of that name."""
    (row,) = (row for row in company.customers() if row["name"] == name)
    return tuple(row[column] for column in COLUMNS)


def core(shop: StoreSide, email: str) -> dict[str, Any]:
    """Names, company, phone and e-mail of a shopper."""
    body = shop.customer(email)
    return {name: body[name] for name in ("email", "first_name", "last_name", "company", "phone")}


def lines(shop: StoreSide, email: str) -> list[str]:
    """The first lines of a shopper's addresses, in order."""
    return sorted(address["address1"] for address in shop.customer(email)["addresses"])


def ours(shop: StoreSide, email: str) -> dict[str, str]:
    """Our metafields of a shopper: key -> value."""
    return {m["key"]: m["value"] for m in shop.customer(email)["metafields"] if m["namespace"] == "bcsync"}
