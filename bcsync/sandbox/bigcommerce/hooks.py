"""/v3/hooks: list, create, change and delete an API account's hooks, and /v3/hooks/admin (webhooks.v3)."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bcsync.sandbox.bigcommerce import answers, filters, hook_events, paging, validation
from bcsync.sandbox.bigcommerce.validation import Text
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

KNOWN = {
    **filters.PAGING,
    "is_active": ("choice:true|false", ""),
    "scope": ("text", "scope"),
    "destination": ("text", "destination"),
}
TEXTS = {"scope": Text(1, 255, required=True), "destination": Text(1, 2048, required=True)}
PER_SCOPE = 10
RESOURCES = ("customer", "customer/address", "metafield")
SCOPES = {f"store/{resource}/{what}" for resource in RESOURCES for what in ("created", "updated", "deleted", "*")}
SCOPES |= {"store/app/uninstalled", "store/information/updated", hook_events.EXCEPTION}
SCOPES |= {"store/customer/channel/login/access/updated", "store/customer/payment/instrument/default/updated"}


def get(store: "StoreSide", request: Request) -> Response:
    """A page of the hooks of this API account; those of another are not to be seen."""
    hook_events.deactivate_silent(store)
    query = filters.parse(store.world, request, KNOWN)
    query.where.append("client_id = ?")
    query.params.append(store.client_of(request))
    if "is_active" in query.values:
        query.where.append("is_active = ?")
        query.params.append(int(query.values["is_active"] == "true"))
    page = paging.read(store.world, store.hooks, query, "body", cursors=False)
    return answers.fragments([row[1] for row in page.rows], page.meta)


def post(store: "StoreSide", request: Request) -> Response:
    """Create one hook."""
    item = _object(request)
    errors: dict[str, str] = {}
    _check(item, True, errors)
    validation.raise_for({path.lstrip("."): words for path, words in errors.items()})
    client_id, now = store.client_of(request), int(store.world.clock.timestamp())
    _check_room(store, client_id, item["scope"], item["destination"], 0)
    body = {"client_id": client_id, "store_hash": store.hash, "scope": item["scope"]}
    body |= {"destination": item["destination"], "headers": item.get("headers"), "is_active": bool(item["is_active"])}
    body |= {"created_at": now, "updated_at": now}
    return _one(store.add_row(store.hooks, body, **columns(body), last_event=now))


def get_one(store: "StoreSide", request: Request, id: int) -> Response:
    """One hook; 404 when it is another account's."""
    hook_events.deactivate_silent(store)
    return _one(_found(store, request, id))


def put(store: "StoreSide", request: Request, id: int) -> Response:
    """Change what is given; `headers` is replaced as a whole."""
    body, item = _found(store, request, id), _object(request)
    errors: dict[str, str] = {}
    _check(item, False, errors)
    if not item:
        errors[""] = validation.MISSING
    validation.raise_for({path.lstrip("."): words for path, words in errors.items()})
    names = ("scope", "destination", "headers", "is_active")
    body |= {name: item[name] for name in names if name in item}
    _check_room(store, body["client_id"], body["scope"], body["destination"], id)
    now = int(store.world.clock.timestamp())
    body["updated_at"] = now
    store.hooks.put(id, body, **columns(body), last_event=now)
    return _one(body)


def delete(store: "StoreSide", request: Request, id: int) -> Response:
    """Delete a hook; it is in the answer."""
    body = _found(store, request, id)
    store.hooks.delete("id = ?", (id,))
    return _one(body)


def get_admin(store: "StoreSide", request: Request) -> Response:
    """E-mail addresses, all hooks of the account with their status, and the domains that are blocked."""
    hook_events.deactivate_silent(store)
    client_id, now = store.client_of(request), store.world.clock.timestamp()
    hooks = store.hooks.select("client_id = ?", (client_id,))
    listed = [{**hook, "status": "active" if hook["is_active"] else "deactivated"} for hook in hooks]
    blocked = []
    for (owner, domain), _ in store.world.hook_domains.until.items():
        left = store.world.hook_domains.blocked(owner, domain, now)
        if owner == client_id and left:
            reason = {"failure_description": "too many failed", "count": hook_events.RATIO_REQUESTS}
            reasons = [{**reason, "timestamp": int(now)}]
            blocked.append({"destination": f"https://{domain}", "time_left": int(left) or 1, "reasons": reasons})
    data = {"emails": store.hook_emails, "hooks_list": listed, "blocked_domains": blocked}
    return Response(200, {"data": data, "meta": {}}, items=1)


def put_admin(store: "StoreSide", request: Request) -> Response:
    """Who is told when a hook is deactivated or a domain blocked."""
    emails = _object(request).get("emails")
    if not isinstance(emails, list) or not all(isinstance(email, str) and "@" in email for email in emails):
        raise answers.invalid({"emails": "error.expected.jsarray"})
    store.hook_emails = emails
    return answers.no_content(1)


def columns(body: dict[str, Any]) -> dict[str, Any]:
    """The columns that follow from a body."""
    active = int(body["is_active"])
    return {**{name: body[name] for name in ("client_id", "scope", "destination")}, "is_active": active}


def _check(item: dict[str, Any], create: bool, errors: dict[str, str]) -> None:
    validation.texts(item, TEXTS, "", create, errors)
    if create:
        item.setdefault("is_active", True)
    if "is_active" in item and not isinstance(item["is_active"], bool):
        errors[".is_active"] = "error.expected.jsboolean"
    headers = item.get("headers")
    if headers is not None and not (
        isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())
    ):
        errors[".headers"] = "error.expected.jsobject"
    if ".scope" not in errors and item.get("scope", "store/customer/*") not in SCOPES:
        errors[".scope"] = f"{item['scope']} is not a valid scope"
    if ".destination" not in errors and "destination" in item and not reachable(item["destination"]):
        errors[".destination"] = "destination must be an https URL on port 443"


def reachable(destination: str) -> bool:
    """https on port 443; besides, for a sandbox has no certificate, this machine itself."""
    try:
        parts = urlsplit(destination)
        port = parts.port
    except ValueError:
        return False
    if parts.hostname in ("127.0.0.1", "localhost", "testserver"):
        return True
    return parts.scheme == "https" and bool(parts.hostname) and port in (None, 443)


def _check_room(store: "StoreSide", client_id: str, scope: str, destination: str, own: int) -> None:
    same = store.hooks.select("client_id = ? AND scope = ? AND id <> ?", (client_id, scope, own))
    if any(hook["destination"] == destination for hook in same):
        raise answers.refuse(422, "A hook of this scope and destination already exists.")
    most = 1 if scope == hook_events.EXCEPTION else PER_SCOPE
    if len(same) >= most:
        raise answers.refuse(422, f"The maximum of {most} hooks of scope {scope} is reached.")


def _object(request: Request) -> dict[str, Any]:
    item = validation.parsed(request)
    if not isinstance(item, dict):
        raise answers.refuse(422, answers.INVALID, {"": "error.expected.jsobject"})
    return item


def _found(store: "StoreSide", request: Request, id: int) -> dict[str, Any]:
    body: dict[str, Any] | None = store.hooks.get(id)
    if not body or body["client_id"] != store.client_of(request):
        raise answers.refuse(404, f"Webhook with id {id} not found")
    return body


def _one(body: dict[str, Any]) -> Response:
    return Response(200, {"data": body, "meta": {}}, items=1)
