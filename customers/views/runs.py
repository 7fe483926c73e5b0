"""The list of runs, and one run: progress, counts, failures by cause, plan field by field, records, vendor calls."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from customers import run_facts
from customers.models import Run, RunRecord
from customers.runs import UNDOABLE
from stores.models import Store
from stores.roles import ADMINISTRATOR, OPERATOR, has_role, role

RUNS_PER_PAGE = 50
RECORDS_PER_PAGE = 50
PLANS_PER_PAGE = 20


@role(get="viewer")
def runs(request: HttpRequest) -> HttpResponse:
    """Runs of all stores, the newest first."""
    return _list(request, None)


@role(get="viewer")
def store_runs(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Runs of one store."""
    return _list(request, get_object_or_404(Store, hash=store_hash))


def _list(request: HttpRequest, store: Store | None) -> HttpResponse:
    wanted = {name: request.GET.get(name, "") for name in ("kind", "status")}
    rows = Run.objects.select_related("store", "user").defer("cursor", "calls", "least_calls")
    rows = rows if store is None else rows.filter(store=store)
    if wanted["kind"] in Run.Kind.values:
        rows = rows.filter(kind=wanted["kind"])
    if wanted["status"] in Run.Status.values:
        rows = rows.filter(status=wanted["status"])
    page = Paginator(rows, RUNS_PER_PAGE).get_page(request.GET.get("page"))
    for run in page.object_list:
        run.totals = run_facts.totals(run)  # type: ignore[attr-defined]
    context = {
        "here": "runs",
        "store": store,
        "page": page,
        "wanted": wanted,
        "kinds": Run.Kind.choices,
        "states": Run.Status.choices,
    }
    return render(request, "runs/runs.html", context)


@role(get="viewer")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run. While it is active the progress renews itself; without JavaScript the page does."""
    row = _run(run_id)
    outcome, cause = request.GET.get("outcome", ""), request.GET.get("cause", "")
    records = _records(row, outcome, cause, request.GET.get("search", ""))
    planned = row.status == Run.Status.PLANNED and outcome in ("", run_facts.TO_DO)
    if planned:
        records = records.filter(state=RunRecord.State.PLANNED)
    page = Paginator(records, PLANS_PER_PAGE if planned else RECORDS_PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "here": "runs", "run": row, "store": row.store, "page": page, "planned": planned,
        "outcome": outcome, "cause": cause,
        "failures": run_facts.failures(row), "calls": run_facts.calls(row),
        "scope": run_facts.scope_in_words(row.scope),
        "outcomes": RunRecord.Outcome.choices, "parts": run_facts.part_counts(row) if planned else [],
        **_undo_of(request, row),
        "would_be": run_facts.would_be(row) if planned else [],
        **run_facts.progress(row),
    }  # fmt: skip
    return render(request, "runs/run.html", context)


def _run(run_id: int) -> Run:
    return get_object_or_404(Run.objects.select_related("store__company", "user", "approved_by"), pk=run_id)


def _records(row: Run, outcome: str, cause: str, search: str) -> Any:
    records = row.records.select_related(
        "customer__link__business_central_customer", "business_central_customer"
    ).defer(
        "plan", "customer__data", "business_central_customer__data", "customer__link__business_central_customer__data"
    )
    if outcome == run_facts.TO_DO:
        records = records.exclude(state=RunRecord.State.DONE)
    elif outcome == run_facts.NEEDS_SOMEBODY:
        records = records.filter(state=RunRecord.State.DONE, outcome__in=run_facts.SOMEBODY)
    elif outcome in RunRecord.Outcome.values:
        records = records.filter(state=RunRecord.State.DONE, outcome=outcome)
    if cause:
        records = records.filter(cause=cause)
    if text := search.replace("\0", "").strip()[:100]:
        records = records.filter(Q(label__icontains=text) | Q(reason__icontains=text))
    return records.order_by("-at", "-id") if row.status != Run.Status.PLANNED else records.order_by("id")


def _undo_of(request: HttpRequest, row: Run) -> dict[str, bool]:
    """Whether this reader may take the run back, and delete what it made."""
    done = row.kind in UNDOABLE and not row.is_active and row.step != "plan"
    undoable = done and has_role(request.user, OPERATOR)
    makes = row.kind in (Run.Kind.ADD_CUSTOMERS, Run.Kind.TRY_MAPPING) and bool(row.counts.get("created"))
    return {"undoable": undoable, "may_delete": undoable and makes and has_role(request.user, ADMINISTRATOR)}


@role(get="viewer")
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of a run's page that renews itself each second; after the end the whole page is loaded anew."""
    row = _run(run_id)
    if not row.is_active:
        return HttpResponse(headers={"HX-Refresh": "true"})
    facts = run_facts.progress(row)
    changed = facts["said"] != request.GET.get("said")
    return render(
        request, "runs/_progress.html", {"run": row, "store": row.store, "announce": changed, "renewed": True, **facts}
    )
