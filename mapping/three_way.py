"""One field compared three ways: what it should be, what it is, what both sides agreed on last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as kept
from typing import Any, Literal

from mapping.names import join
from mapping.rows import FieldRow, Owner
from mapping.values import is_blank, same, text

ChangeKind = Literal["send", "conflict", "kept", "blank-kept"]
Side = Literal["business_central", "bigcommerce"]
# (part of a record, row) -> the side that changed the field last; asked for fields that "newest" owns.
Newer = Callable[[str, FieldRow], Side]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is known of one customer's one field beside its row: an exception that a person made, a conflict told.

    side: whose value wins instead of the row's owner, "" for the owner's; restores: value was overwritten and is to be
    given back to both sides; seen: the two values (BigCommerce's, Business Central's) of a conflict that was told.
    """

    side: Side | Literal[""] = ""
    value: Any = None
    restores: bool = False
    seen: tuple[Any, Any] | None = None


# (part of the customer, field) -> what is known of it; parts as in a run's record: "core", "address main" ...
Choices = Mapping[tuple[str, str], Choice]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """before is the store's value, after Business Central's, base the agreed one (None when never agreed).

    kind: "send"; "conflict" (both changed; the owner won); "kept" (the owner is not Business Central);
    "blank-kept" (a blank does not overwrite). sends says whether after goes out to the store, returns whether
    `returning` (the store's value) is to go to Business Central.
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
    returns: bool = False
    returning: Any = None
    row: FieldRow | None = kept(default=None, compare=False, repr=False)

    @property
    def label(self) -> str:
        """The field as a record shows it, a metafield with its namespace."""
        return f"{self.namespace}.{self.field}" if self.namespace else self.field


def label_of(row: FieldRow) -> str:
    """The label that changes of this row have."""
    return f"{row.target.namespace}.{row.target.name}" if row.target.namespace else row.target.name


def business_central_is_newer(part: str, row: FieldRow) -> Side:
    """Where nothing is known of either side."""
    return "business_central"


def compare(
    row: FieldRow, after: Any, before: Any, base: Any, part: str, newer: Newer, choice: Choice | None = None
) -> FieldChange | None:
    """The change of one field, None where both sides say the same. base is None when nothing was agreed on yet."""
    name = row.target.name
    if choice is not None and choice.restores:
        return _restored(row, after, before, base, choice)
    if same(after, before, name):
        return None
    if choice is not None and choice.side:
        # A person took this side, blank or not, and knows that both had changed: that is no conflict any more.
        kind, sends, returns = _decide(replace(row, owner=choice.side, blank="send"), after, before, None, part, newer)
        owner: Owner = choice.side
    else:
        kind, sends, returns = _decide(row, after, before, base, part, newer)
        owner = row.owner
    told = choice.seen if choice is not None else None
    if kind == "conflict" and told and same(before, told[0], name) and same(after, told[1], name):
        kind = "send" if sends else "kept"
    return FieldChange(
        name, before, after, base, kind, owner, sends, row.target.namespace, returns, before if returns else None, row
    )


def _restored(row: FieldRow, after: Any, before: Any, base: Any, choice: Choice) -> FieldChange | None:
    """A value that was overwritten and that a person took: it goes to both sides, where it is not yet."""
    name = row.target.name
    sends, returns = not same(before, choice.value, name), not same(after, choice.value, name)
    if not sends and not returns:
        return None
    owner: Owner = choice.side or row.owner
    kind: ChangeKind = "send" if sends else "kept"
    space = row.target.namespace
    return FieldChange(name, before, choice.value, base, kind, owner, sends, space, returns, choice.value, row)


def _decide(
    row: FieldRow, after: Any, before: Any, base: Any, part: str, newer: Newer
) -> tuple[ChangeKind, bool, bool]:
    """(kind, whether after goes to the store, whether before goes to Business Central)."""
    name, owner = row.target.name, row.owner
    if owner == "never":
        return "kept", False, False
    if owner == "fill_if_empty":
        if not _empty(before, name):
            return "kept", False, is_blank(after)
        return ("blank-kept", False, False) if is_blank(after) and row.blank == "keep" else ("send", True, False)
    theirs = base is not None and not same(before, base, name)
    ours = base is not None and not same(after, base, name)
    if owner == "newest":
        wins = newer(part, row) == "business_central" if ours == theirs else ours
    else:
        wins = owner == "business_central"
    blank = is_blank(after) if wins else _empty(before, name)
    if blank and row.blank == "keep":
        return "blank-kept", False, False
    if ours and theirs:
        return "conflict", wins, not wins
    return ("send", True, False) if wins else ("kept", False, True)


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
