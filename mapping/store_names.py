"""Names that a store and its company are known to use, offered while a set-up is typed: read from the mirrors."""

from functools import cached_property
from typing import Any

import pycountry
from django.apps import apps

from stores.models import Store

MOST_NAMES = 300


class Names:
    """Asked for by the pages that show them only. The mirrors belong to an app that is built on this one."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @cached_property
    def groups(self) -> dict[int, str]:
        """BigCommerce group id -> name."""
        return dict(_mirror("CustomerGroup").filter(store=self.store).order_by("name").values_list("remote_id", "name"))

    def groups_with(self, group_id: int | None) -> list[tuple[str, str]]:
        """The choices, with the one that is set even when the store no longer has it."""
        known = [(str(key), f"{name} ({key})") for key, name in self.groups.items()]
        gone = group_id is not None and group_id not in self.groups
        return [*known, (str(group_id), f"Group {group_id}")] if gone else known

    @cached_property
    def group_codes(self) -> dict[str, list[str]]:
        """Kind -> the codes of customer price and discount groups that customers of the company have."""
        rows = _mirror("BusinessCentralCustomer").filter(company=self.store.company, gone_at=None)
        return {
            "price": _distinct(rows, "customer_price_group"),
            "discount": _distinct(rows, "data__customer_discount_group"),
        }

    @cached_property
    def attributes(self) -> list[str]:
        return sorted(str(each["name"]) for each in self.store.attributes)

    @cached_property
    def form_fields(self) -> list[tuple[str, str]]:
        """(name, what is known of it), of what the storefront lists and customers have values of."""
        return self._offered(
            "customer", _distinct(_mirror("CustomerFormField").filter(customer__store=self.store), "name")
        )

    @cached_property
    def address_form_fields(self) -> list[tuple[str, str]]:
        return self._offered(
            "address", _distinct(_mirror("AddressFormField").filter(address__store=self.store), "name")
        )

    def _offered(self, on: str, seen: list[str]) -> list[tuple[str, str]]:
        listed = {each["name"]: each for each in self.store.form_fields or () if each["on"] == on}
        known = {name: _words(each) for name, each in listed.items() if each["type"] != "password"}
        return sorted(
            {**dict.fromkeys((name for name in seen if name not in listed), "seen in values"), **known}.items()
        )

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        """(ISO code, name)."""
        return sorted((country.alpha_2, country.name) for country in pycountry.countries)

    @cached_property
    def country_codes(self) -> dict[str, tuple[str, int]]:
        """Country/region code of the company's customers -> (the ISO code it was read with, number of customers)."""
        rows = _mirror("BusinessCentralCustomer").filter(company=self.store.company, gone_at=None).exclude(country="")
        found: dict[str, tuple[str, int]] = {}
        for code, iso in rows.values_list("country", "country_iso"):
            known, count = found.get(code, ("", 0))
            found[code] = (known or iso, count + 1)
        return dict(sorted(found.items()))


def _words(listed: Any) -> str:
    """What the storefront says of a form field: its type, its choices, whether shoppers must fill it."""
    said = [listed["type"], *(["required"] if listed.get("required") else [])]
    said += [f"at most {listed['max_length']} characters"] if listed.get("max_length") else []
    return ": ".join([", ".join(said), *([", ".join(listed["options"])] if listed.get("options") else [])])


def _mirror(model: str) -> Any:
    return apps.get_model("customers", model).objects


def _distinct(rows: Any, column: str) -> list[str]:
    found = rows.exclude(**{column: ""}).order_by(column).values_list(column, flat=True).distinct()
    return [name for name in found[:MOST_NAMES] if name]
