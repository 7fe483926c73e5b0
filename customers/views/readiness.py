"""Readiness: how many customers of Business Central could buy online today, who cannot and why, and Check again."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers import readiness_check, readiness_words
from customers.models import NotReady, ReadinessCheck, Run
from customers.models.readiness import BLOCKED, REVIEW
from customers.views.actions import start_or_tell
from stores.models import Store
from stores.roles import role

PER_PAGE = 50
CHUNK = 1_000
HEADINGS = ("No.", "Name", "Country/region", "E-mail", "Salesperson", "Reasons", "Where to mend", "Link")


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
        code, search = request.GET.get("reason", "")[:60], _search(request)
        most = max((reason["customers"] for reason in counts["reasons"]), default=1)
        reasons = [_reason(reason, most) for reason in counts["reasons"]]
        chosen = next((reason for reason in reasons if reason["code"] == code), None)
        group = "" if chosen else _group(request)
        left = sum(counts[name] for name in GROUPS)
        number = chosen["customers"] if chosen else counts[group] if group else left
        page = _page(_rows(store, code if chosen else "", search, group), request, None if search else number)
        context |= {
            "reasons": reasons, "chosen": chosen, "search": search, "page": page, "rows": _shown(store, page),
            "bar": _bar(counts), "left": left, "group": group, "group_word": GROUPS[group][1] if group else "",
            "groups": [{"key": key, "n": counts[key], "badge": icon, "word": word}
                       for key, (icon, word) in GROUPS.items() if counts[key] or key == "not_ready"],
            "sum": sum(reason["customers"] for reason in reasons), "could": counts["linked"] + counts["ready"],
            "share": f"{(counts['linked'] + counts['ready']) * 100 / (counts['total'] or 1):.1f}",
            "stale": check is not None and readiness_check.is_stale(store, check),
        }  # fmt: skip
    return render(request, "customers/readiness.html", context)


# Who is not added by itself, and why: count -> badge, word.
GROUPS = {
    "review": ("review", "Needs a person"), "blocked": ("skipped", "Blocked"), "not_ready": ("not ready", "Not ready"),
}  # fmt: skip


def _group(request: HttpRequest) -> str:
    asked = request.GET.get("group", "")
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


def _search(request: HttpRequest) -> str:
    return " ".join(request.GET.get("search", "").split())[:100]


def _reason(reason: dict[str, Any], most: int) -> dict[str, Any]:
    code, field = reason["code"], reason["field"]
    return {
        **reason, "title": readiness_words.title(code, field), "tone": readiness_words.tone(code),
        "where": readiness_words.where(code, reason["page"]), "width": max(1, reason["customers"] * 100 // most),
    }  # fmt: skip


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
        found = Q(number__istartswith=search) | Q(business_central_customer__display_name__icontains=search)
        rows = rows.filter(found | Q(business_central_customer__email_key__contains=search.lower()))
    return rows.select_related("business_central_customer").order_by("number", "pk")


class _Counted(Paginator):
    """A paginator that knows its number already."""

    known: int | None = None

    @property
    def count(self) -> int:
        return super().count if self.known is None else self.known


def _page(rows: QuerySet[NotReady], request: HttpRequest, known: int | None) -> Page[NotReady]:
    paginator = _Counted(rows, PER_PAGE)
    paginator.known = known
    return paginator.get_page(request.GET.get("page"))


def _shown(store: Store, page: Page[NotReady]) -> list[dict[str, Any]]:
    """Each customer of the page with all its reasons and where to mend them; one query for all."""
    # Keys first: the pages before this one are counted off without reading their customers.
    rows: Any = page.object_list
    keys = list(rows.values_list("pk", flat=True))
    found = NotReady.objects.filter(pk__in=keys).select_related("business_central_customer").order_by("number", "pk")
    customers = [row.business_central_customer for row in found]
    reasons = _reasons_of(store, [customer.pk for customer in customers])
    return [
        {
            "customer": customer,
            "reasons": [(each, readiness_words.title(each.code, each.field)) for each in reasons[customer.pk]],
            "mends": readiness_words.mends(store.company, customer, reasons[customer.pk]),
        }
        for customer in customers
    ]


def _reasons_of(store: Store, customers: list[int]) -> dict[int, list[NotReady]]:
    found: dict[int, list[NotReady]] = defaultdict(list)
    for reason in NotReady.objects.filter(store=store, business_central_customer__in=customers).order_by("pk"):
        found[reason.business_central_customer_id].append(reason)
    return found


@role(post="operator")
def check_readiness(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Read Business Central again and evaluate who changed, in the background; its run's page is shown at once."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    active = Run.objects.filter(store=store, kind=Run.Kind.CHECK_READINESS, status__in=Run.ACTIVE).first()
    run = active or start_or_tell(request, store, Run.Kind.CHECK_READINESS, {})
    return redirect(run) if run else redirect("readiness", store.hash)


@role(get="viewer")
def export_readiness(request: HttpRequest, store_hash: str) -> StreamingHttpResponse:
    """Everybody that the filter means, with all reasons, as CSV for whoever mends them; streamed."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    rows = _rows(store, request.GET.get("reason", "")[:60], _search(request), _group(request))
    answer = StreamingHttpResponse(_csv(store, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="not-ready-{store.hash}.csv"'
    return answer


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def _csv(store: Store, rows: QuerySet[NotReady]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    # The mark by which spreadsheets know UTF-8.
    yield "\ufeff" + writer.writerow(HEADINGS)
    start = 0
    while chunk := list(rows[start : start + CHUNK]):
        start += CHUNK
        reasons = _reasons_of(store, [row.business_central_customer_id for row in chunk])
        for row in chunk:
            customer, why = row.business_central_customer, reasons[row.business_central_customer_id]
            links = readiness_words.mends(store.company, customer, why)
            said, places = " ".join(each.text for each in why), ", ".join(dict.fromkeys(each.page for each in why))
            own = [customer.number, customer.display_name, customer.country, customer.email, customer.salesperson_code]
            cells = [*own, said, places, links[0].address if links else ""]
            yield writer.writerow([harmless(cell) for cell in cells])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
