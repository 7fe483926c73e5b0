"""Addresses as rows: what is demanded when, the uniqueness tuple, and the silent drop of duplicates."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import form_fields, geography, hook_events, validation
from bcsync.sandbox.bigcommerce.validation import MISSING, Text

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

TEXTS = {
    "first_name": Text(1, 255, required=True),
    "last_name": Text(1, 255, required=True),
    "company": Text(),
    "address1": Text(most=None, required=True),
    "address2": Text(most=None),
    "city": Text(most=100, required=True),
    "state_or_province": Text(most=100),
    "postal_code": Text(most=30),
    "country_code": Text(2, 2, required=True),
    "phone": Text(most=50),
    "address_type": Text(choices=("residential", "commercial")),
}
# customers.v3: POST /customers/addresses demands more than an address nested in POST /customers
ALONE_TEXTS = {
    **TEXTS,
    "state_or_province": Text(most=100, required=True),
    "postal_code": Text(most=30, required=True),
}
DEFAULTS = {**dict.fromkeys(TEXTS, ""), "address_type": "residential"}
Identity = tuple[Any, ...]


def check(store: "StoreSide", item: dict[str, Any], path: str, kind: str, errors: dict[str, str]) -> None:
    """Collect what is wrong. kind: "nested" in POST customers, "alone" in POST addresses, "change" for a merged PUT."""
    rules = ALONE_TEXTS if kind == "alone" else TEXTS
    validation.texts(item, rules, path, kind != "change", errors)
    for name in ("address1", "city"):
        if item.get(name) == "":
            errors[f"{path}.{name}"] = f"{name} must not be empty"
    form_fields.check(store, item.get("form_fields", []), "address", path, kind != "change", errors)
    if any(f"{path}.{name}" in errors for name in ("country_code", "state_or_province", "postal_code")):
        return
    _check_place(store, item, path, errors)


def identity(item: dict[str, Any]) -> Identity:
    """The vendor's uniqueness tuple without the customer's id; form fields are not part of it."""
    return tuple(item.get(name) or default for name, default in DEFAULTS.items())


def identities(store: "StoreSide", customer_id: int) -> dict[Identity, int]:
    """identity -> id of the customer's addresses."""
    return {identity(body): body["id"] for body in store.addresses.select("customer_id = ?", (customer_id,))}


def create(store: "StoreSide", customer_id: int, item: dict[str, Any], keep_duplicate: bool = False) -> int | None:
    """Add a checked address; None, and nothing done, when the customer has one with the same tuple."""
    if not keep_duplicate and identity(item) in identities(store, customer_id):
        return None
    body = {name: item.get(name) or default for name, default in DEFAULTS.items()}
    body["country"] = geography.country_name(store, body["country_code"])
    body["customer_id"] = customer_id
    id: int = store.add_row(store.addresses, body, **columns(body))["id"]
    form_fields.save(store, customer_id, id, item.get("form_fields", []), "address")
    hook_events.address(store, "created", id, customer_id)
    return id


def merged(store: "StoreSide", id: int, item: dict[str, Any]) -> dict[str, Any]:
    """The stored address with the fields of `item` over it; customer_id cannot move."""
    body: dict[str, Any] = store.addresses.get(id)
    body.update({name: item[name] for name in TEXTS if item.get(name) is not None})
    body["country"] = geography.country_name(store, body["country_code"])
    return body


def update(store: "StoreSide", body: dict[str, Any], values: list[dict[str, Any]]) -> bool:
    """Store a merged address and its form fields; False, and nothing done, when it would equal another one."""
    if identities(store, body["customer_id"]).get(identity(body), body["id"]) != body["id"]:
        return False
    changed = identity(store.addresses.get(body["id"])) != identity(body)
    store.addresses.put(body["id"], body, **columns(body))
    form_fields.save(store, body["customer_id"], body["id"], values, "address")
    if changed:  # a form field's change is not announced
        hook_events.address(store, "updated", body["id"], body["customer_id"])
    return True


def columns(body: dict[str, Any]) -> dict[str, Any]:
    """The columns that follow from a body."""
    name = f"{body['first_name']} {body['last_name']}"
    return {"customer_id": body["customer_id"], "name": name, "company": body["company"]}


def _check_place(store: "StoreSide", item: dict[str, Any], path: str, errors: dict[str, str]) -> None:
    code, state = item.get("country_code", ""), item.get("state_or_province", "")
    if not code:
        return
    if not geography.country_name(store, code):
        errors[f"{path}.country_code"] = f"{code} is not a valid country code"
        return
    states = geography.state_names(store, code)
    if states and not state:
        errors[f"{path}.state_or_province"] = MISSING
    elif states and state not in states and store.world.switches.unknown_state == "422":
        errors[f"{path}.state_or_province"] = f"{state} is not a state or province of {code}; its full name is needed"
    if code in geography.POSTAL_CODE_NEEDED and not item.get("postal_code"):
        errors[f"{path}.postal_code"] = MISSING
