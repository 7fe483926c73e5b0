"""A store's webhooks, both sides together: turned on, checked and mended, given a new secret, turned off.

BigCommerce's hooks are here, Business Central's subscriptions in subscriptions.py. No transaction spans a call.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.utils import timezone

from bcsync.clients.bigcommerce_webhooks import DELIVERY_EXCEPTION, SCOPES, Hooks
from bcsync.clients.errors import Rejected, VendorError
from stores import connect, subscriptions
from stores.models import Store, WebhookEndpoint
from stores.receivers import SECRET_HEADER
from stores.webhook_addresses import bigcommerce_exceptions_url, bigcommerce_url, trouble_with_public_url

logger = logging.getLogger("bcsync.webhooks")

Hook = dict[str, Any]


def turn_on(store: Store) -> list[str]:
    """Register everything for this store and its company. Returns the problems, [] when all works."""
    trouble = trouble_with_public_url()
    if trouble:
        return [trouble]
    WebhookEndpoint.objects.update_or_create(store=store, defaults={"wanted": True})
    return check(store)


def turn_off(store: Store) -> list[str]:
    """Remove this store's hooks, and the company's subscription when no other store of it wants one."""
    endpoint, central = endpoint_of(store), subscriptions.endpoint_of(store.company)
    problems = []
    if endpoint.wanted or endpoint.registered:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(wanted=False)
        problems.append(_tried(endpoint, lambda: _remove(store, endpoint)))
    if not subscriptions.wanted(store.company) and central.subscriptions.exists():
        problems.append(_tried(central, lambda: subscriptions.remove(store.company)))
    return [problem for problem in problems if problem]


def check(store: Store) -> list[str]:
    """List what both vendors have, mend what differs. Returns the problems that stay."""
    endpoint, trouble = endpoint_of(store), trouble_with_public_url()
    if trouble or not endpoint.wanted:
        return [trouble or "The webhooks of this store are off: turn them on first."]
    problems = [_tried(endpoint, lambda: _repair(store, endpoint)), check_company(store)]
    return [problem for problem in problems if problem]


def check_company(store: Store) -> str:
    """The same for the company alone. Returns the problem, "" when there is none."""
    company = store.company
    return _tried(subscriptions.endpoint_of(company), lambda: subscriptions.repair(company))


def new_secret(store: Store) -> list[str]:
    """A new secret on both sides; the old one is taken for a day, for what is under way."""
    trouble = trouble_with_public_url()
    if trouble:
        return [trouble]
    for endpoint in (endpoint_of(store), subscriptions.endpoint_of(store.company)):
        endpoint.new_secret(timezone.now())
        # Saved before a vendor hears of it: its next delivery may already carry it.
        endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    return check(store)


def endpoint_of(store: Store) -> WebhookEndpoint:
    """The store's endpoint, with a secret."""
    endpoint, _ = WebhookEndpoint.objects.get_or_create(store=store)
    return subscriptions.with_secret(endpoint)


def _tried(endpoint: WebhookEndpoint, work: Callable[[], str]) -> str:
    """Do it and keep on the endpoint what came of it, as a sentence."""
    try:
        problem = work()
    except (VendorError, connect.NotConnected) as error:
        problem = str(error)
    except redis.RedisError as error:
        problem = f"The queue's Redis does not answer, and no call goes out without it ({type(error).__name__})."
    if problem:
        logger.warning("%s: %s", endpoint, problem)
    endpoint.problem, endpoint.checked_at = problem, timezone.now()
    endpoint.save(update_fields=["problem", "checked_at", "registered", "blocked"])
    return problem


