"""Form fields of customers and addresses: definitions (no API lists them) and /v3/customers/form-field-values."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, filters, paging, validation
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

TYPES = ("checkboxes", "date", "multiline", "numbers", "password", "radiobuttons", "text", "picklist")
KNOWN = {
    **filters.PAGING,
    **filters.CURSORS,
    "customer_id": ("int", ""),
    "address_id": ("int", "address_id"),
    "field_name": ("text", "name"),
    "field_type": ("choice:" + "|".join(TYPES), ""),
}


def get(store: "StoreSide", request: Request) -> Response:
    """A page of values; each item has a customer_id or an address_id."""
    query = filters.parse(store.world, request, KNOWN)
    if "customer_id" in query.values:
        query.where.append("customer_id = ? AND address_id = 0")
        query.params.append(query.values["customer_id"])
    if "field_type" in query.values:
        query.where.append(f"name IN (SELECT name FROM {store.form_fields.name} WHERE type = ?)")
        query.params.append(query.values["field_type"])
    page = paging.read(store.world, store.form_field_values, query, "body")
    return answers.fragments([row[1] for row in page.rows], page.meta)


def put(store: "StoreSide", request: Request) -> Response:
    """Upsert values (deprecated by the vendor, still there)."""
    items = validation.items(store.world, request, 10, over=422)
    errors: dict[str, str] = {}
    owners = [_owner(store, item, str(index), errors) for index, item in enumerate(items)]
    for index, (item, (_, address_id)) in enumerate(zip(items, owners, strict=True)):
        check(store, [item], "address" if address_id else "customer", str(index), False, errors)
    validation.raise_for(errors)
    for item, (customer_id, address_id) in zip(items, owners, strict=True):
        save(store, customer_id, address_id, [item], "address" if address_id else "customer")
    return answers.data(items)


def check(store: "StoreSide", values: Any, on: str, path: str, create: bool, errors: dict[str, str]) -> None:
    """Collect what is wrong with form fields of a "customer" or an "address"."""
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        errors[f"{path}.form_fields"] = "error.expected.jsarray"
        return
    known = definitions(store, on)
    for index, value in enumerate(values):
        place = f"{path}.form_fields.{index}"
        if not isinstance(value.get("name"), str):
            errors[f"{place}.name"] = validation.MISSING
        elif not isinstance(value.get("value"), str | int | float | list):
            errors[f"{place}.value"] = validation.MISSING
        elif value["name"] not in known and store.world.switches.unknown_form_field == "422":
            errors[f"{place}.name"] = f"the form field {value['name']} does not exist"
    if create and store.world.switches.missing_required_form_field == "422":
        given = {value.get("name") for value in values}
        for name in sorted(name for name, body in known.items() if body["required"] and name not in given):
            errors[f"{path}.form_fields"] = f"the form field {name} is required"


def save(store: "StoreSide", customer_id: int, address_id: int, values: list[dict[str, Any]], on: str) -> None:
    """Insert or change values by name; an unknown name is defined or dropped, as the switch says."""
    for value in values:
        name = value["name"]
        if name not in definitions(store, on):
            if store.world.switches.unknown_form_field == "ignore":
                continue
            define(store, name, "text", on)
        body = {"name": name, "value": value["value"]}
        body |= {"address_id": address_id} if address_id else {"customer_id": customer_id}
        where, params = "customer_id = ? AND address_id = ? AND name = ?", (customer_id, address_id, name)
        if store.form_field_values.count(where, params):
            sql = f"UPDATE {store.form_field_values.name} SET body = ? WHERE {where}"
            store.world.storage.execute(sql, (json.dumps(body, ensure_ascii=False, separators=(",", ":")), *params))
        else:
            store.form_field_values.insert(body, customer_id=customer_id, address_id=address_id, name=name)


def definitions(store: "StoreSide", on: str) -> dict[str, dict[str, Any]]:
    """name -> definition of the fields of a "customer" or an "address"."""
    if on not in store.form_field_cache:
        found = {body["name"]: body for body in store.form_fields.select("belongs = ?", (on,))}
        store.form_field_cache[on] = found
    return store.form_field_cache[on]


def define(
    store: "StoreSide",
    name: str,
    type: str,
    on: str,
    required: bool = False,
    options: Sequence[str] = (),
    max_length: int = 0,
) -> None:
    """Add a definition, as the control panel would, or change the one of that name. options: its choices; max_length:
    characters that the storefront's form takes, 0 for any."""
    store.form_fields.delete("belongs = ? AND name = ?", (on, name))
    body = {"name": name, "type": type, "on": on, "required": required}
    body |= {"options": list(options)} if options else {}
    body |= {"max_length": max_length} if max_length else {}
    store.form_fields.insert(body, name=name, type=type, belongs=on)
    store.form_field_cache.pop(on, None)


def _owner(store: "StoreSide", item: dict[str, Any], path: str, errors: dict[str, str]) -> tuple[int, int]:
    address_id, customer_id = item.get("address_id"), item.get("customer_id")
    if validation.is_id(address_id):
        address = store.addresses.get(address_id)
        if address:
            return address["customer_id"], address_id
        errors[f"{path}.address_id"] = "invalid address ID"
    elif not validation.is_id(customer_id) or not store.customers.count("id = ?", (customer_id,)):
        errors[f"{path}.customer_id"] = "invalid customer ID"
    return customer_id if validation.is_id(customer_id) else 0, 0
