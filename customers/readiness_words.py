"""Readiness in words: what a reason's code means on a page, how grave it is, and where it is mended."""

from dataclasses import dataclass

from customers.models import BusinessCentralCustomer, NotReady
from stores import deep_links
from stores.models import BusinessCentralCompany

# What comes before the field in a code -> the sentence of a group of customers, the tone of its bar.
KINDS = (
    ("missing-iso-code", "Country/region code has no ISO code", "warn"),
    ("privacy-blocked", "Privacy Blocked", "mute"),
    ("default-customer", "Is the default customer", "mute"),
    ("blocked", "Is blocked in Business Central", "mute"),
    ("left-out", "Was left out by a decision", "mute"),
    ("shopper-skipped", "The shopper with its e-mail is skipped", "mute"),
    ("shared-email", "Shares its e-mail with another customer", "warn"),
    ("email-linked", "Its e-mail is another customer’s shopper’s", "warn"),
    ("email-disagrees", "The shopper with its e-mail matches another", "warn"),
    ("refused-pair", "Was unmapped from the shopper with its e-mail", "warn"),
    ("claimed", "A match rule names it for a shopper", "warn"),
    ("missing-", "{field} is empty", "bad"),
    ("too-long-", "{field} is too long", "warn"),
    ("unknown-", "{field} is not known to the store", "warn"),
    ("invalid-", "{field} is not valid", "warn"),
)
OF_CONTACT = ("First Name", "Surname", "Middle Name")


def title(code: str, field: str) -> str:
    """One line for everybody with this reason."""
    named = f"{field} of the primary contact" if field in OF_CONTACT else field
    return next((words.format(field=named) for kind, words, _ in KINDS if code.startswith(kind)), f"{named}: {code}")


def tone(code: str) -> str:
    return next((shade for kind, _, shade in KINDS if code.startswith(kind)), "warn")


OURS = {
    "shared-email": "here: Review, E-mails", "email-linked": "here: Review, E-mails",
    "left-out": "here: Review, E-mails, Ask again", "email-disagrees": "here: Review", "refused-pair": "here: Review",
    "claimed": "here: Try Mapping, then Review", "shopper-skipped": "here: Customers, Unskip",
    "blocked": "on purpose; Add Customers can be asked for them",
}  # fmt: skip


def where(code: str, page: str) -> str:
    """Where the reason is mended, in words."""
    if code in OURS:
        return OURS[code]
    if code == "privacy-blocked":
        return "on purpose; nothing to mend"
    if code == "default-customer":
        return "on purpose; Customer Templates name it"
    if code == "missing-iso-code":
        return "Business Central, page Countries/Regions, or here: Country codes (mends all of a code at once)"
    return f"Business Central, page {page}"


@dataclass(frozen=True)
class Mend:
    """A page of Business Central that mends a reason of one customer."""

    page: str
    address: str


def mends(company: BusinessCentralCompany, row: BusinessCentralCustomer, reasons: list[NotReady]) -> list[Mend]:
    """Each page once; the contact's card where the contact is known, else the customer's, where it is chosen."""
    found = {}
    contact = str(row.data.get("primary_contact_number") or "")
    for reason in reasons:
        page, key = reason.page, row.number
        if page == "Contact Card" and contact:
            key = contact
        elif page == "Countries/Regions" and row.country:
            key = row.country
        elif page not in ("Customer Card", "Contact Card"):
            continue
        else:
            page = "Customer Card"
        if address := deep_links.business_central_page(company, page, key):
            found[page] = Mend(page, address)
    return list(found.values())
