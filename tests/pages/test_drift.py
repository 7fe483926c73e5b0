"""Check for drift on the store card and the Customers page, what its run shows, and the plan that mends it."""

from django.test import Client

from customers import drift
from customers.models import Run, RunRecord
from tests.pages import data

STORE = "/stores/k3v9x1q7p2/"


def drift_run() -> Run:
    """A drift check that found one pair of three to differ."""
    store = data.store()
    found = drift.Difference("core", "phone", "01223 1", "01223 2", drift.STORE_MISSED)
    run = Run.objects.create(
        store=store, kind=Run.Kind.RECONCILE, mode=Run.Mode.PLAN, trigger="click", status=Run.Status.SUCCEEDED,
        step="done", looked_at=3, total=3, counts={"differs": 1, "unchanged": 2},
        cursor={"causes": {drift.STORE_MISSED: 1}, "fields": {"core: phone": 1}},
    )  # fmt: skip
    customer = data.customers(store, 1)[0]
    RunRecord.objects.create(
        run=run, target=f"customer:{customer.remote_id}", customer=customer, label="Ann", state="done",
        outcome="differs", cause=drift.STORE_MISSED, reason=drift.STORE_MISSED, parts=drift.parts_of([found]),
    )  # fmt: skip
    return run


def test_the_store_card_and_the_list_start_a_check_beside_other_runs(operator: Client, queued: list[int]) -> None:
    store = data.store()
    data.customers(store, 1)
    Run.objects.create(store=store, kind="import_customers", trigger="click", status="running")
    for page in (STORE, f"{STORE}customers/"):
        assert f"{STORE}reconcile/" in operator.get(page).content.decode()
    answer = operator.post(f"{STORE}reconcile/")
    run = Run.objects.get(kind=Run.Kind.RECONCILE)
    assert (answer["Location"], run.mode) == (run.get_absolute_url(), "plan")


def test_its_run_says_what_differs_by_cause_and_field_and_offers_the_plan(operator: Client, queued: list[int]) -> None:
    run = drift_run()
    text = operator.get(run.get_absolute_url()).content.decode()
    for said in ("1 pair differs", "of 3 linked pairs compared", drift.STORE_MISSED, "core: phone",
                 "Plan Update for these 1", "01223 1", "01223 2"):  # fmt: skip
        assert said in text, said
    operator.post(f"{run.get_absolute_url()}plan-update/")
    made = Run.objects.get(kind=Run.Kind.UPDATE_CUSTOMERS)
    assert (made.scope["drift"], made.mode, made.approved) == (run.pk, "apply", False)
    assert "found by run" in operator.get(made.get_absolute_url()).content.decode()


def test_a_viewer_sees_it_and_cannot_start_the_plan(viewer: Client) -> None:
    run = drift_run()
    assert "Plan Update for these 1" in viewer.get(run.get_absolute_url()).content.decode()
    assert viewer.post(f"{run.get_absolute_url()}plan-update/").status_code == 403
    assert Run.objects.count() == 1
