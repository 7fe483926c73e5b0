"""Random 429, 5xx and cut connections: the same end state and the same outcomes as on a good day."""

from typing import Any

import pytest

from bcsync.sandbox.world import World
from stores.models import BusinessCentralCompany
from tests.customers import small_town
from tests.fixtures import FIRST, connected, driver, serving, small_world

FAULTS = ["429", "429-no-headers", "500", "502", "503", "504", "cut-before", "cut-after"]
Ending = tuple[dict[str, Any], list[dict[str, str]]]


@pytest.fixture(scope="module")
def good_day() -> list[Ending]:
    """The ending without faults; filled by whichever test comes first."""
    return []


def played(world: World, company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Ending:
    with serving(world, settings, monkeypatch):
        store = connected(FIRST, company)
        small_town.set_up(store)
        ending = small_town.end(world, small_town.live(world, store, driver(world)))
    store.delete()
    company.customers.all().delete()
    return ending


@pytest.mark.parametrize("rate", [0.05, 0.25])
@pytest.mark.parametrize("seed", [1, 3, 5])
def test_the_end_is_the_same_as_on_a_good_day(
    company: BusinessCentralCompany,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    good_day: list[Ending],
    seed: int,
    rate: float,
) -> None:
    if not good_day:
        world = small_world()
        small_town.settle(world)
        good_day.append(played(world, company, settings, monkeypatch))
    world = small_world()
    small_town.settle(world)
    world.faults.add(FAULTS, rate=rate, seed=seed)
    state, outcomes = played(world, company, settings, monkeypatch)
    struck = [call for call in world.audit.calls() if call.fault]
    assert len(struck) > rate * 10
    assert outcomes == good_day[0][1]
    assert state == good_day[0][0]
