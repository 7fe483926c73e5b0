"""Honest totals: at every moment the outcomes and what is left to do add up to the customers looked at."""

from typing import Any

import pytest
from django.db.models import Count

from bcsync.sandbox.world import World
from customers.context import Context
from customers.models import Run, RunRecord
from stores.models import Store
from tests.customers import small_town
from tests.fixtures import RunJob

State = RunRecord.State


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every time a run is saved its stored totals are added up; what does not add up is listed."""
    wrong: list[str] = []
    save = Context.save

    def watching(self: Context, *names: str, **fields: Any) -> None:
        save(self, *names, **fields)
        run = Run.objects.get(pk=self.run.pk)
        if sum(run.counts.values()) + run.to_do != run.looked_at:
            wrong.append(f"{run} {run.step}: {run.counts} + {run.to_do} is not {run.looked_at}")
        if any(number < 0 for number in (*run.counts.values(), run.to_do)):
            wrong.append(f"{run} {run.step}: {run.counts}, {run.to_do}")

    monkeypatch.setattr(Context, "save", watching)
    return wrong


@pytest.mark.parametrize("faults", [0.0, 0.2])
def test_totals_add_up_whenever_somebody_looks(
    store: Store, world: World, run_job: RunJob, watched: list[str], faults: float
) -> None:
    small_town.settle(world)
    small_town.set_up(store)
    if faults:
        world.faults.add(["429", "503", "cut-before", "cut-after"], rate=faults, seed=11)
    ended = small_town.live(world, store, run_job)
    assert watched == []
    for run in ended:
        assert (sum(run.counts.values()), run.to_do) == (run.looked_at, 0)
        assert run.total == run.looked_at


def test_every_counted_outcome_has_its_line_but_unchanged(store: Store, world: World, run_job: RunJob) -> None:
    small_town.settle(world)
    small_town.set_up(store)
    for run in small_town.live(world, store, run_job):
        lines = run.records.filter(state=State.DONE).values("outcome").annotate(number=Count("pk")).order_by()
        told = {line["outcome"]: line["number"] for line in lines}
        assert told == {outcome: number for outcome, number in run.counts.items() if outcome != "unchanged"}, run


def test_succeeded_only_when_nothing_was_rejected_or_failed(store: Store, world: World, run_job: RunJob) -> None:
    small_town.settle(world)
    small_town.set_up(store)
    said = [(run.kind, run.status) for run in small_town.live(world, store, run_job)[:4]]
    assert said == [
        ("import_customers", "succeeded"),
        ("try_mapping", "completed with errors"),
        ("add_customers", "succeeded"),
        ("update_customers", "succeeded"),
    ]


def test_no_more_calls_than_the_least_possible(store: Store, world: World, run_job: RunJob) -> None:
    small_town.settle(world)
    small_town.set_up(store)
    sign_in = ("Microsoft Entra POST oauth2/v2.0/token", "Business Central GET /companies")
    ended = small_town.live(world, store, run_job)
    for run in ended:
        made = sum(number for call, number in run.calls.items() if call not in sign_in)
        least = sum(number for call, number in run.least_calls.items() if call not in sign_in)
        # Who is linked by e-mail goes apart from who is created, so one batch of metafields may be less than full.
        spare = run.kind == Run.Kind.ADD_CUSTOMERS
        assert least <= made <= least + spare, f"{run}: {run.calls} {run.least_calls}"
    # What the runs counted is what the vendors saw.
    assert sum(sum(run.calls.values()) for run in ended) == len(world.audit.calls())
