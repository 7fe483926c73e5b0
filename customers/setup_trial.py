"""A store and its mirror as they would be under a set-up that is not in force: for preview and reach, never saved."""

import copy
from collections.abc import Iterable, Mapping

from bcsync.clients.business_central_countries import iso_of
from customers.models import BusinessCentralCustomer
from mapping.setup_parts import Setup
from stores.models import Store


def under(store: Store, setup: Setup) -> Store:
    """A copy of the store whose company has the set-up's table of country/region codes."""
    made, company = copy.copy(store), copy.copy(store.company)
    company.country_iso = dict(setup.country_iso)
    made.company = company
    return made


def reread(
    row: BusinessCentralCustomer, store: Store, setup: Setup, *tables: Mapping[str, str]
) -> BusinessCentralCustomer:
    """The row with the ISO codes that the next read would give it under the set-up's table of codes.

    Where page 10 is published its own ISO code goes before any table; one that is neither the code itself nor what one
    of these tables (or the store's) makes of it is taken for the page's.
    """
    known = [setup.country_iso, store.company.country_iso, *tables]
    if not any(known) or not row.data:
        return row
    published = "countries" in (store.company.capabilities or {}).get("published", {})
    held = [row.data, *row.data.get("ship_to", ())]
    isos = [_iso(each, setup.country_iso, known if published else None) for each in held]
    if isos == [each.get("country_iso", "") for each in held]:
        return row
    made = copy.copy(row)
    made.data = copy.deepcopy(row.data)
    for each, iso in zip([made.data, *made.data.get("ship_to", ())], isos, strict=True):
        each["country_iso"] = iso
    return made


def _iso(held: Mapping[str, str], table: Mapping[str, str], known: Iterable[Mapping[str, str]] | None) -> str:
    """The ISO code of one customer or ship-to by this table. known: tables it may have been read with, where page 10
    may have said something else; None where there is no such page."""
    code, read = held.get("country", ""), held.get("country_iso", "")
    if known is not None and read not in ("", code, *(other.get(code) for other in known)):
        return read
    return iso_of(code, None, table).code
