"""The main job comes out the same whatever the answer to each of the vendors' open questions is."""

from typing import Any

import pytest

from bcsync.sandbox.switches import ALTERNATIVES
from bcsync.sandbox.world import World
from stores.models import BusinessCentralCompany
from tests.customers import small_town
from tests.fixtures import FIRST, connected, driver, serving, small_world

CHOICES = [(name, value) for name, values in ALTERNATIVES.items() for value in values]
Ending = tuple[dict[str, Any], list[dict[str, str]]]


@pytest.fixture(scope="module")
def usual() -> list[Ending]:
    """The ending with every switch as it likely is; filled by whichever test comes first."""
    return []


def played(world: World, company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Ending:
    small_town.settle(world)
    with serving(world, settings, monkeypatch):
        store = connected(FIRST, company)
        small_town.set_up(store)
        ending = small_town.end(world, small_town.live(world, store, driver(world)))
    assert world.audit.broken_rules == []
    store.delete()
    company.customers.all().delete()
    return ending


@pytest.mark.parametrize(("name", "value"), CHOICES)
def test_the_main_job_ends_the_same(
    company: BusinessCentralCompany,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    usual: list[Ending],
    name: str,
    value: Any,
) -> None:
    if not usual:
        usual.append(played(small_world(), company, settings, monkeypatch))
    world = small_world()
    world.switches.change({name: value})
    state, outcomes = played(world, company, settings, monkeypatch)
    assert outcomes == usual[0][1]
    assert state == usual[0][0]
