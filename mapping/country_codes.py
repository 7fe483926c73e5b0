"""The table of country/region codes: kept on the company, changed and recorded here.

A code belongs to a company, as the mirror of its customers does: with a table per store one customer of two stores
would be in two countries. So BusinessCentralCompany.country_iso is its one home.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from mapping import countries
from mapping.check_policies import country_problems
from mapping.models import open_changes
from mapping.models.changes import SetupChange
from mapping.setup_parts import Setup
from stores.models import BusinessCentralCompany, Store


def save_country_codes(store: Store, codes: Mapping[str, str], by: Any = None, via: str = "page") -> None:
    """Replace the table of the store's company. Raises ValidationError with a sentence per wrong line."""
    said = [f"{problem.row.removeprefix('country.')}: {problem.text}" for problem in _problems(codes)]
    if said:
        raise ValidationError(said)
    with transaction.atomic():
        company = BusinessCentralCompany.objects.select_for_update().get(pk=store.company_id)
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
                kind="country code",
                row=", ".join(changed)[:400],
                action=SetupChange.Action.CHANGED,
                before={code: before[code] for code in changed if code in before},
                after={code: after[code] for code in changed if code in after},
            )
            for each, whole in stores:
                open_changes.changed(each, whole, by)
        store.company.country_iso = after


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
