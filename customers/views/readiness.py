"""Readiness: how many customers of Business Central could buy online today, who cannot and why, and Check again."""

from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from customers import readiness_check, readiness_words
from customers.export_sheets import reasons_of
from customers.models import BusinessCentralCustomer, NotReady, ReadinessCheck, Run
from customers.models.readiness import BLOCKED, REVIEW
from customers.plan_facts import Found
from customers.search import begins, like
from customers.views.actions import start_or_tell
from stores.models import Store
from stores.roles import role

PER_PAGE = 50


@role(get="viewer")
def readiness(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The counts as kept, and a page of those that are not added; nothing is evaluated here."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    counts = ReadinessCheck.counts_of([store]).get(store.pk)
    check = ReadinessCheck.objects.filter(store=store).first()
    checking = Run.objects.filter(store=store, kind=Run.Kind.CHECK_READINESS, status__in=Run.ACTIVE).first()
    context: dict[str, Any] = {"here": "readiness", "store": store, "company": store.company, "counts": counts,
                               "check": check, "checking": checking}  # fmt: skip
    if counts:
        code, search = request.GET.get("reason", "")[:60], _search(request.GET)
        most = max((reason["customers"] for reason in counts["reasons"]), default=1)
        reasons = [_reason(reason, most) for reason in counts["reasons"]]
        chosen = next((reason for reason in reasons if reason["code"] == code), None)
        group = "" if chosen else _group(request.GET)
        left = sum(counts[name] for name in GROUPS)
        number = chosen["customers"] if chosen else counts[group] if group else left
        rows = _rows(store, code if chosen else "", search, group)
        page = Found(rows, PER_PAGE, None if search else number).get_page(request.GET.get("page"))
        context |= {
            "reasons": reasons, "chosen": chosen, "search": search, "page": page, "rows": _shown(store, page),
            "bar": _bar(counts), "left": left, "group": group, "group_word": GROUPS[group][1] if group else "",
            "groups": [{"key": key, "n": counts[key], "badge": icon, "word": word}
                       for key, (icon, word) in GROUPS.items() if counts[key] or key == "not_ready"],
            "sum": sum(reason["customers"] for reason in reasons), "could": counts["linked"] + counts["ready"],
            "share": (counts["linked"] + counts["ready"]) * 100 / (counts["total"] or 1),
            "stale": check is not None and readiness_check.is_stale(store, check),
        }  # fmt: skip
    return render(request, "customers/readiness.html", context)


# Who is not added by itself, and why: count -> badge, word.
GROUPS = {
    "review": ("review", "Needs a person"), "blocked": ("skipped", "Blocked"), "not_ready": ("not ready", "Not ready"),
}  # fmt: skip


def _group(query: QueryDict) -> str:
    asked = query.get("group", "")
    return asked if asked in GROUPS else ""


def _bar(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """The shares of a bar that is 1000 wide."""
    parts, x = [], 0.0
    shades = (("linked", "ok"), ("ready", "accent"), ("review", "warn"), ("blocked", "mute"), ("not_ready", "bad"))
    for name, tone in shades:
        width = counts[name] * 1000 / (counts["total"] or 1)
        parts.append({"tone": tone, "x": f"{x:.1f}", "width": f"{width:.1f}"})
        x += width
    return parts


def _search(query: QueryDict) -> str:
    return " ".join(query.get("search", "").split())[:100]


def _reason(reason: dict[str, Any], most: int) -> dict[str, Any]:
    code, field = reason["code"], reason["field"]
    return {
        **reason, "title": readiness_words.title(code, field), "tone": readiness_words.tone(code),
        "where": readiness_words.where(code, reason["page"]), "width": max(1, reason["customers"] * 100 // most),
    }  # fmt: skip


def listed(store: Store, query: QueryDict) -> tuple[QuerySet[NotReady], list[tuple[str, str]]]:
    """Everybody that the page with this query lists, and the filter in words: [(name, value)]."""
    code, search = query.get("reason", "")[:60], _search(query)
    chosen = code if NotReady.objects.filter(store=store, code=code).exists() else ""
    group = "" if chosen else _group(query)
    words = [("Reason", chosen), ("Group", GROUPS[group][1] if group else ""), ("Search", search)]
    return _rows(store, chosen, search, group), [(name, value) for name, value in words if value]


def _rows(store: Store, code: str, search: str, group: str = "") -> QuerySet[NotReady]:
    """One row per customer, by number; of a group those whose first reason is of it."""
    # A search looks at everybody first; a page of all stops after its rows.
    rows = NotReady.of(store) if search else NotReady.listed(store)
    rows = rows.filter(code=code) if code else rows.filter(first=True)
    if group == "not_ready":
        rows = rows.exclude(code__in=(BLOCKED, *REVIEW))
    elif group:
        rows = rows.filter(code__in=REVIEW if group == "review" else (BLOCKED,))
    if search:
        found = begins("number", search) | like("display_name", search) | like("email", search)
        rows = rows.filter(business_central_customer__in=BusinessCentralCustomer.objects.filter(found).values("pk"))
    return rows.select_related("business_central_customer").order_by("number", "pk")


def _shown(store: Store, page: Page[NotReady]) -> list[dict[str, Any]]:
    """Each customer of the page with all its reasons and where to mend them; one query for all."""
    found = list(page.object_list)
    customers = [row.business_central_customer for row in found]
    reasons = reasons_of(store, [customer.pk for customer in customers])
    return [
        {
            "customer": customer,
            "reasons": [(each, readiness_words.title(each.code, each.field)) for each in reasons[customer.pk]],
            "mends": readiness_words.mends(store.company, customer, reasons[customer.pk]),
        }
        for customer in customers
    ]


@role(post="operator")
def check_readiness(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Read Business Central again and evaluate who changed, in the background; its run's page is shown at once."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    active = Run.objects.filter(store=store, kind=Run.Kind.CHECK_READINESS, status__in=Run.ACTIVE).first()
    run = active or start_or_tell(request, store, Run.Kind.CHECK_READINESS, {})
    return redirect(run) if run else redirect("readiness", store.hash)
