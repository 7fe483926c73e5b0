"""A store takes one run at a time; one that ends in the very moment in which the database says so is no error."""

from typing import Any

import pytest
from django.db.models.query import QuerySet

from customers import runs, tasks
from customers.models import Run
from stores.models import Store
from tests.pages import data


@pytest.fixture
def store(db: None, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(tasks, "queue", lambda pk: None)
    return data.store()


def ends_unseen(monkeypatch: pytest.MonkeyPatch, active: Run) -> None:
    """The active run ends after the database has refused another one, before anybody looks for it."""
    first = QuerySet.first

    def then(self: Any) -> Any:
        Run.objects.filter(pk=active.pk).update(status="succeeded")
        return first(self)

    monkeypatch.setattr(QuerySet, "first", then)


def test_a_start_takes_the_place_that_became_free(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    active = data.run(store, "update_customers", "running")
    ends_unseen(monkeypatch, active)
    run = runs.start(store, "import_customers", trigger="click")
    assert (run.status, Run.objects.filter(status__in=Run.ACTIVE).count()) == ("waiting", 1)


def test_resume_and_approve_say_that_it_can_be_pressed_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    active = data.run(store, "update_customers", "running")
    stopped, planned = data.run(store, status="stopped"), data.planned_run(store, data.customers(store, 4))
    with pytest.raises(runs.Busy, match="is busy with"):
        runs.resume(stopped)
    ends_unseen(monkeypatch, active)
    with pytest.raises(runs.CannotStart, match="was busy until this moment; press the button again"):
        runs.resume(stopped)
    Run.objects.filter(pk=active.pk).update(status="running")
    with pytest.raises(runs.CannotStart, match="was busy until this moment; press the button again"):
        runs.approve(planned, None)
    runs.approve(planned, None)
    planned.refresh_from_db()
    assert planned.status == "waiting"
