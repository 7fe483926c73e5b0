"""What each transform is called, does and takes, so that a form can be made of it and unknown arguments are refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mapping.rows import FieldRow, Place, Step

ArgumentKind = Literal["text", "field", "choice", "number", "template", "format"]
PLACEHOLDER = re.compile(r"\{([A-Za-z_]+(?:\.\w+)?)\}")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: "field" is a place of Business Central and takes two names, table and field."""

    name: str
    label: str
    kind: ArgumentKind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class TransformSpec:
    """entries: any further argument is an entry of a look-up table. gives: the type of its values, "" as before.

    fits: source types it makes sense for, () for any.
    """

    name: str
    label: str
    help: str
    arguments: tuple[Argument, ...] = ()
    entries: bool = False
    gives: str = ""
    fits: tuple[str, ...] = ()


_FIELD = (Argument("table", "Table", "field", default="customer"), Argument("field", "Field", "field", True))
_VALUE = Argument("value", "Value", required=True)
_PART = Argument("part", "Part", "choice", True, ("first", "last"))
_FORMAT = Argument("format", "Format", "choice", choices=("e164", "national"), default="e164")

_ALL = (
    TransformSpec("trim", "Trim", "Blanks at both ends go, several blanks inside become one."),
    TransformSpec("upper", "Capitals", "All letters in capitals."),
    TransformSpec("lower", "Small letters", "All letters small."),
    TransformSpec("title", "Capitalize words", "Each word begins with a capital."),
    TransformSpec(
        "join", "Join with another field", "This value and another field's, blank ones left out.",
        (*_FIELD, Argument("separator", "Between them", default=" ")),
    ),
    TransformSpec("split", "Take a piece", "One piece of a text with separators; the inverse of joining.",
        (Argument("separator", "Separator", default=" "), Argument("piece", "Which one", "number", True))),
    TransformSpec("constant", "Constant", "Always this value, whatever the field says.", (_VALUE,)),
    TransformSpec("default", "Default", "This value where the field is blank.", (_VALUE,)),
    TransformSpec("else_field", "Else another field", "Another field's value where this one is blank.", _FIELD),
    TransformSpec(
        "only_for_type", "Only for", "Blank unless the customer is a company (or a person).",
        (Argument("type", "Contact type", "choice", True, ("Company", "Person")),),
    ),
    TransformSpec(
        "look_up", "Look-up table",
        'Each entry is a value and what it becomes; "*" is for all others, an entry without a name for a blank.',
        entries=True, gives="look-up",
    ),
    TransformSpec(
        "template", "Text with fields", "A text with {value} and {table.field}, for instance {customer.number}.",
        (Argument("text", "Text", "template", True),), gives="text",
    ),
    TransformSpec("first_email", "First e-mail", "The first address of a field that holds several.", gives="email"),
    TransformSpec(
        "name_part", "Part of a name",
        "First (with the middle one) or last name by Business Central's own rule; without one, the primary contact's.",
        (_PART,), gives="text",
    ),
    TransformSpec(
        "split_name", "Split a name", "First, middle or last name of a full name by Business Central's own rule.",
        (Argument("part", "Part", "choice", True, ("first", "middle", "last")),), gives="text",
    ),
    TransformSpec("full_name", "Full name", "First, middle and last name of the primary contact in one.", gives="text"),
    TransformSpec("state_name", "State: full name", "A state's code or name as the store's list writes it in full.",
        gives="state"),
    TransformSpec("state_code", "State: code", "A state's full name as the abbreviation of the store's list.",
        gives="code"),
    TransformSpec("country_code", "Country: as the store's", "An ISO code, refused when the store does not list it.",
        gives="country"),
    TransformSpec("country_iso", "Country: code to ISO", "A country/region code as its ISO 3166-1 code.",
        gives="country"),
    TransformSpec("country_region", "Country: ISO to code", "An ISO 3166-1 code as the company's country/region code.",
        gives="code"),
    TransformSpec(
        "customer_group", "Customer group", "The BigCommerce group mapped to this price or discount group.",
        (Argument("kind", "Group", "choice", choices=("price", "discount")),), gives="number",
    ),
    TransformSpec("phone", "Phone number", "In the international (E.164) or the national format.", (_FORMAT,),
        gives="phone"),
    TransformSpec(
        "date", "Date", "A date in this format, 2026-12-31 when none is given.",
        (Argument("format", "Format", "format", default="%Y-%m-%d"), Argument("read_format", "Read as", "format")),
        gives="date",
    ),
    TransformSpec(
        "number", "Number", "A number with so many decimals and these separators.",
        (
            Argument("decimals", "Decimals", "number"),
            Argument("decimal_separator", "Decimal separator", "choice", choices=(".", ","), default="."),
            Argument("read_separator", "Decimal separator of the source", "choice", choices=(".", ","), default="."),
        ),
        gives="number",
    ),
    TransformSpec(
        "yes_no", "Yes or no", "The words for a true and a false value.",
        (Argument("yes", "Yes", default="Yes"), Argument("no", "No", default="No")), gives="text",
    ),
    TransformSpec(
        "true_false", "Words to true or false", "The inverse of Yes or no: true or false for the two words.",
        (Argument("yes", "Yes", default="Yes"), Argument("no", "No", default="No")), gives="boolean",
    ),
)  # fmt: skip
SPECS: dict[str, TransformSpec] = {spec.name: spec for spec in _ALL}


def sources_of(row: FieldRow) -> Iterator[Place]:
    """Every place of Business Central that a row reads: its source, other fields of its steps, those of templates."""
    if row.source.name:
        yield row.source
    for step in row.steps:
        yield from _places(step)


def _places(step: Step) -> Iterator[Place]:
    if step.name in ("join", "else_field"):
        yield Place(step.argument("table", "customer"), step.argument("field"))
    elif step.name == "template":
        for name in PLACEHOLDER.findall(step.argument("text")):
            table, _, field = name.partition(".")
            if field:
                yield Place(table, field)
    elif step.name == "full_name":
        yield from (Place("contact", name) for name in ("firstName", "middleName", "surname"))


def step_problems(step: Step) -> list[str]:
    """What is wrong with one step on its own: unknown transform, unknown or missing argument, a bad choice."""
    spec = SPECS.get(step.name)
    if spec is None:
        return [f'There is no transform "{step.name}".']
    known = {argument.name: argument for argument in spec.arguments}
    given = [name for name, _ in step.arguments]
    said = [f'{spec.label} has no argument "{name}".' for name in given if name not in known and not spec.entries]
    said += [
        f'{spec.label} has the argument "{name}" twice.' for name in sorted({n for n in given if given.count(n) > 1})
    ]
    if spec.entries and not given:
        said.append(f"{spec.label} has no entries.")
    for argument in spec.arguments:
        value = step.argument(argument.name, argument.default)
        if argument.required and not value:
            said.append(f"{spec.label} needs the argument {argument.label.lower()} ({argument.name}).")
        elif value and argument.choices and value not in argument.choices:
            said.append(f"{spec.label}: {argument.label.lower()} must be one of {', '.join(argument.choices)}.")
        elif value and argument.kind == "number" and not re.fullmatch(r"-?\d{1,2}", value):
            said.append(f"{spec.label}: {argument.label.lower()} must be a whole number.")
    return said
