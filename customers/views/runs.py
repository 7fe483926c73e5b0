"""The list of runs, and one run: progress, counts, failures by cause, plan field by field, records, vendor calls."""

import datetime
import time
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date

from customers import plan_facts, run_facts, run_log
from customers.models import RecurringTask, Run, RunRecord
from customers.runs import UNDOABLE, plan_version
from customers.search import like
from stores import written
from stores.connect import bigcommerce_quota
from stores.models import Store
from stores.roles import ADMINISTRATOR, OPERATOR, has_role, role

RUNS_PER_PAGE = 50
RECORDS_PER_PAGE = 50
PLANS_PER_PAGE = 20
LARGE = ("customer__data", "business_central_customer__data", "customer__link__business_central_customer__data")


@role(get="viewer")
def runs(request: HttpRequest) -> HttpResponse:
    """Runs of all stores, the newest first."""
    return _list(request, None)


@role(get="viewer")
def store_runs(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Runs of one store."""
    return _list(request, get_object_or_404(Store, hash=store_hash))


def _list(request: HttpRequest, store: Store | None) -> HttpResponse:
    wanted = {name: request.GET.get(name, "") for name in ("kind", "status", "trigger", "task", "did")}
    rows = Run.objects.select_related("store", "user").defer("cursor", "calls", "least_calls")
    rows = rows if store is None else rows.filter(store=store)
    if wanted["kind"] in Run.Kind.values:
        rows = rows.filter(kind=wanted["kind"])
    if wanted["status"] in Run.Status.values:
        rows = rows.filter(status=wanted["status"])
    if wanted["trigger"] in Run.Trigger.values:
        rows = rows.filter(trigger=wanted["trigger"])
    if wanted["task"].isdecimal() and len(wanted["task"]) < 19:
        rows = rows.filter(recurring_task=int(wanted["task"]))
    if wanted["did"]:
        rows = rows.filter(Exists(RunRecord.objects.filter(run=OuterRef("pk"))))
    day = _day(request.GET.get("day", ""))
    if day is not None:
        rows, wanted["day"] = rows.filter(finished_at__date=day), day.isoformat()
    idle = {"n": 0} if request.GET.get("idle") or wanted["did"] else Run.idle_among(rows)
    if idle["n"]:
        rows = rows.exclude(Run.idle())
    page = Paginator(rows, RUNS_PER_PAGE).get_page(request.GET.get("page"))
    for run in page.object_list:
        run.totals = run_facts.totals(run)  # type: ignore[attr-defined]
    context = {
        "here": "runs",
        "store": store,
        "page": page,
        "wanted": wanted,
        "idle": idle,
        "with_idle": bool(request.GET.get("idle")),
        "narrowed": any(wanted.values()),
        "kinds": Run.Kind.choices,
        "triggers": Run.Trigger.choices,
        "states": Run.Status.choices,
    }
    return render(request, "runs/runs.html", context)


def _day(text: str) -> datetime.date | None:
    """A day as the role centre's chart gives it; nonsense is no filter."""
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


@role(get="viewer")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run. While it is active the progress renews itself; without JavaScript the page does."""
    row = _run(run_id)
    outcome, cause = request.GET.get("outcome", ""), request.GET.get("cause", "")
    planned = is_shown_as_plan(row, request.GET)
    context: dict[str, Any] = {
        "here": "runs", "run": row, "store": row.store, "planned": planned,
        "outcome": outcome, "cause": cause, "search": search_of(request.GET), "version": plan_version(row),
        "failures": run_facts.failures(row), "calls": run_facts.calls(row),
        "scope": run_facts.scope_in_words(row.scope), "approvals": plan_facts.approvals(row),
        "outcomes": RunRecord.Outcome.choices,
        **_undo_of(request, row), **_recurring(row), **run_facts.progress(row),
    }  # fmt: skip
    if row.is_active:
        context |= run_facts.going(row, bigcommerce_quota(row.store), time.time())
    context["log"] = run_log.lines(row, context.get("waits", ""))
    context |= _plan(request, row) if planned else {"page": _records(request, row)}
    return render(request, "runs/run.html", context)


def _run(run_id: int) -> Run:
    return get_object_or_404(
        Run.objects.select_related("store__company", "user", "approved_by", "recurring_task__store"), pk=run_id
    )


def search_of(query: QueryDict) -> str:
    return query.get("search", "").strip()[:100]


def plan_filter(query: QueryDict) -> dict[str, str]:
    """The filter of a plan's page as `plan_facts.filtered` takes it."""
    would = query.get("would", "")
    return {
        "would": would if would in RunRecord.Outcome.values else "",
        "field": query.get("field", "")[:200],
        "search": search_of(query),
    }


def _plan(request: HttpRequest, row: Run) -> dict[str, Any]:
    """The records that wait, field by field, and what somebody should know before approving them."""
    wanted = plan_filter(request.GET)
    would_be, state = plan_facts.would_be(row)
    parts = plan_facts.fields(row, state)
    kept = {each["key"]: each["n"] for each in would_be}
    known = (
        None if wanted["field"] or wanted["search"] else kept.get(wanted["would"], 0) if wanted["would"] else row.to_do
    )
    rows = _with_customers(plan_facts.filtered(row, **wanted, state=state)).order_by("id")
    page = plan_facts.Found(rows, PLANS_PER_PAGE, known).get_page(request.GET.get("page"))
    for record in page.object_list:
        record.out_of_date = plan_facts.is_out_of_date(record)
    old = plan_facts.how_many(plan_facts.out_of_date(row))
    return {
        "page": page, "would_be": would_be, "parts": parts, "wanted": wanted, "filter": urlencode(wanted),
        "narrowed": any(wanted.values()), "old": old, "setup_change": plan_facts.setup_change(row),
        "cannot_come_back": plan_facts.cannot_come_back(row),
    }  # fmt: skip


def _records(request: HttpRequest, row: Run) -> Any:
    """One page of what is done, the newest first; what is still to do only when asked for."""
    rows, known = _filtered(row, request.GET)
    found = plan_facts.Found(_with_customers(rows).order_by("-id"), RECORDS_PER_PAGE, known)
    return found.get_page(request.GET.get("page"))


def _filtered(row: Run, query: QueryDict) -> tuple[QuerySet[RunRecord], int | None]:
    """The records that the page of a run lists, and how many they are where that is known without counting."""
    outcome, cause = query.get("outcome", ""), query.get("cause", "")
    narrowed = {name: query[name] for name in ("cause", "field") if query.get("cause") and name in query}
    records = row.records.filter(state=RunRecord.State.DONE)
    known = row.counts.get(outcome, 0) if outcome in RunRecord.Outcome.values and outcome != "unchanged" else None
    if outcome == run_facts.TO_DO:
        records, known = row.records.exclude(state=RunRecord.State.DONE), row.to_do
    elif outcome == run_facts.NEEDS_SOMEBODY:
        records = records.filter(outcome__in=run_facts.SOMEBODY)
        known = sum(row.counts.get(each, 0) for each in run_facts.SOMEBODY)
    elif outcome in RunRecord.Outcome.values:
        records = records.filter(outcome=outcome)
    records = records.filter(**narrowed)
    if text := search_of(query):
        records = records.filter(like("label", text) | like("reason", text))
    return records, None if cause or text else known


def listed(row: Run, query: QueryDict) -> QuerySet[RunRecord]:
    """Every record that the page with this query lists, of a plan or of what is done, with its customers."""
    planned = is_shown_as_plan(row, query)
    return _with_customers(plan_facts.filtered(row, **plan_filter(query)) if planned else _filtered(row, query)[0])


def is_shown_as_plan(row: Run, query: QueryDict) -> bool:
    return row.status == Run.Status.PLANNED and query.get("outcome", "") in ("", run_facts.TO_DO)


def _with_customers(records: QuerySet[RunRecord]) -> QuerySet[RunRecord]:
    related = ("customer__link__business_central_customer", "business_central_customer")
    return records.select_related(*related).defer(*LARGE, "plan")


def _undo_of(request: HttpRequest, row: Run) -> dict[str, bool]:
    """Whether this reader may take the run back, and delete what it made."""
    done = row.kind in UNDOABLE and not row.is_active and row.step != "plan"
    undoable = done and has_role(request.user, OPERATOR)
    makes = row.kind in (Run.Kind.ADD_CUSTOMERS, Run.Kind.TRY_MAPPING) and bool(row.counts.get("created"))
    return {"undoable": undoable, "may_delete": undoable and makes and has_role(request.user, ADMINISTRATOR)}


def _recurring(row: Run) -> dict[str, Any]:
    """How long a scheduled run had waited to begin, and which recurring tasks wait for this one to end."""
    late = (row.created_at - row.due_at).total_seconds() if row.due_at else 0
    # Each beat asks anew, so a few seconds are no waiting.
    waited = written.estimate(late) if late > 60 else ""
    waiting = RecurringTask.objects.filter(store=row.store).exclude(waiting_since=None).select_related("store")
    busy = row.is_active and row.mode == Run.Mode.APPLY
    return {"waited": waited, "waiting_tasks": list(waiting) if busy else []}


@role(get="viewer")
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of a run's page that renews itself each second; after the end the whole page is loaded anew."""
    row = _run(run_id)
    if not row.is_active:
        return HttpResponse(headers={"HX-Refresh": "true"})
    facts = {**run_facts.progress(row), **run_facts.going(row, bigcommerce_quota(row.store), time.time())}
    facts["log"] = run_log.lines(row, facts["waits"])
    changed = facts["said"] != request.GET.get("said")
    return render(
        request, "runs/_progress.html", {"run": row, "store": row.store, "announce": changed, "renewed": True, **facts}
    )
