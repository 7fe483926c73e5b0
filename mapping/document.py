"""A store's set-up as one JSON document: written, read back checked whole, compared and brought into the tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction

from mapping import snapshot
from mapping.country_codes import save_country_codes
from mapping.document_types import codes_problem, too_deep, type_problems
from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FieldMappingRow,
    FormFieldRow,
    GroupMapping,
    MatchRule,
    MetafieldDefinition,
    RequiredField,
    SetupRow,
    said_by,
)
from mapping.setup import RELATIONS, ensure_defaults, read_setup, with_problems
from mapping.setup_parts import Setup
from mapping.snapshot import FORMAT, VERSION, export, exported
from stores.models import Store

__all__ = ["FORMAT", "SECTIONS", "VERSION", "Plan", "Unusable", "apply_import", "export", "plan_import"]

_MODELS: tuple[type[SetupRow], ...] = (
    FieldMappingRow, MetafieldDefinition, AttributeDefinition, FormFieldRow, MatchRule, RequiredField, GroupMapping,
    CustomerTemplate,
)  # fmt: skip
# Name in the document -> table.
SECTIONS: dict[str, type[SetupRow]] = dict(zip(snapshot.SECTIONS, _MODELS, strict=True))


class Unusable(Exception):
    """The document cannot be imported; problems are sentences, each with its place in the document."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass
class Plan:
    """What an import would do. lines: readable, one per row and changed field; empty when nothing differs."""

    create: list[SetupRow] = field(default_factory=list)
    change: list[SetupRow] = field(default_factory=list)
    delete: list[SetupRow] = field(default_factory=list)
    country_codes: dict[str, str] | None = None
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _rows(store: Store, model: type[SetupRow]) -> list[SetupRow]:
    return list(getattr(store, RELATIONS[model.__name__]).all())


def plan_import(store: Store, document: Any) -> Plan:
    """What bringing the document into the store would change. Raises Unusable; changes nothing but missing defaults.

    A section that the document leaves out stays as it is; one that is there is the whole of its table.
    """
    _check_frame(document)
    ensure_defaults(store)
    wanted, said = _wanted(store, document)
    if said:
        raise Unusable(said)
    plan = Plan()
    for section, rows in wanted.items():
        _compare(plan, section, _rows(store, SECTIONS[section]), rows)
    if "country_codes" in document and document["country_codes"] != store.company.country_iso:
        plan.country_codes = document["country_codes"]
        plan.lines += _differences("country code", store.company.country_iso, document["country_codes"])
    _check_whole(store, plan)
    return plan


def apply_import(store: Store, plan: Plan, by: Any = None) -> None:
    """Do what the plan says, all of it or nothing. by: the user, where one is known."""
    with transaction.atomic():
        for row in plan.delete:
            said_by(row, by, "import_setup").delete()
        for row in [*plan.change, *plan.create]:
            said_by(row, by, "import_setup").save()
        if plan.country_codes is not None:
            save_country_codes(store, plan.country_codes, by, "import_setup")


def _check_frame(document: Any) -> None:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unusable([f'This is no set-up: "format" must be "{FORMAT}".'])
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        raise Unusable([f"This set-up has version {document.get('version')!r}; this bcsync reads version {VERSION}."])
    if too_deep(document):
        raise Unusable(["The document is nested too deeply to be a set-up."])
    known = {"format", "version", "country_codes", *SECTIONS}
    said = [f"{name!r}: there is no such section." for name in document if name not in known]
    said += [f"{name}: must be a list." for name in SECTIONS if not isinstance(document.get(name, []), list)]
    said += filter(None, [codes_problem(document.get("country_codes", {}))])
    if said:
        raise Unusable(said)


def _wanted(store: Store, document: Mapping[str, Any]) -> tuple[dict[str, list[SetupRow]], list[str]]:
    """Unsaved rows by section, and what is wrong with single values."""
    wanted: dict[str, list[SetupRow]] = {}
    said: list[str] = []
    for section in SECTIONS:
        if section in document:
            wanted[section] = []
            for place, entry in enumerate(document[section], 1):
                row, wrong = _row(store, SECTIONS[section], entry)
                said += [f"{section} {place}: {words}" for words in wrong]
                if row is not None:
                    wanted[section].append(row)
    return wanted, said


def _row(store: Store, model: type[SetupRow], entry: Any) -> tuple[SetupRow | None, list[str]]:
    if not isinstance(entry, dict):
        return None, ["must be an object."]
    unknown = [f"there is no field {name!r}." for name in entry if name not in model.FIELDS]
    missing = [f"the field {name!r} is missing." for name in model.KEY if name not in entry]
    wrong = [] if unknown else list(type_problems(model, entry))
    if unknown or missing or wrong:
        return None, unknown + missing + wrong
    row: SetupRow = cast(Any, model)(store=store, **entry)
    if isinstance(row, MetafieldDefinition):
        row.system = MetafieldDefinition._base_manager.filter(store=store, name=row.name, system=True).exists()
    try:
        row.clean_fields(exclude=["store"])
    except ValidationError as error:
        return None, [f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]
    return row, _shape(row)


def _shape(row: SetupRow) -> list[str]:
    """JSON fields of another shape: the rest of clean is asked of the whole set-up, later."""
    try:
        row.clean_shape()
    except ValidationError as error:
        return [f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]
    return []


def _compare(plan: Plan, section: str, old: list[SetupRow], new: list[SetupRow]) -> None:
    known = {row.natural_key(): row for row in old}
    kept = set()
    for row in new:
        there = known.get(row.natural_key())
        if there is None or row.natural_key() in kept:
            plan.create.append(row)
            plan.lines += [f"+ {section} {row}"]
            continue
        kept.add(row.natural_key())
        row.pk = there.pk
        before = exported(there)
        differences = _differences(f"{section} {row}", before, row.as_document())
        if differences:
            plan.change.append(row)
            plan.lines += differences
    for row in old:
        if row.natural_key() not in kept:
            plan.delete.append(row)
            plan.lines.append(f"- {section} {row}")


def _differences(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        f"~ {what}: {name} {before.get(name)!r} -> {after.get(name)!r}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _check_whole(store: Store, plan: Plan) -> None:
    """Every refusal of the set-up as it would be, and of what it would delete."""
    said = [f"{row}: {row.why_protected()}" for row in plan.delete if row.why_protected()]
    for row in plan.change:
        said += [f"{row}: {words}" for words in row.why_fixed()]
    after = read_setup(store, [*plan.create, *plan.change], plan.delete)
    if plan.country_codes is not None:
        after = Setup(**{**vars(after), "country_iso": plan.country_codes})
    for problem in with_problems(store, after).problems:
        words = f"{problem.row}, {problem.field}: {problem.text}"
        if problem.blocks:
            said.append(words)
        else:
            plan.notes.append(words)
    if said:
        raise Unusable(said)
