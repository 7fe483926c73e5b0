"""$filter as Business Central understands it: parsed with odata-query, restricted by its rules, turned into SQL.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/use-filter-expressions-in-odata-uris
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from bcsync.sandbox.business_central.errors import BusinessCentralError, bad_query
from bcsync.sandbox.business_central.model import EntitySet, Property, option_in

COMPARATORS = {ast.Eq: "=", ast.NotEq: "<>", ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}
CASES = {"tolower": "lower", "toupper": "upper"}
OR_ACROSS = "The 'OR' operator is not supported on distinct fields on an OData filter."
TEXT = ("text", "code", "email", "phone", "option")


@dataclass(frozen=True)
class Rules:
    """What differs by schema version and by what the tenant allows."""

    nested: bool = False
    blocked: bool = False


@dataclass
class Clause:
    """One piece of SQL, its parameters, and the properties it names (`or` must stay on one)."""

    sql: str
    params: list[Any]
    names: set[str]


def to_sql(text: str, entity: EntitySet, rules: Rules) -> tuple[str, list[Any]]:
    """Return (SQL condition, parameters) of a $filter. Raises Business Central's answer to one it does not take."""
    # An enum literal with its type is taken too; the parser does not know it.
    plain = re.sub(r"Microsoft\.NAV\.\w+(?=')", "", text)
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(plain))
    except (ODataException, ValueError) as error:
        raise bad_query(f"The filter '{text}' is not valid: {error}") from error
    if tree is None:
        raise bad_query("The filter is empty.")
    clause = _condition(tree, entity, rules)
    return clause.sql, clause.params


def _condition(node: Any, entity: EntitySet, rules: Rules) -> Clause:
    if isinstance(node, ast.BoolOp):
        return _bool_op(node, entity, rules)
    if isinstance(node, ast.CollectionLambda):
        # Documented: a lambda is ignored, silently.
        return Clause("1 = 1", [], set())
    if isinstance(node, ast.Compare):
        return _compare(node, entity, rules)
    if isinstance(node, ast.Call):
        return _call(node, entity, rules)
    raise _not_implemented(type(node).__name__)


def _bool_op(node: ast.BoolOp, entity: EntitySet, rules: Rules) -> Clause:
    clauses = [_condition(part, entity, rules) for part in _chain(node)]
    names = set().union(*(clause.names for clause in clauses))
    either = isinstance(node.op, ast.Or)
    if either and len(names) > 1:
        raise BusinessCentralError(501, "BadRequest_MethodNotImplemented", OR_ACROSS)
    sql = (" OR " if either else " AND ").join(clause.sql for clause in clauses)
    return Clause(f"({sql})", [value for clause in clauses for value in clause.params], names)


def _chain(node: ast.BoolOp) -> list[Any]:
    """Return the parts of `a or b or c ...` in order; a long list of numbers must not become deep recursion."""
    parts: list[Any] = []
    left: Any = node
    while isinstance(left, ast.BoolOp) and type(left.op) is type(node.op):
        parts.append(left.right)
        left = left.left
    return [left, *reversed(parts)]


def _compare(node: ast.Compare, entity: EntitySet, rules: Rules) -> Clause:
    if isinstance(node.left, ast.Call) and isinstance(node.right, ast.Boolean):
        clause = _call(node.left, entity, rules)
        return clause if node.right.val == "true" else Clause(f"NOT {clause.sql}", clause.params, clause.names)
    prop, sql, params = _operand(node.left, entity, rules)
    if isinstance(node.comparator, ast.In):
        if not rules.nested:
            raise bad_query("The operator 'in' is not supported in schema version 2.0.")
        values = [_literal(item, prop) for item in _items(node.right)]
        return Clause(f"{sql} IN ({','.join('?' * len(values))})", params + values, {prop.name})
    value = _literal(node.right, prop)
    return Clause(f"{sql} {COMPARATORS[type(node.comparator)]} ?", [*params, value], {prop.name})


