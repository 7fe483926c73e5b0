"""What cannot work in match rules, required fields, templates, groups and country codes. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_countries import USER_ASSIGNED
from mapping import countries
from mapping.catalogue import FIELDS, Field, find
from mapping.defaults import LOCKED_REQUIRED
from mapping.match_rules import DEFAULT_RULES, WITH_FIELDS, Compare, Rule
from mapping.offered import of_company, offer_to_write
from mapping.setup_parts import GROUP_FIELDS, Problem, Setup
from mapping.store_facts import StoreFacts
from mapping.template import TemplateRow, conditions, template_key, typed_value
from mapping.values import quoted

RULE_TABLES = ("metafield", "attribute", "form_field")
# What each rule may compare beside what it is about; the tracking and phone rules look at fixed places.
_TABLES_OF = {"metafields": ("metafield",), "attributes": ("attribute",), "form_fields": ("form_field",)}
_DEFAULT_COMPARES = {compare for rule in DEFAULT_RULES for compare in rule.compares}
_FIXED_RULES = ("tracking", "phone", "email")
_TYPE_WORDS = {"number": "a number", "boolean": "true or false"}
REQUIRABLE = tuple(
    field.attribute
    for field in FIELDS
    if field.attribute and field.table != "ship_to" and field.name not in ("id", "number", "lastModifiedDateTime")
)


def rule_problems(setup: Setup, facts: StoreFacts, seen: Iterable[tuple[str, str]] = ()) -> Iterator[Problem]:
    """Unknown rules, and compares of what nobody maps and no customer has."""
    known = {(row.target.table, row.target.name) for row in setup.rows} | set(seen)
    known |= {("attribute", name) for name in facts.attributes} | {("form_field", name) for name in facts.form_fields}
    counted = Counter(rule.name for rule in setup.rules)
    for rule in setup.rules:
        key = f"rule.{rule.name}"
        if counted[rule.name] > 1:
            yield Problem(key, "name", "This rule is there twice.")
        if rule.name not in {default.name for default in DEFAULT_RULES}:
            yield Problem(key, "name", f"There is no match rule {quoted(rule.name)}.")
        elif rule.name in _FIXED_RULES and rule.compares:
            yield Problem(key, "compares", "This rule compares fixed fields; it takes no others.")
        else:
            yield from (Problem(key, "compares", text) for text in _compares(rule, known))


def _compares(rule: Rule, known: set[tuple[str, str]]) -> Iterator[str]:
    for compare in rule.compares:
        tables = _TABLES_OF.get(rule.name, RULE_TABLES)
        if compare.table not in tables:
            yield f"This rule compares {' or '.join(tables)} values, not {quoted(compare.table)}."
        elif compare.with_field not in WITH_FIELDS:
            yield f"{quoted(compare.with_field)} is none of {', '.join(WITH_FIELDS)}."
        elif compare not in _DEFAULT_COMPARES and (compare.table, compare.name) not in known:
            yield _nobody(compare)
    if len(set(rule.compares)) < len(rule.compares):
        yield "The rule compares the same twice."


def _nobody(compare: Compare) -> str:
    table = compare.table.replace("_", " ")
    return f"Nobody maps the {table} {quoted(compare.name)} and no customer of the store has it, so it never matches."


def required_problems(setup: Setup) -> Iterator[Problem]:
    """Names that are no field, and the three that BigCommerce demands."""
    for name in setup.required:
        if name not in REQUIRABLE:
            yield Problem(f"required.{name}", "name", f"{quoted(name)} is no field that can be required.")
    for name in LOCKED_REQUIRED:
        if name not in setup.required:
            yield Problem(f"required.{name}", "name", f"{name} cannot be taken away: BigCommerce demands it.")
    for name, count in Counter(setup.required).items():
        if count > 1:
            yield Problem(f"required.{name}", "name", f"{name} is there {count} times.")


def template_problems(setup: Setup, capabilities: Capabilities | None) -> Iterator[Problem]:
    """Ties, values that Business Central would refuse, and what only a published Customer Card takes (a note)."""
    counted = Counter(template_key(template) for template in setup.templates)
    for template in setup.templates:
        key = template_key(template)
        if counted[key] > 1:
            said = f"Another template is for {conditions(template)} too, so neither would be chosen."
            yield Problem(key, "country", said)
        if template.country and not _is_country(template.country):
            yield Problem(key, "country", f"{quoted(template.country)} is not an ISO 3166-1 code.")
        if len(template.default_customer_number) > 20:
            yield Problem(key, "default_customer_number", "A customer number has at most 20 characters.")
        yield from _template_values(key, template, capabilities)


def _template_values(key: str, template: TemplateRow, capabilities: Capabilities | None) -> Iterator[Problem]:
    for name, value in template.values.items():
        field = find("business_central", "customer", name)
        if field is None:
            yield Problem(key, "values", f"Business Central's customer has no field {quoted(name)}.")
        elif not field.writable or name in ("displayName", "type", "email"):
            yield Problem(key, "values", f"{field.label} ({name}) cannot come from a template.")
        else:
            yield from (Problem(key, "values", text) for text in _value(of_company(field, capabilities), value))
            found = offer_to_write(field, capabilities)
            if not found.offered:
                said = (
                    f"{field.label} can only be set through the published Customer Card, so no customer can be created "
                    f"with this template yet. {found.how_to}"
                )
                yield Problem(key, "values", said, blocks=False)


def _value(field: Field, value: Any) -> Iterator[str]:
    if typed_value(field, value) is None:
        yield f"{field.label} must be {_TYPE_WORDS.get(field.type, 'a text')}."
    elif field.max_length is not None and len(value) > field.max_length:
        yield f"{field.label} has {len(value)} characters, Business Central takes {field.max_length}."
    elif field.options and value not in field.options:
        yield f"{field.label} must be one of {', '.join(map(quoted, field.options))}."


def group_problems(setup: Setup) -> Iterator[Problem]:
    """Codes too long, and the same code or group twice: then nobody knows which counts."""
    codes = Counter((row.kind, row.code.upper()) for row in setup.groups)
    ids = Counter((row.kind, row.group_id) for row in setup.groups)
    for row in setup.groups:
        key = f"group.{row.kind}.{row.code}"
        if row.kind not in GROUP_FIELDS:
            yield Problem(key, "kind", "The kind must be price or discount.")
            continue
        field = find("business_central", "customer", GROUP_FIELDS[row.kind])
        limit = (field.max_length if field else None) or 0
        if not row.code.strip() or len(row.code) > limit:
            yield Problem(key, "code", f"A {row.kind} group's code has 1 to {limit} characters.")
        if codes[row.kind, row.code.upper()] > 1:
            yield Problem(key, "code", f"The {row.kind} group {quoted(row.code)} is mapped twice.")
        if row.group_id and ids[row.kind, row.group_id] > 1:
            yield Problem(key, "group_id", f"Customer group {row.group_id} stands for two {row.kind} groups.")
        if row.group_id is None or row.group_id < 1:
            # A form whose choice is none of the store's groups leaves the row without one.
            yield Problem(key, "group_id", "Choose a customer group of the store; group 0 means no group.")


def country_problems(setup: Setup) -> Iterator[Problem]:
    """Codes that Business Central cannot have, ISO codes that are none."""
    for code, iso in setup.country_iso.items():
        key = f"country.{code}"
        if not code.strip() or len(code) > 10:
            yield Problem(key, "code", "A country/region code has 1 to 10 characters.")
        if not isinstance(iso, str) or not _is_country(iso):
            yield Problem(key, "iso", f"{quoted(iso)} is not an ISO 3166-1 code.")


def _is_country(iso: str) -> bool:
    return countries.is_iso(iso) or iso in USER_ASSIGNED
