"""The sandbox's own doors as the demo uses them: what is in both systems, what was asked, what people do there."""

from collections.abc import Mapping
from typing import Any

import requests

from bcsync.embedded.places import Place

SECONDS = 30


def look(place: Place, name: str) -> dict[str, Any]:
    """What the sandbox says of itself: state, audit, webhooks."""
    answer: dict[str, Any] = requests.get(f"{place.sandbox_url}/sandbox/{name}", timeout=SECONDS).json()
    return answer


def writes(place: Place) -> int:
    """How many writes both vendors have carried out so far."""
    counts: Mapping[str, int] = look(place, "audit")["writes"]
    return sum(counts.values())


def knock(place: Place, name: str, body: Mapping[str, Any]) -> None:
    """Ask the sandbox to do something. Raises HTTPError when it refuses."""
    requests.post(f"{place.sandbox_url}/sandbox/{name}", json=body, timeout=SECONDS).raise_for_status()
