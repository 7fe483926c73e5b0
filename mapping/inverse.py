"""The steps of a mapping row backwards: from what BigCommerce says to what Business Central's field would have to say.

Only what comes forward again as it was goes back; a step that loses something has no inverse and says so.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from mapping import countries, emails, names
from mapping.names import PART_LIMIT
from mapping.rows import FieldRow, Place, Step
from mapping.sources import Context, read
from mapping.transforms import Outcome, Problem, apply_one
from mapping.values import quoted, text

Backwards = Callable[[str, Step, Context, str], Outcome]
FIRST, MIDDLE, SURNAME = (Place("contact", name) for name in ("firstName", "middleName", "surname"))


def going_back(row: FieldRow, value: str, context: Context) -> Mapping[Place, str] | Problem:
    """Place of Business Central -> the text it has to have, so that the row gives value; the problem where none does.

    context: the customer as Business Central has it now. Pure; never raises.
    """
    current = read(row.source, context)
    if not row.source.name:
        return Problem("invalid", "has no field in Business Central to go back to.")
    if len(row.steps) == 1 and row.steps[0].name in _OF_NAMES:
        return _OF_NAMES[row.steps[0].name](row, value, context)
    for step in reversed(row.steps):
        backwards = BACKWARDS.get(step.name)
        if backwards is None:
            return Problem("invalid", f"cannot go back to Business Central: step {quoted(step.name)} has no inverse.")
        outcome = backwards(value, step, context, current)
        if isinstance(outcome, Problem):
            return outcome
        value = text(outcome)
    return {row.source: value}


def has_inverse(row: FieldRow) -> bool:
    """Whether values of this row can go back at all, whatever they are."""
    if not row.source.name:
        return False
    if len(row.steps) == 1 and row.steps[0].name in _OF_NAMES:
        return row.steps[0].name == "full_name" or row.source == FIRST
    return all(step.name in BACKWARDS for step in row.steps)


def places_of(row: FieldRow) -> tuple[Place, ...]:
    """Every place that `going_back` may answer with for this row."""
    if len(row.steps) == 1 and row.steps[0].name in _OF_NAMES:
        return (FIRST, MIDDLE) if row.steps[0].name == "join" else (FIRST, MIDDLE, SURNAME)
    return (row.source,)


def _first_with_middle(row: FieldRow, value: str, context: Context) -> Mapping[Place, str] | Problem:
    """BigCommerce's first name holds the middle one too: what stayed of it at the end stays the middle name."""
    step = row.steps[0]
    other = Place(step.argument("table", "customer"), step.argument("field"))
    if (row.source, other) != (FIRST, MIDDLE):
        return Problem("invalid", "cannot go back to Business Central: it is joined of two fields.")
    middle = read(MIDDLE, context)
    if middle and value.endswith(f" {middle}"):
        return {FIRST: value[: -len(middle) - 1].rstrip(), MIDDLE: middle}
    if len(value) > PART_LIMIT and " " in value:
        first, _, last = value.rpartition(" ")
        return {FIRST: first, MIDDLE: last}
    return {FIRST: value, MIDDLE: ""}


def _whole_name(row: FieldRow, value: str, context: Context) -> Mapping[Place, str] | Problem:
    return dict(zip((FIRST, MIDDLE, SURNAME), names.split(value, None), strict=True))


_OF_NAMES: dict[str, Callable[[FieldRow, str, Context], Mapping[Place, str] | Problem]] = {
    "join": _first_with_middle,
    "full_name": _whole_name,
}


def _as_it_is(value: str, step: Step, context: Context, current: str) -> Outcome:
    return value


def _default(value: str, step: Step, context: Context, current: str) -> Outcome:
    return current if not current and value == step.argument("value") else value


def _first_email(value: str, step: Step, context: Context, current: str) -> Outcome:
    """The other addresses of the field stay."""
    others = [each for each in emails.all_of(current)[1:] if emails.key(each) != emails.key(value)]
    return "; ".join([value, *others]) if value else ""


def _only_for_type(value: str, step: Step, context: Context, current: str) -> Outcome:
    if context.record.type == step.argument("type"):
        return value
    return Problem("invalid", f"cannot go back: in Business Central this customer is a {context.record.type}.")


