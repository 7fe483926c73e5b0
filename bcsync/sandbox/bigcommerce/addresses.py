"""/v3/customers/addresses: GET, POST, PUT, DELETE; a duplicate is answered 200 and left out of `data`."""

import json
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import (
    address_rows,
    answers,
    counts,
    filters,
    hook_events,
    paging,
    rendering,
    validation,
)
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

KNOWN = {
    **filters.PAGING,
    "company:in": ("texts", "company"),
    "name:in": ("texts", "name"),
    "customer_id:in": ("ints", "customer_id"),
    "id:in": ("ints", "id"),
    "include": ("choice:formfields", ""),
}


def get(store: "StoreSide", request: Request) -> Response:
    """A page of addresses, offset pagination only."""
    query = filters.parse(store.world, request, KNOWN)
    page = paging.read(store.world, store.addresses, query, "body, customer_id", cursors=False)
    if query.values.get("include"):
        _, fields = rendering.form_fields(store, list({row[2] for row in page.rows}))
        return answers.fragments(
            [rendering.with_fields(row[1], fields.get(row[0], [])) for row in page.rows], page.meta
        )
    return answers.fragments([row[1] for row in page.rows], page.meta)


def post(store: "StoreSide", request: Request) -> Response:
    """Add addresses. One that the customer has already is left as it is and missing from `data`."""
    items = validation.items(store.world, request, store.world.switches.addresses_batch_maximum, over=422)
    errors: dict[str, str] = {}
    for index, item in enumerate(items):
        address_rows.check(store, item, str(index), "alone", errors)
        validation.whole(item, "customer_id", str(index), True, errors)
        if f"{index}.customer_id" not in errors and not store.customers.count("id = ?", (item["customer_id"],)):
            errors[f"{index}.customer_id"] = "invalid customer ID"
    validation.raise_for(errors)
    before = {item["customer_id"]: address_rows.identities(store, item["customer_id"]) for item in items}
    keep = store.world.switches.duplicate_address_in_batch == "keep"
    made = []
    for item in items:
        customer_id = item["customer_id"]
        if address_rows.identity(item) in before[customer_id]:
            continue
        id = address_rows.create(store, customer_id, item, keep_duplicate=keep)
        if id:
            made.append(id)
    return _written(store, made)


def put(store: "StoreSide", request: Request) -> Response:
    """Change addresses. One that would equal another of its customer is left unchanged and missing from `data`."""
    items = validation.items(store.world, request, store.world.switches.addresses_batch_maximum, over=422)
    errors: dict[str, str] = {}
    bodies: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        validation.whole(item, "id", str(index), True, errors)
        if f"{index}.id" in errors:
            continue
        if not store.addresses.count("id = ?", (item["id"],)):
            errors[f"{index}.id"] = "invalid address ID"
            continue
        validation.texts(item, address_rows.TEXTS, str(index), False, errors)
        bodies.append(address_rows.merged(store, item["id"], item))
        checked = {**bodies[-1], "form_fields": item.get("form_fields", [])}
        address_rows.check(store, checked, str(index), "change", errors)
    validation.raise_for(errors)
    pairs = zip(bodies, items, strict=True)
    changed = [body["id"] for body, item in pairs if address_rows.update(store, body, item.get("form_fields", []))]
    return _written(store, changed)


def delete(store: "StoreSide", request: Request) -> Response:
    """Delete by `id:in`; unknown ids are 204 as well."""
    gone = 0
    for id in filters.ids(store.world, request):
        body = store.addresses.get(id)
        if body:
            store.form_field_values.delete("address_id = ?", (id,))
            gone += store.addresses.delete("id = ?", (id,))
            counts.touch(store, body["customer_id"])
            hook_events.address(store, "deleted", id, body["customer_id"])
    return answers.no_content(gone)


def _written(store: "StoreSide", ids: list[int]) -> Response:
    bodies = [store.addresses.get(id) for id in ids]
    customers = list({body["customer_id"] for body in bodies})
    for customer_id in customers:
        counts.touch(store, customer_id)
    _, fields = rendering.form_fields(store, customers)
    for body in bodies:
        body["form_fields"] = [json.loads(text) for text in fields.get(body["id"], [])]
    return answers.written(store, bodies)
