"""Customers as rows: checked, created with their nested sub-resources, changed, deleted."""

import json
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import address_rows, attributes, counts, form_fields, hook_events, validation
from bcsync.sandbox.bigcommerce.answers import refuse
from bcsync.sandbox.bigcommerce.validation import Text

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

NESTED_MAXIMUM = 10
TEXTS = {
    "email": Text(3, 255, required=True),
    "first_name": Text(1, 100, required=True),
    "last_name": Text(1, 100, required=True),
    "company": Text(),
    "phone": Text(most=50),
    "notes": Text(most=None),
    "tax_exempt_category": Text(),
}
CREATE_TEXTS = {**TEXTS, "email": Text(3, 250, required=True)}  # customers.v3: 250 on POST, 255 elsewhere
FLAGS = ("accepts_product_review_abandoned_cart_emails",)


def check(store: "StoreSide", item: dict[str, Any], path: str, create: bool, errors: dict[str, str]) -> None:
    """Collect what is wrong with one object of a POST (`create`) or PUT."""
    validation.texts(item, CREATE_TEXTS if create else TEXTS, path, create, errors)
    email = item.get("email")
    if isinstance(email, str) and f"{path}.email" not in errors and not _is_email(email):
        errors[f"{path}.email"] = f"{email} is not a valid email address"
    for name in ("customer_group_id", "origin_channel_id"):
        validation.whole(item, name, path, False, errors)
    for name in (*FLAGS, "trigger_account_created_notification"):
        if name in item and not isinstance(item[name], bool):
            errors[f"{path}.{name}"] = "error.expected.jsboolean"
    _check_references(store, item, path, errors)
    form_fields.check(store, item.get("form_fields", []), "customer", path, create, errors)
    if create:
        _check_nested(store, item, path, errors)


def create(store: "StoreSide", item: dict[str, Any]) -> int:
    """Add a checked customer with nested addresses, attributes and form fields; returns its id."""
    _refuse_duplicate(store, item["email"], 0, "Create customers failed.", ".customer_create", "creating")
    now = store.world.clock.stamp()
    group = item.get("customer_group_id", store.default_group_id())
    body = {
        "email": _stored_email(store, item["email"]),
        **{name: item.get(name, "") for name in TEXTS if name != "email"},
        "registration_ip_address": item.get("registration_ip_address", ""),
        "customer_group_id": group,
        "date_created": now,
        "date_modified": now,
        "authentication": {"force_password_reset": _force_reset(item, False)},
        "accepts_product_review_abandoned_cart_emails": item.get(FLAGS[0], False),
        "origin_channel_id": item.get("origin_channel_id", 1),
        "channel_ids": item.get("channel_ids"),
    }
    credit = json.dumps(item.get("store_credit_amounts") or [{"amount": 0}])
    id: int = store.add_row(store.customers, body, store_credit=credit, **columns(body))["id"]
    hook_events.customer(store, "created", id)
    for address in item.get("addresses", []):
        address_rows.create(store, id, address)
    for value in item.get("attributes", []):
        attributes.save_value(store, id, value["attribute_id"], value["attribute_value"])
    form_fields.save(store, id, 0, item.get("form_fields", []), "customer")
    counts.count_children(store, id)
    if item.get("trigger_account_created_notification"):
        store.mails.insert({"to": body["email"], "mail": "welcome"})
    return id


def update(store: "StoreSide", id: int, item: dict[str, Any]) -> None:
    """Change the fields that `item` has; origin_channel_id, dates and sub-resources stay."""
    body = store.customers.get(id)
    if "email" in item:
        _refuse_duplicate(store, item["email"], id, "Update customers failed.", ".customer_update", "updating")
        body["email"] = _stored_email(store, item["email"])
    for name in (*TEXTS, *FLAGS, "customer_group_id", "channel_ids"):
        if name in item and name != "email":
            body[name] = item[name]
    force = body["authentication"]["force_password_reset"]
    body["authentication"] = {"force_password_reset": _force_reset(item, force)}
    body["date_modified"] = store.world.clock.stamp()
    extra = {"store_credit": json.dumps(item["store_credit_amounts"])} if item.get("store_credit_amounts") else {}
    store.customers.put(id, body, **columns(body), **extra)
    form_fields.save(store, id, 0, item.get("form_fields", []), "customer")
    if names_core_fields(item):
        hook_events.customer(store, "updated", id)


