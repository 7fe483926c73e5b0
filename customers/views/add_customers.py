"""Add Customers: the request page with its live preview; OK starts what it showed, Schedule… makes it recur."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from customers import add_preview
from customers.forms import AddCustomersForm
from customers.models import Run
from customers.views.actions import start_or_tell
from customers.views.schedules import schedule_query
from stores.models import Store
from stores.roles import role

PAGE_SIZE = 25
SALT = "customers.add_customers.shown"
# OK counts as approval of what was shown for so long; later the count has to be looked at again.
SHOWN_FOR_SECONDS = 30 * 60


@role(get="operator", post="operator")
def add_customers(request: HttpRequest) -> HttpResponse:
    """GET shows the request page; POST starts the run (OK), plans it (Preview), goes on to Schedule…, or counts."""
    form = _form(request.POST if request.method == "POST" else request.GET)
    if form is None:
        return render(request, "customers/add_customers.html", {"here": "customers"})
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "count":
            return redirect(f"{reverse('add_customers')}?{_query(request.POST)}")
        if request.POST.get("do") == "schedule":
            return redirect(schedule_query(form.target, form.scope()))
        run = _start(request, form)
        if run is not None:
            return redirect(run)
    return render(
        request, "customers/add_customers.html", {"here": "customers", "store": form.target, **_shown(request, form)}
    )


@role(get="operator")
def preview(request: HttpRequest) -> HttpResponse:
    """The count and the first page of what OK would do, for the page to swap in while the filter is edited."""
    form = _form(request.GET)
    if form is None:
        raise Http404("There is no store yet.")
    return render(request, "customers/_add_preview.html", {"store": form.target, **_shown(request, form)})


def _form(data: QueryDict) -> AddCustomersForm | None:
    """The form for the store asked for, else the first one; None when there is no store."""
    stores = list(Store.objects.select_related("company"))
    if not stores:
        return None
    store = next((row for row in stores if row.hash == data.get("store")), stores[0])
    values = data.copy()
    values["store"] = store.hash
    return AddCustomersForm(values, store, stores)


def _query(form: QueryDict) -> str:
    left_out = {"csrfmiddlewaretoken", "shown", "do", "page"}
    return urlencode([(name, value) for name, value in form.items() if value and name not in left_out])


def _shown(request: HttpRequest, form: AddCustomersForm) -> dict[str, Any]:
    """The preview, with a signed note of what it showed: OK for exactly that is approval."""
    context: dict[str, Any] = {"form": form, "company": form.target.company}
    if not form.is_valid():
        return context
    scope = form.scope()
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 7 else 1
    found = add_preview.preview(form.target, scope, page=number, size=PAGE_SIZE)
    shown = signing.dumps([form.target.pk, scope, found.counts["ready"]], salt=SALT)
    waits = bool(form.channels and "channel_id" in form.fields and "channel_id" not in scope)
    query = _query(request.POST if request.method == "POST" else request.GET)
    return {**context, "found": found, "shown": shown, "choose_storefront": waits, "preview_query": query}


def _start(request: HttpRequest, form: AddCustomersForm) -> Run | None:
    scope = form.scope()
    if request.POST.get("do") == "plan":
        return start_or_tell(request, form.target, Run.Kind.ADD_CUSTOMERS, scope, mode=Run.Mode.PLAN)
    ready = _ready_shown(request.POST.get("shown", ""), form.target, scope)
    if ready is None:
        messages.warning(
            request,
            "The filter is not the one that was counted, or the count is old. Look at the new one and press OK again.",
        )
        return None
    return start_or_tell(request, form.target, Run.Kind.ADD_CUSTOMERS, {**scope, "shown": ready}, approved=True)


def _ready_shown(note: str, store: Store, scope: dict[str, Any]) -> int | None:
    """How many ready customers the page showed for exactly this store and filter; None when it did not."""
    try:
        shown: Any = signing.loads(note, salt=SALT, max_age=SHOWN_FOR_SECONDS)
    except signing.BadSignature:
        return None
    return int(shown[2]) if shown[:2] == [store.pk, scope] else None
