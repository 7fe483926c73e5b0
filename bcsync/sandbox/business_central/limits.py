"""The operational limits per application: requests in five minutes, connections; and what a careful client never does.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/administration/operational-limits-online
"""

from collections import deque
from typing import TYPE_CHECKING

from bcsync.sandbox.business_central.errors import BusinessCentralError
from bcsync.sandbox.messages import Request

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide

WINDOW_SECONDS = 300
MAX_CONNECTIONS = 100
# Five are processed at once; one is left for people who use the same registration.
CAREFUL_CONCURRENCY = 4


def count_request(granted: list["CompanySide"], request: Request) -> None:
    """Count one request of the application. Raises 429 above the limits; note a careless client in the audit."""
    first = granted[0]
    calls: deque[float] = first.calls
    now = first.world.clock.timestamp()
    while calls and calls[0] <= now - WINDOW_SECONDS:
        calls.popleft()
    if len(calls) >= first.rate_limit:
        message = f"Too many requests reached. Actual ({len(calls) + 1}). Maximum ({first.rate_limit})."
        raise BusinessCentralError(429, "Application_TooManyRequests", message)
    calls.append(now)
    if request.side_in_flight > MAX_CONNECTIONS:
        message = f"Too many connections reached. Actual ({request.side_in_flight}). Maximum ({MAX_CONNECTIONS})."
        raise BusinessCentralError(429, "Application_TooManyRequests", message)
    if request.side_in_flight > CAREFUL_CONCURRENCY * len(granted):
        first.world.audit.broke(f"{request.family}: {request.side_in_flight} in flight, careful is 4 per company")
