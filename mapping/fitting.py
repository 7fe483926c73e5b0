"""A mapped text made to fit the type of its target: attribute, form field, typed field of the customer."""

import re

from mapping.catalogue import find, limit_of
from mapping.rows import FieldRow, Step
from mapping.sources import Context
from mapping.store_facts import StoreFacts
from mapping.transforms import Outcome, Problem, apply
from mapping.values import quoted

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_SEPARATORS = re.compile(r"\s*[;,|]\s*")
_STEPS = {"number": Step("number"), "numbers": Step("number"), "date": Step("date")}


def limit_in(row: FieldRow, store: StoreFacts) -> int | None:
    """How many characters the row's target takes in this store, None where nobody says: the vendor's limit, and that
    of the store's own form where the storefront told one."""
    limit = limit_of(row.target.table, row.target.name)
    listed = store.storefront.get(row.target.table)
    there = listed.get(row.target.name) if listed else None
    if there is None or there.max_length is None:
        return limit
    return there.max_length if limit is None else min(limit, there.max_length)


def fitted(row: FieldRow, value: str, context: Context) -> Outcome:
    """value (not blank) as the target takes it, or the problem. Lists come from texts separated by ; , or |."""
    table, name = row.target.table, row.target.name
    if table == "attribute":
        definition = context.store.attributes.get(name)
        kind = definition.type if definition else row.type
        return _typed(value, kind, f"The attribute is a {kind}.", context)
    if table in ("form_field", "address_form_field"):
        return _form_value(row, value, context)
    if table == "customer":
        field = find("bigcommerce", table, name)
        if field is not None and field.type == "boolean":
            return _boolean(value)
        if field is not None and field.type == "number":
            return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else Problem(
                "invalid", f"{quoted(value)} is not a whole number."
            )  # fmt: skip
    return value


def _typed(value: str, kind: str, said: str, context: Context) -> Outcome:
    step = _STEPS.get(kind)
    if step is None:
        return value
    outcome = apply(value, (step,), context)
    return Problem(outcome.kind, f"{outcome.text} {said}") if isinstance(outcome, Problem) else outcome


def _form_value(row: FieldRow, value: str, context: Context) -> Outcome:
    there = context.store.storefront.get(row.target.table, {}).get(row.target.name)
    kind = row.type or context.store.form_fields.get(row.target.name, "") or (there.type if there else "")
    options = row.options or (there.options if there else ())
    if kind == "password" or (there and there.type == "password"):
        return Problem("invalid", "is a password, which is never written.")
    if kind == "checkboxes":
        chosen = [part for part in _SEPARATORS.split(value) if part]
        wrong = [part for part in chosen if options and part not in options]
        return Problem("unknown", f"{quoted(wrong[0])} is not one of the choices.") if wrong else chosen
    if kind in ("radiobuttons", "picklist") and options and value not in options:
        return Problem("unknown", f"{quoted(value)} is not one of the choices.")
    return _typed(value, kind, f"The form field takes a {kind.removesuffix('s')}.", context)


def _boolean(value: str) -> Outcome:
    said = value.casefold()
    if said in _TRUE:
        return True
    return False if said in _FALSE else Problem("invalid", f"{quoted(value)} is neither true nor false.")
