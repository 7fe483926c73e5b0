"""BigCommerce's events: which hooks hear of what, the signed delivery, retries, and the domains it blocks.

docs/integrations/webhooks/overview.mdx, webhooks/https-webhook-overview.mdx
"""

import base64
import hashlib
import hmac
import json
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bcsync.sandbox.webhooks import Delivery

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide
    from bcsync.sandbox.world import World

EXCEPTION = "store/hook/deliveryException"
# Seconds after the attempt before; about 48 hours in all, then the hook is set inactive.
RETRIES = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)
RATIO_WINDOW, RATIO_REQUESTS, RATIO, BLOCKED_SECONDS = 120.0, 100, 0.9, 180.0
SILENCE_SECONDS = 90 * 86400
COMPACT = (",", ":")
WILL_RETRY, EXHAUSTED, BLOCKED = 90001, 90002, 90003


class Domains:
    """Success per (client id, domain) in the last two minutes, and until when a domain is blocked."""

    def __init__(self) -> None:
        self.answers: defaultdict[tuple[str, str], deque[tuple[float, bool]]] = defaultdict(deque)
        self.until: dict[tuple[str, str], float] = {}

    def blocked(self, client_id: str, domain: str, now: float) -> float:
        """Seconds for which the domain stays blocked, 0 when it is not."""
        return max(0.0, self.until.get((client_id, domain), 0.0) - now)

    def note(self, client_id: str, domain: str, now: float, good: bool) -> bool:
        """Count one answer; True when it makes the domain blocked."""
        answers = self.answers[client_id, domain]
        answers.append((now, good))
        while answers[0][0] < now - RATIO_WINDOW:
            answers.popleft()
        if len(answers) < RATIO_REQUESTS or sum(one[1] for one in answers) >= RATIO * len(answers):
            return False
        answers.clear()
        self.until[client_id, domain] = now + BLOCKED_SECONDS
        return True


def customer(store: "StoreSide", what: str, id: int) -> None:
    """store/customer/created, updated or deleted."""
    emit(store, f"store/customer/{what}", {"type": "customer", "id": id})


def address(store: "StoreSide", what: str, id: int, customer_id: int) -> None:
    """store/customer/address/...: the type says customer although the id is the address's."""
    data = {"type": "customer", "id": id, "address": {"customer_id": customer_id}}
    emit(store, f"store/customer/address/{what}", data)


def metafield(store: "StoreSide", what: str, body: dict[str, Any]) -> None:
    """store/metafield/...: of every kind of resource, whose id is a text."""
    data = {"type": "metafield", "metafield_id": body["id"], "resource_id": str(body["resource_id"])}
    emit(store, f"store/metafield/{what}", {**data, "resource_type": "customer", "namespace": body["namespace"]})


def emit(store: "StoreSide", scope: str, data: dict[str, Any]) -> None:
    """Queue one delivery for each active hook that hears of this scope."""
    for hook in store.hooks.select("is_active = 1"):
        if hears(store, hook["scope"], scope):
            _queue(store, hook, scope, data)


def hears(store: "StoreSide", registered: str, scope: str) -> bool:
    """Whether a hook's scope, perhaps a wildcard, covers an event."""
    if registered == scope:
        return True
    if not registered.endswith("/*") or not scope.startswith(registered[:-1]):
        return False
    deeper = "/" in scope[len(registered) - 1 :]
    return not deeper or store.world.switches.wildcard_scope_includes_addresses


def _queue(store: "StoreSide", hook: dict[str, Any], scope: str, data: dict[str, Any]) -> None:
    now = store.world.clock.timestamp()
    payload: dict[str, Any] = {"scope": scope, "store_id": str(store.store_id), "data": data}
    payload["producer"] = f"stores/{store.hash}"
    covered = {**payload, "created_at": int(now)} if store.world.switches.hook_hash_covers_created_at else payload
    payload["hash"] = hashlib.sha1(json.dumps(covered, separators=COMPACT).encode()).hexdigest()
    payload["created_at"] = int(now)
    body = json.dumps(payload, separators=COMPACT)
    store.world.webhooks.add(Delivery("bigcommerce", store.hash, [str(hook["id"])], hook["destination"], body, now))
    store.hooks.put(hook["id"], hook, last_event=now)


def prepare(world: "World", delivery: Delivery) -> tuple[dict[str, str], bytes] | None:
    """The headers of this moment: the hook's own, and the Standard Webhooks signature over the raw body."""
    store = world.stores[delivery.side]
    hook = store.hooks.get(int(delivery.owners[0]))
    if not hook or not hook["is_active"]:
        return None
    now = world.clock.timestamp()
    left = store.world.hook_domains.blocked(hook["client_id"], domain_of(hook), now)
    if left:
        world.webhooks.put(delivery, now + left)
        return None
    stamp = str(int(now if world.switches.hook_retry_timestamp_fresh else delivery.at))
    id = hashlib.sha1(f"{delivery.body}{hook['id']}".encode()).hexdigest()
    own = {name: "wrong" if delivery.wrong_secret else value for name, value in (hook["headers"] or {}).items()}
    secret = "wrong" if delivery.wrong_secret else store.secret_of(hook["client_id"])
    signature = sign(secret, id, stamp, delivery.body.encode())
    standard = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}
    return {"Content-Type": "application/json", **own, **standard}, delivery.body.encode()


def sign(client_secret: str, id: str, stamp: str, body: bytes) -> str:
    """`v1,<base64>`: the key is the raw client secret (the library is given its base64)."""
    signed = f"{id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(client_secret.encode(), signed, hashlib.sha256).digest()).decode()


def answered(world: "World", delivery: Delivery, status: int) -> None:
    """Any 2xx is success; everything else is tried again for two days, and the domain may be blocked."""
    store = world.stores[delivery.side]
    hook = store.hooks.get(int(delivery.owners[0]))
    if not hook:
        return
    now, good = world.clock.timestamp(), 200 <= status < 300
    if store.world.hook_domains.note(hook["client_id"], domain_of(hook), now, good):
        _exception(store, hook, BLOCKED, "The domain is blocked.")
    if good:
        return
    if delivery.attempt < len(RETRIES):
        again = Delivery(**{**delivery.__dict__, "attempt": delivery.attempt + 1})
        world.webhooks.put(again, now + RETRIES[delivery.attempt])
        if delivery.attempt == 0:
            _exception(store, hook, WILL_RETRY, "The delivery failed and is tried again.")
        return
    store.hooks.put(hook["id"], {**hook, "is_active": False}, is_active=0)
    for to in store.hook_emails:
        store.hook_mails.append({"to": to, "mail": f"webhook {hook['id']} was deactivated"})
    _exception(store, hook, EXHAUSTED, "All tries are used up; the hook is set inactive.")


def deactivate_silent(store: "StoreSide") -> None:
    """Hooks that had no event for ninety days are set inactive."""
    before = store.world.clock.timestamp() - SILENCE_SECONDS
    for hook in store.hooks.select("is_active = 1 AND last_event < ?", (before,)):
        store.hooks.put(hook["id"], {**hook, "is_active": False}, is_active=0)


def domain_of(hook: dict[str, Any]) -> str:
    """What all paths of a destination share their fate with."""
    return urlsplit(hook["destination"]).netloc


def _exception(store: "StoreSide", hook: dict[str, Any], code: int, message: str) -> None:
    if hook["scope"] == EXCEPTION:
        return
    emit(store, EXCEPTION, {"type": "webhook", "id": hook["id"], "error_code": code, "message": message})
