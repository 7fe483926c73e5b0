"""BigCommerce's side of the server."""

from typing import TYPE_CHECKING

from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.world import World


def handle(world: "World", request: Request) -> Response:
    """Answer one BigCommerce request, inside a transaction that Refusal rolls back."""
    return Response(501, {"status": 501, "title": request.family, "type": "", "errors": {}})
