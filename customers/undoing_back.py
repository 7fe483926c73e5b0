"""The inverse of what a run wrote to an existing Business Central customer, where nobody changed it since."""

from dataclasses import replace
from typing import Any

from customers.before_images import FAMILIES
from customers.business_central_mirror import record_of
from customers.models import Link, RunRecord
from customers.records import part
from mapping.catalogue import find
from mapping.values import quoted, same
from mapping.write_back import PART
from mapping.writing import addressed, keep_names, label_of, values_now

# A part of a record -> the family of the link's base that holds its fields.
BASES = {"core": "core", "form fields": "form_fields", "attributes": "attributes"}
Plan = dict[str, Any]


def inverse(plan: Plan, parts: list[dict[str, Any]], left: list[str], source: RunRecord, link: Link) -> None:
    """Add to an undo's plan, parts and sentences what takes back the writes to Business Central, if there were any.

    Where all of it goes back, the fields agree again on what they agreed on before.
    """
    before = source.plan["before"]
    kept = before.get("business_central")
    if not kept:
        return
    record = record_of(link.business_central_customer)
    now = values_now(record, kept)
    entry: dict[str, Any] = {}
    shown: list[tuple[str, Any, Any]] = []
    stayed = 0
    for family, code, name, was, after in _leaves(kept):
        values = now.get(family, {}).get(code, {}) if code else now.get(family, {})
        value, label = values.get(name), label_of(family, name) + (f" of ship-to {code}" if code else "")
        if name not in values or not (_same(value, was) or _same(value, after)):
            left.append(f"{label} was changed since in Business Central to {quoted(value)}")
            stayed += 1
        elif not _same(value, was):
            holder = entry.setdefault(family, {})
            (holder.setdefault(code, {}) if code else holder)[name] = "" if was is None else was
            shown.append((label, value, was))
    if entry:
        made = {**addressed(record), **entry}
        names = {known.attribute: value for name, value in entry.get("customer", {}).items()
                 if (known := find("business_central", "customer", name)) and known.attribute}  # fmt: skip
        keep_names(record, replace(record, **names, **entry.get("names", {})), made)
        plan["business_central"], plan["etag"] = made, record.etag
        parts.append(part(PART, "updated", "", shown))
    if not stayed:
        _agree_again(plan, before)


def _leaves(kept: dict[str, Any]) -> Any:
    """(family, ship-to code or "", name, value before, value after) of every value that was written."""
    for family, values in kept.items():
        for name, pair in values.items():
            if family == "ship_to":
                yield from ((family, name, each, *two) for each, two in pair.items())
            else:
                yield (family, "", name, *pair)


def _same(one: Any, other: Any) -> bool:
    """Business Central writes codes in capitals: that is no change."""
    return same(one, other) or (isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold())


def _agree_again(plan: Plan, before: dict[str, Any]) -> None:
    going = plan.setdefault("going", {family: [] for family in FAMILIES})
    for name, field in before.get("returned", ()):
        if name in BASES:
            going.setdefault(BASES[name], []).append(field)
        elif name == "metafields":
            going.setdefault("metafields", []).append(field.split(".", 1))
    if before.get("address_bases"):
        plan["address_bases"] = before["address_bases"]
