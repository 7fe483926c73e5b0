"""/v3/customers/attributes and /v3/customers/attribute-values."""

import re
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, counts, filters, paging, validation
from bcsync.sandbox.bigcommerce.filters import DATE_FILTERS, PAGING
from bcsync.sandbox.bigcommerce.validation import Text
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

STORE_MAXIMUM = 50
TYPES = ("string", "number", "date")
TEXTS = {"name": Text(1, 255, required=True)}
CREATE_TEXTS = {**TEXTS, "type": Text(required=True, choices=TYPES)}
KNOWN = {
    **PAGING,
    **DATE_FILTERS,
    "name": ("text", "name"),
    "name:like": ("like", "name"),
    "type": ("choice:" + "|".join(TYPES), "type"),
}
VALUES_KNOWN = {
    **PAGING,
    **DATE_FILTERS,
    "customer_id:in": ("ints", "customer_id"),
    "attribute_id:in": ("ints", "attribute_id"),
    "name": ("text", ""),
}


def get(store: "StoreSide", request: Request) -> Response:
    """A page of attribute definitions; there is no filter by id."""
    query = filters.parse(store.world, request, KNOWN)
    page = paging.read(store.world, store.attributes, query, "body", cursors=False)
    return answers.fragments([row[1] for row in page.rows], page.meta)


def post(store: "StoreSide", request: Request) -> Response:
    """Define attributes, at most fifty in a store, each name once."""
    items = validation.items(store.world, request, 10, over=422)
    errors: dict[str, str] = {}
    names = {body["name"] for body in store.attributes.select()}
    for index, item in enumerate(items):
        validation.texts(item, CREATE_TEXTS, str(index), True, errors)
        if f"{index}.name" in errors:
            continue
        if item["name"] in names:
            errors[f"{index}.name"] = f"the attribute {item['name']} already exists"
        names.add(item["name"])
    validation.raise_for(errors)
    if store.attributes.count() + len(items) > STORE_MAXIMUM:
        raise answers.refuse(422, f"The maximum of {STORE_MAXIMUM} customer attributes is reached.")
    return answers.written(store, [define(store, item["name"], item["type"]) for item in items])


def put(store: "StoreSide", request: Request) -> Response:
    """Rename attributes; the type cannot change."""
    items = validation.items(store.world, request, 10, over=422)
    errors: dict[str, str] = {}
    for index, item in enumerate(items):
        validation.texts(item, TEXTS, str(index), True, errors)
        if not validation.is_id(item.get("id")) or not store.attributes.count("id = ?", (item["id"],)):
            errors[f"{index}.id"] = "invalid attribute ID"
    validation.raise_for(errors)
    changed = []
    for item in items:
        body = {**store.attributes.get(item["id"]), "name": item["name"], "date_modified": store.world.clock.stamp()}
        store.attributes.put(item["id"], body, name=body["name"], date_modified=body["date_modified"])
        changed.append(body)
    return answers.written(store, changed)


def delete(store: "StoreSide", request: Request) -> Response:
    """Delete definitions by `id:in`, and every value with them."""
    ids = filters.ids(store.world, request)
    for id in ids:
        store.attributes.delete("id = ?", (id,))
        store.attribute_values.delete("attribute_id = ?", (id,))
    return answers.no_content(len(ids))


def get_values(store: "StoreSide", request: Request) -> Response:
    """A page of values, with filters by date of their own."""
    query = filters.parse(store.world, request, VALUES_KNOWN)
    if "name" in query.values:
        query.where.append(f"attribute_id IN (SELECT id FROM {store.attributes.name} WHERE name = ?)")
        query.params.append(query.values["name"])
    page = paging.read(store.world, store.attribute_values, query, "body", cursors=False)
    return answers.fragments([row[1] for row in page.rows], page.meta)


def put_values(store: "StoreSide", request: Request) -> Response:
    """Upsert on (customer_id, attribute_id): asked with `value`, answered with `attribute_value`."""
    items = validation.items(store.world, request, store.world.switches.attribute_values_batch_maximum, over=422)
    errors: dict[str, str] = {}
    for index, item in enumerate(items):
        check_value(store, item, "value", str(index), errors)
        if not validation.is_id(item.get("customer_id")) or not store.customers.count("id = ?", (item["customer_id"],)):
            errors[f"{index}.customer_id"] = "invalid customer ID"
    validation.raise_for(errors)
    saved = [save_value(store, item["customer_id"], item["attribute_id"], item["value"]) for item in items]
    for customer_id in {item["customer_id"] for item in items}:
        counts.touch(store, customer_id)
    return answers.written(store, saved)


def delete_values(store: "StoreSide", request: Request) -> Response:
    """Delete values by `id:in`."""
    gone = 0
    for id in filters.ids(store.world, request):
        body = store.attribute_values.get(id)
        if body:
            gone += store.attribute_values.delete("id = ?", (id,))
            counts.touch(store, body["customer_id"])
    return answers.no_content(gone)


def define(store: "StoreSide", name: str, type: str) -> dict[str, Any]:
    """Add a definition; returns its body with the id."""
    now = store.world.clock.stamp()
    body = {"name": name, "type": type, "date_created": now, "date_modified": now}
    return store.add_row(store.attributes, body, **body)


def check_value(store: "StoreSide", item: dict[str, Any], key: str, path: str, errors: dict[str, str]) -> None:
    """Collect what is wrong with one value: unknown attribute, no text, too long, not of the attribute's type."""
    validation.texts(item, {key: Text(0, 255, required=True)}, path, True, errors)
    definition = store.attributes.get(item["attribute_id"]) if validation.is_id(item.get("attribute_id")) else None
    if not definition:
        errors[f"{path}.attribute_id"] = "invalid attribute ID"
    elif f"{path}.{key}" not in errors and not _fits(item[key], definition["type"]):
        errors[f"{path}.{key}"] = f"{item[key]} is not a {definition['type']}"


def save_value(store: "StoreSide", customer_id: int, attribute_id: int, value: str) -> dict[str, Any]:
    """Insert or change one value; returns its body with the id."""
    now = store.world.clock.stamp()
    body: dict[str, Any] | None = store.attribute_values.first(
        "customer_id = ? AND attribute_id = ?", (customer_id, attribute_id)
    )
    if body:
        body |= {"attribute_value": value, "date_modified": now}
        store.attribute_values.put(body["id"], body, date_modified=now)
        return body
    body = {"attribute_id": attribute_id, "attribute_value": value, "customer_id": customer_id}
    body |= {"date_created": now, "date_modified": now}
    columns = {name: body[name] for name in ("attribute_id", "customer_id", "date_created", "date_modified")}
    return store.add_row(store.attribute_values, body, **columns)


def _fits(value: str, type: str) -> bool:
    if not value or type == "string":
        return True
    pattern = r"-?\d+(\.\d+)?" if type == "number" else r"\d{4}-\d{2}-\d{2}([T ].*)?"
    return re.fullmatch(pattern, value) is not None
