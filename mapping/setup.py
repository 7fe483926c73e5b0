"""A store's set-up read from its tables, made with the defaults the first time. Knows the tables by the store only."""

from collections.abc import Iterable
from typing import Any, cast

from django.db import transaction

from bcsync.clients.business_central_capabilities import Capabilities
from mapping import check
from mapping.default_setup import compares_from_json, default_rows
from mapping.match_rules import DEFAULT_RULES, Rule
from mapping.rows import FieldRow
from mapping.setup_parts import GroupKind, GroupRow, Setup
from mapping.store_facts import StoreFacts, store_facts
from stores.models import BusinessCentralCompany, Store

# Model -> how a store calls its rows. The models import this module, so it cannot name them otherwise.
RELATIONS = {
    "FieldMappingRow": "field_mapping",
    "AttributeDefinition": "attribute_definitions",
    "FormFieldRow": "form_field_rows",
    "MetafieldDefinition": "metafield_definitions",
    "MatchRule": "match_rules",
    "RequiredField": "required_fields",
    "GroupMapping": "group_mappings",
    "CustomerTemplate": "templates",
}


def setup_of(store: Store) -> Setup:
    """The store's set-up with its problems, in about a dozen queries; keep it for the whole run."""
    ensure_defaults(store)
    return with_problems(store, read_setup(store))


def with_problems(store: Store, setup: Setup) -> Setup:
    """The set-up together with what is wrong with it."""
    found = check.problems(setup, facts_of(store, setup), capabilities_of(store), seen_names(store, setup))
    return Setup(**{**vars(setup), "problems": tuple(found)})


def seen_names(store: Store, setup: Setup) -> list[tuple[str, str]]:
    """(table, name) of what rules compare beyond the defaults and some customer of the store has a value of."""
    wanted = {(compare.table, compare.name) for rule in setup.rules for compare in rule.compares}
    wanted -= {(compare.table, compare.name) for rule in DEFAULT_RULES for compare in rule.compares}
    paths = {"metafield": "metafields__key", "form_field": "form_fields__name"}
    return [
        (table, name)
        for table, name in sorted(wanted)
        if table in paths and store.customers.filter(**{paths[table]: name}).exists()
    ]


def ensure_defaults(store: Store) -> None:
    """Give a store that has none its default rows; every store has the system's metafields, so they tell."""
    if _rows(store, "MetafieldDefinition").filter(system=True).exists():
        return
    with transaction.atomic():
        for model, values in default_rows().items():
            manager = _rows(store, model)
            # Two workers may do this at once: who comes second adds nothing. Defaults are nobody's change.
            manager.model._base_manager.bulk_create(
                [manager.model(store=store, **row) for row in values], ignore_conflicts=True
            )


def read_setup(store: Store, replaced: Iterable[Any] = (), removed: Iterable[Any] = ()) -> Setup:
    """The set-up as the tables have it, with unsaved rows counted instead (replaced) or left out (removed)."""
    replaced, removed = list(replaced), list(removed)

    def rows(model: str) -> list[Any]:
        mine = [row for row in replaced if type(row).__name__ == model]
        gone = {row.pk for row in [*mine, *removed] if type(row).__name__ == model}
        kept = [row for row in _rows(store, model).all() if row.pk not in gone]
        return sorted([*kept, *mine], key=lambda row: (getattr(row, "order", 0), *map(str, row.natural_key())))

    mapped: list[FieldRow] = []
    for model in ("FieldMappingRow", "AttributeDefinition", "FormFieldRow", "MetafieldDefinition"):
        mapped += [row.as_row() for row in rows(model)]
    return Setup(
        rows=tuple(mapped),
        rules=tuple(row.as_rule(switch_of(store, row.name, row.enabled)) if row not in replaced else row.as_rule()
                    for row in rows("MatchRule")),
        required=tuple(row.name for row in rows("RequiredField")),
        templates=tuple(row.as_template() for row in rows("CustomerTemplate")),
        groups=tuple(row.as_group() for row in rows("GroupMapping")),
        country_iso=dict(store.company.country_iso),
    )  # fmt: skip


def _rows(store: Store, model: str) -> Any:
    return getattr(store, RELATIONS[model])


def switch_of(store: Store, rule: str, enabled: bool) -> bool:
    """Whether a rule is on. store.rules is what connect_store and the store card write; saving a rule writes both."""
    return bool(store.rules.get(rule, enabled))


def facts_of(store: Store, setup: Setup) -> StoreFacts:
    """The store's own definitions together with the tables of its set-up, in the form evaluate takes."""
    return store_facts(
        countries=store.countries,
        attributes=store.attributes,
        storefront=store.form_fields or (),
        form_fields={row.target.name: row.type for row in setup.rows_onto("form_field")},
        customer_groups=setup.group_ids("price"),
        discount_groups=setup.group_ids("discount"),
        country_iso=setup.country_iso,
        channel_ids=[channel["id"] for channel in store.channels],
        ship_to_known="ship_to" in (store.company.capabilities or {}).get("published", {}),
    )


def fields_wanted(company: BusinessCentralCompany) -> dict[str, list[str]]:
    """Source table -> the fields beyond the usual ones that the set-ups of the company's stores read, all together."""
    wanted: dict[str, set[str]] = {}
    for store in company.stores.all():
        for table, names in read_setup(store).extra_fields.items():
            wanted.setdefault(table, set()).update(names)
    return {table: sorted(names) for table, names in sorted(wanted.items())}


def fields_unread(store: Store, setup: Setup) -> list[str]:
    """What the set-up reads and the mirror was not read with yet, as `table.name`: blank until the next read."""
    read = store.company.fields_read
    return [
        f"{table}.{name}"
        for table, names in setup.extra_fields.items()
        for name in names
        if name not in read.get(table, ())
    ]


def capabilities_of(store: Store) -> Capabilities | None:
    """What the company was found to offer; None when it was never tested."""
    found = store.company.capabilities
    return Capabilities.from_json(found) if found else None


def rule_of(name: str, enabled: bool, compares: Any) -> Rule:
    """A match rule from its row; compares of another shape are none."""
    try:
        return Rule(name, enabled, compares_from_json(compares))
    except ValueError:
        return Rule(name, enabled)


def group_of(group_id: int | None, kind: str, code: str) -> GroupRow:
    return GroupRow(group_id, cast(GroupKind, kind), code)
