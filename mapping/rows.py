"""A mapping row as data: from one place of one system to one place of the other, and the manners of doing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Owner = Literal["business_central", "bigcommerce", "newest", "fill_if_empty", "never"]
BlankPolicy = Literal["keep", "send"]
TooLongPolicy = Literal["reject", "shorten"]
IssueKind = Literal["missing", "too_long", "unknown", "invalid", "unmapped", "unread"]
# https://developer.bigcommerce.com/docs/rest-management/customers/customer-form-fields; passwords are refused.
FORM_FIELD_TYPES = ("text", "multiline", "numbers", "date", "checkboxes", "radiobuttons", "picklist")
ATTRIBUTE_TYPES = ("string", "number", "date")
# https://developer.bigcommerce.com/docs/rest-management/customers/customer-metafields
PERMISSION_SETS = ("app_only", "read", "write", "read_and_sf_access", "write_and_sf_access")
Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a table of the catalogue. namespace is for metafields only; name is the vendor's own."""

    table: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in (self.table, self.namespace, self.name) if part)


@dataclass(frozen=True, slots=True)
class Step:
    """One transform with its arguments, as (name, text) pairs so that a row stays hashable and JSON-able."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()

    def argument(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.arguments if key == name), default)


def step(name: str, **arguments: str) -> Step:
    """Step with its arguments as keywords."""
    # Sorted: PostgreSQL's jsonb keeps no order of keys, and a row must equal itself when it is read back.
    return Step(name, tuple(sorted(arguments.items())))


@dataclass(frozen=True, slots=True)
class FieldRow:
    """source (Business Central) -> steps -> target (BigCommerce).

    Target tables: customer, address (the main one), ship_to_address, attribute, form_field, address_form_field,
    metafield. owner: whose value wins; blank "keep": a blank never overwrites a value; too_long "shorten": cut to the
    target's length instead of rejecting; required: a blank is an issue when the part is created.
    permission_set and description are for metafields only. type: of an attribute (string, number, date; "": as the
    store has it, and never created there) or of a form field (FORM_FIELD_TYPES; options: what the store offers).
    """

    source: Place
    target: Place
    steps: tuple[Step, ...] = ()
    owner: Owner = "business_central"
    blank: BlankPolicy = "keep"
    too_long: TooLongPolicy = "reject"
    required: bool = False
    permission_set: str = "app_only"
    description: str = ""
    type: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a value cannot go. part is "core", "address:main", "address:ship-to:CODE", "attribute", "metafield" ...

    "missing" stops only the creation of its part, "unread" stops only a change of what is there, "unmapped" stops
    nothing, the others reject their part.
    field is the vendor's name on the target side, source where the value comes from; length and limit are set for
    "too_long" (characters).
    """

    field: str
    text: str
    kind: IssueKind
    part: str = "core"
    length: int = 0
    limit: int = 0
    source: Place | None = None

    def rejects(self, *, creating: bool) -> bool:
        """Whether this issue stops its part from being sent."""
        if self.kind == "missing":
            return creating
        if self.kind == "unread":
            return not creating
        return self.kind != "unmapped"


def rows_for(rows: Iterable[FieldRow], table: str) -> tuple[FieldRow, ...]:
    """The rows onto one target table, in their order."""
    return tuple(row for row in rows if row.target.table == table)


def metafield_rows(rows: Iterable[FieldRow]) -> Mapping[tuple[str, str], FieldRow]:
    """(namespace, key) -> row, for the permission set and description of a metafield to be created."""
    return {(row.target.namespace, row.target.name): row for row in rows if row.target.table == "metafield"}


def steps_as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """[{"name", "arguments": {name: text}}], arguments only where there are some."""
    return [
        {"name": one.name, "arguments": dict(one.arguments)} if one.arguments else {"name": one.name} for one in steps
    ]


def steps_from_json(data: Any) -> tuple[Step, ...]:
    """What steps_as_json wrote. Raises ValueError, with a sentence, for anything of another shape."""
    if not isinstance(data, list):
        raise ValueError("The steps must be a list.")
    return tuple(_step_from_json(entry) for entry in data)


def _step_from_json(entry: Any) -> Step:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or set(entry) - {"name", "arguments"}:
        raise ValueError('Each step must be an object with "name" and, where it has some, "arguments".')
    arguments = entry.get("arguments", {})
    if not isinstance(arguments, dict) or not all(isinstance(value, str) for value in arguments.values()):
        raise ValueError(f'The arguments of step "{entry["name"]}" must be an object of texts.')
    return Step(entry["name"], tuple(sorted((str(key), value) for key, value in arguments.items())))
