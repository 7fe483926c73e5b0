"""What shoppers' browsers ask the store itself, without a token: the fields of its forms."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, form_fields
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

LOOKS = {
    "checkboxes": "checkbox", "radiobuttons": "radio", "picklist": "dropdown", "numbers": "text", "date": "date",
    "multiline": "multiline", "password": "password", "text": "text",
}  # fmt: skip
BUILT_IN = {"id": "email", "name": "email", "custom": False, "label": "Email Address", "required": True}


def handle(world: "World", request: Request) -> Response:
    """GET /api/storefront/form-fields of a store; a closed storefront shows its door instead."""
    store = world.stores.get(request.side)
    if not store or request.path.partition("/api/")[2] != "storefront/form-fields":
        return answers.not_found()
    if store.storefront_closed:
        return Response(200, "<html><body>We will be back soon</body></html>", content_type="text/html")
    forms: dict[str, list[dict[str, Any]]] = {
        "customerAccount": [BUILT_IN],
        "shippingAddress": [],
        "billingAddress": [],
    }
    bodies = [body for on in ("customer", "address") for body in form_fields.definitions(store, on).values()]
    for number, body in enumerate(bodies):
        for form in ("customerAccount",) if body["on"] == "customer" else ("shippingAddress", "billingAddress"):
            forms[form].append(_shown(number, body))
    return Response(200, forms)


def _shown(number: int, body: dict[str, Any]) -> dict[str, Any]:
    items = [{"value": str(place), "label": label} for place, label in enumerate(body.get("options", ()))]
    return {
        "id": f"field_{number + 25}",
        "name": f"field_{number + 25}",
        "custom": True,
        "label": body["name"],
        "required": body["required"],
        "type": "integer" if body["type"] == "numbers" else "array" if body["type"] == "checkboxes" else "string",
        "fieldType": LOOKS[body["type"]],
        "secret": body["type"] == "password",
        **({"options": {"items": items}} if items else {}),
        **({"maxLength": body["max_length"]} if body.get("max_length") else {}),
    }
