"""The steps of a mapping row: each takes a text and gives a value, or says why it cannot."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from mapping import countries, emails, names, phones
from mapping.rows import IssueKind, Place, Step, Value
from mapping.sources import Context, read
from mapping.values import quoted, text


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step cannot give a value; text completes "<field> " to a sentence."""

    kind: IssueKind
    text: str


_MOST_DIGITS = 30

Outcome = Value | Problem
Transform = Callable[[str, Step, Context], Outcome]


def apply(value: str, steps: tuple[Step, ...], context: Context) -> Outcome:
    """value through every step; the first problem ends it. An unknown step is a problem, never an error."""
    outcome: Outcome = value
    for step in steps:
        transform = TRANSFORMS.get(step.name)
        if transform is None:
            return Problem("invalid", f"asks for the unknown transform {quoted(step.name)}.")
        outcome = transform(outcome if isinstance(outcome, str) else text(outcome), step, context)
        if isinstance(outcome, Problem):
            return outcome
    return outcome


def _other(step: Step, context: Context) -> str:
    return read(Place(step.argument("table", "customer"), step.argument("field")), context)


def _upper(value: str, step: Step, context: Context) -> str:
    return value.upper()


def _lower(value: str, step: Step, context: Context) -> str:
    return value.lower()


def _title(value: str, step: Step, context: Context) -> str:
    return value.title()


def _join(value: str, step: Step, context: Context) -> str:
    """With another field: arguments table, field, separator (a blank)."""
    return step.argument("separator", " ").join(part for part in (value, _other(step, context)) if part)


def _constant(value: str, step: Step, context: Context) -> str:
    return step.argument("value")


def _default(value: str, step: Step, context: Context) -> str:
    return value or step.argument("value")


def _else_field(value: str, step: Step, context: Context) -> str:
    return value or _other(step, context)


def _only_for_type(value: str, step: Step, context: Context) -> str:
    return value if context.record.type == step.argument("type") else ""


def _look_up(value: str, step: Step, context: Context) -> Outcome:
    """Arguments are the table itself; without an entry the argument "*" counts, else it is a problem."""
    if not value:
        return step.argument("")
    found = step.argument(value, step.argument("*"))
    return found or Problem("unknown", f"has no entry for {quoted(value)} in its look-up table.")


def _template(value: str, step: Step, context: Context) -> str:
    """Argument text, with {value} and {table.field} replaced; unknown ones become ""."""

    def replaced(found: re.Match[str]) -> str:
        table, _, field = found[1].partition(".")
        return value if found[1] == "value" else read(Place(table, field), context)

    return re.sub(r"\{([A-Za-z_]+(?:\.\w+)?)\}", replaced, step.argument("text"))


def _first_email(value: str, step: Step, context: Context) -> Outcome:
    address = emails.first(value)
    if not address or emails.is_valid(address):
        return address
    return Problem("invalid", f"{quoted(address)} is not an e-mail address.")


def _name_part(value: str, step: Step, context: Context) -> str:
    """Argument part: first or last. Of a name without a surname, and so of none, the primary contact's instead."""
    first, last = names.first_and_last(value)
    if not (first and last):
        first, last = names.join(text(context.record.first_name), text(context.record.middle_name)), ""
        last = text(context.record.surname)
    return last if step.argument("part") == "last" else first


def _state_name(value: str, step: Step, context: Context) -> Outcome:
    if not context.store.countries:
        return value
    name = countries.state_name(context.store.countries.get(context.country_iso), value)
    if name is None:
        return Problem("unknown", f"{quoted(value)} is not in the store's list for {context.country_iso}.")
    return name


def _country_code(value: str, step: Step, context: Context) -> Outcome:
    if value and context.store.countries and value not in context.store.countries:
        return Problem("unknown", f"{quoted(value)} is not in the store's country list.")
    return value


def _customer_group(value: str, step: Step, context: Context) -> Outcome:
    if not value or not context.store.customer_groups:
        return ""
    found = context.store.customer_groups.get(value)
    return found if found is not None else Problem("unmapped", f"has no customer group for {quoted(value)}.")


def _phone(value: str, step: Step, context: Context) -> Outcome:
    """Argument format: e164 or national."""
    if not value:
        return ""
    written = phones.national if step.argument("format") == "national" else phones.e164
    return written(value, context.country_iso) or Problem("invalid", f"{quoted(value)} is not a valid phone number.")


def _date(value: str, step: Step, context: Context) -> Outcome:
    """Argument format as strftime's, ISO 8601 by default; Business Central's empty date is 0001-01-01."""
    if not value or value.startswith("0001-01-01"):
        return ""
    try:
        found = datetime.fromisoformat(value).date() if "T" in value else date.fromisoformat(value)
        return found.strftime(step.argument("format", "%Y-%m-%d"))
    except ValueError:
        return Problem("invalid", f"{quoted(value)} is not a date.")


def _number(value: str, step: Step, context: Context) -> Outcome:
    """Argument decimals: how many, as many as there are by default."""
    if not value:
        return ""
    digits = step.argument("decimals")
    try:
        found = Decimal(value)
    except InvalidOperation:
        return Problem("invalid", f"{quoted(value)} is not a number.")
    # 1E+999999999 is a number that no vendor takes and that would fill the memory when written out.
    if not found.is_finite() or abs(found.adjusted()) > _MOST_DIGITS:
        return Problem("invalid", f"{quoted(value)} is not a number of a usable size.")
    return f"{found:.{min(int(digits), _MOST_DIGITS)}f}" if digits.isdecimal() else f"{found:f}"


def _yes_no(value: str, step: Step, context: Context) -> str:
    """Arguments yes and no: the words for a true and a false value."""
    return step.argument("yes", "Yes") if value.lower() in {"true", "yes", "1"} else step.argument("no", "No")


TRANSFORMS: dict[str, Transform] = {
    "upper": _upper,
    "lower": _lower,
    "title": _title,
    "join": _join,
    "constant": _constant,
    "default": _default,
    "else_field": _else_field,
    "only_for_type": _only_for_type,
    "look_up": _look_up,
    "template": _template,
    "first_email": _first_email,
    "name_part": _name_part,
    "state_name": _state_name,
    "country_code": _country_code,
    "customer_group": _customer_group,
    "phone": _phone,
    "date": _date,
    "number": _number,
    "yes_no": _yes_no,
}
