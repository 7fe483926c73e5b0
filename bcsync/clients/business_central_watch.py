"""Reads what leaves a customer's own stamp alone: contacts by theirs, ship-to addresses and ids whole in large pages.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/dynamics_contact
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.business_central_capabilities import SHIP_TO, Capabilities
from bcsync.clients.business_central_literals import any_of, moment
from bcsync.clients.business_central_record import ShipTo
from bcsync.clients.business_central_session import MAX_PAGE_SIZE
from bcsync.clients.business_central_sources import SHIP_TO_FIELDS, named, published


def changed_contacts(client: BusinessCentral, since: datetime) -> set[str]:
    """Numbers of the contacts changed at or after since, and of those that they belong to. A call per 20,000."""
    condition = f"lastModifiedDateTime ge {moment(since)}"
    path = client.session.api("contacts", filter=condition, select="number,companyNumber")
    pages = client.session.pages(path, "/contacts", MAX_PAGE_SIZE)
    found = {str(row.get(name) or "") for rows in pages for row in rows for name in ("number", "companyNumber")}
    return found - {""}


def ship_to_addresses(client: BusinessCentral, capabilities: Capabilities) -> dict[str, list[ShipTo]]:
    """Customer number -> its ship-to addresses, without ISO codes; the whole company, a call per 20,000.

    Needs the published page 300.
    """
    found: dict[str, list[ShipTo]] = {}
    for values in published(client.session, capabilities, "ship_to", SHIP_TO, MAX_PAGE_SIZE):
        row = named(SHIP_TO_FIELDS, values)
        number = row.pop("customer_number")
        found.setdefault(number, []).append(ShipTo(**row))
    return found


def ship_to_digest_of(addresses: list[ShipTo]) -> str:
    """One text for a customer's ship-to addresses as page 300 says them, in whatever order; "" for none."""
    rows = [{name: value for name, value in asdict(each).items() if name != "country_iso"} for each in addresses]
    return repr(sorted(sorted(row.items()) for row in rows)) if rows else ""


def customer_ids(client: BusinessCentral) -> Iterator[set[str]]:
    """Ids, in lower case, of every customer there is: a call per 20,000."""
    path = client.session.api("customers", select="id,number")
    for rows in client.session.pages(path, "/customers", MAX_PAGE_SIZE):
        yield {str(row["id"]).lower() for row in rows}


def still_there(client: BusinessCentral, ids: Iterable[str]) -> set[str]:
    """Of these ids those, in lower case, that Business Central has a customer of, each asked for by its id."""
    found: set[str] = set()
    for condition in any_of("id", ids, quoted=False):
        path = client.session.api("customers", filter=condition, select="id,number")
        for rows in client.session.pages(path, "/customers", MAX_PAGE_SIZE):
            found.update(str(row["id"]).lower() for row in rows)
    return found
