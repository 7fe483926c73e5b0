"""A store's whole set-up as plain JSON: what export_setup writes, and what a change is compared with. Reads only."""

from collections.abc import Iterable, Mapping
from typing import Any

from mapping.setup import RELATIONS, ensure_defaults
from stores.models import Store

VERSION = 1
FORMAT = "bcsync set-up"
# Name in the document -> model.
SECTIONS = {
    "field_mapping": "FieldMappingRow",
    "metafields": "MetafieldDefinition",
    "attributes": "AttributeDefinition",
    "form_fields": "FormFieldRow",
    "match_rules": "MatchRule",
    "required_fields": "RequiredField",
    "customer_groups": "GroupMapping",
    "customer_templates": "CustomerTemplate",
}


def export(store: Store) -> dict[str, Any]:
    """The document of a store. No secret, no customer and no id of a store is in it, so another store can take it."""
    ensure_defaults(store)
    made: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    for section, model in SECTIONS.items():
        made[section] = [exported(row) for row in getattr(store, RELATIONS[model]).all()]
    made["country_codes"] = dict(sorted(store.company.country_iso.items()))
    return made


# What makes an entry of a section the same entry, in the document of before and of after.
_KEYS = {
    "field_mapping": ("target_table", "target_field"), "form_fields": ("kind", "name"),
    "customer_groups": ("kind", "code"), "customer_templates": ("country", "group_id", "vat_present"),
}  # fmt: skip


def rows_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> int:
    """How many rows and country codes differ between two documents; one that came or went is one."""
    count = 0
    for section in SECTIONS:
        old, new = (_by_key(document.get(section, ()), _KEYS.get(section, ("name",))) for document in (before, after))
        count += sum(old.get(key) != new.get(key) for key in {*old, *new})
    old, new = (document.get("country_codes", {}) for document in (before, after))
    return count + sum(old.get(code) != new.get(code) for code in {*old, *new})


def _by_key(entries: Iterable[Mapping[str, Any]], key: tuple[str, ...]) -> dict[Any, Any]:
    return {tuple(entry.get(name) for name in key): entry for entry in entries}


def exported(row: Any) -> dict[str, Any]:
    """One row; a match rule's switch as it counts, which the store card may have moved since the row was saved."""
    values: dict[str, Any] = row.as_document()
    return {**values, "enabled": row.is_on} if hasattr(row, "is_on") else values
