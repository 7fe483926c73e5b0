"""$batch: inner requests one after the other, stopping at the first failure, or all in one transaction (snapshot).

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/devenv-develop-custom-api
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bcsync.sandbox.audit import AuditCall
from bcsync.sandbox.business_central.errors import BusinessCentralError
from bcsync.sandbox.families import identify
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

MAX_OPERATIONS = 100
Answer = Callable[[Request], Response]


class _RolledBack(Exception):
    """Leaves the snapshot's transaction; the answers given so far are kept."""


def serve_batch(world: "World", request: Request, base: str, answer: Answer) -> Response:
    """Answer a $batch below `base`; `answer` serves one inner request in a transaction of its own."""
    operations = _operations(world, request)
    prefer = request.header("prefer")
    go_on = "continue-on-error" in prefer and "continue-on-error=false" not in prefer
    snapshot = request.header("isolation") == "snapshot"
    responses: list[dict[str, Any]] = []
    with suppress(_RolledBack), world.storage.transaction():
        for operation in operations:
            inner = _inner(request, base, operation)
            response = answer(inner)
            _record(world, request, inner, response)
            responses.append(_shown(operation, response))
            if response.status >= 400 and snapshot:
                # Everything before is undone, and still shows its 200 or 201.
                raise _RolledBack
            if response.status >= 400 and not go_on:
                break
    if "application/json" not in request.header("accept"):
        world.audit.broke("POST /$batch: without Accept: application/json the answer is multipart/mixed")
    failed = any(one["status"] >= 400 for one in responses)
    answered = zip(responses, operations, strict=False)
    done = any(one["status"] < 300 for one, operation in answered if operation.get("method") != "GET")
    wrote = done and not (snapshot and failed)
    return Response(200, {"responses": responses}, items=len(responses), wrote=wrote)


def _operations(world: "World", request: Request) -> list[dict[str, Any]]:
    try:
        operations = request.json()["requests"]
    except (ValueError, KeyError, TypeError):
        raise BusinessCentralError(400, "BadRequest", "The batch request body is not valid.") from None
    if len(operations) > MAX_OPERATIONS:
        world.audit.broke(f"POST /$batch: {len(operations)} operations, 100 are allowed")
        message = f"The request contains too many parts. The maximum number of parts allowed is '{MAX_OPERATIONS}'."
        raise BusinessCentralError(500, "Unknown", message)
    if any(operation.get("id") is None for operation in operations):
        world.audit.broke("POST /$batch: an operation without id cannot be told from its neighbours")
    return list(operations)


def _inner(request: Request, base: str, operation: dict[str, Any]) -> Request:
    url = str(operation.get("url", "")).lstrip("/")
    headers = {name.lower(): str(value) for name, value in (operation.get("headers") or {}).items()}
    if "company" in headers and not url.startswith("companies("):
        url = f"companies({quote(headers['company'])})/{url}"
    raw_path, _, query = f"{base}/{url}".partition("?")
    method = str(operation.get("method", "GET")).upper()
    body = json.dumps(operation["body"]).encode() if operation.get("body") is not None else b""
    vendor, side, family = identify(method, raw_path)
    headers["authorization"] = request.header("authorization")
    return Request(
        method,
        raw_path,
        query,
        headers,
        body,
        raw_path,
        vendor,
        request.side or side,
        family,
        base_url=request.base_url,
    )


def _record(world: "World", outer: Request, inner: Request, response: Response) -> None:
    wrote = inner.method != "GET" and response.status < 300
    at = world.clock.timestamp()
    world.audit.record(
        AuditCall(
            outer.vendor, outer.side, inner.method, inner.family, response.status, response.items, at, wrote, inner=True
        )
    )


def _shown(operation: dict[str, Any], response: Response) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": operation.get("id"),
        "status": response.status,
        "headers": {"content-type": "application/json; odata.metadata=minimal", **response.headers},
    }
    if response.body is not None:
        shown["body"] = json.loads(response.body) if isinstance(response.body, str) else response.body
    return shown
