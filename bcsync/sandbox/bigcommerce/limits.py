"""Quota and concurrency: 429 with headers when the window is used up, without them when too many run at once."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bcsync.sandbox.bigcommerce.answers import too_many_requests
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

# docs/api-docs/getting-started/api-rate-limits.mdx, start/about/index.mdx
CONCURRENCY = {
    "POST /v3/customers": 10,
    "PUT /v3/customers": 3,
    "POST /v3/customers/addresses": 10,
    "PUT /v3/customers/addresses": 3,
    "POST /v3/customers/attributes": 3,
    "PUT /v3/customers/attributes": 3,
    "PUT /v3/customers/attribute-values": 3,
    "PUT /v3/customers/form-field-values": 10,
}
GROUPS_CONCURRENCY = 40
PATIENCE = 12  # refusals in one window that a client with ten threads may meet before it is called abusive


@dataclass
class Window:
    """The quota's window now running: when it began (vendor time), calls used, calls refused."""

    began: float = 0.0
    used: int = 0
    refused: int = 0


def concurrency_refusal(store: "StoreSide", request: Request) -> Response | None:
    """429 without quota headers when more requests of this family are in flight than the vendor allows."""
    cap = CONCURRENCY.get(request.family, GROUPS_CONCURRENCY if "/v2/customer_groups" in request.family else 0)
    if not cap or request.family_in_flight <= cap:
        return None
    store.world.audit.broke(f"{request.family_in_flight} {request.family} in flight, the cap is {cap}")
    return too_many_requests()


def quota_refusal(store: "StoreSide", request: Request) -> Response | None:
    """Count one call; 429 when the window's quota is used up."""
    window = _current(store)
    if window.used < store.quota:
        window.used += 1
        return None
    window.refused += 1
    if window.refused == PATIENCE + 1:
        store.world.audit.broke(f"kept sending after {PATIENCE} answers 429 in one window, last {request.family}")
    return too_many_requests()


def headers(store: "StoreSide") -> dict[str, str]:
    """The rate headers that every counted answer carries."""
    window = _current(store)
    left = window.began * 1000 + store.window_ms - store.world.clock.timestamp() * 1000
    return {
        "X-Rate-Limit-Requests-Left": str(max(0, store.quota - window.used)),
        "X-Rate-Limit-Requests-Quota": str(store.quota),
        "X-Rate-Limit-Time-Reset-Ms": str(max(1, math.ceil(left))),
        "X-Rate-Limit-Time-Window-Ms": str(store.window_ms),
    }


def _current(store: "StoreSide") -> Window:
    now = store.world.clock.timestamp()
    # a client that waits exactly as long as the header said must find the new window, float arithmetic or not
    if now - store.window.began >= store.window_ms / 1000 - 1e-6:
        store.window = Window(began=now)
    return store.window
