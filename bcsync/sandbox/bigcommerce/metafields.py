"""/v3/customers/metafields (batch, partial success) and /v3/customers/{id}/metafields (one by one, 409)."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, filters, metafield_rows, paging, validation
from bcsync.sandbox.bigcommerce.filters import CURSORS, DATE_FILTERS, PAGING, Query
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

LOOP_PATIENCE = 20  # reading metafields customer by customer more often than this is a loop
DATES = {name: kind for name, kind in DATE_FILTERS.items() if ":" in name}
KNOWN = {
    **PAGING,
    **CURSORS,
    **DATES,
    "key": ("text", "key"),
    "key:in": ("texts", "key"),
    "namespace": ("text", "namespace"),
    "namespace:in": ("texts", "namespace"),
    "direction": ("choice:asc|desc", ""),
    "include_fields": ("texts", ""),
}


def get(store: "StoreSide", request: Request) -> Response:
    """A page of all customers' metafields that this API account may see."""
    return _page(store, filters.parse(store.world, request, KNOWN), store.client_of(request))


def post(store: "StoreSide", request: Request) -> Response:
    """Create several; the good ones are kept although others fail."""
    items = validation.items(store.world, request, store.world.switches.metafields_batch_maximum, over=422)
    results = [metafield_rows.create(store, item, store.client_of(request)) for item in items]
    return _partial(results)


def put(store: "StoreSide", request: Request) -> Response:
    """Change several by id; the good ones are kept although others fail."""
    items = validation.items(store.world, request, store.world.switches.metafields_batch_maximum, over=422)
    return _partial([metafield_rows.update(store, item.get("id"), item, store.client_of(request)) for item in items])


def delete(store: "StoreSide", request: Request) -> Response:
    """Delete several: a JSON list of ids, or `?id:in=` under the switch."""
    if store.world.switches.metafields_delete_body == "query":
        ids = filters.ids(store.world, request)
    else:
        ids = validation.parsed(request)
    if not isinstance(ids, list):
        raise answers.refuse(422, answers.INVALID, {"": "error.expected.jsarray"})
    validation.check_size(store.world, request, len(ids), store.world.switches.metafields_batch_maximum, 422)
    return _partial([metafield_rows.delete(store, id, store.client_of(request)) for id in ids])


def get_of_customer(store: "StoreSide", request: Request, customer_id: int) -> Response:
    """A page of one customer's metafields."""
    store.metafield_reads += 1
    if store.metafield_reads == LOOP_PATIENCE + 1:
        store.world.audit.broke(
            f"metafields read customer by customer, more than {LOOP_PATIENCE} times: {request.family}"
        )
    query = filters.parse(store.world, request, KNOWN)
    query.where.append("resource_id = ?")
    query.params.append(customer_id)
    return _page(store, query, store.client_of(request), cursors=False)


def post_of_customer(store: "StoreSide", request: Request, customer_id: int) -> Response:
    """Create one; 409 when this account has that namespace and key on the customer already."""
    item = validation.parsed(request)
    if not isinstance(item, dict):
        raise answers.refuse(422, answers.INVALID, {"": "error.expected.jsobject"})
    if not store.customers.count("id = ?", (customer_id,)):
        return answers.not_found()
    body, words = metafield_rows.create(store, {**item, "resource_id": customer_id}, store.client_of(request))
    if words == metafield_rows.DUPLICATE:
        raise answers.refuse(409, words, {"key": words})
    if body is None:
        raise answers.refuse(422, words, {"": words})
    return _one(store, body)


def get_one(store: "StoreSide", request: Request, customer_id: int, id: int) -> Response:
    """One metafield; 404 when it is not there or not to be seen."""
    body = metafield_rows.visible(store, id, store.client_of(request))
    if not body or body["resource_id"] != customer_id:
        return answers.not_found()
    return Response(200, {"data": body, "meta": {}}, items=1)


def put_one(store: "StoreSide", request: Request, customer_id: int, id: int) -> Response:
    """Change one."""
    item = validation.parsed(request)
    if get_one(store, request, customer_id, id).status == 404:
        return answers.not_found()
    body, words = metafield_rows.update(store, id, item, store.client_of(request))
    if body is None:
        raise answers.refuse(422, words, {"": words})
    return _one(store, body)


def delete_one(store: "StoreSide", request: Request, customer_id: int, id: int) -> Response:
    """Delete one."""
    if get_one(store, request, customer_id, id).status == 404:
        return answers.not_found()
    gone, words = metafield_rows.delete(store, id, store.client_of(request))
    if gone is None:
        raise answers.refuse(403, words)
    return answers.no_content(1)


def _page(store: "StoreSide", query: Query, client_id: str, cursors: bool = True) -> Response:
    query.where.append("(permission_set <> 'app_only' OR owner_client_id = ?)")
    query.params.append(client_id)
    descending = query.values.get("direction") == "desc"
    page = paging.read(store.world, store.metafields, query, "body", "id", descending, cursors)
    return answers.fragments([row[1] for row in page.rows], page.meta)


def _one(store: "StoreSide", body: dict[str, Any]) -> Response:
    shape = [body] if store.world.switches.single_metafield_data == "array" else body
    return Response(200, {"data": shape, "meta": {}}, items=1)


def _partial(results: list[tuple[Any, str]]) -> Response:
    """200 when all went well, else 422 with the good ones in `data` and the others' words by index in `errors`."""
    good = [body for body, _ in results if body is not None]
    bad = {str(index): words for index, (body, words) in enumerate(results) if body is None}
    meta = {"total": len(results), "success": len(good), "failed": len(bad)}
    if not bad:
        return Response(200, {"data": good, "errors": [], "meta": meta}, items=len(good))
    failure = {"status": 422, "title": "Bulk operation has failed", "type": answers.TYPE, "errors": bad}
    return Response(422, {"data": good, "errors": [failure], "meta": meta}, items=len(good), wrote=bool(good))
