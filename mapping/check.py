"""What cannot work in a set-up, at the row and in words. Pure; forms, the admin and import_setup all ask it."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bcsync.clients.business_central_capabilities import Capabilities
from mapping.check_back import back_problems
from mapping.check_policies import country_problems, group_problems, required_problems, rule_problems, template_problems
from mapping.check_rows import row_problems
from mapping.rows import FieldRow
from mapping.setup_parts import Problem, Setup
from mapping.store_facts import StoreFacts

MOST_ATTRIBUTES = 50  # per store; https://developer.bigcommerce.com/docs/rest-management/customers/customer-attributes


def problems(
    setup: Setup,
    facts: StoreFacts,
    capabilities: Capabilities | None = None,
    seen: Iterable[tuple[str, str]] = (),
) -> list[Problem]:
    """Everything that is wrong with a whole set-up, notes (blocks=False) included.

    seen: (table, name) of metafields, attributes and form fields that the store's customers have values of, which a
    match rule may compare beside those that are mapped.
    """
    return [
        *(problem for row in setup.rows for problem in row_problems(row, facts, capabilities)),
        *back_problems(setup.rows, capabilities),
        *_double_targets(setup.rows),
        *_too_many_attributes(setup, facts),
        *rule_problems(setup, facts, seen),
        *required_problems(setup),
        *template_problems(setup, capabilities),
        *group_problems(setup),
        *country_problems(setup),
    ]


def _double_targets(rows: Iterable[FieldRow]) -> Iterator[Problem]:
    rows = list(rows)
    counted = Counter(_same_target(row) for row in rows)
    for row in rows:
        if counted[_same_target(row)] > 1:
            field = "target_field" if row.target.table in ("customer", "address", "ship_to_address") else "name"
            yield Problem(
                str(row.target), field, f"{counted[_same_target(row)]} rows write {row.target}; only one can."
            )


def _same_target(row: FieldRow) -> tuple[str, str]:
    """Attribute and form field names differ in more than case; a metafield's name is unique whatever its namespace."""
    return row.target.table, row.target.name.casefold() if row.target.table != "metafield" else row.target.name


def _too_many_attributes(setup: Setup, facts: StoreFacts) -> Iterator[Problem]:
    """A store takes 50 attributes, those it has already included."""
    room = MOST_ATTRIBUTES - len(facts.attributes)
    for place, wanted in enumerate(setup.missing_attributes(facts.attributes)):
        if place >= room:
            said = (
                f"The store takes {MOST_ATTRIBUTES} attributes and has {len(facts.attributes)} already; "
                f"{wanted['name']} would be number {len(facts.attributes) + place + 1}."
            )
            yield Problem(f"attribute.{wanted['name']}", "name", said)
