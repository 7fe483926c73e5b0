"""A shopper as a new Business Central customer: which template, which values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mapping import countries, emails, names
from mapping.catalogue import Field, business_central_limit, find
from mapping.field_words import label_of
from mapping.rows import Issue
from mapping.values import is_blank, quoted, text


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
        """ISO 3166-1 code of the best address, or ""."""
        return text(self.address.get("country_code")).upper()


def new_shopper(
    customer: Mapping[str, Any], addresses: Sequence[Mapping[str, Any]], tax_number: str = ""
) -> NewShopper:
    """From the vendor's dicts. The best address is the most complete one, the oldest (lowest id) among equals."""
    best = min(addresses, key=lambda address: (-_filled(address), address.get("id") or 0), default={})
    return NewShopper(
        email=text(customer.get("email")),
        first_name=text(customer.get("first_name")),
        last_name=text(customer.get("last_name")),
        company=text(customer.get("company")) or text(best.get("company")),
        phone=text(customer.get("phone")) or text(best.get("phone")),
        group_id=customer.get("customer_group_id") or 0,
        tax_number=text(tax_number),
        address=best,
    )


def _filled(address: Mapping[str, Any]) -> int:
    needed = ("country_code", "address1", "city", "postal_code", "state_or_province")
    return sum(not is_blank(address.get(name)) for name in needed)


def choose(templates: Iterable[TemplateRow], shopper: NewShopper) -> tuple[TemplateRow | None, str]:
    """The most specific template that fits, and why it (or none) was chosen.

    More conditions win; among as many, country before group before VAT number. Two with equal conditions choose none.
    """
    fitting = [template for template in templates if not misfit(template, shopper)]
    if not fitting:
        return None, f"No customer template fits country {quoted(shopper.country)}, group {shopper.group_id}."
    best = max(map(_specificity, fitting))
    winners = [template for template in fitting if _specificity(template) == best]
    if len(winners) > 1:
        return None, f"{len(winners)} customer templates have the same conditions: {conditions(winners[0])}."
    return winners[0], f"Template for {conditions(winners[0])}."


def misfit(template: TemplateRow, shopper: NewShopper) -> str:
    """The first condition that the shopper does not meet, as a sentence; "" when the template fits."""
    if template.country not in ("", shopper.country):
        return f"It is for country {template.country}, the shopper's is {shopper.country or 'not known'}."
    if template.group_id not in (None, shopper.group_id):
        return f"It is for customer group {template.group_id}, the shopper is in {shopper.group_id or 'none'}."
    if template.vat_present not in (None, bool(shopper.tax_number)):
        return f"It is for shoppers with {'a' if template.vat_present else 'no'} VAT number."
    return ""


def _specificity(template: TemplateRow) -> tuple[int, bool, bool]:
    country, group, vat = bool(template.country), template.group_id is not None, template.vat_present is not None
    return country + group + vat, country, group


def template_key(template: TemplateRow) -> str:
    """The template as problems name it: by its conditions, which no other template of a store has."""
    return f"template.{conditions(template)}"


def conditions(template: TemplateRow) -> str:
    """For whom the template is, in words."""
    said = []
    if template.country:
        said.append(f"country {template.country}")
    if template.group_id is not None:
        said.append(f"customer group {template.group_id}")
    if template.vat_present is not None:
        said.append("a VAT number" if template.vat_present else "no VAT number")
    return ", ".join(said) or "any customer"


