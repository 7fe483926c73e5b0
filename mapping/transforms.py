"""The steps of a mapping row: each takes a text and gives a value, or says why it cannot."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from mapping import countries, emails, names, phones
from mapping.rows import IssueKind, Place, Step, Value
from mapping.sources import Context, read
from mapping.transform_specs import PLACEHOLDER
from mapping.values import quoted, text


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step cannot give a value; text completes "<field> " to a sentence."""

    kind: IssueKind
    text: str


_MOST_DIGITS = 30
_ISO_DATE = len("2026-12-31")

Outcome = Value | Problem
Transform = Callable[[str, Step, Context], Outcome]


def apply(value: str, steps: tuple[Step, ...], context: Context) -> Outcome:
    """value through every step; the first problem ends it. An unknown step is a problem, never an error."""
    made: Value = value
    for step in steps:
        outcome = apply_one(made, step, context)
        if isinstance(outcome, Problem):
            return outcome
        made = outcome
    return made


def apply_one(value: Value, step: Step, context: Context) -> Outcome:
    """value through one step."""
    transform = TRANSFORMS.get(step.name)
    if transform is None:
        return Problem("invalid", f"asks for the unknown transform {quoted(step.name)}.")
    return transform(value if isinstance(value, str) else text(value), step, context)


def _other(step: Step, context: Context) -> str:
    return read(Place(step.argument("table", "customer"), step.argument("field")), context)


def _upper(value: str, step: Step, context: Context) -> str:
    return value.upper()


def _lower(value: str, step: Step, context: Context) -> str:
    return value.lower()


def _title(value: str, step: Step, context: Context) -> str:
    return value.title()


def _trim(value: str, step: Step, context: Context) -> str:
    return " ".join(value.split())


def _split(value: str, step: Step, context: Context) -> str:
    """Arguments separator and piece (1 the first, -1 the last); a piece that is not there is blank."""
    separator, piece = step.argument("separator", " ") or " ", step.argument("piece")
    pieces = [part.strip() for part in value.split(separator)]
    place = int(piece) if re.fullmatch(r"-?[1-9][0-9]?", piece) else 1
    place = place - 1 if place > 0 else place
    return pieces[place] if -len(pieces) <= place < len(pieces) else ""


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

    return PLACEHOLDER.sub(replaced, step.argument("text"))


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


def _split_name(value: str, step: Step, context: Context) -> str:
    """Argument part: first, middle or last, of the value itself; the inverse of full_name."""
    first, middle, last = names.split(value, None)
    return {"first": first, "middle": middle}.get(step.argument("part"), last)


def _full_name(value: str, step: Step, context: Context) -> str:
    record = context.record
    return names.join(text(record.first_name), text(record.middle_name), text(record.surname))


def _state_name(value: str, step: Step, context: Context) -> Outcome:
    if not context.store.countries:
        return value
    name = countries.state_name(context.store.countries.get(context.country_iso), value)
    if name is None:
        return Problem("unknown", f"{quoted(value)} is not in the store's list for {context.country_iso}.")
    return name


def _state_code(value: str, step: Step, context: Context) -> Outcome:
    """The inverse of state_name; a code of the store's list stays, a country without states leaves the text."""
    country = context.store.countries.get(context.country_iso)
    if not value or country is None or not country.state_codes:
        return value
    name = countries.state_name(country, value)
    if name is None:
        return Problem("unknown", f"{quoted(value)} is not in the store's list for {context.country_iso}.")
    return country.state_codes.get(name.casefold(), value)


def _country_iso(value: str, step: Step, context: Context) -> Outcome:
    """A country/region code as ISO: by the company's table, else the code itself where it is an ISO code."""
    if not value:
        return ""
    code = value.upper()
    found = context.store.country_iso.get(code) or (code if countries.is_iso(code) else "")
    return found or Problem("unknown", f"{quoted(value)} has no ISO code in the table of country codes.")


def _country_region(value: str, step: Step, context: Context) -> Outcome:
    """The inverse of country_iso."""
    if not value:
        return ""
    iso = value.upper()
    found = countries.codes_by_iso(context.store.country_iso).get(iso) or (iso if countries.is_iso(iso) else "")
    return found or Problem("unknown", f"{quoted(value)} is not an ISO code.")