def names_core_fields(item: dict[str, Any]) -> bool:
    """Whether a change is announced: form fields alone are not (docs/integrations/webhooks/events)."""
    return bool(set(item) - {"id", "form_fields"})


def delete(store: "StoreSide", id: int) -> bool:
    """Delete a customer and everything that hangs on it; False when there was none."""
    for table, column in (
        (store.addresses, "customer_id"),
        (store.attribute_values, "customer_id"),
        (store.form_field_values, "customer_id"),
        (store.metafields, "resource_id"),
    ):
        table.delete(f"{column} = ?", (id,))
    gone = store.customers.delete("id = ?", (id,)) > 0
    if gone:
        hook_events.customer(store, "deleted", id)
    return gone


def columns(body: dict[str, Any]) -> dict[str, Any]:
    """The indexed columns that follow from a body."""
    same = (
        "last_name",
        "company",
        "phone",
        "customer_group_id",
        "registration_ip_address",
        "date_created",
        "date_modified",
    )
    name = f"{body['first_name']} {body['last_name']}"
    return {"email_key": body["email"].lower(), "name": name, **{column: body[column] for column in same}}


def _refuse_duplicate(store: "StoreSide", email: str, own: int, title: str, key: str, doing: str) -> None:
    found = store.customers.select("email_key = ? AND id <> ?", (email.lower(), own))
    if store.world.switches.email_uniqueness == "sensitive":
        found = [body for body in found if body["email"] == email]
    if found:
        raise refuse(422, title, {key: f"Error {doing} customers: email {email} already in use"})


def _check_references(store: "StoreSide", item: dict[str, Any], path: str, errors: dict[str, str]) -> None:
    group = item.get("customer_group_id", 0)
    if validation.is_id(group) and group and not store.groups.count("id = ?", (group,)):
        errors[f"{path}.customer_group_id"] = f"customer group {group} does not exist"
    known = [channel["id"] for channel in store.channels()]
    channels = item.get("channel_ids")
    if channels is not None and not (isinstance(channels, list) and channels and all(id in known for id in channels)):
        errors[f"{path}.channel_ids"] = "channel_ids must be null or a list of existing channels, not empty"
    if item.get("origin_channel_id", 1) not in known:
        errors[f"{path}.origin_channel_id"] = "the channel does not exist"
    if not isinstance(item.get("authentication", {}), dict):
        errors[f"{path}.authentication"] = "error.expected.jsobject"
    if not _is_credit(item.get("store_credit_amounts", [])):
        errors[f"{path}.store_credit_amounts"] = "error.expected.jsarray"


def _is_credit(value: Any) -> bool:
    """A list of {"amount": number}."""
    entries = value if isinstance(value, list) else [None]
    return all(isinstance(entry, dict) and isinstance(entry.get("amount"), int | float) for entry in entries)


def _check_nested(store: "StoreSide", item: dict[str, Any], path: str, errors: dict[str, str]) -> None:
    for name in ("addresses", "attributes"):
        values = item.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            errors[f"{path}.{name}"] = "error.expected.jsarray"
        elif len(values) > NESTED_MAXIMUM:
            errors[f"{path}.{name}"] = f"{name} must have at most {NESTED_MAXIMUM} items"
    if any(f"{path}.{name}" in errors for name in ("addresses", "attributes")):
        return
    for index, address in enumerate(item.get("addresses", [])):
        address_rows.check(store, address, f"{path}.addresses.{index}", "nested", errors)
    for index, value in enumerate(item.get("attributes", [])):
        attributes.check_value(store, value, "attribute_value", f"{path}.attributes.{index}", errors)


def _is_email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(at and local and domain) and not any(mark in text for mark in " ,;") and "@" not in local


def _stored_email(store: "StoreSide", email: str) -> str:
    return email.lower() if store.world.switches.email_stored == "lower" else email


def _force_reset(item: dict[str, Any], default: bool) -> bool:
    return bool(item.get("authentication", {}).get("force_password_reset", default))