def new_customer(
    shopper: NewShopper,
    template: TemplateRow,
    iso_to_code: Mapping[str, str],
    group_values: Mapping[str, str] | None = None,
    limits: Mapping[str, int] | None = None,
) -> tuple[dict[str, Any], list[Issue]]:
    """Values for a new customer by Business Central's names (blanks left out), and what cannot go.

    iso_to_code: the company's own table, ISO 3166-1 -> country/region code (countries.codes_by_iso). group_values: what
    the shopper's customer group stands for (Setup.group_values). limits: the company's own lengths (offered.limits_of).
    The shopper's values win over the group's, and those over the template's. Nothing is ever cut: a value with an issue
    is left out, and then the customer must not be created. Split the answer with card_values:
    API v2.0 does not take them.
    """
    kind = template.contact_type
    if kind == "by company":
        kind = "Company" if shopper.company else "Person"
    person = names.join(shopper.first_name, "", shopper.last_name)
    address = shopper.address
    own = {
        "displayName": (shopper.company or person) if kind == "Company" else (person or shopper.company),
        "type": kind,
        "addressLine1": text(address.get("address1")),
        "addressLine2": text(address.get("address2")),
        "city": text(address.get("city")),
        "state": text(address.get("state_or_province")),
        "country": iso_to_code.get(shopper.country, ""),
        "postalCode": text(address.get("postal_code")),
        "phoneNumber": shopper.phone,
        "email": shopper.email,
        "taxRegistrationNumber": shopper.tax_number,
    }
    fixed = {name: typed(name, value) for name, value in template.values.items()}
    values = {**fixed, **(group_values or {}), **{name: value for name, value in own.items() if value}}
    issues = [issue for name, value in values.items() if (issue := _issue(name, value, limits or {}))]
    issues += _unknown(shopper, iso_to_code, own)
    rejected = {issue.field for issue in issues}
    return {name: value for name, value in values.items() if name not in rejected and not is_blank(value)}, issues


def typed(name: str, value: Any) -> Any:
    """A template's value as API v2.0 takes it: a number or a boolean typed as text becomes one; else as it is."""
    field = find("business_central", "customer", name)
    found = typed_value(field, value) if field else None
    return value if found is None else found


def typed_value(field: Field, value: Any) -> Any:
    """value in the type of the field, None when it cannot be."""
    if field.type == "boolean":
        said = value if isinstance(value, bool) else _WORDS.get(text(value).casefold())
        return said if isinstance(said, bool) else None
    if field.type == "number":
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,15}(\.\d{1,5})?", str(value), re.ASCII):
            return None
        number = float(value)
        return int(number) if number.is_integer() else number
    return value if isinstance(value, str) else None


_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def _issue(name: str, value: Any, limits: Mapping[str, int]) -> Issue | None:
    """Why Business Central would refuse the value."""
    if not isinstance(value, str):
        return None
    limit, label = limits.get(name) or business_central_limit(name), label_of("business_central", "customer", name)
    if limit is not None and len(value) > limit:
        said = f"{label} has {len(value)} characters, Business Central takes {limit}: {quoted(value)}."
        return Issue(name, said, "too_long", "business_central", len(value), limit)
    if name == "phoneNumber" and any(map(str.isalpha, value)):
        said = f"{label} {quoted(value)} has letters, which Business Central refuses in a phone number."
        return Issue(name, said, "invalid", "business_central")
    if name == "email" and not emails.is_valid(value):
        return Issue(name, f"{label} {quoted(value)} is not an e-mail address.", "invalid", "business_central")
    return None


def _unknown(shopper: NewShopper, iso_to_code: Mapping[str, str], own: Mapping[str, str]) -> list[Issue]:
    issues = []
    if not own["displayName"]:
        said = "Name is empty: the shopper has neither a company nor a name."
        issues.append(Issue("displayName", said, "missing", "business_central"))
    if shopper.country and shopper.country not in iso_to_code:
        said = (
            f"Country {shopper.country} ({countries.name(shopper.country)}): this company has no country/region code "
            "with this ISO code; add it on page Countries/Regions, or to the store's country table."
        )
        issues.append(Issue("country", said, "unknown", "business_central"))
    return issues


def card_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The part of values that only the published Customer Card takes (posting groups, payment terms ...)."""
    return {
        name: value
        for name, value in values.items()
        if (known := find("business_central", "customer", name)) and known.on_card_only
    }
