"""Country/Region Codes: which ISO code each code of the company stands for, pre-filled from what was read."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from mapping import countries
from mapping.country_codes import KIND, Outdated, change_country_codes, changes_of_code, proposed
from mapping.forms import CountryForm
from mapping.pages import COUNTRY_CODES, TITLES, changes_of
from mapping.seen import said
from mapping.setup import setup_of
from mapping.store_names import Names
from mapping.views.rows import LAST_CHANGES, store_of
from stores.models import Store
from stores.roles import role


@dataclass(frozen=True)
class CodeLine:
    """A code, its ISO code and where that comes from: the table, Business Central, the code itself, or nowhere."""

    code: str
    iso: str
    source: str
    customers: int
    listed: bool

    @property
    def country(self) -> str:
        return countries.name(self.iso) if self.iso else ""


@role(get="viewer", post="administrator")
def country_codes(request: HttpRequest, store_hash: str) -> HttpResponse:
    """GET lists the codes; POST sets one code's ISO code, or takes its line out of the table."""
    store = store_of(store_hash)
    if request.method == "POST":
        return _change(request, store)
    opened = request.GET.get("code")
    if opened is None:
        return _page(request, store)
    form = CountryForm(initial={"code": opened[:10], "iso": _iso_of(store, opened)})
    form.seen = store.company.country_iso.get(opened, "")
    return _page(request, store, form)


def _iso_of(store: Store, code: str) -> str:
    return str(store.company.country_iso.get(code, "") or (code if countries.is_iso(code) else ""))


def _change(request: HttpRequest, store: Store) -> HttpResponse:
    todo, seen = request.POST.get("do", ""), request.POST.get("seen", "")[:10]
    if todo == "delete":
        code = request.POST.get("code", "").replace("\0", "")[:10]
        why = _save(request, store, {code: ""}, f"Code {code} is no longer in the table.", {code: seen})
    elif todo == "fill":
        found = proposals(store, Names(store))
        why = _save(request, store, found, f"{len(found)} codes are filled in.", dict.fromkeys(found, ""))
    else:
        form = CountryForm(request.POST)
        form.seen = seen
        if not form.is_valid():
            return _page(request, store, form)
        code, iso = form.cleaned_data["code"], form.cleaned_data["iso"]
        done = f"Code {code} is {iso}." if iso else f"Code {code} is not listed."
        why = _save(request, store, {code: iso}, done, {code: seen}, form)
        if why:
            form.add_error("iso", [words.removeprefix(f"{code}: ") for words in why])
            return _page(request, store, form)
    if why:
        messages.error(request, " ".join(why))
    return redirect(COUNTRY_CODES, store.hash)


def _save(
    request: HttpRequest,
    store: Store,
    lines: dict[str, str],
    done: str,
    seen: dict[str, str],
    form: CountryForm | None = None,
) -> list[str]:
    """Store the table with these lines changed ("" takes one out); returns why not, [] when it is done."""
    try:
        change_country_codes(store, lines, request.user, "page", seen)
    except ValidationError as error:
        return error.messages
    except Outdated as error:
        if form is not None:
            form.seen = error.now
        who = said(changes_of_code(store.company, error.code), "it")
        now = f"It is {error.now} in the table" if error.now else "It is not in the table"
        return [f"{error.code}: {now} ({who}). Nothing was changed; do it again to have it your way."]
    messages.success(request, done)
    return []


def proposals(store: Store, names: Names) -> dict[str, str]:
    """Codes that customers have, nobody knows the ISO code of, and administrations use in one usual way."""
    table = store.company.country_iso
    seen = [(code, iso) for code, (iso, _) in names.country_codes.items()]
    return {code: iso for code, iso in proposed(seen, table).items() if iso and code not in table}


def lines_of(store: Store, names: Names) -> list[CodeLine]:
    """Codes that customers have or the table lists, the ones without an ISO code first."""
    table = store.company.country_iso
    seen = names.country_codes
    made = []
    for code in sorted({*table, *seen}):
        read, number = seen.get(code, ("", 0))
        own = code if countries.is_iso(code) else ""
        iso = table.get(code) or read or own
        source = "table" if code in table else "the code itself" if iso and iso == own else "Business Central"
        made.append(CodeLine(code, iso, source if iso else "nowhere", number, code in table))
    return sorted(made, key=lambda line: (bool(line.iso), line.code))


def _page(request: HttpRequest, store: Store, form: CountryForm | None = None) -> HttpResponse:
    names = Names(store)
    context: dict[str, Any] = {
        "here": "setup", "store": store, "company": store.company, "titles": TITLES, "names": names,
        "lines": lines_of(store, names), "form": form, "setup": setup_of(store), "title": TITLES[COUNTRY_CODES],
        "open": form["code"].value() if form is not None else None, "proposals": proposals(store, names),
        "changes": changes_of(store, kind=KIND)[:LAST_CHANGES],
        "others": list(store.company.stores.exclude(pk=store.pk)),
    }  # fmt: skip
    return render(request, "mapping/country_codes.html", context)
