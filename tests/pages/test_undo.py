"""Undo from a run's page: a plan of all or of one record; deleting is offered to and taken from administrators only."""

from collections.abc import Callable

import pytest
from django.test import Client

from customers.models import Run, RunRecord
from stores.models import Store
from tests.pages import data


@pytest.fixture
def merchant(db: None) -> Store:
    store = data.store()
    data.customers(store, 4)
    return store


@pytest.fixture
def ended(merchant: Store) -> Run:
    run = data.run(merchant, counts={"created": 2}, looked_at=2)
    for shopper in merchant.customers.order_by("pk")[:2]:
        data.record(run, f"customer:{shopper.remote_id}", "created", customer=shopper, plan={"link": 1})
    return run


def test_of_a_run_is_a_plan(operator: Client, ended: Run, queued: list[int]) -> None:
    answer = operator.post(f"/runs/{ended.pk}/undo/")
    undo = Run.objects.get(kind="undo")
    assert answer["Location"] == undo.get_absolute_url()
    assert (undo.scope, undo.approved, undo.user.username) == ({"run": ended.pk}, False, "operator")
    assert f"run {ended.pk}" in operator.get(undo.get_absolute_url()).content.decode()


def test_announces_no_approval_before_it_is_known_and_none_where_nothing_is_left(
    operator: Client, ended: Run, queued: list[int]
) -> None:
    text = operator.post(f"/runs/{ended.pk}/undo/", follow=True).content.decode()
    assert "Being planned: nothing is taken back before you looked at it here and approved it." in text
    undo = Run.objects.get(kind="undo")
    for counts, status, said in (
        ({"skipped": 2}, "succeeded", True), ({"updated": 1, "skipped": 1}, "succeeded", False),
        ({"failed": 2}, "completed with errors", False), ({}, "planned", False),
    ):  # fmt: skip
        Run.objects.filter(pk=undo.pk).update(counts=counts, status=status, looked_at=2)
        text = operator.get(undo.get_absolute_url()).content.decode()
        assert ("Nothing was left to take back" in text) is said, status


def test_of_one_record(operator: Client, ended: Run, queued: list[int]) -> None:
    one = RunRecord.objects.filter(run=ended)[0]
    operator.post(f"/runs/{ended.pk}/undo/", {"records": one.pk})
    assert Run.objects.get(kind="undo").scope == {"run": ended.pk, "records": [one.pk]}


def test_nonsense_undoes_nothing(operator: Client, ended: Run, queued: list[int]) -> None:
    text = operator.post(f"/runs/{ended.pk}/undo/", {"records": "all"}, follow=True).content.decode()
    assert ("did nothing that can be undone" in text, Run.objects.filter(kind="undo").count()) == (True, 0)


def test_deleting_is_for_administrators(signed_in: Callable[[str], Client], ended: Run, queued: list[int]) -> None:
    operator, administrator = signed_in("operator"), signed_in("administrator")
    assert "Undo and delete" not in operator.get(ended.get_absolute_url()).content.decode()
    text = operator.post(f"/runs/{ended.pk}/undo/", {"delete": "yes"}, follow=True).content.decode()
    assert ("Only an administrator may delete customers" in text, Run.objects.filter(kind="undo").count()) == (True, 0)
    assert "Undo and delete" in administrator.get(ended.get_absolute_url()).content.decode()
    administrator.post(f"/runs/{ended.pk}/undo/", {"delete": "yes"})
    undo = Run.objects.get(kind="undo")
    assert undo.scope == {"run": ended.pk, "delete": True}
    Run.objects.filter(pk=undo.pk).update(status="planned", to_do=1)
    text = operator.post(f"/runs/{undo.pk}/approve/", follow=True).content.decode()
    assert ("Only an administrator may delete customers" in text, Run.objects.get(pk=undo.pk).status) == (
        True,
        "planned",
    )


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("approve", "planned"),
        ("plan-again", "planned"),
        ("resume", "stopped"),
        ("retry-failed", "completed with errors"),
    ],
)
def test_what_deletes_on_the_other_side_is_for_administrators(
    signed_in: Callable[[str], Client], queued: list[int], action: str, status: str
) -> None:
    store = data.store(writes_enabled=True)
    run = data.run(store, "delete_gone", status, to_do=1, looked_at=2, counts={"failed": 1})
    data.record(run, "customer:1", "failed", customer=data.customers(store, 1)[0])
    before = list(Run.objects.values())
    text = signed_in("operator").post(f"/runs/{run.pk}/{action}/", follow=True).content.decode()
    assert ("Only an administrator may delete customers" in text, list(Run.objects.values())) == (True, before)
    signed_in("administrator").post(f"/runs/{run.pk}/{action}/")
    run.refresh_from_db()
    assert (run.status, Run.objects.count()) != (status, 1)


def test_offered_where_there_is_something_to_undo(operator: Client, viewer: Client, ended: Run) -> None:
    imported = data.run(ended.store, "import_customers")
    for client, run, offered in ((operator, ended, (1, 2)), (viewer, ended, (0, 0)), (operator, imported, (0, 0))):
        text = client.get(run.get_absolute_url()).content.decode()
        assert (text.count("Undo this run…"), text.count('name="records"')) == offered


def test_a_selection_without_a_tick_undoes_nothing(operator: Client, ended: Run, queued: list[int]) -> None:
    text = operator.post(f"/runs/{ended.pk}/undo/", {"reach": "selected"}, follow=True).content.decode()
    assert ("Nothing was selected" in text, Run.objects.filter(kind="undo").count()) == (True, 0)


def test_the_plan_says_what_cannot_come_back(viewer: Client, ended: Run) -> None:
    plan = data.run(ended.store, "undo", "planned", scope={"run": ended.pk, "delete": True}, to_do=1, looked_at=1)
    text = viewer.get(plan.get_absolute_url()).content.decode()
    assert "What cannot come back" in text
    assert "A customer that is deleted is gone for good: sign-in, wish lists, store credit" in text
