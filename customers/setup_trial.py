"""A store and its mirror as they would be under a set-up that is not in force: for preview and reach, never saved."""

import copy
from collections.abc import Mapping

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
    made = copy.copy(row)
    made.data = copy.deepcopy(row.data)
    for held in (made.data, *made.data.get("ship_to", ())):
        code, iso = held.get("country", ""), held.get("country_iso", "")
        if not published or iso in ("", code, *(table.get(code) for table in known)):
            held["country_iso"] = iso_of(code, None, setup.country_iso).code
    return made
