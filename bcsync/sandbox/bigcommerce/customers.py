"""/v3/customers: GET with every documented filter, POST, PUT, DELETE."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, customer_rows, filters, paging, rendering, validation
from bcsync.sandbox.bigcommerce.filters import CURSORS, DATE_FILTERS, PAGING
from bcsync.sandbox.messages import Refusal, Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

MAXIMUM = 10
INCLUDES = "addresses|storecredit|attributes|formfields|shopper_profile_id|segment_ids"
SORTS = "|".join(f"{name}:{way}" for name in ("date_created", "date_modified", "last_name") for way in ("asc", "desc"))
KNOWN = {
    **PAGING,
    **CURSORS,
    **DATE_FILTERS,
    "id:in": ("ints", "id"),
    "company:in": ("texts", "company"),
    "customer_group_id:in": ("ints", "customer_group_id"),
    "email:in": ("lowers", "email_key"),
    "name:in": ("texts", "name"),
    "name:like": ("like", "name"),
    "phone:in": ("texts", "phone"),
    "registration_ip_address:in": ("texts", "registration_ip_address"),
    "include": (f"choice:{INCLUDES}", ""),
    "sort": (f"choice:{SORTS}", ""),
}


def get(store: "StoreSide", request: Request) -> Response:
    """A page of customers with the sub-resources of `include`."""
    query = filters.parse(store.world, request, KNOWN)
    sort, _, way = query.values.get("sort", "id:asc").partition(":")
    columns = "body, store_credit, address_count, attribute_count"
    page = paging.read(store.world, store.customers, query, columns, sort, way == "desc")
    include = set(query.values.get("include", "").split(","))
    return answers.fragments(rendering.customers(store, page.rows, include), page.meta)


def post(store: "StoreSide", request: Request) -> Response:
    """Create up to ten. All or nothing, unless the switch says that the rows before the bad one stay."""
    items = validation.items(store.world, request, MAXIMUM)
    atomic = store.world.switches.post_customers_atomic
    if atomic:
        errors: dict[str, str] = {}
        for index, item in enumerate(items):
            customer_rows.check(store, item, str(index), True, errors)
        validation.raise_for(errors)
    made: list[int] = []
    for index, item in enumerate(items):
        try:
            with store.world.storage.transaction():
                made.append(_create(store, item, str(index), atomic))
        except Refusal as refusal:
            if atomic:
                raise
            refusal.response.wrote = bool(made)
            return refusal.response
    return _written(store, made, {"addresses", "attributes", "formfields", "storecredit"})


def put(store: "StoreSide", request: Request) -> Response:
    """Change the fields given of up to ten customers; addresses, attributes and metafields are never touched."""
    items = validation.items(store.world, request, MAXIMUM)
    errors: dict[str, str] = {}
    for index, item in enumerate(items):
        _refuse_subresources(store, request, item, str(index), errors)
        customer_rows.check(store, item, str(index), False, errors)
    unknown = {f"{i}.id": "invalid customer ID" for i, item in enumerate(items) if not _known(store, item)}
    if unknown:
        raise answers.refuse(422, "Update customers failed.", unknown)
    validation.raise_for(errors)
    for item in items:
        customer_rows.update(store, item["id"], item)
    return _written(store, [item["id"] for item in items], {"formfields", "storecredit"})


def delete(store: "StoreSide", request: Request) -> Response:
    """Delete by `id:in`; unknown ids and a missing `id:in` are 204 as well."""
    gone = [customer_rows.delete(store, id) for id in filters.ids(store.world, request)]
    return answers.no_content(sum(gone))


def _create(store: "StoreSide", item: dict[str, Any], path: str, checked: bool) -> int:
    if not checked:
        errors: dict[str, str] = {}
        customer_rows.check(store, item, path, True, errors)
        validation.raise_for(errors)
    return customer_rows.create(store, item)


def _known(store: "StoreSide", item: dict[str, Any]) -> bool:
    return validation.is_id(item.get("id")) and store.customers.count("id = ?", (item["id"],)) == 1


def _refuse_subresources(
    store: "StoreSide", request: Request, item: dict[str, Any], path: str, errors: dict[str, str]
) -> None:
    for name in ("addresses", "attributes", "metafields"):
        if name in item:
            store.world.audit.broke(f"{name} sent in {request.family}: sub-resource updates are not supported there")
            if store.world.switches.put_customers_addresses == "422":
                errors[f"{path}.{name}"] = "Subresource updates are not supported."


def _written(store: "StoreSide", ids: list[int], include: set[str]) -> Response:
    if store.world.switches.write_answer_order == "reversed":
        ids = ids[::-1]
    return answers.fragments(rendering.customers(store, [rendering.row(store, id) for id in ids], include))
