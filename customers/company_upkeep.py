"""What a company does not stamp is re-read on its own: when it was, and what it said, kept on the company."""

from datetime import datetime, timedelta
from typing import Any

from stores.models import BusinessCentralCompany

SHIP_TO, IDS, COUNTRIES = "ship_to", "ids", "countries"
# A list of so many pages is read every so many times five minutes: a call in five minutes, whatever the company's size.
EVERY_PAGE = timedelta(minutes=5)
# Schedules come a little early or late.
SLACK = timedelta(minutes=1)


def is_due(company: BusinessCentralCompany, what: str, now: datetime, least: timedelta = EVERY_PAGE) -> bool:
    """Whether this list is to be read again, at most every `least`."""
    known = company.upkeep.get(what)
    if known is None:
        return True
    return now - datetime.fromisoformat(known["at"]) >= max(least, EVERY_PAGE * known["pages"]) - SLACK


def done(company: BusinessCentralCompany, what: str, now: datetime, pages: int) -> None:
    """This list was read just now, in so many pages."""
    keep(company, what, {"at": now.isoformat(), "pages": pages})


def keep(company: BusinessCentralCompany, what: str, value: Any) -> None:
    """Store one value; the company's lease is held."""
    company.upkeep = {**company.upkeep, what: value}
    company.save(update_fields=["upkeep"])
