"""A worker that dies at any write: the next one goes on, nobody is made twice, nobody is forgotten, totals add up."""

from typing import Any

import pytest

from bcsync.sandbox import cast
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Run
from stores.models import BusinessCentralCompany, Store
from tests.customers import small_town
from tests.customers.killing import leases_run_out, work_until_death
from tests.customers.reading import address_links, links
from tests.fixtures import FIRST, RunJob, connected, driver, outcomes, serving, small_world

# More than any of the jobs below writes; a job that ends before is asked no further.
MOST_WRITES = 40
Ending = tuple[dict[str, Any], dict[str, str], Any]


class Stage:
    """A world in which the jobs before `job` have been done."""

    def __init__(self, job: str, company: BusinessCentralCompany, run_job: RunJob, store: Store, world: World) -> None:
        self.job, self.company, self.run_job, self.store, self.world = job, company, run_job, store, world
        small_town.settle(world)
        small_town.set_up(store)
        for earlier in small_town.ROUND[: small_town.ROUND.index(job)]:
            run_job(store, earlier)
        if job == "update_customers":
            run_job(store, job)
            small_town.change(world)

    def ending(self, run: Run) -> Ending:
        run.refresh_from_db()
        assert sum(run.counts.values()) == run.looked_at
        assert run.to_do == 0
        assert self.world.audit.broken_rules == []
        based = {link.customer.email for link in self.store.links.exclude(base=None).select_related("customer")}
        rules = {email: rule for email, (_, rule, _) in links(self.store).items()}
        return cast.normal(self.world.state()), outcomes(run), (rules, address_links(self.store), based)


def play(
    job: str, death: int, after: bool, company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[bool, Ending]:
    """(whether the worker died, how it ended). death 0: nobody dies."""
    world = small_world()
    with serving(world, settings, monkeypatch):
        stage = Stage(job, company, driver(world), connected(FIRST, company), world)
        run = runs.start(stage.store, job, trigger=Run.Trigger.COMMAND, approved=True, queue=False)
        died = bool(death) and work_until_death(run, death, after=after)
        leases_run_out()
        stage.run_job.go_on(run)
        ending = stage.ending(run)
    stage.store.delete()
    company.customers.all().delete()
    world.close()
    return died, ending


@pytest.mark.parametrize("after", [False, True], ids=["before the vendor has it", "after the vendor has done it"])
@pytest.mark.parametrize("job", ["try_mapping", "add_customers", "update_customers"])
def test_a_worker_dies_at_every_write(
    company: BusinessCentralCompany, settings: Any, monkeypatch: pytest.MonkeyPatch, job: str, after: bool
) -> None:
    _, undisturbed = play(job, 0, after, company, settings, monkeypatch)
    deaths = 0
    for write in range(1, MOST_WRITES):
        died, ending = play(job, write, after, company, settings, monkeypatch)
        assert ending[1:] == undisturbed[1:], f"died at write {write}"
        assert cast.comparing.differences(ending[0], undisturbed[0]) == [], f"died at write {write}"
        if not died:
            break
        deaths += 1
    assert deaths >= 3
