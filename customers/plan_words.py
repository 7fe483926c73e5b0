"""How a planned update is shown in a record: one part per endpoint family, what was kept and why, what cannot go."""

from collections.abc import Iterable, Mapping
from typing import Any

from customers import causes
from customers.models import RunRecord
from customers.records import part
from mapping.diff import Changes, Current, FieldChange
from mapping.evaluate import Target
from mapping.rows import Issue
from mapping.values import quoted
from mapping.write_back import PART, Returned

Outcome = RunRecord.Outcome
# (part, field) -> why a value of BigCommerce's that differs stays where it is, instead of the usual words.
Words = Mapping[tuple[str, str], str]


def show(changes: Changes, words: Words | None = None) -> list[dict[str, Any]]:
    """The changes as parts of a record; what was kept is listed with its reason and changes nothing."""
    actions = {f"address {change.source}": change.action for change in changes.addresses}
    return [
        _shown(name, family, actions.get(name, "updated"), words or {})
        for name, family in changes.by_part
        if family or actions.get(name, "none") != "none"
    ]


ADDRESS_WORDS = {
    "create": (Outcome.UPDATED, "a new address"),
    "update": (Outcome.UPDATED, ""),
    "updated": (Outcome.UPDATED, ""),
    "delete": (Outcome.UPDATED, "removed: it is gone from Business Central and still as we made it"),
    "adopt": (Outcome.UNCHANGED, "an equal address is there already and is used"),
    "unlink": (Outcome.UNCHANGED, "gone from Business Central; the address stays, it is not as we made it"),
    "none": (Outcome.UNCHANGED, ""),
}
KEPT = {
    "kept": "kept, BigCommerce owns it",
    "blank-kept": "kept, a blank does not overwrite",
    "conflict": "both sides changed it",
}


def _shown(name: str, family: Iterable[FieldChange], action: str, known: Words) -> dict[str, Any]:
    fields = list(family)
    outcome, words = ADDRESS_WORDS[action]
    if fields and not any(change.sends for change in fields):
        outcome = Outcome.UNCHANGED
    said = {change.label: known.get((name, change.label), KEPT.get(change.kind, "")) for change in fields}
    reasons = [words, *(f"{label}: {why}" for label, why in said.items() if why)]
    if any(change.kind == "conflict" for change in fields):
        outcome = Outcome.CONFLICT
    shown = [(change.label, change.before, change.after) for change in fields if change.sends]
    return part(name, outcome, "; ".join(filter(None, reasons)), shown)


def show_issues(target: Target, current: Current) -> list[dict[str, Any]]:
    """Values that cannot go, each a rejected part of its own that names field, length and limit.

    What nobody could read matters where the store has a value that it might be another one than.
    """
    rejected = [issue for issue in target.issues if issue.rejects(creating=False)]
    rejected = [issue for issue in rejected if issue.kind != "unread" or _is_there(issue, current)]
    return [rejected_part(_part_name(issue), issue) for issue in rejected]


def rejected_part(name: str, issue: Issue) -> dict[str, Any]:
    """A value that cannot go, as a part of its own."""
    return {**part(name, Outcome.REJECTED, issue.text), "field": issue.field, "cause": causes.ours(issue.kind)}


def _is_there(issue: Issue, current: Current) -> bool:
    """Whether the store has a value of the field that this issue is about."""
    if issue.part == "metafield":
        return any(value for (_, key), value in current.metafields.items() if key == issue.field)
    values = {"core": current.core, "attribute": current.attributes, "form_field": current.form_fields}
    return issue.part not in values or values[issue.part].get(issue.field) not in (None, "", 0, [])


def _part_name(issue: Issue) -> str:
    return issue.part.replace("address:", "address ", 1)


def show_returned(made: Returned, *, written: bool) -> list[dict[str, Any]]:
    """What goes back to Business Central as one part, and each value that cannot as a rejected one of its own."""
    if not written:
        return []
    parts = []
    if made.values:
        both = [f"{each.target}: both sides changed it" for each in made.values if each.conflict]
        shown = [(each.label, each.before, each.after) for each in made.values]
        parts.append(part(PART, Outcome.CONFLICT if both else Outcome.UPDATED, "; ".join(both), shown))
    return [*parts, *(rejected_part(PART, issue) for issue in made.issues)]


SWITCH_OFF = "this store may not update Business Central customers"


def drift(changes: Changes, made: Returned, why: str) -> Words:
    """What a store that may not write this Business Central customer says of each value that should go back."""
    return {
        (name, change.label): (
            f"{'both sides changed it; ' if change.kind == 'conflict' else ''}drift: BigCommerce says "
            f"{quoted(change.returning)}, Business Central {quoted(change.after)}; {why}"
        )
        for name, family in changes.by_part
        for change in family
        if (name, change.label) in made.differ
    }
