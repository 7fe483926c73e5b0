"""One field compared three ways: what it should be, what it is, what both sides agreed on last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mapping.names import join
from mapping.rows import FieldRow, Owner
from mapping.values import is_blank, same, text

ChangeKind = Literal["send", "conflict", "kept", "blank-kept"]
Newer = Literal["business_central", "bigcommerce"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """before is the store's value, after Business Central's, base the agreed one (None when never agreed).

    kind: "send"; "conflict" (both changed; the owner won); "kept" (the owner is not Business Central);
    "blank-kept" (a blank does not overwrite). sends says whether after goes out.
    field is a vendor name, an attribute or form field name, or a metafield's key (then with its namespace).
    A metafield whose after is "" is to be deleted: the vendor cannot empty one.
    """

    field: str
    before: Any
    after: Any
    base: Any
    kind: ChangeKind
    owner: Owner
    sends: bool
    namespace: str = ""


def compare(row: FieldRow, after: Any, before: Any, base: Any, newer: Newer) -> FieldChange | None:
    """The change of one field, None where both sides say the same. base is None when nothing was agreed on yet."""
    name = row.target.name
    if same(after, before, name):
        return None
    kind, sends = _decide(row, after, before, base, newer)
    return FieldChange(name, before, after, base, kind, row.owner, sends, row.target.namespace)


def _decide(row: FieldRow, after: Any, before: Any, base: Any, newer: Newer) -> tuple[ChangeKind, bool]:
    name, owner = row.target.name, row.owner
    if owner == "never":
        return "kept", False
    if is_blank(after) and row.blank == "keep":
        return "blank-kept", False
    if owner == "fill_if_empty":
        return ("send", True) if _empty(before, name) else ("kept", False)
    theirs = base is not None and not same(before, base, name)
    ours = base is not None and not same(after, base, name)
    if owner == "newest":
        wins = newer == "business_central" if ours == theirs else ours
    else:
        wins = owner == "business_central"
    if ours and theirs:
        return "conflict", wins
    return ("send", True) if wins else ("kept", False)


def _empty(value: Any, field: str) -> bool:
    return is_blank(value) or (field == "customer_group_id" and value == 0)


def same_full_name(after: Mapping[str, Any], before: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """Whether first and last name only divide one full name differently, and Business Central did not re-divide it.

    A write of any other field makes Business Central split a person's name again by its own rule; sending that back
    would undo what the shopper typed.
    """
    if any(name in base and not same(after.get(name), base[name]) for name in ("first_name", "last_name")):
        return False
    return _full_name(after) == _full_name(before)


def _full_name(values: Mapping[str, Any]) -> str:
    return " ".join(join(text(values.get("first_name")), "", text(values.get("last_name"))).split())
