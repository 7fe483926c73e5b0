"""Business Central's side of the server: token, API v2.0 and published pages."""

from typing import TYPE_CHECKING

from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.world import World


def handle(world: "World", request: Request) -> Response:
    """Answer one Business Central request, inside a transaction that Refusal rolls back."""
    return Response(501, {"error": {"code": "BadRequest_MethodNotImplemented", "message": request.family}})
