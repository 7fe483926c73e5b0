"""The vendor's error bodies, word for word where the contract quotes them, and the envelope of v3 answers."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.messages import Refusal, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

TYPE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
SHORT_TYPE = "/api-docs/getting-started/api-status-codes"
INVALID = "JSON data is missing or invalid"


def error(status: int, title: str, errors: dict[str, str] | None = None, type: str = TYPE) -> Response:
    """`{"status", "title", "type", "errors"}`."""
    return Response(status, {"status": status, "title": title, "type": type, "errors": errors or {}})


def refuse(status: int, title: str, errors: dict[str, str] | None = None) -> Refusal:
    """An error to raise: it also undoes what the request has written."""
    return Refusal(error(status, title, errors))


def invalid(errors: dict[str, str]) -> Refusal:
    """422 for a body; keys are paths such as `0.addresses.1.city`."""
    return refuse(422, INVALID, errors)


def unauthorized() -> Response:
    """401 as webhooks.v3 documents it."""
    words = "Unauthorized - the v3 Auth client ID or token in the request are not a valid combination for this store."
    return Response(401, {"status": 401, "title": words, "type": SHORT_TYPE})


def missing_scope() -> Response:
    """403; the vendor does not say which scope."""
    return error(403, "You don't have a required scope to access the endpoint")


def not_found() -> Response:
    """404 of v3: unknown store, endpoint, metafield."""
    return Response(404, {"status": 404, "title": "The resource at that URL is not found.", "type": TYPE})


def not_found_v2() -> Response:
    """404 of v2: `{"errors": [...]}`, as customers.v2 declares its errors."""
    return error_v2(404, "The requested resource was not found.")


def error_v2(status: int, title: str) -> Response:
    """An error of v2: a list under `errors`."""
    return Response(status, {"errors": [{"status": status, "title": title, "type": TYPE}]})


def too_many_requests() -> Response:
    """429; the caller adds the quota headers, or not when a concurrency cap is the reason."""
    return error(429, "Too many requests")


def syntax_error() -> Refusal:
    """400 for a body that is no JSON."""
    body = {"status": 400, "title": "Input is invalid", "type": TYPE, "detail": "Syntax error"}
    return Refusal(Response(400, body))


def data(items: list[Any], meta: dict[str, Any] | None = None) -> Response:
    """`{"data": [...], "meta": {...}}` with 200."""
    return Response(200, {"data": items, "meta": meta or {}}, items=len(items))


def written(store: "StoreSide", items: list[Any]) -> Response:
    """The answer to a batch write: in the order sent, or reversed under the switch, for nothing promises an order."""
    return data(items[::-1] if store.world.switches.write_answer_order == "reversed" else items)


def fragments(parts: list[str], meta: str = "{}") -> Response:
    """The same envelope from texts that are JSON already: reading a page is string joining."""
    return Response(200, f'{{"data":[{",".join(parts)}],"meta":{meta}}}', items=len(parts))


def no_content(items: int = 0) -> Response:
    """204."""
    return Response(204, items=items)
