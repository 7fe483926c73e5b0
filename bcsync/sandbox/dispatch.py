"""One request through the sandbox: faults, latency, the vendor's handler in one transaction, the audit."""

import time
import traceback

from bcsync.sandbox import control
from bcsync.sandbox.audit import WRITE_METHODS, AuditCall
from bcsync.sandbox.bigcommerce import app as bigcommerce
from bcsync.sandbox.business_central import app as business_central
from bcsync.sandbox.families import identify
from bcsync.sandbox.faults import answer, refusal_body
from bcsync.sandbox.messages import Refusal, Request, Response
from bcsync.sandbox.world import World

HANDLERS = {"bigcommerce": bigcommerce.handle, "business_central": business_central.handle, "sandbox": control.handle}


def dispatch(world: World, request: Request) -> Response | None:
    """Answer one request; None means that the connection is cut without an answer."""
    request.vendor, request.side, request.family = identify(request.method, request.path)
    if request.vendor not in HANDLERS:
        return Response(404, {"error": f"nobody answers at {request.path}"})
    if request.vendor == "sandbox":
        return control.handle(world, request)
    strike = world.faults.take(request.vendor, request.family)
    key = (request.vendor, request.side, request.family)
    request.family_in_flight, request.side_in_flight = world.audit.enter(*key)
    try:
        kind = strike[0] if strike else ""
        if strike and kind == "slow":
            time.sleep(strike[1].seconds)
        if world.latency:
            time.sleep(world.latency)
        response = answer(kind, strike[1], request.vendor) if strike else None
        struck = response is not None or kind == "cut-before"
        if response is None and kind != "cut-before":
            response = _spoiled(kind, handle(world, request), request.vendor)
        _record(world, request, response, kind, struck)
    finally:
        world.audit.leave(*key)
    if world.exchanges is not None and response is not None and not kind:
        world.exchanges.append((request, response))
    return None if kind.startswith("cut-") else response


def handle(world: World, request: Request) -> Response:
    """The vendor's own answer, inside one transaction that a Refusal rolls back."""
    try:
        with world.storage.transaction():
            return HANDLERS[request.vendor](world, request)
    except Refusal as refusal:
        return refusal.response
    except Exception as error:
        # a bug of ours: the test that met it must see it, and the client must not take it for the vendor's silence
        world.audit.broke(f"the sandbox crashed in {request.family}: {traceback.format_exc()}")
        return Response(500, {"error": {"code": "SandboxCrash", "message": f"{type(error).__name__}: {error}"}})


def _spoiled(kind: str, response: Response, vendor: str) -> Response:
    """The answer of work that was done, as a fault lets it arrive."""
    wrote = response.status < 300 if response.wrote is None else response.wrote
    if kind == "truncated":
        body = response.payload()
        cut = body[: len(body) // 2] or b"{"
        return Response(response.status, cut, response.headers, response.content_type, response.items, wrote)
    if kind == "504-after":
        return Response(504, refusal_body(vendor, 504, "Gateway Timeout"), items=response.items, wrote=wrote)
    return response


def _record(world: World, request: Request, response: Response | None, kind: str, struck: bool) -> None:
    status = response.status if response and not kind.startswith("cut-") else 0
    wrote = False
    if response and not struck:
        done = response.status < 300 if response.wrote is None else response.wrote
        wrote = done and request.method in WRITE_METHODS
    items = response.items if response else 0
    at = world.clock.timestamp()
    call = AuditCall(request.vendor, request.side, request.method, request.family, status, items, at, wrote, kind)
    world.audit.record(call)
