"""Three-way compare of what a customer should be, is, and was when both sides last agreed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mapping.defaults import DEFAULT_ROWS
from mapping.diff_addresses import AddressChange, LinkedAddress, diff_addresses
from mapping.evaluate import Target
from mapping.rows import FieldRow
from mapping.three_way import (
    Choice,
    Choices,
    FieldChange,
    Newer,
    business_central_is_newer,
    compare,
    label_of,
    same_full_name,
)
from mapping.values import is_blank, same

__all__ = [
    "AddressChange", "Base", "Changes", "Choice", "Choices", "Current", "FieldChange", "LinkedAddress", "base_as_json",
    "base_from_json", "diff", "next_base", "payload",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Current:
    """The customer as the store has it. core is the vendor's dict; addresses by source ("main", "ship-to:CODE").

    other_addresses are the vendor's dicts that stand behind no source; attributes and form_fields by name;
    metafields by (namespace, key), only those this account owns.
    """

    core: Mapping[str, Any]
    addresses: Mapping[str, LinkedAddress] = field(default_factory=dict)
    other_addresses: Sequence[Mapping[str, Any]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    form_fields: Mapping[str, Any] = field(default_factory=dict)
    metafields: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides agreed on last; a field that is absent was never agreed on. Addresses have their own base."""

    core: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    form_fields: Mapping[str, Any] = field(default_factory=dict)
    metafields: Mapping[tuple[str, str], Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences by endpoint family; what is equal is absent."""

    core: tuple[FieldChange, ...] = ()
    addresses: tuple[AddressChange, ...] = ()
    attributes: tuple[FieldChange, ...] = ()
    form_fields: tuple[FieldChange, ...] = ()
    metafields: tuple[FieldChange, ...] = ()

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """Every field change, those of addresses included."""
        of_addresses = (change for address in self.addresses for change in address.fields)
        return (*self.core, *of_addresses, *self.attributes, *self.form_fields, *self.metafields)

    @property
    def by_part(self) -> list[tuple[str, tuple[FieldChange, ...]]]:
        """(part as a record names it, its field changes)."""
        flat = (("core", self.core), ("form fields", self.form_fields), ("attributes", self.attributes),
                ("metafields", self.metafields))  # fmt: skip
        return [*flat, *((f"address {change.source}", change.fields) for change in self.addresses)]

    @property
    def writes(self) -> bool:
        """Whether anything must be sent to the vendor; adopting and unlinking an address is not."""
        flat = (*self.core, *self.attributes, *self.form_fields, *self.metafields)
        sent = any(change.sends for change in flat)
        return sent or any(change.action in ("create", "update", "delete") for change in self.addresses)

    @property
    def conflicts(self) -> tuple[FieldChange, ...]:
        """The fields that both sides changed differently since they last agreed."""
        return tuple(change for change in self.fields if change.kind == "conflict")


def payload(changes: Iterable[FieldChange]) -> dict[str, Any]:
    """Field -> value of the changes that go out, for core, attributes and form fields."""
    return {change.field: change.after for change in changes if change.sends}


def diff(
    target: Target,
    current: Current,
    base: Base | None = None,
    rows: Sequence[FieldRow] = DEFAULT_ROWS,
    newer: Newer = business_central_is_newer,
    choices: Choices | None = None,
) -> Changes:
    """What must be sent, and what was kept and why. newer decides fields owned by "newest" that both sides changed, or
    that were never agreed on.

    choices: what a person decided about fields of this customer, and which conflicts were told already.

    A field that target leaves out because of an issue is not compared. Idempotent: once the changes are made, a diff
    of the same target is empty but for what is kept.
    """
    base, choices = base or Base(), choices or {}
    core_rows = _of(rows, "customer")
    if same_full_name(target.core, current.core, base.core):
        core_rows = [row for row in core_rows if row.target.name not in ("first_name", "last_name")]

    def family(part: str, rows: Iterable[FieldRow], name: str, key_of: Callable[[FieldRow], Any] = _name) -> Any:
        after, before, agreed = (getattr(each, name) for each in (target, current, base))
        return _family(part, rows, after, before, agreed, newer, choices, key_of)

    return Changes(
        core=family("core", core_rows, "core"),
        addresses=diff_addresses(target, current.addresses, current.other_addresses, rows, newer, choices),
        attributes=family("attributes", _of(rows, "attribute"), "attributes"),
        form_fields=family("form fields", _of(rows, "form_field"), "form_fields"),
        metafields=family("metafields", _of(rows, "metafield"), "metafields", _metafield),
    )


def _of(rows: Iterable[FieldRow], table: str) -> list[FieldRow]:
    return [row for row in rows if row.target.table == table]


def _name(row: FieldRow) -> Any:
    return row.target.name


def _metafield(row: FieldRow) -> Any:
    return row.target.namespace, row.target.name


def _family(
    part: str,
    rows: Iterable[FieldRow],
    after: Mapping[Any, Any],
    before: Mapping[Any, Any],
    base: Mapping[Any, Any],
    newer: Newer,
    choices: Choices,
    key_of: Callable[[FieldRow], Any],
) -> tuple[FieldChange, ...]:
    changes = []
    for row in rows:
        key = key_of(row)
        if key in after:
            choice = choices.get((part, label_of(row))) if choices else None
            change = compare(row, after[key], before.get(key), base.get(key), part, newer, choice)
            if change:
                changes.append(change)
    return tuple(changes)


def next_base(target: Target, current: Current, base: Base | None = None) -> Base:
    """The base after a run: where both sides now agree, that value; elsewhere what was agreed before.

    current is the customer as it is after the writes. Addresses: AddressChange.base.
    """
    base = base or Base()
    return Base(
        core=_agreed(target.core, current.core, base.core),
        attributes=_agreed(target.attributes, current.attributes, base.attributes),
        form_fields=_agreed(target.form_fields, current.form_fields, base.form_fields),
        metafields=_agreed(target.metafields, current.metafields, base.metafields),
    )


def _agreed(after: Mapping[Any, Any], before: Mapping[Any, Any], base: Mapping[Any, Any]) -> dict[Any, Any]:
    both = {
        key: value for key, value in after.items() if same(value, before.get(key), key if isinstance(key, str) else "")
    }
    return {**base, **both}


def base_as_json(base: Base) -> dict[str, Any]:
    """JSON-able form of a base, for storing on the link."""
    metafields: dict[str, dict[str, Any]] = {}
    for (namespace, key), value in base.metafields.items():
        metafields.setdefault(namespace, {})[key] = value
    return {
        "core": dict(base.core),
        "attributes": dict(base.attributes),
        "form_fields": dict(base.form_fields),
        "metafields": metafields,
    }


def base_from_json(data: Mapping[str, Any] | None) -> Base | None:
    """The base that base_as_json wrote; None for an empty or absent one."""
    if not data or all(is_blank(part) or part == {} for part in data.values()):
        return None
    metafields = data.get("metafields") or {}
    return Base(
        core=data.get("core") or {},
        attributes=data.get("attributes") or {},
        form_fields=data.get("form_fields") or {},
        metafields={(space, key): value for space, keys in metafields.items() for key, value in keys.items()},
    )
