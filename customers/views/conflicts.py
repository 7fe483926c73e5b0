"""Conflicts of a store: what both sides say of one field, who won, and taking a side, one by one or in bulk."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from customers import conflicts
from customers.conflict_effects import Effects
from customers.conflict_story import stories, with_decided
from customers.conflict_versions import Seen, version_of
from customers.models import Conflict
from customers.plan_facts import Found
from customers.views.deciding import MOST_TOLD, reason_of
from stores import written
from stores.models import Store
from stores.parameters import query_inside
from stores.roles import role

PER_PAGE = 50
STANDS = {"waits": True, "overwritten": False}


@role(get="viewer")
def conflicts_page(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The open conflicts, the newest first, with the fields they are about and how many each."""
    made_at = timezone.now()
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    rows = filtered(store, request.GET).select_related("customer", "link__business_central_customer", "run__user")
    rows = rows.defer("customer__data", "link__business_central_customer__data", "link__base", "run__cursor")
    fields = conflicts.by_field(store)
    number = None if any(request.GET.get(name) for name in FILTERS) else sum(n for _, _, n in fields)
    found = Found(with_decided(rows).order_by("-found_at", "-pk"), PER_PAGE, number)
    page, effects = found.get_page(request.GET.get("page")), Effects(store)
    known = stories(list(page.object_list))
    for row in page.object_list:
        row.stays, row.version = effects.stays(row), version_of(row)
        row.story = known[row.pk]
    return render(request, "conflicts/conflicts.html", {
        "here": "conflicts", "store": store, "page": page, "fields": fields, "stands": request.GET.get("stands", ""),
        "total": sum(number for _, _, number in fields), "part": request.GET.get("part", ""),
        "field": request.GET.get("field", ""), "customer": _number(request.GET.get("customer", "")),
        "filter": urlencode({name: request.GET[name] for name in FILTERS if request.GET.get(name)}),
        "most": conflicts.MOST_AT_ONCE, "made_at": made_at.isoformat(),
    })  # fmt: skip


FILTERS = ("part", "field", "stands", "customer")


def filtered(store: Store, asked: QueryDict) -> QuerySet[Conflict]:
    """The store's open conflicts that a query string asks for; what it does not know is no filter."""
    rows = conflicts.waiting(store)
    said = {name: str(asked.get(name, "")) for name in FILTERS}
    if said["part"] and said["field"]:
        rows = rows.filter(part=said["part"], field=said["field"])
    if said["stands"] in STANDS:
        rows = rows.filter(waits=STANDS[said["stands"]])
    if (customer := _number(said["customer"])) is not None:
        rows = rows.filter(customer=customer)
    return rows


@role(post="operator")
def take_side(request: HttpRequest, store_hash: str) -> HttpResponse:
    """One conflict ("one" is its number and the side), the ticked ones, or all that the filter shows."""
    store = get_object_or_404(Store.objects.select_related("company"), hash=store_hash)
    asked = query_inside(request.POST.get("filter", ""))
    one, _, one_side = request.POST.get("one", "").partition(":")
    side = one_side or request.POST.get("side", "")
    rows = conflicts.waiting(store).select_related("customer")
    if one:
        rows = rows.filter(pk=_number(one) or 0)
    elif request.POST.get("reach") == "all":
        rows = filtered(store, asked).select_related("customer")
    else:
        rows = rows.filter(pk__in=[pk for pk in map(_number, request.POST.getlist("only")) if pk is not None])
    if side not in conflicts.Side.values:
        messages.warning(request, "Say whose value is taken.")
    else:
        _take(request, store, list(rows.order_by("pk")[: conflicts.MOST_AT_ONCE]), side, _seen(request.POST))
    kept = {name: asked[name] for name in FILTERS if asked.get(name)}
    return redirect(reverse("conflicts", args=[store_hash]) + (f"?{urlencode(kept)}" if kept else ""))


def _seen(form: QueryDict) -> Seen:
    """What the page showed: of each row its version, of all that a filter shows the moment. Without either: nothing."""
    if form.get("reach") == "all" and not form.get("one"):
        moment = _moment(form.get("made_at", ""))
        return moment if moment is not None else {}
    pairs = (text.partition(":") for text in form.getlist("seen"))
    return {pk: version for text, _, version in pairs if (pk := _number(text)) is not None}


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


def _take(request: HttpRequest, store: Store, rows: list[Conflict], side: str, seen: Seen) -> None:
    """Take the side, and say what came of it; where a taken value cannot reach the other system that is said, too."""
    stays = Effects(store).told(rows) if side == conflicts.Side.BIGCOMMERCE else []
    done, refused = conflicts.take(rows, side, request.user, reason_of(request), seen=seen)  # type: ignore[arg-type]
    label = conflicts.Side(side).label
    if done:
        what = written.many(done, "conflict is", "conflicts are")
        then = "" if stays else " The next Update brings both in line."
        messages.success(request, f"{what} settled: {label}'s value is taken.{then}")
    if done and stays:
        messages.warning(request, " ".join(stays[:MOST_TOLD]))
    if refused:
        said = list(dict.fromkeys(refused))[:MOST_TOLD]
        messages.error(request, f"{written.number(len(refused))} stay open. " + " ".join(said))
    if not done and not refused:
        messages.warning(request, "Nothing was selected, or somebody has settled it already.")


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
