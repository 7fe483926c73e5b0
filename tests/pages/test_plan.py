"""A plan before its approval: its filters and age, approving a part of it, two operators at once, giving it up."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers import plan_facts
from customers.models import Customer, Run, RunRecord
from stores.models import Store
from tests.pages import data
from tests.pages.test_browser import faults, opened

__all__ = ["opened"]
Open = Callable[..., Page]
UMLAUT = "Lieferhinweis für Möbel"


def planned(store: Store) -> Run:
    """Three would be updated, each another field; one would be created; two were left alone."""
    shoppers = data.customers(store, 4)
    of = data.run(store, "update_customers", "planned", step="plan", mode="plan", counts={"unchanged": 2}, to_do=4,
                  looked_at=6, finished_at=timezone.now(), message="Planned; nothing was changed.")  # fmt: skip
    for shopper, field, outcome in zip(
        shoppers, ("phone", "company", UMLAUT, "company"), ("updated", "updated", "updated", "created"), strict=True
    ):
        data.record(of, f"customer:{shopper.remote_id}", outcome, state="planned", customer=shopper, label=shopper.name,
                    parts=[{"part": "core", "outcome": outcome, "reason": "",
                            "changes": [[field, "Straße", f"after {shopper.remote_id}"]]}])  # fmt: skip
    return of


@pytest.fixture
def plan(db: None) -> Run:
    return planned(data.store())


def targets(answer: Any) -> list[str]:
    return [record.target for record in answer.context["page"].object_list]


def states(run: Run) -> list[str]:
    return list(run.records.order_by("id").values_list("state", flat=True))


def version(client: Client, run: Run) -> str:
    return str(client.get(run.get_absolute_url()).context["version"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4]),
        ("would=created", [4]),
        ("would=nonsense", [1, 2, 3, 4]),
        ("field=company", [2, 4]),
        (f"field={UMLAUT}", [3]),
        ("field=after 1", []),
        ("field=company&would=updated", [2]),
        ("search=AFTER 3", [3]),
        ("search=straße", [1, 2, 3, 4]),
        ("search=حداد", [2]),
    ],
)
def test_is_filtered_by_outcome_field_and_text(viewer: Client, plan: Run, query: str, found: list[int]) -> None:
    assert targets(viewer.get(f"{plan.get_absolute_url()}?{query}")) == [f"customer:{n}" for n in found]


def test_a_selection_goes_and_the_others_wait_on(operator: Client, plan: Run, queued: list[int]) -> None:
    one, _, three, _ = plan.records.order_by("id")
    answer = operator.post(
        f"/runs/{plan.pk}/approve/",
        {"reach": "selected", "records": [one.pk, three.pk], "version": version(operator, plan)},
    )
    plan.refresh_from_db()
    assert (answer["Location"], plan.status) == (plan.get_absolute_url(), "waiting")
    assert states(plan) == ["planned", "held", "planned", "held"]
    assert plan.cursor["approvals"][0][::2] == ["operator", 2]
    text = operator.get(plan.get_absolute_url()).content.decode()
    assert "2 by <bdi>operator</bdi>" in text


def test_those_of_the_filter_go(operator: Client, plan: Run, queued: list[int]) -> None:
    page = operator.get(f"{plan.get_absolute_url()}?field=company")
    assert "Approve the 2 of the filter" in page.content.decode()
    form = {"reach": "filter", "filter": page.context["filter"], "version": page.context["version"]}
    operator.post(f"/runs/{plan.pk}/approve/", form)
    assert states(plan) == ["held", "planned", "held", "planned"]


def test_an_empty_selection_approves_nothing(operator: Client, plan: Run, queued: list[int]) -> None:
    page = operator.post(f"/runs/{plan.pk}/approve/", {"reach": "selected"}, follow=True)
    plan.refresh_from_db()
    assert ("None of the chosen records" in page.content.decode(), plan.status, queued) == (True, "planned", [])
    assert (states(plan), plan.mode, plan.approved) == (["planned"] * 4, "plan", False)


def test_held_and_changed_records_are_shown_and_said(viewer: Client, plan: Run) -> None:
    one, two, *_ = plan.records.order_by("id")
    RunRecord.objects.filter(pk=one.pk).update(state="changed")
    RunRecord.objects.filter(pk=two.pk).update(state="held")
    answer = viewer.get(plan.get_absolute_url())
    text = answer.content.decode()
    assert len(targets(answer)) == 4
    assert ("Changed since, planned again" in text, "Not approved yet" in text) == (True, True)
    assert answer.context["would_be"] == [{"key": "created", "n": 1}, {"key": "updated", "n": 3}]


def test_what_is_newer_than_the_plan_is_said_before_the_approval(viewer: Client, plan: Run) -> None:
    assert "changed since this plan was made" not in viewer.get(plan.get_absolute_url()).content.decode()
    later = timezone.now() + datetime.timedelta(minutes=5)
    Customer.objects.filter(remote_id=2).update(written_at=later)
    data.run(plan.store, "import_customers", "succeeded", finished_at=later)
    text = viewer.get(plan.get_absolute_url()).content.decode()
    assert "<strong>1 of 4 records changed since this plan was made.</strong>" in text
    assert text.count("Changed since, will be planned again") == 1


def test_nobody_is_compared_where_nobody_wrote_since_the_plan(plan: Run) -> None:
    """Runs write the mirrors, and a reading of the company says when it was."""
    plan.finished_at = timezone.now()
    plan.store.company.refreshed_at = plan.finished_at - datetime.timedelta(minutes=1)
    Run.objects.exclude(pk=plan.pk).delete()
    assert not plan_facts.may_be_out_of_date(plan)
    other = data.run(plan.store, "import_customers", "running")
    assert plan_facts.may_be_out_of_date(plan)
    Run.objects.filter(pk=other.pk).update(status="succeeded", finished_at=timezone.now())
    assert plan_facts.may_be_out_of_date(plan)
    other.delete()
    plan.store.company.refreshed_at = timezone.now() + datetime.timedelta(minutes=1)
    assert plan_facts.may_be_out_of_date(plan)
    plan.store.company.refreshed_at = None
    plan.cursor["approvals"] = [["Olga", timezone.now().isoformat(), 1]]
    assert plan_facts.may_be_out_of_date(plan)


def test_a_set_up_that_is_newer_than_the_plan_is_said(viewer: Client, plan: Run) -> None:
    plan.store.setup_changes.create(kind="Field Mapping", row=data.HOSTILE, action="changed")
    text = viewer.get(plan.get_absolute_url()).content.decode()
    assert "The set-up changed since this plan was made" in text
    assert "<img" not in text


@pytest.mark.parametrize("action", ["approve", "discard", "plan-again"])
def test_who_comes_second_gets_one_clear_message(
    operator: Client, signed_in: Callable[[str], Client], plan: Run, queued: list[int], action: str
) -> None:
    second = Client()
    second.force_login(data.user("operator", "olga"))
    seen = version(second, plan)
    operator.post(f"/runs/{plan.pk}/approve/", {"version": version(operator, plan)})
    text = second.post(f"/runs/{plan.pk}/{action}/", {"version": seen}, follow=True).content.decode()
    assert text.count('class="msg t-bad"') == 1
    assert "is not as your page showed it any more (operator approved it); look at it again" in text
    plan.refresh_from_db()
    assert (plan.status, plan.approved_by.username, Run.objects.count()) == ("waiting", "operator", 1)


def test_what_was_planned_again_is_not_approved_by_a_page_from_before(
    operator: Client, plan: Run, queued: list[int]
) -> None:
    seen = version(operator, plan)
    Run.objects.filter(pk=plan.pk).update(finished_at=timezone.now())  # somebody approved it, and a part came back
    operator.post(f"/runs/{plan.pk}/approve/", {"version": seen})
    plan.refresh_from_db()
    assert (plan.status, queued) == ("planned", [])


def test_discarded_it_is_skipped_and_adds_up(operator: Client, plan: Run, queued: list[int]) -> None:
    page = operator.post(f"/runs/{plan.pk}/discard/", {"version": version(operator, plan)}, follow=True)
    plan.refresh_from_db()
    assert (plan.status, plan.counts, plan.to_do) == ("succeeded", {"unchanged": 2, "skipped": 4}, 0)
    assert sum(plan.counts.values()) == plan.looked_at
    assert "Discarded by operator; what had waited was not applied." in page.content.decode()
    assert set(plan.records.values_list("state", "outcome")) == {("done", "skipped")}
    page = operator.post(f"/runs/{plan.pk}/approve/", follow=True)
    assert "only a planned run can be approved" in page.content.decode()
    assert queued == []


def test_planned_again_it_is_a_new_plan_of_the_same(
    operator: Client, plan: Run, queued: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    Run.objects.filter(pk=plan.pk).update(scope={"only": [1], "shown": 4})
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(f"/runs/{plan.pk}/plan-again/", {"version": version(operator, plan)})
    again = Run.objects.exclude(pk=plan.pk).get()
    assert (answer["Location"], again.mode, again.scope) == (again.get_absolute_url(), "plan", {"only": [1]})
    plan.refresh_from_db()
    assert (plan.to_do, queued, f"run {again.pk}" in plan.message) == (0, [again.pk], True)


def test_takes_no_query_per_record(viewer: Client, plan: Run, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(17):
        viewer.get(plan.get_absolute_url())


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_selection_in_a_browser_with_and_without_javascript(transactional_db: None, opened: Open) -> None:
    store = data.store()
    for number, script in enumerate((True, False)):
        run = planned(store) if not number else Run.objects.get()
        RunRecord.objects.update(state="planned")
        Run.objects.update(status="planned", mode="plan")
        page = opened(run.get_absolute_url(), java_script_enabled=script)
        expect(page.get_by_role("button", name="Approve all 4")).to_be_visible()
        page.get_by_label("Select ليلى حداد", exact=True).check()
        expect(page.get_by_role("button", name="Approve all 4")).to_be_hidden()
        if script:
            assert faults(page) == []
        page.get_by_role("button", name="Approve 1 selected" if script else "Approve selected").click()
        page.wait_for_selector("text=Approved; what is still as planned is applied now.")
        assert states(run) == ["held", "planned", "held", "held"]
