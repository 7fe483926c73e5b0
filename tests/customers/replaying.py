"""One job played many times from the same state, each time with another disturbance."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.sandbox import cast
from bcsync.sandbox.world import World
from customers import runs
from customers.models import Run
from stores.models import Store
from tests.customers import small_town
from tests.customers.killing import leases_run_out
from tests.customers.reading import address_links, links
from tests.fixtures import driver, outcomes, serving, small_world

Ending = tuple[dict[str, Any], dict[str, str], Any]


class Stage:
    """A world in which the jobs before `job` have been done, kept in a file so that it can be played many times."""

    def __init__(self, job: str, path: Path, store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.job, self.path, self.store = job, path, store
        self.settings, self.monkeypatch = settings, monkeypatch
        world = small_world(path=path / "stage.sqlite3")
        small_town.settle(world)
        small_town.set_up(store)
        with serving(world, settings, monkeypatch):
            for earlier in small_town.ROUND[: small_town.ROUND.index(job)]:
                driver(world)(store, earlier)
            if job == "update_customers":
                driver(world)(store, job)
                small_town.change(world)
        world.close()

    def play(self, disturbed: Callable[[Run], bool] = lambda run: False) -> tuple[bool, Ending]:
        """Work on the run with a disturbance, then to its end: (whether there was one, how it ended). Afterwards all
        is as before."""
        copy = self.path / "copy.sqlite3"
        shutil.copy(self.path / "stage.sqlite3", copy)
        forget_tokens()
        world, before = World(copy), transaction.savepoint()
        with serving(world, self.settings, self.monkeypatch):
            run = runs.start(self.store, self.job, trigger=Run.Trigger.COMMAND, approved=True, queue=False)
            happened = disturbed(run)
            leases_run_out()
            run = driver(world).go_on(run)
        assert (sum(run.counts.values()), run.to_do) == (run.looked_at, 0)
        assert world.audit.broken_rules == []
        ending = cast.normal(world.state()), outcomes(run), self.links()
        world.close()
        transaction.savepoint_rollback(before)
        return happened, ending

    def links(self) -> Any:
        """Who is linked by which rule, behind which address what stands and who made it, who has a base."""
        based = {link.customer.email for link in self.store.links.exclude(base=None).select_related("customer")}
        return {email: rule for email, (_, rule, _) in links(self.store).items()}, address_links(self.store), based
