"""Form fields for a row's lists: transform steps, compares, template values, lines. They need no script."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from mapping.catalogue import FIELDS, TABLES, Field
from mapping.match_rules import WITH_FIELDS
from mapping.transform_specs import SPECS, Argument, TransformSpec

MOST_STEPS = 12
MOST_COMPARES = 12
ARROW = "=>"
WITH_LABELS = {
    "number": "No.", "id": "Id", "tax_number": "VAT Registration No.", "email": "Email", "phone": "Phone No.",
}  # fmt: skip
Choices = list[tuple[str, list[tuple[str, str]]]]


class Rendered(forms.Widget):
    """A widget drawn by a template of ours, from what `shown` makes of its value."""

    template = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = {**self.attrs, **(attrs or {})}
        context = {"name": name, "id": given.get("id", name), "disabled": given.get("disabled"), **self.shown(value)}
        return mark_safe(render_to_string(self.template, context))

    def shown(self, value: Any) -> dict[str, Any]:
        raise NotImplementedError

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return ""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class StepsWidget(Rendered):
    """Steps one below the other: each a transform with its arguments, and an empty one for the next."""

    template = "mapping/_steps.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        return [
            _step(data, f"{name}-{place}", transform)
            for place in range(MOST_STEPS)
            if (transform := data.get(f"{name}-{place}-name", ""))
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def shown(self, value: Any) -> dict[str, Any]:
        given = value if isinstance(value, list) else []
        steps = [_shown_step(step) for step in given if isinstance(step, dict)][:MOST_STEPS]
        return {"steps": steps, "next": len(steps), "specs": list(SPECS.values()), "full": len(steps) == MOST_STEPS}


def _step(data: Mapping[str, Any], prefix: str, transform: str) -> dict[str, Any]:
    """One step as the row keeps it; an argument that equals its default is left out."""
    spec = SPECS.get(transform)
    arguments: dict[str, str] = {}
    if spec is not None and spec.entries:
        arguments = _entries(data.get(f"{prefix}-entries", ""))
    for argument in spec.arguments if spec else ():
        value = data.get(f"{prefix}-{argument.name}", "")
        if argument.kind == "field":
            table, _, field = data.get(f"{prefix}-place", "").partition(".")
            value = table if argument.name == "table" else field
        if value and value != argument.default:
            arguments[argument.name] = value
    return {"name": transform, "arguments": arguments} if arguments else {"name": transform}


def _entries(text: str) -> dict[str, str]:
    """Lines "value => what it becomes"; a line without an arrow becomes nothing."""
    lines = [line.partition(ARROW) for line in text.replace("\r", "").split("\n") if line.strip()]
    return {value.strip(): becomes.strip() for value, _, becomes in lines}


def _shown_step(step: dict[str, Any]) -> dict[str, Any]:
    spec = SPECS.get(str(step.get("name", "")))
    found = step.get("arguments")
    given = found if isinstance(found, dict) else {}
    if spec is None:
        return {"name": step.get("name"), "spec": None, "arguments": []}
    arguments = [_shown_argument(argument, given) for argument in spec.arguments if argument.name != "table"]
    entries = "\n".join(f"{value} {ARROW} {becomes}" for value, becomes in given.items()) if spec.entries else ""
    return {"name": spec.name, "spec": spec, "arguments": arguments, "entries": entries}


def _shown_argument(argument: Argument, given: Mapping[str, str]) -> dict[str, Any]:
    value = given.get(argument.name, argument.default)
    if argument.kind != "field":
        return {"argument": argument, "key": argument.name, "value": value}
    place = f"{given.get('table', 'customer')}.{value}" if value else ""
    return {"argument": argument, "key": "place", "value": place, "places": places()}


def places() -> Choices:
    """Every listed field of Business Central, by table: ("customer.number", "No.")."""
    tables = [(table, label) for (system, table), label in TABLES.items() if system == "business_central"]
    return [(label, choices) for table, label in tables if (choices := _fields("business_central", table))]


def _fields(system: str, table: str) -> list[tuple[str, str]]:
    return [
        (f"{table}.{field.name}", field.label) for field in FIELDS if (field.system, field.table) == (system, table)
    ]


class ComparesWidget(Rendered):
    """What a match rule compares: a metafield, attribute or form field with a field of Business Central."""

    template = "mapping/_compares.html"
    tables: tuple[tuple[str, str], ...] = ()
    known: tuple[str, ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        return [found for place in range(MOST_COMPARES) if (found := _compare(data, f"{name}-{place}"))]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def shown(self, value: Any) -> dict[str, Any]:
        given = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
        rows = [{"with_field": "number", **entry} for entry in given]
        rows += [{"with_field": "number"}] if len(rows) < MOST_COMPARES else []
        return {"rows": rows, "tables": self.tables, "fields": _with_fields(), "known": self.known}


def _with_fields() -> list[tuple[str, str]]:
    return [(name, WITH_LABELS.get(name, name)) for name in WITH_FIELDS]


def _compare(data: Mapping[str, Any], prefix: str) -> dict[str, str] | None:
    name = data.get(f"{prefix}-name", "").strip()
    if not name:
        return None
    made = {key: data.get(f"{prefix}-{key}", "").strip() for key in ("table", "with_field", "namespace")}
    whole = {"table": made["table"], "name": name, "with_field": made["with_field"] or "number"}
    return {**whole, "namespace": made["namespace"]} if made["namespace"] else whole


class ValuesWidget(Rendered):
    """A template's values: one box per field of Business Central that a template may set."""

    template = "mapping/_values.html"
    fields: tuple[tuple[Field, str], ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        typed = {field.name: data.get(f"{name}-{field.name}", "").strip() for field, _ in self.fields}
        return {field: value for field, value in typed.items() if value}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def shown(self, value: Any) -> dict[str, Any]:
        given = value if isinstance(value, dict) else {}
        return {"boxes": [(field, given.get(field.name, ""), note) for field, note in self.fields]}


class LinesWidget(forms.Textarea):
    """A list of texts, one per line."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [line.strip() for line in data.get(name, "").replace("\r", "").split("\n") if line.strip()]

    def format_value(self, value: Any) -> str:
        return "\n".join(map(str, value)) if isinstance(value, list) else ""


class DataField(forms.Field):
    """Passes on what its widget read; the model's own check says what is wrong with it."""

    def __init__(self, widget: forms.Widget, **options: Any) -> None:
        super().__init__(widget=widget, required=False, **options)


def words_of(steps: Iterable[Any]) -> str:
    """Steps as a person reads them: "Customer group", "Join with another field (contact, middleName)"."""
    return ", ".join(_words(step) for step in steps if isinstance(step, dict)) if isinstance(steps, list) else ""


def _words(step: dict[str, Any]) -> str:
    spec: TransformSpec | None = SPECS.get(str(step.get("name", "")))
    label = spec.label if spec else str(step.get("name"))
    given = step.get("arguments")
    if not isinstance(given, dict) or not given:
        return label
    if spec and spec.entries:
        entries = (f"{value or 'blank'} → {becomes or 'blank'}" for value, becomes in given.items())
        return f"{label} ({', '.join(entries)})"
    return f"{label} ({', '.join(map(str, given.values()))})"
