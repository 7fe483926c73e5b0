"""A shopper as a new Business Central customer: which template, which values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mapping.rows import Issue


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A customer template; "" or None in the first three means any.

    values: by API v2.0 names, plus the Customer Card's (customerPostingGroup ...) which only the published page takes.
    """

    country: str = ""
    group_id: int | None = None
    vat_present: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    contact_type: Literal["by company", "Company", "Person"] = "by company"
    default_customer_number: str = ""


@dataclass(frozen=True, slots=True)
class NewShopper:
    """A BigCommerce customer as a template sees it; address is the vendor's dict of the best address, or {}."""

    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    group_id: int = 0
    tax_number: str = ""
    address: Mapping[str, Any] = field(default_factory=dict)

    @property
    def country(self) -> str:
        return str(self.address.get("country_code") or "").upper()


def new_shopper(
    customer: Mapping[str, Any], addresses: Sequence[Mapping[str, Any]], tax_number: str = ""
) -> NewShopper:
    """From the vendor's dicts. The best address is the most complete one, the oldest (lowest id) among equals."""
    raise NotImplementedError


def choose(templates: Iterable[TemplateRow], shopper: NewShopper) -> tuple[TemplateRow | None, str]:
    """The most specific template that fits, and why it (or none) was chosen. A tie chooses none and says so."""
    raise NotImplementedError


def new_customer(
    shopper: NewShopper, template: TemplateRow, iso_to_code: Mapping[str, str]
) -> tuple[dict[str, Any], list[Issue]]:
    """Values for POST customers by API v2.0 names (blanks left out), and what cannot go.

    iso_to_code: the company's own table, ISO 3166-1 -> country/region code.
    """
    raise NotImplementedError
