"""Our own doors under /sandbox: state, audit, people, faults, switches, clock; for the demo and other processes."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.messages import Request, Response
from bcsync.sandbox.webhooks import summary

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

DOES = ("add_customer", "change_customer")


def handle(world: "World", request: Request) -> Response:
    """Answer a control request; a wrong value is a 400 with the reason, an unknown door a 404."""
    try:
        return _route(world, request)
    except (KeyError, TypeError, ValueError) as error:
        return Response(400, {"error": f"{type(error).__name__}: {error}"})


def _route(world: "World", request: Request) -> Response:
    match request.method, request.path.rstrip("/"):
        case "GET", "/sandbox/health":
            return Response(200, {"status": "ok", "stores": list(world.stores), "companies": list(world.companies)})
        case "GET", "/sandbox/state":
            return Response(200, world.state(ids=dict(request.pairs()).get("ids", "1") not in ("0", "false")))
        case "GET", "/sandbox/audit":
            return Response(200, world.audit.summary())
        case "POST", "/sandbox/audit/reset":
            world.audit.reset()
            return Response(200, {})
        case "POST", "/sandbox/faults":
            return _faults(world, request.json())
        case "DELETE", "/sandbox/faults":
            world.faults.clear()
            return Response(200, {})
        case "GET", "/sandbox/webhooks":
            return Response(200, summary(world.webhooks))
        case "POST", "/sandbox/webhooks/deliver":
            return Response(200, {"sent": len(world.webhooks.deliver_due())})
        case "POST", "/sandbox/webhooks/delay":
            world.webhooks.delay = float(request.json()["seconds"])
            return Response(200, {"seconds": world.webhooks.delay})
        case "POST", "/sandbox/webhooks/faults":
            world.webhooks.spoil(**request.json())
            return Response(200, {})
        case "DELETE", "/sandbox/webhooks/faults":
            world.webhooks.restore()
            return Response(200, {})
        case "GET", "/sandbox/switches":
            return Response(200, world.switches.as_dict())
        case "POST", "/sandbox/switches":
            world.switches.change(request.json())
            return Response(200, world.switches.as_dict())
        case "POST", "/sandbox/people":
            return _people(world, request.json())
        case "POST", "/sandbox/clock":
            world.clock.advance(float(request.json()["advance"]))
            return Response(200, {"now": world.clock.stamp()})
    return Response(404, {"error": f"no door {request.method} {request.path}"})


def _faults(world: "World", body: Any) -> Response:
    """A fault, or a list of them, with the names that Faults.add takes."""
    for fault in body if isinstance(body, list) else [body]:
        world.faults.add(**fault)
    return Response(200, {})


def _people(world: "World", body: Any) -> Response:
    """What a human does in a vendor's own pages: {"store": hash} or {"company": key}, does, who, fields."""
    side: Any = world.stores[body["store"]] if "store" in body else world.companies[body["company"]]
    if body["does"] not in DOES:
        raise ValueError(f"does must be one of {DOES!r}, not {body['does']!r}")
    getattr(side, body["does"])(*([body["who"]] if "who" in body else ()), **body["fields"])
    return Response(200, {})