def _country_code(value: str, step: Step, context: Context) -> Outcome:
    if value and context.store.countries and value not in context.store.countries:
        return Problem("unknown", f"{quoted(value)} is not in the store's country list.")
    return value


def _customer_group(value: str, step: Step, context: Context) -> Outcome:
    """Argument kind: price or discount says what value is. Without it the price group counts where it is mapped, else
    the customer's discount group.
    """
    store, kind = context.store, step.argument("kind")
    table = store.discount_groups if kind == "discount" else store.customer_groups
    found = table.get(value) if value else None
    if found is None and not kind:
        found = store.discount_groups.get(text(context.record.customer_discount_group))
    if found is not None:
        return found
    return Problem("unmapped", f"has no customer group for {quoted(value)}.") if value and table else ""


def _phone(value: str, step: Step, context: Context) -> Outcome:
    """Argument format: e164 or national."""
    if not value:
        return ""
    written = phones.national if step.argument("format") == "national" else phones.e164
    return written(value, context.country_iso) or Problem("invalid", f"{quoted(value)} is not a valid phone number.")


def _date(value: str, step: Step, context: Context) -> Outcome:
    """Arguments format and read_format as strftime's, ISO 8601 by default; an empty date there is 0001-01-01."""
    if not value or value.startswith("0001-01-01"):
        return ""
    manner = step.argument("read_format")
    try:
        if manner:
            found = datetime.strptime(value, manner).date()
        else:
            found = datetime.fromisoformat(value).date() if len(value) > _ISO_DATE else date.fromisoformat(value)
        return found.strftime(step.argument("format", "%Y-%m-%d"))
    except ValueError:
        return Problem("invalid", f"{quoted(value)} is not a date.")


def _number(value: str, step: Step, context: Context) -> Outcome:
    """Arguments: decimals (as many as there are by default), decimal_separator of the value made, read_separator of
    the source; thousands separators of the source go where read_separator says which they are.
    """
    if not value:
        return ""
    digits, reading = step.argument("decimals"), step.argument("read_separator")
    plain = value.replace("." if reading == "," else ",", "").replace(reading, ".") if reading else value
    try:
        found = Decimal(plain)
    except InvalidOperation:
        return Problem("invalid", f"{quoted(value)} is not a number.")
    # 1E+999999999 is a number that no vendor takes and that would fill the memory when written out.
    if not found.is_finite() or abs(found.adjusted()) > _MOST_DIGITS:
        return Problem("invalid", f"{quoted(value)} is not a number of a usable size.")
    made = f"{found:.{min(int(digits), _MOST_DIGITS)}f}" if _is_count(digits) else f"{found:f}"
    return made.replace(".", step.argument("decimal_separator", ".") or ".")


def _is_count(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) < 3


def _yes_no(value: str, step: Step, context: Context) -> str:
    """Arguments yes and no: the words for a true and a false value."""
    return step.argument("yes", "Yes") if value.lower() in {"true", "yes", "1"} else step.argument("no", "No")


def _true_false(value: str, step: Step, context: Context) -> Outcome:
    """The inverse of yes_no, with the same arguments; any case counts."""
    if not value:
        return ""
    said = value.casefold()
    if said in (step.argument("yes", "Yes").casefold(), "true"):
        return True
    if said in (step.argument("no", "No").casefold(), "false"):
        return False
    return Problem("invalid", f"{quoted(value)} is neither of the two words.")


TRANSFORMS: dict[str, Transform] = {
    "trim": _trim,
    "upper": _upper,
    "lower": _lower,
    "title": _title,
    "join": _join,
    "split": _split,
    "constant": _constant,
    "default": _default,
    "else_field": _else_field,
    "only_for_type": _only_for_type,
    "look_up": _look_up,
    "template": _template,
    "first_email": _first_email,
    "name_part": _name_part,
    "split_name": _split_name,
    "full_name": _full_name,
    "state_name": _state_name,
    "state_code": _state_code,
    "country_code": _country_code,
    "country_iso": _country_iso,
    "country_region": _country_region,
    "customer_group": _customer_group,
    "phone": _phone,
    "date": _date,
    "number": _number,
    "yes_no": _yes_no,
    "true_false": _true_false,
}
