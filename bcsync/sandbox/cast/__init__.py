"""The cast: named shoppers and customers in whom every rule of the main job has somebody, and what is expected of them.

Tests and the demo read this one table. `seed` puts everybody on stage; `differences` judges the end.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.cast import (
    added,
    awkward,
    comparing,
    created,
    expectation,
    matched,
    reviewed,
    seeding,
    updated,
)
from bcsync.sandbox.cast.comparing import normal
from bcsync.sandbox.cast.member import Member, Said, said
from bcsync.sandbox.cast.places import (
    COMPANY,
    FIRST,
    OWNERS,
    SECOND,
    SETTINGS,
    STORES,
    TEMPLATES,
    connections,
    options,
)

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

__all__ = [
    "CAST", "COMPANY", "EXPECTED", "FIRST", "OWNERS", "SECOND", "SETTINGS", "STORES", "TEMPLATES", "Member", "Said",
    "build", "connections", "differences", "expected_state", "member", "normal", "options", "seed",
]  # fmt: skip

CAST: tuple[Member, ...] = (
    *matched.MEMBERS, *reviewed.MEMBERS, *created.MEMBERS, *added.MEMBERS, *awkward.MEMBERS, *updated.MEMBERS
)  # fmt: skip


def _expected() -> dict[tuple[str, str, str], Said]:
    """(store hash, job, member key) -> outcome and parts of the reason."""
    found: dict[tuple[str, str, str], Said] = {}
    for one in CAST:
        for hash, who, jobs in ((FIRST, one.shopper, one.expected), (SECOND, one.second, one.in_second)):
            if who:
                found[hash, "import_customers", one.key] = said("created")
            found |= {(hash, job, one.key): outcome for job, outcome in jobs.items()}
    return found


EXPECTED = _expected()


def member(key: str) -> Member:
    """One member of the cast by its key."""
    return next(one for one in CAST if one.key == key)


def seed(world: "World", *, with_demo_customers: bool = True) -> None:
    """Build the company, both stores and everybody in them."""
    seeding.seed(world, CAST, with_demo_customers=with_demo_customers)


build = seed


def expected_state() -> dict[str, Any]:
    """Both systems after the demo's jobs, in normal form: as seeded, with the changes that the data file lists."""
    return expectation.expected_state(seed)


def differences(state: Mapping[str, Any]) -> list[str]:
    """What is not as expected in a state as GET /sandbox/state gives it, one sentence each."""
    return comparing.differences(normal(state), expected_state())
