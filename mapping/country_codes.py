"""The table of country/region codes: kept on the company, changed and recorded here.

A code belongs to a company, as the mirror of its customers does: with a table per store one customer of two stores
would be in two countries. So BusinessCentralCompany.country_iso is its one home.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from mapping import countries
from mapping.check_policies import country_problems
from mapping.models import open_changes
from mapping.models.changes import SetupChange
from mapping.setup_parts import Setup
from stores.models import BusinessCentralCompany, Store

KIND = "country code"
MOST_EARLIER = 50


def save_country_codes(store: Store, codes: Mapping[str, str], by: Any = None, via: str = "page") -> None:
    """Replace the table of the store's company. Raises ValidationError with a sentence per wrong line."""
    _refuse(codes)
    with transaction.atomic():
        _store(_locked(store), store, codes, by, via)


def change_country_codes(
    store: Store,
    lines: Mapping[str, str],
    by: Any = None,
    via: str = "page",
    seen: Mapping[str, str] | None = None,
) -> None:
    """Change these lines of the table ("" takes one out), the others stay as whoever saved them.

    seen: what the table said of these codes when a person looked. Raises ValidationError as above, and Outdated when
    it says something else by now.
    """
    with transaction.atomic():
        company = _locked(store)
        for code, iso in (seen or {}).items():
            if company.country_iso.get(code, "") != iso:
                raise Outdated(code, company.country_iso.get(code, ""))
        codes = {code: iso for code, iso in {**company.country_iso, **lines}.items() if iso}
        _refuse(codes)
        _store(company, store, codes, by, via)


class Outdated(Exception):
    """Somebody changed the code's line since: now is its ISO code, "" when it is not listed any more."""

    def __init__(self, code: str, now: str) -> None:
        self.code, self.now = code, now
        super().__init__(code)


def _refuse(codes: Mapping[str, str]) -> None:
    said = [f"{problem.row.removeprefix('country.')}: {problem.text}" for problem in _problems(codes)]
    if said:
        raise ValidationError(said)


def _locked(store: Store) -> BusinessCentralCompany:
    return BusinessCentralCompany.objects.select_for_update().get(pk=store.company_id)


def _store(company: BusinessCentralCompany, store: Store, codes: Mapping[str, str], by: Any, via: str) -> None:
    before, after = dict(company.country_iso), {code: codes[code] for code in sorted(codes)}
    changed = [code for code in {**before, **after} if before.get(code) != after.get(code)]
    if changed:
        stores = [(each, open_changes.before_change(each)) for each in company.stores.select_related("company")]
        company.country_iso = after
        company.save(update_fields=["country_iso"])
        SetupChange.objects.create(
            store=store,
            company=company,
            by=by if getattr(by, "is_authenticated", False) else None,
            via=via,
            kind=KIND,
            row=", ".join(changed)[:400],
            action=SetupChange.Action.CHANGED,
            before={code: before[code] for code in changed if code in before},
            after={code: after[code] for code in changed if code in after},
        )
        for each, whole in stores:
            open_changes.changed(each, whole, by)
    store.company.country_iso = after


def changes_of_code(company: BusinessCentralCompany, code: str) -> QuerySet[SetupChange]:
    """The record of the changes of one code, the newest first."""
    rows = SetupChange.objects.filter(company=company, kind=KIND).select_related("by")
    return rows.filter(Q(before__has_key=code) | Q(after__has_key=code))


def earlier(company: BusinessCentralCompany) -> list[dict[str, str]]:
    """What the table said before its last changes, of the codes that were changed: the mirror may be that old."""
    rows = SetupChange.objects.filter(company=company, kind=KIND)
    return list(rows.values_list("before", flat=True)[:MOST_EARLIER])


def _problems(codes: Mapping[str, str]) -> Any:
    return country_problems(Setup((), (), (), country_iso=codes))


# Codes that European administrations use beside ISO 3166-1, and Northern Ireland's of VAT numbers.
_USUAL = {"EL": "GR", "UK": "GB", "XI": "GB"}


def proposed(seen: Iterable[tuple[str, str]], table: Mapping[str, str]) -> dict[str, str]:
    """The table, filled up with codes that customers have and whose ISO code is not known: the usual one, or "".

    seen: (country/region code, ISO code as read or "") of the company's customers.
    """
    unknown = {code for code, iso in seen if code and not iso and code not in table and not countries.is_iso(code)}
    return {**table, **{code: _USUAL.get(code.upper(), "") for code in sorted(unknown)}}
