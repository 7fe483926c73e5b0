"""One page per kind of row: the list, one row's form in its place, what a change would do, saving and deleting."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from mapping.forms import SetupForm
from mapping.models import SetupChange, SetupRow, said_by
from mapping.pages import PAGES, TITLES, SetupPage, changes_of
from mapping.seen import changed_since, locked, of_row, said, seen_of, stored
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
    row = _row(store, shown, request.GET["row"])
    if row is None:
        raise Http404("There is no such row.")
    trying = request.GET.get("do") == "try"
    return _page(request, store, shown, _form(shown, row, request.GET if trying else None))


def store_of(store_hash: str) -> Store:
    """The store with its company, or 404."""
    return get_object_or_404(Store.objects.select_related("company"), hash=store_hash)


def _row(store: Store, page: SetupPage, wanted: str) -> SetupRow | None:
    """The row asked for, a new one for "new", None when there is none (any more)."""
    if wanted == "new" and page.addable:
        return page.new_row(store)
    found = page.rows(store).filter(pk=int(wanted)).first() if _is_key(wanted) else None
    if found is None:
        return None
    found.store = store
    row: SetupRow = found
    return row


def _is_key(wanted: str) -> bool:
    return wanted.isdecimal() and len(wanted) < 19


def _form(page: SetupPage, row: SetupRow, data: QueryDict | None) -> SetupForm:
    form = page.form(data, instance=row, names=Names(row.store), auto_id=f"row-{row.pk or 'new'}-%s")
    form.seen = seen_of(row) if data is None else data.get("seen", "")[:40]
    return form


def _change(request: HttpRequest, store: Store, page: SetupPage) -> HttpResponse:
    todo = request.POST.get("do", "")
    if todo not in ("save", "try", "delete"):
        return redirect(page.name, store.hash)
    if todo == "delete":
        return _delete(request, store, page)
    row = _row(store, page, request.POST.get("row", ""))
    if row is None:
        form = _made_again(request, store, page)
    else:
        form = _form(page, row, request.POST)
        if todo == "save" and _save(request, form):
            messages.success(request, f"{page.noun.capitalize()} {page.title_of(row, Names(store))} is saved.")
            return redirect(page.name, store.hash)
    return _page(request, store, page, form)


@transaction.atomic
def _save(request: HttpRequest, form: SetupForm) -> bool:
    """Whether the row is saved; else the form says why. Nobody else saves or deletes in between."""
    row = form.instance
    locked(row.store)
    valid = form.is_valid()
    form.changed = changed_since(row, form.seen)
    if form.changed is not None:
        form.seen = seen_of(cast(SetupRow, stored(row)))
        form.add_error(None, f"{form.changed.text} Nothing was saved.")
        return False
    if not valid:
        return False
    try:
        said_by(row, request.user, "page").save()
    except (ValidationError, IntegrityError) as error:
        form.add_error(
            None, error if isinstance(error, ValidationError) else "Somebody else saved such a row just now."
        )
        return False
    return True


def _made_again(request: HttpRequest, store: Store, page: SetupPage) -> SetupForm:
    """What was typed for a row that somebody deleted meanwhile, as a new row; 404 where there never was one."""
    gone = _deleted(store, page, request.POST.get("row", ""))
    form = _form(page, page.new_row(store), request.POST)
    form.add_error(None, f"{gone}, after you opened it. Nothing was saved; Save makes it again as it is typed here.")
    return form


def _deleted(store: Store, page: SetupPage, wanted: str) -> str:
    """Who deleted the row and when; 404 when nobody did."""
    changes = of_row(page.new_row(store), int(wanted)) if page.addable and _is_key(wanted) else None
    if changes is None or not changes.filter(action=SetupChange.Action.DELETED).exists():
        raise Http404("There is no such row.")
    return said(changes, "this row", "deleted")


@transaction.atomic
def _delete(request: HttpRequest, store: Store, page: SetupPage) -> HttpResponse:
    """Delete the row, unless it is protected, another row needs it, or somebody changed it since the page was made."""
    locked(store)
    row = _row(store, page, request.POST.get("row", ""))
    if row is None:
        messages.info(request, f"{_deleted(store, page, request.POST.get('row', ''))}, so it is gone already.")
    elif row.pk is not None:
        name = f"{page.noun.capitalize()} {page.title_of(row, Names(store))}"
        changed = changed_since(row, request.POST.get("seen", ""))
        why = row.why_protected() or needed_by_others(store, row)
        if changed is not None and not why:
            why = f"{changed.text} Look at it; it can be deleted now."
        if why:
            messages.error(request, f"{name} stays. {why}")
        else:
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
            "open": row.pk == open_row, "seen": seen_of(row),
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
        "Business Central, price groups": setup.unmapped_codes("price", names.group_codes["price"]),
        "Business Central, discount groups": setup.unmapped_codes("discount", names.group_codes["discount"]),
    }
