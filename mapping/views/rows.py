"""One page per kind of row: the list, one row's form in its place, what a change would do, saving and deleting."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from mapping.forms import SetupForm
from mapping.models import SetupRow, said_by
from mapping.pages import PAGES, TITLES, SetupPage, changes_of
from mapping.setup import ensure_defaults, read_setup, setup_of, with_problems
from mapping.setup_parts import Setup
from mapping.store_names import Names
from stores.models import Store
from stores.roles import role

LAST_CHANGES = 6


@role(get="viewer", post="administrator")
def rows(request: HttpRequest, store_hash: str, page: str) -> HttpResponse:
    """GET lists, opens a row (?row=, ?row=new) or tries what was typed (do=try); POST saves or deletes."""
    store = store_of(store_hash)
    shown = PAGES[page]
    ensure_defaults(store)
    if request.method == "POST":
        return _change(request, store, shown)
    if "row" not in request.GET:
        return _page(request, store, shown)
    row = _row(store, shown, request.GET)
    trying = request.GET.get("do") == "try"
    return _page(request, store, shown, _form(shown, row, request.GET if trying else None))


def store_of(store_hash: str) -> Store:
    """The store with its company, or 404."""
    return get_object_or_404(Store.objects.select_related("company"), hash=store_hash)


def _row(store: Store, page: SetupPage, data: QueryDict) -> SetupRow:
    """The row asked for, a new one for "new"."""
    wanted = data.get("row", "")
    if wanted == "new" and page.addable:
        return page.new_row(store)
    found = page.rows(store).filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else None
    if found is None:
        raise Http404("There is no such row.")
    found.store = store
    row: SetupRow = found
    return row


def _form(page: SetupPage, row: SetupRow, data: QueryDict | None) -> SetupForm:
    return page.form(data, instance=row, names=Names(row.store), auto_id=f"row-{row.pk or 'new'}-%s")


def _change(request: HttpRequest, store: Store, page: SetupPage) -> HttpResponse:
    todo = request.POST.get("do", "")
    if todo not in ("save", "try", "delete"):
        return redirect(page.name, store.hash)
    row = _row(store, page, request.POST)
    if todo == "delete":
        return _delete(request, store, page, row)
    form = _form(page, row, request.POST)
    if todo == "try" or not form.is_valid():
        return _page(request, store, page, form)
    try:
        said_by(row, request.user, "page").save()
    except (ValidationError, IntegrityError) as error:
        form.add_error(
            None, error if isinstance(error, ValidationError) else "Somebody else saved such a row just now."
        )
        return _page(request, store, page, form)
    messages.success(request, f"{page.noun.capitalize()} {page.title_of(row, Names(store))} is saved.")
    return redirect(page.name, store.hash)


def _delete(request: HttpRequest, store: Store, page: SetupPage, row: SetupRow) -> HttpResponse:
    """Delete the row, unless it is protected or another row needs it."""
    name = f"{page.noun.capitalize()} {page.title_of(row, Names(store))}"
    why = row.why_protected() or needed_by_others(store, row)
    if why:
        messages.error(request, f"{name} stays. {why}")
    elif row.pk is not None:
        said_by(row, request.user, "page").delete()
        messages.success(request, f"{name} is deleted.")
    return redirect(page.name, store.hash)


def needed_by_others(store: Store, row: SetupRow) -> str:
    """What could no longer work without the row, "" when all can."""
    known = {(each.row, each.text) for each in setup_of(store).problems}
    after = with_problems(store, read_setup(store, removed=[row])).problems
    return " ".join(each.text for each in after if each.blocks and (each.row, each.text) not in known)


def _page(request: HttpRequest, store: Store, page: SetupPage, form: SetupForm | None = None) -> HttpResponse:
    setup = setup_of(store)
    trial = _trial(store, form)
    names = Names(store)
    context: dict[str, Any] = {
        "here": "setup", "store": store, "company": store.company, "setup_page": page, "titles": TITLES, "names": names,
        "groups": _groups(page, store, setup, names, form), "form": form, "trial": trial, "setup": trial or setup,
        "adds": form is not None and form.instance.pk is None, "changes": changes_of(store, page)[:LAST_CHANGES],
        "unmapped": unmapped_groups(page, setup, names),
        "columns": [label for label, _ in page.columns],
    }  # fmt: skip
    return render(request, "mapping/rows.html", context)


def _trial(store: Store, form: SetupForm | None) -> Setup | None:
    """The set-up as it would be with what was typed; None when nothing was, or when it cannot work."""
    if form is None or not form.is_bound or not form.is_valid():
        return None
    return with_problems(store, read_setup(store, [form.instance]))


def _groups(
    page: SetupPage, store: Store, setup: Setup, names: Names, form: SetupForm | None
) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows as the list shows them, under their headings."""
    notes: dict[str, list[str]] = {}
    for problem in setup.problems:
        notes.setdefault(problem.row, []).append(problem.text)
    found: dict[str, list[dict[str, Any]]] = {}
    open_row = form.instance.pk if form is not None else None
    for row in page.rows(store):
        row.store = store
        shown = {
            "row": row, "title": page.title_of(row, names), "notes": notes.get(row.setup_key, []),
            "cells": [(label, cell(row, names)) for label, cell in page.columns], "protected": row.why_protected(),
            "open": row.pk == open_row,
        }  # fmt: skip
        found.setdefault(page.group_of(row) if page.group_of else "", []).append(shown)
    return list(found.items())


def unmapped_groups(page: SetupPage, setup: Setup, names: Names) -> dict[str, list[str]]:
    """Groups of both sides that stand for nothing on the other; form fields of the store that nothing fills."""
    if page.name in ("customer_form_fields", "customer_address_form_fields"):
        table = page.tables[0]
        mapped = {row.target.name for row in setup.rows_onto(table)}
        known = names.form_fields if table == "form_field" else names.address_form_fields
        return {"the store's form": [f"{name} ({words})" for name, words in known if name not in mapped]}
    if page.name != "customer_groups":
        return {}
    return {
        "BigCommerce": [names.groups[key] for key in setup.unmapped_groups(names.groups)],
        "Business Central": setup.unmapped_codes("price", names.group_codes),
    }
