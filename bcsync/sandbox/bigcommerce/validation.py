"""Bodies of v3 writes: read as JSON lists, fields checked for presence, type and length; errors by path."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from bcsync.sandbox.bigcommerce.answers import INVALID, invalid, refuse, syntax_error
from bcsync.sandbox.messages import Request

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

MISSING = "error.path.missing"


@dataclass(frozen=True)
class Text:
    """A text field: least and greatest length (None = no maximum), or its choices; required on create."""

    least: int = 0
    most: int | None = 255
    required: bool = False
    choices: tuple[str, ...] = ()


def items(world: "World", request: Request, maximum: int, over: int = 413) -> list[dict[str, Any]]:
    """The body's list of objects. Refusal 400 no JSON, 422 no list of objects, 413 (or `over`) more than `maximum`."""
    body = parsed(request)
    if not isinstance(body, list) or not body or not all(isinstance(item, dict) for item in body):
        raise refuse(422, INVALID, {"": "error.expected.jsarray"})
    check_size(world, request, len(body), maximum, over)
    return body


def check_size(world: "World", request: Request, count: int, maximum: int, over: int) -> None:
    """Refuse a batch that is too big; more than ten is a broken rule wherever the cap stands."""
    if count > 10:
        world.audit.broke(f"{count} items in one {request.family}, at most 10 are allowed")
    if count > maximum:
        title = "Payload too large." if over == 413 else f"Max batch size allowed is {maximum}"
        raise refuse(over, title)


def parsed(request: Request) -> Any:
    """The body as JSON; Refusal 400 when it is none."""
    try:
        return request.json()
    except ValueError:
        raise syntax_error() from None


def texts(item: dict[str, Any], rules: dict[str, Text], path: str, create: bool, errors: dict[str, str]) -> None:
    """Check the text fields of one object; what is wrong goes into `errors` under `{path}.{field}`."""
    for name, rule in rules.items():
        value = item.get(name)
        if name not in item or value is None:
            if create and rule.required:
                errors[f"{path}.{name}"] = MISSING
            elif name in item:
                errors[f"{path}.{name}"] = "error.expected.jsstring"
            continue
        if not isinstance(value, str):
            errors[f"{path}.{name}"] = "error.expected.jsstring"
        elif len(value) < rule.least:
            errors[f"{path}.{name}"] = f"{name} must be at least {rule.least} characters long"
        elif rule.most is not None and len(value) > rule.most:
            errors[f"{path}.{name}"] = f"{name} must be at most {rule.most} characters long"
        elif rule.choices and value not in rule.choices:
            errors[f"{path}.{name}"] = f"{name} must be one of {', '.join(rule.choices)}"


def is_id(value: Any) -> TypeGuard[int]:
    """A number that can be an id: the vendor's ids are int32, and 0 is "none"."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def whole(item: dict[str, Any], name: str, path: str, required: bool, errors: dict[str, str]) -> None:
    """Check an integer field."""
    if name not in item:
        if required:
            errors[f"{path}.{name}"] = MISSING
    elif not is_id(item[name]):
        errors[f"{path}.{name}"] = "error.expected.jsnumber"


def raise_for(errors: dict[str, str]) -> None:
    """Refusal 422 when there are errors."""
    if errors:
        raise invalid(errors)
