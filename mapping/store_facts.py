"""What evaluate must know of one store: its country list with states, its attributes, its customer groups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Country:
    """A country of the store's own list. states: folded code or full name -> full name; empty when it has none.

    state_codes: the other way, folded full name -> the store's abbreviation.
    """

    iso: str
    name: str
    states: Mapping[str, str] = field(default_factory=dict)
    state_codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """A customer attribute of the store; type is "string", "number" or "date"."""

    id: int
    name: str
    type: str = "string"


@dataclass(frozen=True, slots=True)
class StoreFormField:
    """A form field as the storefront lists it; type is one of rows.FORM_FIELD_TYPES, or "password".

    max_length: characters that the form takes, None when it says nothing.
    """

    name: str
    type: str = "text"
    options: tuple[str, ...] = ()
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """countries by ISO code, attributes by name, group ids by Business Central's price or discount group code.

    form_fields: name -> type of the vendor, as rows say it; storefront: target table -> name -> the field as the
    store's own form lists it, {} while it never told. country_iso: the company's country/region code -> ISO code.
    ship_to_known says that the company lets us read ship-to addresses: only then does one that is absent count as
    removed. channel_ids are for creating; evaluate does not read them.
    """

    countries: Mapping[str, Country] = field(default_factory=dict)
    attributes: Mapping[str, AttributeDefinition] = field(default_factory=dict)
    form_fields: Mapping[str, str] = field(default_factory=dict)
    storefront: Mapping[str, Mapping[str, StoreFormField]] = field(default_factory=dict)
    customer_groups: Mapping[str, int] = field(default_factory=dict)
    discount_groups: Mapping[str, int] = field(default_factory=dict)
    country_iso: Mapping[str, str] = field(default_factory=dict)
    channel_ids: tuple[int, ...] = ()
    ship_to_known: bool = False


def store_facts(
    *,
    countries: Iterable[Mapping[str, Any]] = (),
    attributes: Iterable[Mapping[str, Any]] = (),
    form_fields: Mapping[str, str] | None = None,
    storefront: Iterable[Mapping[str, Any]] = (),
    customer_groups: Mapping[str, int] | None = None,
    discount_groups: Mapping[str, int] | None = None,
    country_iso: Mapping[str, str] | None = None,
    channel_ids: Iterable[int] = (),
    ship_to_known: bool = False,
) -> StoreFacts:
    """Facts from the vendor's own answers.

    countries: [{"country", "country_iso2", "states": [{"state", "state_abbreviation"}]}] as clients.bigcommerce gives;
    attributes: [{"id", "name", "type"}]; form_fields: name -> vendor type; storefront: [{"on": "customer" | "address",
    "name", "type", "options", perhaps "max_length"}] as clients.bigcommerce_storefront gives.
    """
    listed = [_country(item) for item in countries]
    defined = [AttributeDefinition(int(item["id"]), item["name"], item.get("type") or "string") for item in attributes]
    return StoreFacts(
        countries={country.iso: country for country in listed if country.iso},
        attributes={definition.name: definition for definition in defined},
        form_fields=dict(form_fields or {}),
        storefront=_storefront(storefront),
        customer_groups=dict(customer_groups or {}),
        discount_groups=dict(discount_groups or {}),
        country_iso={code.upper(): iso for code, iso in (country_iso or {}).items()},
        channel_ids=tuple(channel_ids),
        ship_to_known=ship_to_known,
    )


_FORM_TABLES = {"customer": "form_field", "address": "address_form_field"}


def _storefront(listed: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, StoreFormField]]:
    found: dict[str, dict[str, StoreFormField]] = {}
    for item in listed:
        options = tuple(item.get("options") or ())
        made = StoreFormField(item["name"], item.get("type") or "text", options, item.get("max_length"))
        found.setdefault(_FORM_TABLES[item["on"]], {})[made.name] = made
    return found


def _country(item: Mapping[str, Any]) -> Country:
    states: dict[str, str] = {}
    codes: dict[str, str] = {}
    for state in item.get("states") or ():
        states[state["state"].strip().casefold()] = state["state"]
    for state in item.get("states") or ():
        if state.get("state_abbreviation"):
            states.setdefault(state["state_abbreviation"].strip().casefold(), state["state"])
            codes[state["state"].strip().casefold()] = state["state_abbreviation"]
    return Country((item.get("country_iso2") or "").upper(), item.get("country") or "", states, codes)
