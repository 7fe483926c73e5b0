"""Which of an environment's companies is meant. Pure."""

from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.business_central_session import Row
from bcsync.clients.errors import ConfigurationError


def choose_company(rows: list[Row], wanted: str, place: str) -> Row:
    """Return the company with that id, that exact name, or the only one with that name in any case."""
    for row in rows:
        if str(row.get("id", "")).lower() == wanted.lower() or row.get("name") == wanted:
            return row
    alike = [row for row in rows if str(row.get("name", "")).casefold() == wanted.casefold()]
    if len(alike) == 1:
        return alike[0]
    names = ", ".join(f'"{row.get("name", "")}"' for row in rows) or "none that this application may see"
    trouble = f'there is {"more than one" if alike else "no"} company "{wanted}"' if wanted else "no company was chosen"
    raise ConfigurationError(
        VENDOR, f"In Business Central {place} {trouble}; there are: {names}.", code="Internal_CompanyNotFound"
    )  # fmt: skip
