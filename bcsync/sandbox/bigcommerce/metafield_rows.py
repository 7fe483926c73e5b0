"""Metafields as rows: who may see and change them. Each write gives (result, "") or (None, why not)."""

from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import hook_events, validation
from bcsync.sandbox.bigcommerce.validation import Text

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

ENTITY_MAXIMUM = 250  # docs/store-operations/metafields/store-metafields.mdx: per entity and client id
PERMISSIONS = ("app_only", "read", "write", "read_and_sf_access", "write_and_sf_access")
TEXTS = {
    "permission_set": Text(required=True, choices=PERMISSIONS),
    "namespace": Text(1, 64, required=True),
    "key": Text(1, 64, required=True),
    "value": Text(1, 65535, required=True),
    "description": Text(0, 255),
}
DUPLICATE = "A metafield with this namespace and key already exists"
ABSENT = "Metafield does not exist"
Result = tuple[dict[str, Any] | None, str]


def create(store: "StoreSide", item: dict[str, Any], client_id: str) -> Result:
    """Add one to the customer `resource_id`."""
    errors: dict[str, str] = {}
    validation.texts(item, TEXTS, "", True, errors)
    customer_id = item.get("resource_id")
    if errors:
        return None, _words(errors)
    if not validation.is_id(customer_id) or not store.customers.count("id = ?", (customer_id,)):
        return None, "Resource does not exist"
    mine = "resource_id = ? AND owner_client_id = ?"
    if store.metafields.count(
        f"{mine} AND namespace = ? AND key = ?", (customer_id, client_id, item["namespace"], item["key"])
    ):
        return None, DUPLICATE
    if store.metafields.count(mine, (customer_id, client_id)) >= ENTITY_MAXIMUM:
        return None, f"The maximum of {ENTITY_MAXIMUM} metafields is reached"
    now = _stamp(store)
    body = {name: item.get(name, "") for name in TEXTS}
    body |= {"resource_type": "customer", "resource_id": customer_id, "owner_client_id": client_id}
    body |= {"date_created": now, "date_modified": now}
    made = store.add_row(store.metafields, body, **columns(store, body))
    hook_events.metafield(store, "created", made)
    return made, ""


def update(store: "StoreSide", id: Any, item: Any, client_id: str) -> Result:
    """Change one: the owner everything, another account the value only, and only where the permission says write."""
    body = visible(store, id, client_id)
    if not body:
        return None, ABSENT
    changes = {name: item[name] for name in TEXTS if isinstance(item, dict) and name in item}
    errors: dict[str, str] = {}
    validation.texts(changes, TEXTS, "", False, errors)
    if errors:
        return None, _words(errors)
    if body["owner_client_id"] != client_id and not (
        body["permission_set"].startswith("write") and set(changes) <= {"value"}
    ):
        return None, "Unauthorized to update"
    changed = {**body, **changes, "date_modified": _stamp(store)}
    where = "resource_id = ? AND owner_client_id = ? AND namespace = ? AND key = ? AND id <> ?"
    key = (body["resource_id"], body["owner_client_id"], changed["namespace"], changed["key"], body["id"])
    if store.metafields.count(where, key):
        return None, DUPLICATE
    store.metafields.put(body["id"], changed, **columns(store, changed))
    hook_events.metafield(store, "updated", changed)
    return changed, ""


def delete(store: "StoreSide", id: Any, client_id: str) -> tuple[int | None, str]:
    """Delete one; only its owner may."""
    body = visible(store, id, client_id)
    if not body:
        return None, ABSENT
    if body["owner_client_id"] != client_id:
        return None, "Unauthorized to delete"
    store.metafields.delete("id = ?", (id,))
    hook_events.metafield(store, "deleted", body)
    return int(id), ""


def visible(store: "StoreSide", id: Any, client_id: str) -> dict[str, Any] | None:
    """The metafield, None when it is not there or another account's app_only."""
    body: dict[str, Any] | None = store.metafields.get(id) if validation.is_id(id) else None
    if body and body["permission_set"] == "app_only" and body["owner_client_id"] != client_id:
        return None
    return body


def columns(store: "StoreSide", body: dict[str, Any]) -> dict[str, Any]:
    """The columns that follow from a body; dates as the filters compare them."""
    names = ("resource_id", "namespace", "key", "owner_client_id", "permission_set")
    dates = {name: body[name].replace("+00:00", "Z") for name in ("date_created", "date_modified")}
    return {**{name: body[name] for name in names}, **dates}


def _stamp(store: "StoreSide") -> str:
    """Metafields write their dates with `+00:00` where customers write `Z`."""
    return store.world.clock.stamp().replace("Z", "+00:00")


def _words(errors: dict[str, str]) -> str:
    return "; ".join(f"{path.lstrip('.')}: {words}" for path, words in errors.items())