def _look_up(value: str, step: Step, context: Context, current: str) -> Outcome:
    if current and step.argument(current) == value:
        return current
    found = [name for name, outcome in step.arguments if name not in ("", "*") and outcome == value]
    if len(found) == 1 or not value:
        return found[0] if value else ""
    many = "several entries" if found else "no entry"
    return Problem("unknown", f"cannot go back: the look-up table has {many} for {quoted(value)}.")


def _state(value: str, step: Step, context: Context, current: str) -> Outcome:
    """The store's full name; as its code where Business Central's own value is a code of the same list."""
    country = context.store.countries.get(context.country_iso)
    code = country.state_codes.get(value.casefold()) if country is not None else None
    codes = {each.casefold() for each in country.state_codes.values()} if country is not None else set()
    if code and current.casefold() in codes:
        return code
    return value


def _country_of_iso(value: str, step: Step, context: Context, current: str) -> Outcome:
    """An ISO code as the company's country/region code; one that it has already for this ISO code stays."""
    if not value:
        return ""
    table = context.store.country_iso
    if current and (table.get(current.upper()) or current.upper()) == value.upper():
        return current
    return apply_one(value, Step("country_region"), context)


def _iso_of_country(value: str, step: Step, context: Context, current: str) -> Outcome:
    return apply_one(value, Step("country_iso"), context)


def _state_of_code(value: str, step: Step, context: Context, current: str) -> Outcome:
    country = context.store.countries.get(context.country_iso)
    return countries.state_name(country, value) or value


def _customer_group(value: str, step: Step, context: Context, current: str) -> Outcome:
    if value in ("", "0"):
        return ""
    kind = step.argument("kind")
    table = context.store.discount_groups if kind == "discount" else context.store.customer_groups
    if current and str(table.get(current)) == value:
        return current
    found = [code for code, group in table.items() if str(group) == value]
    if len(found) == 1:
        return found[0]
    many = "several" if found else "no"
    return Problem("unmapped", f"cannot go back: {many} {kind or 'price'} groups are mapped to customer group {value}.")


def _date(value: str, step: Step, context: Context, current: str) -> Outcome:
    if not value:
        return ""
    try:
        found = datetime.strptime(value, step.argument("format", "%Y-%m-%d"))
    except ValueError:
        return Problem("invalid", f"{quoted(value)} is not a date.")
    return found.strftime(step.argument("read_format") or "%Y-%m-%d")


def _number(value: str, step: Step, context: Context, current: str) -> Outcome:
    plain = value.replace(step.argument("decimal_separator", ".") or ".", ".")
    if plain and not re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", plain, re.ASCII):
        return Problem("invalid", f"{quoted(value)} is not a number.")
    return plain.replace(".", step.argument("read_separator") or ".")


def _yes_no(value: str, step: Step, context: Context, current: str) -> Outcome:
    outcome = apply_one(value, Step("true_false", step.arguments), context)
    return outcome if isinstance(outcome, Problem) or outcome == "" else "true" if outcome else "false"


def _true_false(value: str, step: Step, context: Context, current: str) -> Outcome:
    return apply_one(value, Step("yes_no", step.arguments), context) if value else ""


def _else_field(value: str, step: Step, context: Context, current: str) -> Outcome:
    if current:
        return value
    return Problem("invalid", "cannot go back: the value comes from another field.")


BACKWARDS: dict[str, Backwards] = {
    "trim": _as_it_is,
    "upper": _as_it_is,
    "lower": _as_it_is,
    "title": _as_it_is,
    "phone": _as_it_is,
    "country_code": _as_it_is,
    "default": _default,
    "else_field": _else_field,
    "first_email": _first_email,
    "only_for_type": _only_for_type,
    "look_up": _look_up,
    "state_name": _state,
    "state_code": _state_of_code,
    "country_iso": _country_of_iso,
    "country_region": _iso_of_country,
    "customer_group": _customer_group,
    "date": _date,
    "number": _number,
    "yes_no": _yes_no,
    "true_false": _true_false,
}
