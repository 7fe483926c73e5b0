"""What cannot work in one mapping row on its own: target, source, steps, type, length. Pure."""

from collections.abc import Iterator

from bcsync.clients.business_central_capabilities import Capabilities
from mapping.catalogue import OPEN_TABLES, TABLES, Field, find
from mapping.fitting import limit_in
from mapping.offered import of_company, offer
from mapping.rows import ATTRIBUTE_TYPES, FORM_FIELD_TYPES, PERMISSION_SETS, FieldRow, Place, Step
from mapping.setup_parts import Problem
from mapping.sources import Context
from mapping.store_facts import StoreFacts
from mapping.transform_specs import SPECS, sources_of, step_problems
from mapping.transforms import Problem as Misfit
from mapping.transforms import apply
from mapping.values import quoted

MOST_METAFIELD_NAME = 64  # characters of a namespace and of a key
_NAMES = {"attribute": 255, "form_field": 255, "address_form_field": 255}
_SOURCES = tuple(table for system, table in TABLES if system == "business_central")
# Steps after which the value no longer depends on the source: a row may begin with them and have no source.
_OWN_VALUE = ("constant", "template", "full_name")
# Target type -> the types that fit it as they are; a step that gives the type fits too.
_FITS: dict[str, tuple[str, ...]] = {
    "number": ("number",),
    "numbers": ("number",),
    "date": ("date",),
    "country": ("country",),
    "boolean": ("boolean",),
    "email": ("email",),
}


def row_problems(row: FieldRow, facts: StoreFacts, capabilities: Capabilities | None) -> Iterator[Problem]:
    """Everything wrong with this row; a source that the company does not offer is a note only."""
    key = str(row.target)
    said = [*_target(row, facts), *_source(row), *_steps(row, facts)]
    yield from (Problem(key, field, text) for field, text in said)
    if not said:
        yield from (Problem(key, field, text) for field, text in _fit(row, facts, capabilities))
        yield from _not_offered(row, capabilities)
        yield from _not_in_store(row, facts)


def _target(row: FieldRow, facts: StoreFacts) -> Iterator[tuple[str, str]]:
    table, name = row.target.table, row.target.name
    if table == "metafield":
        yield from _metafield(row)
        return
    if table in OPEN_TABLES:
        if not name.strip():
            yield "name", "The name is empty."
        elif len(name) > _NAMES[table]:
            yield "name", f"The name has {len(name)} characters, BigCommerce takes {_NAMES[table]}."
        yield from _attribute(row, facts) if table == "attribute" else _form_field(row, facts)
        return
    field = find("bigcommerce", table, name)
    if field is None or table == "group":
        yield "target_field", f"BigCommerce's {table.replace('_', ' ')} has no field {quoted(name)}."
    elif not field.writable:
        yield "target_field", f"{field.label} ({name}) cannot be written: BigCommerce sets it itself."


def _metafield(row: FieldRow) -> Iterator[tuple[str, str]]:
    for field, value in (("namespace", row.target.namespace), ("name", row.target.name)):
        if not value.strip():
            yield field, f"The {field} is empty."
        elif len(value) > MOST_METAFIELD_NAME:
            yield field, f"The {field} has {len(value)} characters, BigCommerce takes {MOST_METAFIELD_NAME}."
    if row.permission_set not in PERMISSION_SETS:
        yield "permission_set", f"The permission must be one of {', '.join(PERMISSION_SETS)}."


def _attribute(row: FieldRow, facts: StoreFacts) -> Iterator[tuple[str, str]]:
    if row.type and row.type not in ATTRIBUTE_TYPES:
        yield "type", f"The type must be one of {', '.join(ATTRIBUTE_TYPES)}."
    there = facts.attributes.get(row.target.name)
    spelled = [name for name in facts.attributes if name.casefold() == row.target.name.casefold()]
    if there is None and spelled:
        yield "name", f"The store spells this attribute {quoted(spelled[0])}: use that name."
    if there and row.type and there.type != row.type:
        yield (
            "type",
            f"The store has this attribute as a {there.type}, and a type cannot change: choose that type, or another "
            "name, or delete the attribute in the store first.",
        )


def _form_field(row: FieldRow, facts: StoreFacts) -> Iterator[tuple[str, str]]:
    there = facts.storefront.get(row.target.table, {}).get(row.target.name)
    if row.type == "password" or (there and there.type == "password"):
        yield "type", "A password field is never written."
    elif there and row.type and row.type != there.type:
        yield "type", f"The store's form has this field as {there.type}: choose that type, or the store refuses it."
    elif there and (unknown := [option for option in row.options if there.options and option not in there.options]):
        yield "options", f"The store's form does not offer {quoted(unknown[0])}; it has {', '.join(there.options)}."
    elif row.type and row.type not in FORM_FIELD_TYPES:
        yield "type", f"The type must be one of {', '.join(FORM_FIELD_TYPES)}."


def _source(row: FieldRow) -> Iterator[tuple[str, str]]:
    if not row.source.name and row.steps and row.steps[0].name in _OWN_VALUE:
        return
    if row.source.table not in _SOURCES:
        yield "source_table", f"Business Central has no table {quoted(row.source.table)} to read from."
    elif find("business_central", row.source.table, row.source.name) is None:
        yield "source_field", f"{TABLES['business_central', row.source.table]} has no field {quoted(row.source.name)}."
    elif row.source.table == "ship_to" and row.target.table not in ("ship_to_address", "address_form_field"):
        yield "source_table", "A ship-to address can only fill an address of a ship-to: a customer may have many."


