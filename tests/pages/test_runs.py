"""The list of runs and the page of one: counts that add up, failures by cause, the plan, and what can be done."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers import run_facts
from customers.models import Run, RunRecord
from tests.pages import data

TAKEN = "bigcommerce:email_in_use"


def test_counts_add_up_to_those_looked_at(viewer: Client) -> None:
    run = data.ended_run(data.store())
    page = viewer.get(run.get_absolute_url())
    assert page.context["totals"] == [
        {"key": "created", "n": 2}, {"key": "unchanged", "n": 3}, {"key": "skipped", "n": 1},
        {"key": "rejected", "n": 2}, {"key": "failed", "n": 1},
    ]  # fmt: skip
    assert sum(each["n"] for each in page.context["totals"]) == run.looked_at
    assert "= 2 + 3 + 1 + 2 + 1" in page.content.decode()


def test_syncs_that_found_nothing_are_one_line_and_no_failure_hides_among_them(viewer: Client) -> None:
    store, now = data.store(), timezone.now()
    quiet = {"trigger": "schedule", "counts": {}, "looked_at": 0, "finished_at": now, "message": ""}
    for _ in range(12):
        data.run(store, "sync_changes", "succeeded", **quiet)
    shown = [
        data.run(store, "sync_changes", "completed with errors", **{**quiet, "message": "A list lacks customers."}),
        data.run(store, "sync_changes", "crashed", **quiet),
        data.run(store, "sync_changes", "succeeded", **{**quiet, "counts": {"updated": 1}, "looked_at": 1}),
        data.run(store, "sync_changes", "succeeded", **{**quiet, "trigger": "click"}),
        data.run(store, "reconcile", "succeeded", **{**quiet, "mode": "plan"}),
    ]
    data.run(store, "sync_changes", "succeeded", **quiet)
    home = viewer.get("/")
    assert [run.pk for run in home.context["recent"]] == [run.pk for run in reversed(shown)]
    assert "Idle syncs: 13 today" in home.content.decode()

    for address in ("/runs/", f"/stores/{store.hash}/runs/", f"/runs/?day={timezone.localdate().isoformat()}"):
        page = viewer.get(address)
        listed, left_out = page.context["page"].paginator.count, page.context["idle"]["n"]
        assert (listed, left_out) == (len(shown), 13), address
        assert "13 idle syncs that found nothing to do are left out" in page.content.decode()
        whole = viewer.get(address + ("&" if "?" in address else "?") + "idle=1")
        assert whole.context["page"].paginator.count == listed + left_out == Run.objects.count()
        assert "Leave them out" in whole.content.decode()
    # What was asked for by a filter is counted within it.
    assert viewer.get("/runs/?status=crashed").context["idle"]["n"] == 0
    only = viewer.get("/runs/?trigger=schedule&kind=sync_changes&status=succeeded")
    assert (only.context["page"].paginator.count, only.context["idle"]["n"]) == (1, 13)


def test_failures_are_grouped_by_cause_with_the_vendors_words(viewer: Client) -> None:
    run = data.ended_run(data.store())
    found = run_facts.failures(run)
    assert [(row["n"], row["outcome"], row["title"], row["who"]) for row in found] == [
        (2, "rejected", "Email: Another customer of the store has this e-mail", "Whoever keeps the customer's data"),
        (1, "failed", "BigCommerce answered 504 in every try", "You"),
    ]
    assert found[1]["what_to_do"].startswith("Nothing is wrong with the data: wait some minutes, then Retry.")
    text = viewer.get(run.get_absolute_url()).content.decode()
    assert "422 .customer_create: &lt;script&gt;" in text
    assert "window.harmed=1</script>" not in text
    assert "504 Gateway Timeout" in text


def test_records_by_outcome_cause_and_search(viewer: Client) -> None:
    run = data.ended_run(data.store())
    cases = {"outcome=rejected": 2, "outcome=needs+somebody": 3, "outcome=to+do": 0,
             f"outcome=rejected&cause={TAKEN}": 2, f"cause={TAKEN}&field=phone": 0,
             "search=surname": 1, "outcome=nonsense": 6, "": 6}  # fmt: skip
    for query, expected in cases.items():
        page = viewer.get(f"{run.get_absolute_url()}?{query}")
        assert page.context["page"].paginator.count == expected, query


def test_vendor_calls_beside_the_least_possible(viewer: Client) -> None:
    run = data.ended_run(data.store())
    assert run_facts.calls(run) == [
        {"name": "Business Central GET customers", "made": 4, "least": None},
        {"name": "BigCommerce POST /v3/customers", "made": 2, "least": 1},
    ]


def test_a_plan_shows_before_and_after_field_by_field(operator: Client) -> None:
    store = data.store()
    run = data.planned_run(store, data.customers(store, 3))
    page = operator.get(run.get_absolute_url())
    text = page.content.decode()
    assert "Approve all 2" in text
    assert '<bdi class="was">020 7946 0100</bdi>' in text
    assert '<bdi class="now">+44 20 7946 0102</bdi>' in text
    assert '<bdi class="was"><span class="blank">empty</span></bdi>' in text
    assert page.context["parts"] == [("company", 2), ("notes", 2), ("phone", 2)]
    assert page.context["would_be"] == [{"key": "updated", "n": 2}]
    assert "<img" not in text


def test_approve_applies_the_plan(operator: Client, queued: list[int]) -> None:
    store = data.store()
    run = data.planned_run(store, data.customers(store, 3))
    answer = operator.post(f"{run.get_absolute_url()}approve/")
    run.refresh_from_db()
    assert answer["Location"] == run.get_absolute_url()
    assert (run.status, run.mode, run.approved, run.approved_by.username) == ("waiting", "apply", True, "operator")


def test_a_read_only_store_cannot_approve_and_says_why(operator: Client, queued: list[int]) -> None:
    store = data.store(writes_enabled=False)
    run = data.planned_run(store, data.customers(store, 3))
    text = operator.get(run.get_absolute_url()).content.decode()
    assert 'disabled title="The store is read-only; an administrator turns writing on."' in text
    page = operator.post(f"{run.get_absolute_url()}approve/", follow=True)
    run.refresh_from_db()
    assert run.status == "planned"
    assert "is read-only; an administrator must turn writing on first" in page.content.decode()


def test_stop_asks_the_run_to_end(operator: Client) -> None:
    run = data.run(data.store(), status="running", looked_at=5, to_do=3, step="apply", lease_token="somebody")
    operator.post(f"{run.get_absolute_url()}stop/")
    run.refresh_from_db()
    assert (run.stop_requested, run.status) == (True, "running")
    assert "the batch in flight is finished first" in operator.get(run.get_absolute_url()).content.decode()


def test_resume_goes_on(operator: Client, queued: list[int]) -> None:
    run = data.run(data.store(), status="stopped", looked_at=5, to_do=1, step="apply")
    data.record(run, "customer:1", "created", state="planned")
    operator.post(f"{run.get_absolute_url()}resume/")
    run.refresh_from_db()
    assert run.status == "waiting"


@pytest.mark.parametrize("mode", Run.Mode.values)
def test_retry_failed_is_a_new_run_for_those_and_a_preview_of_a_preview(
    operator: Client, queued: list[int], mode: str
) -> None:
    store = data.store()
    shopper = data.customers(store, 1)[0]
    run = data.run(store, "update_customers", counts={"failed": 1}, looked_at=1, mode=mode)
    data.record(run, "customer:1", "failed", customer=shopper)
    answer = operator.post(f"{run.get_absolute_url()}retry-failed/")
    again = Run.objects.exclude(pk=run.pk).get()
    assert answer["Location"] == again.get_absolute_url()
    assert (again.scope, again.mode) == ({"only": [shopper.pk], "retry_of": run.pk}, mode)


@pytest.mark.parametrize("action", ["resume", "approve", "retry-failed"])
def test_what_cannot_be_done_is_said(action: str, operator: Client, queued: list[int]) -> None:
    run = data.run(data.store(), status="succeeded", looked_at=0)
    page = operator.post(f"{run.get_absolute_url()}{action}/", follow=True)
    assert 'class="msg t-bad"' in page.content.decode()
    assert Run.objects.get().status == "succeeded"


def test_the_progress_renews_itself_while_active_and_then_reloads_the_page(viewer: Client) -> None:
    run = data.run(data.store(), status="running", step="apply", counts={"created": 3}, looked_at=10, to_do=7, total=10)
    fragment = viewer.get(f"{run.get_absolute_url()}progress/")
    text = fragment.content.decode()
    assert "<title>30 % · Add Customers" in text
    assert 'hx-trigger="every 1s"' in text
    assert 'hx-swap-oob="innerHTML">Running: done 30 %' in text
    said = {"said": fragment.context["said"]}
    assert 'id="announce"' not in viewer.get(f"{run.get_absolute_url()}progress/", said).content.decode()
    page = viewer.get(run.get_absolute_url()).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    Run.objects.update(status="succeeded")
    assert viewer.get(f"{run.get_absolute_url()}progress/")["HX-Refresh"] == "true"
    assert "every 1s" not in viewer.get(run.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("fields", "percent", "done"),
    [
        ({"status": "running", "step": "plan", "looked_at": 5}, None, 5),
        ({"status": "running", "step": "plan", "looked_at": 5, "total": 20}, 25, 5),
        ({"status": "running", "step": "apply", "looked_at": 20, "to_do": 5}, 75, 15),
        ({"status": "waiting", "step": "plan"}, None, 0),
        ({"status": "succeeded", "step": "done", "looked_at": 20}, 100, 20),
        ({"status": "succeeded", "step": "done"}, 100, 0),
    ],
)
def test_percent(fields: dict[str, Any], percent: int | None, done: int) -> None:
    found = run_facts.progress(Run(kind="update_customers", **fields))
    assert (found["percent"], found["done"]) == (percent, done)


def test_the_list_filters_by_job_and_result(viewer: Client) -> None:
    store, other = data.store(), data.store("w8n4d2z6r5", "Trade")
    data.run(store, "import_customers", "succeeded", looked_at=1, counts={"created": 1})
    data.run(other, "try_mapping", "crashed", looked_at=0)
    assert viewer.get("/runs/").context["page"].paginator.count == 2
    assert viewer.get("/runs/?kind=try_mapping").context["page"].paginator.count == 1
    assert viewer.get("/runs/?status=succeeded&kind=evil").context["page"].paginator.count == 1
    assert viewer.get("/stores/w8n4d2z6r5/runs/").context["page"].paginator.count == 1
    assert "No run is like that" in viewer.get("/runs/?status=stopped").content.decode()


def test_records_take_no_query_per_row(viewer: Client, django_assert_max_num_queries: Any) -> None:
    store = data.store()
    run = data.run(store, counts={"updated": 50}, looked_at=50)
    RunRecord.objects.bulk_create(
        RunRecord(run=run, target=f"customer:{row.remote_id}", customer=row, outcome="updated", state="done")
        for row in data.customers(store, 50)
    )
    with django_assert_max_num_queries(14):
        viewer.get(run.get_absolute_url())


def test_a_scope_in_words() -> None:
    scope = {"only": [1, 2], "country": "GB", "status": ["linked"], "welcome_email": True, "retry_of": 7, "x": 1}
    assert run_facts.scope_in_words(scope) == [
        ("Selection", "2 chosen"), ("Country", "GB"), ("Status", "linked"), ("Welcome e-mail", "yes"),
        ("Again for", "what failed in run 7"),
    ]  # fmt: skip


def test_causes_of_earlier_versions_are_still_explained(viewer: Client) -> None:
    run = data.run(data.store(), counts={"rejected": 1, "failed": 1}, looked_at=2)
    data.record(
        run, "C1", "rejected", field="city", cause="city: city has 32 characte", reason="city has 32 characters."
    )
    data.record(run, "C2", "failed", cause="RetryLater", reason="BigCommerce did not answer.")
    titles = {row["title"] for row in run_facts.failures(run)}
    assert titles == {"City: Refused by the vendor", "The vendor could not be reached"}


def test_the_log_says_line_by_line_what_the_run_did_and_waits_for(viewer: Client) -> None:
    store = data.store()
    began = timezone.now() - datetime.timedelta(minutes=1)
    stamp = began.timestamp()
    pace = {"step": "apply", "at": [[stamp + 10, 0, 4], [stamp + 20, 10, 5], [stamp + 30, 10, 5], [stamp + 40, 11, 8]]}
    run = data.run(
        store, "update_customers", "waiting", step="apply", started_at=began, pace=pace, to_do=5, looked_at=16,
        message="BigCommerce did not answer. Goes on by itself at 10:00:00 UTC.", stop_requested=True,
        cursor={"approvals": [["Olga", (began + datetime.timedelta(seconds=5)).isoformat(), 16]]},
    )  # fmt: skip
    Run.objects.filter(pk=run.pk).update(created_at=began - datetime.timedelta(seconds=1))
    expected = [
        "Stop was asked for: the batch in flight is finished first.",
        "BigCommerce did not answer. Goes on by itself at 10:00:00 UTC.",
        "1 customer done with 3 requests.", "10 customers done with 1 request.", "16 approved by Olga.", "Began.",
        "Asked for.",
    ]  # fmt: skip
    page = viewer.get(run.get_absolute_url())
    assert [line.text for line in page.context["log"]] == expected
    renewed = viewer.get(f"{run.get_absolute_url()}progress/").content.decode()
    assert 'id="log" hx-swap-oob="true"' in renewed
    assert "10 customers done with 1 request." in renewed
    Run.objects.filter(pk=run.pk).update(
        status="stopped", message="Stopped by an operator.", finished_at=timezone.now()
    )
    lines = viewer.get(run.get_absolute_url()).context["log"]
    assert (lines[0].tone, lines[0].text) == ("warn", "Stopped. Stopped by an operator.")
    assert None not in [line.at for line in lines]


def test_stop_of_a_run_that_has_ended_says_so(operator: Client) -> None:
    run = data.ended_run(data.store())
    before = Run.objects.values().get(pk=run.pk)
    text = operator.post(f"/runs/{run.pk}/stop/", follow=True).content.decode()
    assert ("there is nothing to stop" in text, "stops after the batch" in text) == (True, False)
    assert Run.objects.values().get(pk=run.pk) == before
