"""Customers as JSON text: stored fragments joined, so that a page of 250 costs four queries and string work."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

NESTED_MAXIMUM = 10  # the answer's arrays of addresses and attributes are limited to ten (customers.v3, maxItems)
Row = tuple[int, str, str, int, int]


def row(store: "StoreSide", id: int) -> Row:
    """(id, body, store_credit, address_count, attribute_count) of one customer."""
    sql = f"SELECT id, body, store_credit, address_count, attribute_count FROM {store.customers.name} WHERE id=?"
    found: Row = store.world.storage.execute(sql, (id,)).fetchone()
    return found


def customers(store: "StoreSide", rows: Iterable[tuple[Any, ...]], include: set[str]) -> list[str]:
    """One JSON text per row, in the rows' order, with the sub-resources named in `include`."""
    rows = list(rows)
    ids = [found[0] for found in rows]
    parts: list[tuple[str, dict[int, list[str]]]] = []
    fields, address_fields = form_fields(store, ids) if "formfields" in include else ({}, None)
    if "addresses" in include:
        parts.append(("addresses", addresses(store, ids, address_fields)))
    if "attributes" in include:
        parts.append(("attributes", _children(store, "attribute_values", ids)))
    if "formfields" in include:
        parts.append(("form_fields", fields))
    credit = "storecredit" in include
    texts = []
    for id, body, store_credit, address_count, attribute_count in rows:
        text = f'{body[:-1]},"address_count":{address_count},"attribute_count":{attribute_count}'
        for name, found in parts:
            text += f',"{name}":[{",".join(found[id])}]' if id in found else f',"{name}":[]'
        if credit:
            text += f',"store_credit_amounts":{store_credit}'
        texts.append(text + "}")
    return texts


def addresses(store: "StoreSide", ids: list[int], fields: dict[int, list[str]] | None) -> dict[int, list[str]]:
    """customer id -> JSON texts of its first ten addresses; with their form fields when `fields` is given."""
    found: dict[int, list[str]] = defaultdict(list)
    table = store.addresses.name
    sql = f"SELECT customer_id, id, body FROM {table} WHERE {_in('customer_id', ids)} ORDER BY customer_id, id"
    for customer_id, id, body in store.world.storage.execute(sql, ids):
        texts = found[customer_id]
        if len(texts) < NESTED_MAXIMUM:
            texts.append(body if fields is None else with_fields(body, fields.get(id, [])))
    return found


def with_fields(body: str, fields: list[str]) -> str:
    """An address's JSON text with its form fields added."""
    return f'{body[:-1]},"form_fields":[{",".join(fields)}]}}'


def form_fields(store: "StoreSide", ids: list[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """(customer id -> values, address id -> values) as JSON texts, for these customers."""
    own: dict[int, list[str]] = defaultdict(list)
    of_addresses: dict[int, list[str]] = defaultdict(list)
    table = store.form_field_values.name
    sql = f"SELECT customer_id, address_id, body FROM {table} WHERE {_in('customer_id', ids)} ORDER BY customer_id, id"
    for customer_id, address_id, body in store.world.storage.execute(sql, ids):
        if address_id:
            of_addresses[address_id].append(body)
        else:
            own[customer_id].append(body)
    return own, of_addresses


def whole(store: "StoreSide", id: int) -> dict[str, Any]:
    """One customer with everything, not limited to ten, for the test doors and the state."""
    text = customers(store, [row(store, id)], {"formfields", "storecredit"})[0]
    body: dict[str, Any] = json.loads(text)
    _, fields = form_fields(store, [id])
    sql = f"SELECT id, body FROM {store.addresses.name} WHERE customer_id=? ORDER BY id"
    rows = store.world.storage.execute(sql, (id,)).fetchall()
    body["addresses"] = [json.loads(with_fields(text, fields.get(key, []))) for key, text in rows]
    body["attributes"] = store.attribute_values.select("customer_id = ?", (id,))
    body["metafields"] = store.metafields.select("resource_id = ?", (id,))
    return body


def _children(store: "StoreSide", name: str, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    table = getattr(store, name).name
    sql = f"SELECT customer_id, body FROM {table} WHERE {_in('customer_id', ids)} ORDER BY customer_id, id"
    for customer_id, body in store.world.storage.execute(sql, ids):
        if len(found[customer_id]) < NESTED_MAXIMUM:
            found[customer_id].append(body)
    return found


def _in(column: str, ids: list[int]) -> str:
    return f"{column} IN ({','.join('?' * len(ids))})"
