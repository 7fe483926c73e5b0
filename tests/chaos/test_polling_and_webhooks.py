"""Each of the two ways alone carries the same edits to the same end: schedules without webhooks, webhooks without
schedules. Nobody presses a button in either."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bcsync.sandbox import cast
from bcsync.sandbox.cast.comparing import differences
from customers.models import Run
from stores.models import Store
from tests.chaos import edits, oracle
from tests.chaos.play import Outcome, edit, events
from tests.chaos.town import Stage, Town

# Who comes new is for Try Mapping and Add Customers, whatever told of it.
NEWCOMERS = {"customer_created", "shopper_registers"}
SEEDS = (1, 2, 3)
EDITS = 15
FIVE_MINUTES, DAY = 300.0, 86_400.0


@pytest.fixture
def stage(tmp_path: Path, store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch, redis_connection: Any) -> Stage:
    return Stage(tmp_path, store, settings, monkeypatch, redis_connection)


def by_polling(town: Town, outcome: Outcome) -> None:
    """Sync changes by its schedule, for a little more than the day in which everybody is compared."""
    for seconds in (FIVE_MINUTES, FIVE_MINUTES, DAY, FIVE_MINUTES):
        town.world.clock.advance(seconds)
        run = town.run_job(town.store, "sync_changes", approved=False, trigger=Run.Trigger.SCHEDULE)
        assert (run.status, run.to_do) == (Run.Status.SUCCEEDED, 0)


def by_webhooks(town: Town, outcome: Outcome) -> None:
    """Events until none comes any more; only they start runs."""
    while town.world.webhooks.waiting() or outcome.counts["events"] != outcome.counts["seen"]:
        outcome.counts["seen"] = outcome.counts["events"]
        events(town, outcome, 31.0)
    assert set(Run.objects.order_by("-pk").values_list("trigger", flat=True)[:2]) == {Run.Trigger.EVENT}


def carried(
    stage: Stage, seed: int, names: list[str], way: Callable[[Town, Outcome], None], *, lost: bool
) -> tuple[dict[str, Any], list[str]]:
    """Both systems after these edits and one way of carrying them, and what is wrong then."""
    outcome, dice = Outcome(), random.Random(seed)
    with stage.play() as town:
        if lost:
            town.world.webhooks.spoil("never", rate=1.0)
        for name in dice.choices(names, k=EDITS):
            edit(town, edits.BY_NAME[name], random.Random(dice.randrange(1 << 30)), outcome)
        outcome.counts["seen"] = -1
        way(town, outcome)
        state, written = town.world.state(), len(town.world.audit.writes())
        way(town, outcome)
        assert (town.world.state(), len(town.world.audit.writes())) == (state, written)
        return cast.normal(state), [*outcome.troubles, *oracle.troubles(town)]


@pytest.mark.parametrize("seed", SEEDS)
def test_with_all_webhooks_lost_polling_alone_brings_everything(stage: Stage, seed: int) -> None:
    names = sorted(set(edits.BY_NAME) - NEWCOMERS)
    _, troubles = carried(stage, seed, names, by_polling, lost=True)
    assert troubles == []


@pytest.mark.parametrize("seed", SEEDS)
def test_with_polling_off_webhooks_alone_carry_what_the_vendors_announce(stage: Stage, seed: int) -> None:
    names = sorted(set(edits.BY_NAME) - NEWCOMERS - edits.SILENT)
    by_events, troubles = carried(stage, seed, names, by_webhooks, lost=False)
    assert troubles == []
    polled, _ = carried(stage, seed, names, by_polling, lost=True)
    assert differences(by_events, polled) == []
