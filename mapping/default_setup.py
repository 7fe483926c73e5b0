"""The rows of the tables that a store starts with: today's defaults as data. Pure: model name -> field values."""

from typing import Any

from mapping.defaults import DEFAULT_REQUIRED, DEFAULT_ROWS
from mapping.match_rules import DEFAULT_RULES, Compare
from mapping.rows import FieldRow, steps_as_json

_NEAR = 10  # orders are apart, so that a row can be put between two others


def default_rows() -> dict[str, list[dict[str, Any]]]:
    """Model name -> the values of its rows, without the store."""
    made: dict[str, list[dict[str, Any]]] = {
        "FieldMappingRow": [],
        "AttributeDefinition": [],
        "MetafieldDefinition": [],
        "MatchRule": [
            {
                "name": rule.name,
                "order": place,
                "enabled": rule.enabled,
                "compares": [compare_as_json(compare) for compare in rule.compares],
            }
            for place, rule in enumerate(DEFAULT_RULES)
        ],
        "RequiredField": [{"name": name, "order": place} for place, name in enumerate(DEFAULT_REQUIRED)],
    }
    for place, row in enumerate(DEFAULT_ROWS):
        values = {**_manners(row), "order": place * _NEAR}
        if row.target.table == "attribute":
            made["AttributeDefinition"].append({**values, "name": row.target.name, "type": row.type})
        elif row.target.table == "metafield":
            made["MetafieldDefinition"].append(
                {**values, "name": row.target.name, "namespace": row.target.namespace, "system": True,
                 "permission_set": row.permission_set, "description": row.description}
            )  # fmt: skip
        else:
            target = {"target_table": row.target.table, "target_field": row.target.name}
            made["FieldMappingRow"].append({**values, **target})
    return made


def _manners(row: FieldRow) -> dict[str, Any]:
    return {
        "source_table": row.source.table,
        "source_field": row.source.name,
        "steps": steps_as_json(row.steps),
        "owner": row.owner,
        "blank": row.blank,
        "too_long": row.too_long,
        "required": row.required,
    }


def compare_as_json(compare: Compare) -> dict[str, str]:
    """One compare of a match rule as the row keeps it; a namespace only where there is one."""
    made = {"table": compare.table, "name": compare.name, "with_field": compare.with_field}
    return {**made, "namespace": compare.namespace} if compare.namespace else made


def compares_from_json(data: Any) -> tuple[Compare, ...]:
    """What compare_as_json wrote, as a list. Raises ValueError, with a sentence, for anything of another shape."""
    if not isinstance(data, list):
        raise ValueError("The compares must be a list.")
    return tuple(_compare_from_json(entry) for entry in data)


def _compare_from_json(entry: Any) -> Compare:
    known = {"table", "name", "with_field", "namespace"}
    if not isinstance(entry, dict) or set(entry) - known or not all(isinstance(v, str) for v in entry.values()):
        raise ValueError('Each compare must be an object of the texts "table", "name", "with_field", "namespace".')
    if not entry.get("table") or not entry.get("name"):
        raise ValueError('Each compare needs "table" and "name".')
    return Compare(entry["table"], entry["name"], entry.get("with_field", "number"), entry.get("namespace", ""))