def _call(node: ast.Call, entity: EntitySet, rules: Rules) -> Clause:
    name = node.func.name
    if name not in ("startswith", "endswith", "contains") or len(node.args) != 2:
        raise bad_query(f"The function '{name}' is not supported here.")
    if isinstance(node.args[0], ast.Call) and not rules.nested:
        raise _not_implemented("Nested functions")
    prop, sql, params = _operand(node.args[0], entity, rules)
    value = _literal(node.args[1], prop)
    if name == "contains":
        return Clause(f"instr({sql}, ?) > 0", [*params, value], {prop.name})
    start, length = (1, "length(?)") if name == "startswith" else ("-length(?)", "length(?)")
    marks = 2 if name == "startswith" else 3
    return Clause(f"substr({sql}, {start}, {length}) = ?", params + [value] * marks, {prop.name})


def _operand(node: Any, entity: EntitySet, rules: Rules) -> tuple[Property, str, list[Any]]:
    """Return the property, its SQL and its parameters for the left side of a comparison."""
    if isinstance(node, ast.Call) and node.func.name in CASES and len(node.args) == 1:
        if isinstance(node.args[0], ast.Call) and not rules.nested:
            raise _not_implemented("Nested functions")
        prop, sql, params = _operand(node.args[0], entity, rules)
        return prop, f"{CASES[node.func.name]}({sql})", params
    if isinstance(node, ast.Call) and node.func.name == "substring" and len(node.args) in (2, 3):
        prop, sql, params = _operand(node.args[0], entity, rules)
        numbers = [int(arg.val) for arg in node.args[1:] if isinstance(arg, ast.Integer)]
        length = f", {numbers[1]}" if len(numbers) > 1 else ""
        return prop, f"substr({sql}, {numbers[0] + 1}{length})", params
    if not isinstance(node, ast.Identifier):
        raise _not_implemented(type(node).__name__)
    if node.name not in entity.by_name:
        raise bad_query(f"Could not find a property named '{node.name}' on type 'Microsoft.NAV.{entity.type_name}'.")
    prop = entity.by_name[node.name]
    if prop.computed or (prop.name.lower() == "blocked" and prop.kind == "option" and not rules.blocked):
        raise bad_query(f"The property '{prop.name}' cannot be compared in a $filter.")
    return prop, prop.column, []


def _literal(node: Any, prop: Property) -> Any:
    value = getattr(node, "val", None)
    if value is None or isinstance(node, ast.List):
        raise bad_query(f"The value compared with '{prop.name}' is not supported.")
    if prop.kind in TEXT:
        if not isinstance(node, ast.String):
            raise _type_mismatch(prop, value)
        return _text(str(value), prop)
    if prop.kind == "guid" and isinstance(node, ast.GUID):
        empty = not str(value).replace("0", "").replace("-", "")
        return "" if empty else str(value).lower()
    if prop.kind == "datetime" and isinstance(node, ast.DateTime):
        return _datetime(str(value))
    if prop.kind == "date" and isinstance(node, ast.Date):
        return str(value)
    if prop.kind == "bool" and isinstance(node, ast.Boolean):
        return int(value == "true")
    if prop.kind in ("decimal", "integer") and isinstance(node, ast.Integer | ast.Float):
        return float(value)
    raise _type_mismatch(prop, value)


def _items(node: Any) -> list[Any]:
    return list(node.val) if isinstance(node, ast.List) else [node]


def _text(value: str, prop: Property) -> str:
    if prop.kind == "option":
        option = option_in(value)
        if option not in prop.options:
            known = ", ".join(name or " " for name in prop.options)
            raise BusinessCentralError(400, "Unknown", f"'{value}' is not an option. The existing options are: {known}")
        return option
    if prop.length and len(value) > prop.length:
        raise BusinessCentralError(
            400,
            "Application_FilterErrorException",
            f"The filter expression '{value}' is longer than the field {prop.title} ({prop.length}).",
        )
    return value.upper() if prop.kind == "code" else value


def _datetime(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise bad_query(f"'{value}' is not a date and time.") from None
    if moment.tzinfo is None:
        raise bad_query(f"'{value}' has no time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _type_mismatch(prop: Property, value: Any) -> BusinessCentralError:
    return bad_query(f"The value '{value}' does not fit the type of property '{prop.name}'.")


def _not_implemented(what: str) -> BusinessCentralError:
    return BusinessCentralError(501, "BadRequest_MethodNotImplemented", f"{what} is not supported in a $filter.")
