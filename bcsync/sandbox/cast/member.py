"""One line of the cast: who it is in which system, what it shows, and what each job is expected to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = Mapping[str, Any]
# Outcome, and what the reason has to say (parts of it, any order).
Said = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Member:
    """key: its name in tests. shows: the rule it is there for.

    shopper and second: StoreSide.add_customer fields in the first and in the second store; customer: fields of
    CompanySide.add_customer. A text `{id of 70010}` in a metafield becomes that Business Central customer's id.
    expected: job -> Said in the first store, in_second: in the second. Import, Try Mapping and Update speak of the
    shopper, Add Customers of the Business Central customer. A job that is absent has no line for it; Import is always
    `created`.
    """

    key: str
    shows: str
    shopper: Fields | None = None
    second: Fields | None = None
    customer: Fields | None = None
    expected: Mapping[str, Said] = field(default_factory=dict)
    in_second: Mapping[str, Said] = field(default_factory=dict)


def said(outcome: str, *gists: str) -> Said:
    """An outcome and the parts that its reason must have."""
    return outcome, gists


def shopper(email: str, first_name: str, last_name: str, phone: str = "", **more: Any) -> dict[str, Any]:
    """A shopper; addresses get the shopper's name."""
    names = {"first_name": first_name, "last_name": last_name}
    made = {"email": email, **names, **({"phone": phone} if phone else {}), **more}
    if "addresses" in made:
        made["addresses"] = [{**names, **address} for address in made["addresses"]]
    return made


def place(address1: str = "1 Mill Lane", city: str = "Leeds", postal_code: str = "LS1 1AA", country_code: str = "GB",
          **more: Any) -> dict[str, Any]:  # fmt: skip
    """An address in a store."""
    return {"address1": address1, "city": city, "postal_code": postal_code, "country_code": country_code, **more}


def card(number: str, name: str, phone: str = "", **more: Any) -> dict[str, Any]:
    """A Business Central customer about whom little is known: enough to be matched, not to be added."""
    return {"number": number, "displayName": name, "country": "GB", **({"phoneNumber": phone} if phone else {}), **more}


def complete(number: str, name: str, email: str, contact: tuple[str, ...] | None, **more: Any) -> dict[str, Any]:
    """A Business Central customer with everything that BigCommerce needs."""
    where = {"addressLine1": "7 Quay Street", "city": "Bristol", "postalCode": "BS1 4DJ", "country": "GB"}
    given = {"number": number, "displayName": name, "email": email, "contact": contact, **where, **more}
    return {field: value for field, value in given.items() if value is not None}