def _steps(row: FieldRow, facts: StoreFacts) -> Iterator[tuple[str, str]]:
    for step in row.steps:
        yield from (("steps", text) for text in step_problems(step))
        if step.name == "look_up":
            values = [value for _, value in step.arguments]
            yield from (("steps", text) for text in _outcomes(row, values, facts))
        if step.name == "constant" and step is row.steps[-1]:
            yield from (("steps", text) for text in _outcomes(row, [step.argument("value")], facts))
    for place in sources_of(row):
        if place != row.source and find("business_central", place.table, place.name) is None:
            yield "steps", f"Business Central has no field {quoted(_named(place))}."


def _outcomes(row: FieldRow, values: list[str], facts: StoreFacts) -> Iterator[str]:
    """What a fixed outcome can already be told: too long, or none of the target's options."""
    limit = limit_in(row, facts)
    field = find("bigcommerce", row.target.table, row.target.name)
    options = row.options or (field.options if field else ())
    for value in values:
        if limit is not None and len(value) > limit and row.too_long == "reject":
            yield f"{quoted(value)} has {len(value)} characters, BigCommerce takes {limit}."
        if options and value and value not in options and row.type != "checkboxes":
            yield f"{quoted(value)} is not one of {', '.join(map(quoted, options))}."


def _fit(row: FieldRow, facts: StoreFacts, capabilities: Capabilities | None) -> Iterator[tuple[str, str]]:
    """A source whose type the target cannot take, unless a step makes it so."""
    wanted = _wanted(row, facts)
    source = find("business_central", row.source.table, row.source.name)
    source = of_company(source, capabilities) if source else None
    given, sample = _given(row, source)
    field = "steps" if row.steps else "source_field"
    if sample is not None and wanted in ("number", "numbers", "date"):
        step = Step("date" if wanted == "date" else "number")
        if isinstance(apply(sample, (step,), _NOTHING), Misfit):
            yield field, f"{row.target} takes a {wanted.removesuffix('s')}; {quoted(sample)} is none."
    elif wanted in _FITS and given not in (*_FITS[wanted], "", "look-up"):
        yield (
            field,
            f"{row.target} takes a {wanted.removesuffix('s')}, and "
            f"{source.label if source else 'the value'} is a {given}: add a step that makes one of it.",
        )
    elif wanted == "state" and row.steps and row.steps[-1].name == "state_code":
        yield field, "BigCommerce takes a state's full name only, not its code."
    elif wanted == "option" and given != "look-up" and sample is None and not _has_options(source, row):
        yield field, f"{row.target} takes one of {', '.join(sorted(_options(row)))}: add a look-up table."


_NOTHING: Context = Context(None, StoreFacts())  # type: ignore[arg-type]  # number and date look at nothing


def _options(row: FieldRow) -> set[str]:
    field = find("bigcommerce", row.target.table, row.target.name)
    return set(field.options) if field else set()


def _has_options(source: Field | None, row: FieldRow) -> bool:
    return source is not None and bool(source.options) and set(source.options) <= _options(row)


def _wanted(row: FieldRow, facts: StoreFacts) -> str:
    if row.target.table == "attribute":
        there = facts.attributes.get(row.target.name)
        return there.type if there else row.type
    if row.target.table in OPEN_TABLES:
        return row.type
    field = find("bigcommerce", row.target.table, row.target.name)
    return field.type if field else ""


def _given(row: FieldRow, source: Field | None) -> tuple[str, str | None]:
    """The type that comes out of the steps, "" when nothing is known; and the value, where it is always the same."""
    # Of an own field nothing is known but what $metadata tells; a text may hold anything.
    own_text = source is not None and source.table == "published" and source.type == "text"
    given: str = source.type if source and not own_text else ""
    sample: str | None = None
    for step in row.steps:
        if step.name == "constant":
            given, sample = "text", step.argument("value")
        elif step.name in ("state_code", "split", "split_name"):
            given, sample = "text", None
        elif SPECS[step.name].gives:
            given, sample = SPECS[step.name].gives, None
    return given, sample


def _not_offered(row: FieldRow, capabilities: Capabilities | None) -> Iterator[Problem]:
    for place in dict.fromkeys(sources_of(row)):
        field = find("business_central", place.table, place.name)
        found = offer(field, capabilities) if field else None
        if field and found and not found.offered:
            said = f"This company does not offer {field.label}, so the value stays blank. {found.how_to}"
            yield Problem(str(row.target), "source_field", said, blocks=False)


def _not_in_store(row: FieldRow, facts: StoreFacts) -> Iterator[Problem]:
    """A form field that the storefront, when it last answered, did not list: nobody can create one by API."""
    if row.target.table not in ("form_field", "address_form_field") or not facts.storefront:
        return
    listed = facts.storefront.get(row.target.table, {})
    if row.target.name not in listed:
        known = f" It has {', '.join(list(listed)[:10])}." if listed else ""
        said = f"The store's form had no field of this name when Test Connection last looked.{known}"
        yield Problem(str(row.target), "name", said, blocks=False)


def _named(place: Place) -> str:
    return f"{place.table}.{place.name}"
