"""Names that a store and its company are known to use, offered while a set-up is typed: read from the mirrors."""

from functools import cached_property
from typing import Any

import pycountry
from django.apps import apps
from django.db.models import Count

from mapping.steps import values_of
from stores.models import Store


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
        model, where = _model("BusinessCentralCustomer"), f"company_id = {self.store.company_id} AND gone_at IS NULL"
        discount = "data ->> 'customer_discount_group'"
        return {"price": values_of(model, "customer_price_group", where), "discount": values_of(model, discount, where)}

    @cached_property
    def attributes(self) -> list[str]:
        return sorted(str(each["name"]) for each in self.store.attributes)

    @cached_property
    def form_fields(self) -> list[tuple[str, str]]:
        """(name, what is known of it), of what the storefront lists and customers have values of."""
        return self._offered("customer", self._seen("CustomerFormField", "Customer", "customer_id"))

    @cached_property
    def address_form_fields(self) -> list[tuple[str, str]]:
        return self._offered("address", self._seen("AddressFormField", "CustomerAddress", "address_id"))

    def _seen(self, fields: str, owners: str, owner: str) -> list[str]:
        """The names of form fields of which somebody in the store has a value."""
        field, of = _model(fields)._meta.db_table, _model(owners)._meta.db_table
        mine = f"f.name = seen.value AND o.store_id = {int(self.store.pk)}"
        also = f"EXISTS (SELECT 1 FROM {field} f JOIN {of} o ON o.id = f.{owner} WHERE {mine})"
        return values_of(_model(fields), "name", also=also)

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
        counted = rows.order_by().values_list("country", "country_iso").annotate(n=Count("pk"))
        for code, iso, n in counted.order_by("country", "-n", "country_iso"):
            known, count = found.get(code, ("", 0))
            found[code] = (known or iso, count + n)
        return dict(sorted(found.items()))


def _words(listed: Any) -> str:
    """What the storefront says of a form field: its type, its choices, whether shoppers must fill it."""
    said = [listed["type"], *(["required"] if listed.get("required") else [])]
    said += [f"at most {listed['max_length']} characters"] if listed.get("max_length") else []
    return ": ".join([", ".join(said), *([", ".join(listed["options"])] if listed.get("options") else [])])


def _model(name: str) -> Any:
    return apps.get_model("customers", name)


def _mirror(name: str) -> Any:
    return _model(name).objects