def _repair(store: Store, endpoint: WebhookEndpoint) -> str:
    """Every scope once at our address, active and with the secret; what pointed to an older address of ours goes."""
    hooks = Hooks(connect.bigcommerce(store).transport)
    wanted = {scope: bigcommerce_url(store) for scope in SCOPES} | {
        DELIVERY_EXCEPTION: bigcommerce_exceptions_url(store)
    }
    headers = {SECRET_HEADER: endpoint.secret}
    remembered = {hook["id"] for hook in endpoint.registered}
    addresses = set(wanted.values())
    ours = [hook for hook in hooks.all() if hook["id"] in remembered or hook.get("destination") in addresses]
    kept: dict[str, Hook] = {}
    stale: list[Hook] = []
    for hook in ours:
        scope = str(hook.get("scope"))
        if wanted.get(scope) == hook.get("destination") and scope not in kept:
            kept[scope] = hook
        else:
            stale.append(hook)
    for scope, destination in wanted.items():
        if scope not in kept and scope == DELIVERY_EXCEPTION:
            # One per account: the old one has to go first.
            _delete(hooks, [hook for hook in stale if hook.get("scope") == scope])
        made = _as_wanted(hooks, kept.get(scope), scope, destination, headers)
        if made is not None:
            kept[scope] = made
        endpoint.registered = _shown(kept.values())
    _delete(hooks, stale)
    problem = _blocked(hooks)
    endpoint.blocked = bool(problem)
    return problem


def _as_wanted(hooks: Hooks, hook: Hook | None, scope: str, destination: str, headers: dict[str, str]) -> Hook | None:
    if hook is not None:
        if hook.get("is_active") and hook.get("headers") == headers:
            return hook
        try:
            return hooks.update(hook["id"], {"is_active": True, "headers": headers})
        except Rejected as error:
            if error.status != 404:
                raise
    try:
        return hooks.create(scope, destination, headers)
    except Rejected:
        if scope != DELIVERY_EXCEPTION:
            raise
        # Whoever else uses this API account has the only one there may be.
        return None


def _remove(store: Store, endpoint: WebhookEndpoint) -> str:
    hooks = Hooks(connect.bigcommerce(store).transport)
    remembered = {hook["id"] for hook in endpoint.registered}
    addresses = {bigcommerce_url(store), bigcommerce_exceptions_url(store)}
    _delete(hooks, [hook for hook in hooks.all() if hook["id"] in remembered or hook.get("destination") in addresses])
    endpoint.registered = []
    return ""


def _delete(hooks: Hooks, found: list[Hook]) -> None:
    for hook in found:
        hooks.delete(hook["id"])


def _shown(found: Any) -> list[Hook]:
    """What is kept of the vendor's list: never the headers, which hold the secret in clear."""
    return [
        {
            "id": hook["id"],
            "scope": hook.get("scope"),
            "destination": hook.get("destination"),
            "active": bool(hook.get("is_active")),
        }
        for hook in found
    ]


def _blocked(hooks: Hooks) -> str:
    """Whether BigCommerce sends nothing to us for now, as a sentence."""
    host = urlsplit(settings.PUBLIC_URL).netloc
    for domain in hooks.blocked_domains():
        if urlsplit(str(domain.get("destination"))).netloc == host:
            return (
                f"BigCommerce has blocked {host} for {domain.get('time_left')} seconds, because more than a tenth of "
                "its deliveries failed: see that this address is reachable and that the database answers."
            )
    return ""


def care(*, troubled: bool = False) -> dict[str, list[str]]:
    """Check every store whose webhooks are on, and each company once; remove what turning off left behind.

    troubled: only where the last check left a problem. Store hash or company -> problems.
    """
    found: dict[str, list[str]] = {}
    companies: dict[int, Store] = {}
    stores = Store.objects.select_related("company", "company__webhook_endpoint", "webhook_endpoint")
    for store in stores.exclude(webhook_endpoint=None):
        endpoint = store.webhook_endpoint
        if not endpoint.wanted:
            if endpoint.registered or _company_left(store):
                found[store.hash] = turn_off(store)
            continue
        companies.setdefault(store.company_id, store)
        if not trouble_with_public_url() and (endpoint.problem or not troubled):
            subscriptions.with_secret(endpoint)
            problem = _tried(endpoint, partial(_repair, store, endpoint))
            found[store.hash] = [problem] if problem else []
    for store in companies.values():
        central = getattr(store.company, "webhook_endpoint", None)
        if not trouble_with_public_url() and (not troubled or central is None or central.problem):
            problem = check_company(store)
            found[str(store.company)] = [problem] if problem else []
    return found


def _company_left(store: Store) -> bool:
    """Whether the company still has a subscription that none of its stores wants."""
    central = getattr(store.company, "webhook_endpoint", None)
    return central is not None and not subscriptions.wanted(store.company) and central.subscriptions.exists()
