"""The role centre with every store, the store card, and Test Connection."""

import datetime
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from bcsync.clients.business_central_capabilities import PAGE_KINDS
from stores import connect
from stores.chart import DAYS, chart_of
from stores.models import Store, SyncCursor
from stores.roles import role

SIDES = ("BigCommerce", "Business Central")
GRAVITY = ("ok", "info", "warn", "bad")
LAST_RUNS = 8
# Match rule -> whether it is on by default, in the order of display.
RULES = {
    "tracking": ("Tracking metafields", "our own metafields name the Business Central customer", True),
    "phone": ("Phone", "the same number in E.164, of the shopper or an address", True),
    "metafields": ("Metafields", "a metafield carries the customer's number", True),
    "attributes": ("Customer attributes", "an attribute carries the customer's number", True),
    "form_fields": ("Customer form fields", "a form field carries the customer's number", True),
    "email": ("E-mail", "the same address, belonging to exactly one customer", False),
    "tax": ("Tax registration number", "the same number, letters and digits only", False),
}


@role(get="viewer")
def stores(request: HttpRequest) -> HttpResponse:
    """Role centre: every store with its health and its counts (they add up), the last 30 days, next and last runs."""
    rows = list(Store.objects.select_related("company"))
    counts, last_runs = _counts(), _last_runs()
    readiness = apps.get_model("customers", "ReadinessCheck").counts_of(rows)
    for row in rows:
        row.readiness = readiness.get(row.pk)  # type: ignore[attr-defined]
        row.health = health(row.last_test)  # type: ignore[attr-defined]
        row.counts = counts.get(row.pk, {})  # type: ignore[attr-defined]
        row.last_run = last_runs.get(row.pk)  # type: ignore[attr-defined]
    run = apps.get_model("customers", "Run")
    today = timezone.localdate()
    chart = chart_of(run.per_day(today - datetime.timedelta(days=DAYS - 1)), today)
    context = {
        "here": "stores", "rows": rows, **_in_short(run, today),
        "recent": list(run.objects.exclude(run.idle()).select_related("store", "user")[:LAST_RUNS]), "chart": chart,
        "next": next_runs(),
    }  # fmt: skip
    return render(request, "stores/stores.html", context)


def _in_short(run: Any, today: datetime.date) -> dict[str, Any]:
    """How many plans wait, and what is told of idle runs in one line: {planned, idle: {n, last}}; one query."""
    midnight = timezone.make_aware(datetime.datetime.combine(today, datetime.time.min))
    planned, idle = Q(status="planned"), run.idle() & Q(finished_at__gte=midnight)
    found = run.objects.filter(planned | idle).order_by().aggregate(
        planned=Count("pk", filter=planned), n=Count("pk", filter=idle), last=Max("finished_at", filter=idle)
    )  # fmt: skip
    return {"planned": found.pop("planned"), "idle": found}


def next_runs() -> list[dict[str, Any]]:
    """[{name, at, store, waits, paused}] of the recurring tasks that are on, the soonest first; waits and paused say
    why."""
    tasks = apps.get_model("customers", "RecurringTask").objects.exclude(due_at=None).select_related("store")
    return [
        {"name": str(task), "at": task.due_at, "store": task.store, "waits": task.waits_for, "paused": task.paused}
        for task in tasks.order_by("due_at")[:LAST_RUNS]
    ]


def _counts() -> dict[int, dict[str, int]]:
    """Customers per status and flag of every store, as kept."""
    counts: dict[int, dict[str, int]] = apps.get_model("customers", "StoreCount").by_store()
    return counts


def _last_runs() -> dict[int, Any]:
    run = apps.get_model("customers", "Run")
    newest = run.objects.order_by().values("store_id").annotate(newest=Max("id")).values_list("newest", flat=True)
    return {each.store_id: each for each in run.objects.filter(pk__in=list(newest))}


def health(last_test: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Per side the gravest level of the last test with what was found at that level, for one line each."""
    lines = []
    for side in SIDES:
        found = [finding for finding in (last_test or {}).get("findings", []) if finding["side"] == side]
        if not found:
            continue
        worst = max((finding["level"] for finding in found), key=GRAVITY.index)
        grave = [finding for finding in found if finding["level"] == worst]
        works = worst in ("ok", "info")
        text = f"{side} answers" if works else grave[0]["text"]
        lines.append(
            {"side": side, "level": "ok" if works else worst, "text": text, "more": 0 if works else len(grave) - 1}
        )
    return lines


@role(get="viewer")
def store(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The store card: FastTabs with everything set up for this store. Secrets only as set or not set."""
    row = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    counts = _counts().get(row.pk, {})
    context = {
        "here": "stores", "store": row, "company": row.company, "counts": counts,
        "sides": findings_by_side(row.last_test), "rules": rules_of(row), "published": published(row),
        "templates": list(row.templates.all()),
        "cursors": list(SyncCursor.objects.filter(Q(store=row) | Q(company=row.company)).order_by("feed")),
        "last_run": _last_runs().get(row.pk), "doubted": _doubted(row),
    }  # fmt: skip
    return render(request, "stores/store.html", context)


def _doubted(row: Store) -> list[dict[str, Any]]:
    """The sides whose list lacked customers and was not believed."""
    sides = (("BigCommerce", "bigcommerce", row.doubted), ("Business Central", "business-central", row.company.doubted))
    return [{"name": name, "slug": slug, "about": about} for name, slug, about in sides if about]


def findings_by_side(last_test: dict[str, Any] | None) -> list[tuple[str, list[dict[str, Any]]]]:
    """[(side, findings)], the gravest first."""
    found = (last_test or {}).get("findings", [])
    grave_first = sorted(found, key=lambda finding: -GRAVITY.index(finding["level"]))
    return [(side, [each for each in grave_first if each["side"] == side]) for side in SIDES]


def rules_of(row: Store) -> list[dict[str, Any]]:
    """Match rules in their order with whether they are on in this store."""
    return [
        {"name": name, "title": title, "what": what, "on": bool(row.rules.get(name, default))}
        for name, (title, what, default) in RULES.items()
    ]


def published(row: Store) -> list[dict[str, str]]:
    """The pages that give names, ISO codes and ship-to addresses, with the service each is published as."""
    pages = (row.company.capabilities or {}).get("published", {})
    services = {name: page.get("service", "") for name, page in pages.items()}
    return [
        {
            "number": str(kind.number),
            "title": kind.title,
            "gives": kind.gives,
            "service": services.get(name, ""),
        }
        for name, kind in PAGE_KINDS.items()
    ]


@role(post="operator")
def test_connection(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Try both sides, read only; the findings are shown on the card."""
    row = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    report = connect.test_connection(row)
    bad = sum(finding.level == "bad" for finding in report.findings)
    warned = sum(finding.level == "warn" for finding in report.findings)
    if bad:
        messages.error(request, f"The connection does not work yet: {bad} to mend, listed below.")
    elif warned:
        messages.warning(request, f"Both sides answer; {warned} of what was found limits what can be done.")
    else:
        messages.success(request, "Both sides answer and offer all that is needed.")
    return redirect(f"{row.get_absolute_url()}#connection")
