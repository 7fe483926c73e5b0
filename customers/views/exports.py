"""Lists as files: what the filter shows, or what is ticked, as CSV or Excel, for operators; who took what is kept."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from customers import causes, export_sheets, exports, pages, run_facts
from customers.models import CustomerGroup, Export, Run, RunRecord
from customers.views import actions, readiness
from customers.views.conflicts import filtered
from customers.views.runs import is_shown_as_plan, listed, plan_filter, search_of
from stores.models import Store
from stores.reader import default, reading
from stores.roles import role

RETRY_AFTER = 60  # seconds
SEARCHED = "Search: a text, which is not kept"


@role(post="operator")
def export_customers(request: HttpRequest) -> HttpResponseBase:
    """The ticked customers, or all that match the filter as it was shown."""
    store = actions.store_of(request.POST)
    try:
        scope = actions.whom_of(request.POST)
    except actions.NothingSelected:
        return actions.nothing_selected(request)
    sheet = export_sheets.customers(store, scope)
    record = _record(
        request, Export.Kind.CUSTOMERS, store, str(store or "All stores"), _customers_in_words(store, scope)
    )
    return _send(request, record, sheet, "customers")


@role(post="operator")
def export_records(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The records that the page of the run lists with this query."""
    run = get_object_or_404(Run.objects.select_related("store"), pk=run_id)
    sheet = export_sheets.records(listed(run, request.GET))
    record = _record(request, Export.Kind.RECORDS, run.store, f"{run} · {run.store}", _records_in_words(run, request))
    return _send(request, record, sheet, f"run-{run.pk}")


@role(post="operator")
def export_readiness(request: HttpRequest, store_hash: str) -> HttpResponseBase:
    """Everybody that the page of Readiness lists with this query, with all reasons, for whoever mends them."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    rows, filters = readiness.listed(store, request.GET)
    words = [SEARCHED if name == "Search" else f"{name}: {value}" for name, value in filters]
    record = _record(request, Export.Kind.NOT_READY, store, str(store), words)
    sheet = export_sheets.not_ready(store, rows)
    return _send(request, record, sheet, "not-ready")


@role(post="operator")
def export_conflicts(request: HttpRequest, store_hash: str) -> HttpResponseBase:
    """The open conflicts that the page lists with this query."""
    store = get_object_or_404(Store, hash=store_hash)
    words = [f"{name}: {request.GET[name]}"[:100] for name in ("part", "field", "stands") if request.GET.get(name)]
    words += ["One customer"] if request.GET.get("customer") else []
    rows = filtered(store, request.GET).select_related("customer", "link__business_central_customer")
    rows = rows.defer("customer__data", "link__business_central_customer__data", "link__base")
    record = _record(request, Export.Kind.CONFLICTS, store, str(store), words)
    return _send(request, record, export_sheets.conflicts(rows), "conflicts")


def _record(request: HttpRequest, kind: str, store: Store | None, about: str, words: list[str]) -> Export:
    """Who asks for what, unsaved. ?format= is csv or xlsx; nonsense is CSV."""
    user: Any = request.user
    wanted = request.GET.get("format", "")
    form = Export.Format(wanted) if wanted in Export.Format.values else Export.Format.CSV
    said = " · ".join(filter(None, words)) or "everything"
    return Export(
        store=store, kind=kind, about=about[:300], filters=said, format=form, user=user, username=user.get_username()
    )


def _send(request: HttpRequest, record: Export, sheet: exports.Sheet, what: str) -> HttpResponseBase:
    """The file, named for store, list and day; 503 where too many are being written."""
    name = f"{record.store.hash if record.store else 'all-stores'}-{what}-{timezone.localdate().isoformat()}"
    try:
        return exports.download(request, record, sheet, name)
    except exports.TooManyAtOnce as error:
        busy = render(request, "too_many_exports.html", {"said": str(error)}, status=503)
        busy["Retry-After"] = str(RETRY_AFTER)
        return busy


def _customers_in_words(store: Store | None, scope: dict[str, Any]) -> list[str]:
    """The filter as its chips say it; whom somebody searched for is nobody's business later on."""
    if "only" in scope:
        return [f"Selection: {len(scope['only'])} ticked"]
    groups = CustomerGroup.objects.filter(store=store) if store else ()
    names = {(row.store_id, row.remote_id): row.name for row in groups}
    filters = {name: value for name, value in scope.items() if name != "search"}
    with reading(default()):  # kept, and read by others
        said = [chip["word"] for chip in pages.chips(filters, names, store)]
    return [*said, SEARCHED] if "search" in scope else said


def _records_in_words(run: Run, request: HttpRequest) -> list[str]:
    query = request.GET
    searched = SEARCHED if search_of(query) else ""
    if is_shown_as_plan(run, query):
        wanted = plan_filter(query)
        return ["Plan", *(f"{name}: {wanted[name]}" for name in ("would", "field") if wanted[name]), searched]
    outcome, cause = query.get("outcome", ""), query.get("cause", "")
    known = {*RunRecord.Outcome.values, run_facts.TO_DO, run_facts.NEEDS_SOMEBODY}
    said = f"Outcome: {outcome}" if outcome in known else ""
    field = query.get("field", "")[: causes.MOST] if cause else ""
    narrowed = [f"Cause: {cause[: causes.MOST]}" if cause else "", f"Field: {field}" if field else ""]
    return [said, *narrowed, searched]
