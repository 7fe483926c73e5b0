"""Requests and answers checked against the vendor's OpenAPI files, where those lie beside the project.

The files carry no licence to redistribute, so they are never part of it; `summary()` says when they are missing.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bcsync.sandbox.messages import Request, Response

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs" / "bigcommerce"
# the later file wins where two describe a path
FILES = {
    "v3": ("customers.v3.patched.yml", "webhooks.v3.yml"),
    "v2": ("customers.v2.yml", "geography.v2.yml", "store_information.v2.yml"),
}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def available() -> bool:
    """The spec files are here."""
    return all((SPECS / name).exists() for names in FILES.values() for name in names)


def summary() -> str:
    """One line for the end of a test run: "" when the check ran, else that it did not, and why."""
    if available():
        return ""
    return f"vendor spec: not checked, the OpenAPI files are not at {SPECS}"


def covered(method: str, path: str) -> bool:
    """The spec describes this call; `path` begins with /v2 or /v3."""
    return _operation(method, path) is not None


def problems_of_exchange(request: Request, response: Response) -> list[str]:
    """What is wrong with one of `World.exchanges`, each with its call in front; [] for calls that no file describes.

    A refused request is not blamed for being wrong: the refusal is the point of it.
    """
    parts = request.path.split("/", 3)
    path = f"/{parts[3]}" if len(parts) > 3 else ""
    if request.vendor != "bigcommerce" or not covered(request.method, path):
        return []
    body = json.loads(response.payload()) if response.payload() else None
    found = problems_of_answer(request.method, path, response.status, body)
    if response.status < 300:
        sent = json.loads(request.body) if request.body else None
        found += problems_of_request(request.method, path, request.pairs(), sent)
    return [f"{request.method} {path} {response.status}: {problem}" for problem in found]


def problems_of_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with an answer; `body` is parsed JSON, None when there was none. LookupError: not in the spec."""
    name, pointer, operation = _found(method, path)
    answer = operation["responses"].get(str(status))
    if answer is None:
        # the spec leaves general statuses to a page of their own, start/about/status-codes.mdx
        return [] if status in (204, 400, 401, 403, 404, 405, 409, 413, 422, 429) else [f"{status} is not declared"]
    answer, pointer = _deref(name, answer, f"{pointer}/responses/{status}")
    content = answer.get("content", {}).get("application/json")
    if not content or "schema" not in content:
        return [] if body is None or status >= 400 else ["a body where the spec has none"]
    return _problems(name, f"{pointer}/content/application~1json/schema", body)


def problems_of_request(method: str, path: str, query: list[tuple[str, str]], body: Any) -> list[str]:
    """What is wrong with a request: undeclared parameters, a body off the schema. LookupError: not in the spec."""
    name, pointer, operation = _found(method, path)
    declared = {_deref(name, parameter, "")[0]["name"] for parameter in operation.get("parameters", [])}
    found = [f"query parameter {key} is not declared" for key, _ in query if key not in declared]
    required = operation.get("requestBody")
    if body is None or not required:
        return found if body is None or method == "DELETE" else [*found, "a body where the spec has none"]
    return found + _problems(name, f"{pointer}/requestBody/content/application~1json/schema", body)


@cache
def _document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = _as_json_schema(yaml.load((SPECS / name).read_text(), Loader=LOADER), v2=".v2." in name)
    return loaded


@cache
def _registry(name: str) -> Registry:
    return Registry().with_resource(f"urn:{name}", DRAFT202012.create_resource(_document(name)))


@cache
def _validator(name: str, pointer: str) -> Draft202012Validator:
    schema = {"$ref": f"urn:{name}#{pointer}"}
    return Draft202012Validator(schema, registry=_registry(name), format_checker=_formats())


@cache
def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())

    @checker.checks("date-time")
    def _is_stamp(value: object) -> bool:
        return not isinstance(value, str) or bool(
            re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", value)
        )

    return checker


def _problems(name: str, pointer: str, body: Any) -> list[str]:
    errors = _validator(name, pointer).iter_errors(body)
    return [f"{'.'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:200]}" for error in errors]


def _found(method: str, path: str) -> tuple[str, str, dict[str, Any]]:
    found = _operation(method, path)
    if found is None:
        raise LookupError(f"{method} {path} is not in the spec")
    return found


def _operation(method: str, path: str) -> tuple[str, str, dict[str, Any]] | None:
    _, version, rest = path.split("/", 2)
    for name in reversed(FILES[version]):
        for template in sorted(_document(name)["paths"], key=lambda template: template.count("{")):
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            operation = _document(name)["paths"][template].get(method.lower())
            if operation and re.fullmatch(pattern, f"/{rest}"):
                escaped = template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
                return name, f"/paths/{escaped}/{method.lower()}", operation
    return None


def _deref(name: str, node: dict[str, Any], pointer: str) -> tuple[dict[str, Any], str]:
    while "$ref" in node:
        pointer = node["$ref"].removeprefix("#")
        node = _document(name)
        for part in pointer.split("/")[1:]:
            node = node[part.replace("~1", "/").replace("~0", "~")]
    return node, pointer


def _as_json_schema(node: Any, v2: bool) -> Any:
    """OpenAPI 3.0 as JSON Schema: nullable; and in v2, whose oneOf lists all fit an empty list, oneOf as anyOf."""
    if isinstance(node, list):
        return [_as_json_schema(item, v2) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _as_json_schema(value, v2) for key, value in node.items() if key not in ("example", "examples")}
    if result.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    if v2 and isinstance(result.get("oneOf"), list):
        result["anyOf"] = result.pop("oneOf")
    return result
