"""The set-up of a store at one glance, who changed it, and the whole of it as a document: download and upload."""

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from mapping.document import Unusable, apply_import, export, plan_import
from mapping.pages import COUNTRY_CODES, PAGES, TITLES, changes_of
from mapping.seen import digest, locked
from mapping.setup import setup_of
from mapping.views.rows import LAST_CHANGES, store_of
from stores.models import Store
from stores.roles import role

CHANGES_PER_PAGE = 50
LARGEST_DOCUMENT = 2_000_000  # bytes; a set-up of a thousand rows has a tenth of it


@role(get="viewer")
def setup(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Every setup page with how many rows it has and what is wrong with them."""
    store = store_of(store_hash)
    found = setup_of(store)
    context: dict[str, Any] = {
        "here": "setup", "store": store, "titles": TITLES, "setup": found, "problems": found.problems,
        "pages": [(page, page.rows(store).count()) for page in PAGES.values()],
        "country_codes": (COUNTRY_CODES, TITLES[COUNTRY_CODES], len(store.company.country_iso)),
        "changes": changes_of(store)[:LAST_CHANGES],
    }  # fmt: skip
    return render(request, "mapping/setup.html", context)


@role(get="viewer")
def setup_changes(request: HttpRequest, store_hash: str) -> HttpResponse:
    """Who changed what of the set-up and when, before and after."""
    store = store_of(store_hash)
    page = Paginator(changes_of(store), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "mapping/changes.html", {"here": "setup", "store": store, "titles": TITLES, "page": page})


@role(get="administrator")
def export_setup(request: HttpRequest, store_hash: str) -> HttpResponse:
    """The document of the set-up as a download; no secret and no customer is in it."""
    store = store_of(store_hash)
    text = json.dumps(export(store), indent=2, ensure_ascii=False)
    name = f"setup-{store.hash}.json"
    return HttpResponse(
        text + "\n",
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@role(get="administrator", post="administrator")
def import_setup(request: HttpRequest, store_hash: str) -> HttpResponse:
    """GET asks for a document; POST shows what it would change, and with do=apply changes it."""
    store = store_of(store_hash)
    context: dict[str, Any] = {"here": "setup", "store": store, "titles": TITLES}
    if request.method == "POST":
        text, said = _uploaded(request)
        document = _parsed(text) if not said else None
        if document is None:
            context["problems"] = said or ["This is no JSON document."]
        else:
            done = _import(request, store, document, context)
            if done is not None:
                return done
        context["text"] = text
    return render(request, "mapping/import_setup.html", context)


def _uploaded(request: HttpRequest) -> tuple[str, list[str]]:
    """The document's text, from the file or as it was shown with its plan, and why it cannot be read."""
    file = request.FILES.get("document")
    if file is None:
        text = request.POST.get("text", "")
        return text, [] if text.strip() else ["Choose the file that Export wrote."]
    if (file.size or 0) > LARGEST_DOCUMENT:
        return "", [f"The file is larger than {LARGEST_DOCUMENT // 1_000_000} MB; a set-up never is."]
    try:
        return file.read().decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return "", ["The file is not UTF-8 text."]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@transaction.atomic
def _import(request: HttpRequest, store: Store, document: Any, context: dict[str, Any]) -> HttpResponse | None:
    """Plan the import, and do it when that was asked for; the answer is None when the plan is to be shown."""
    locked(store)
    try:
        plan = plan_import(store, document)
    except Unusable as error:
        context["problems"] = error.problems
        return None
    context["plan"], context["seen"] = plan, digest(plan.lines)
    if request.POST.get("do") != "apply" or not plan.lines:
        return None
    if request.POST.get("seen") != context["seen"]:
        context["outdated"] = True
        return None
    try:
        apply_import(store, plan, request.user)
    except IntegrityError:
        context["problems"] = ["Somebody else changed the set-up just now; nothing was imported. Look again."]
        return None
    messages.success(request, f"{len(plan.lines)} differences were imported.")
    return redirect("setup", store.hash)
