"""/v2/customer_groups: bare arrays, 204 for an empty page, no envelope."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, customer_rows, filters, paging, validation
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

KNOWN = {
    **filters.PAGING,
    **filters.DATE_FILTERS,
    "name": ("text", "name"),
    "name:like": ("like", "name"),
    "is_default": ("choice:true|false", "is_default"),
    "is_group_for_guests": ("choice:true|false", "is_group_for_guests"),
}
DEFAULTS: dict[str, Any] = {
    "is_default": False,
    "category_access": {"type": "all"},
    "discount_rules": [],
    "is_group_for_guests": False,
}


def get(store: "StoreSide", request: Request) -> Response:
    """A page as a bare array; 204 when there is nothing (left)."""
    query = filters.parse(store.world, request, KNOWN)
    limit, page = paging.limit_of(store.world, query), paging.page_of(query)
    found = store.groups.select(query.sql(), query.params, limit=limit, offset=(page - 1) * limit)
    return Response(200, found, items=len(found)) if found else answers.no_content()


def get_one(store: "StoreSide", request: Request, id: int) -> Response:
    """One group as a bare object."""
    body = store.groups.get(id)
    return Response(200, body, items=1) if body else answers.not_found_v2()


def count(store: "StoreSide", request: Request) -> Response:
    """`{"count": 27}`."""
    return Response(200, {"count": store.groups.count()})


def post(store: "StoreSide", request: Request) -> Response:
    """Create one; only `name` is required."""
    item = validation.parsed(request)
    if not isinstance(item, dict) or not item.get("name"):
        return answers.error_v2(400, "The field 'name' is required.")
    if store.groups.count("name = ?", (item["name"],)):
        return answers.error_v2(409, "A customer group with this name already exists.")
    return Response(200, create(store, item), items=1)


def put(store: "StoreSide", request: Request, id: int) -> Response:
    """Change one; discount_rules are replaced as a whole."""
    body, item = store.groups.get(id), validation.parsed(request)
    if not body:
        return answers.not_found_v2()
    body |= {name: item[name] for name in ("name", *DEFAULTS) if name in item}
    body["date_modified"] = store.world.clock.stamp()
    store.groups.put(id, body, **_columns(body))
    return Response(200, body, items=1)


def delete(store: "StoreSide", request: Request, id: int) -> Response:
    """Delete one; its customers are without a group afterwards."""
    if not store.groups.delete("id = ?", (id,)):
        return answers.not_found_v2()
    for customer in store.customers.select("customer_group_id = ?", (id,)):
        customer_rows.update(store, customer["id"], {"customer_group_id": 0})
    return answers.no_content(1)


def create(store: "StoreSide", item: dict[str, Any]) -> dict[str, Any]:
    """Add a group; returns its body with the id."""
    now = store.world.clock.stamp()
    body = {"name": item["name"], **{name: item.get(name, value) for name, value in DEFAULTS.items()}}
    body |= {"date_created": now, "date_modified": now}
    return store.add_row(store.groups, body, **_columns(body))


def _columns(body: dict[str, Any]) -> dict[str, Any]:
    flags = {name: str(body[name]).lower() for name in ("is_default", "is_group_for_guests")}
    return {"name": body["name"], "date_created": body["date_created"], "date_modified": body["date_modified"], **flags}
