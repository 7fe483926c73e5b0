"""BigCommerce's door: who asks (401, 403, 404), how often (429), and which endpoint answers."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from bcsync.sandbox.bigcommerce import (
    addresses,
    answers,
    attributes,
    customers,
    form_fields,
    geography,
    groups,
    hooks,
    limits,
    metafields,
    store_information,
    storefront,
)
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.messages import Refusal, Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

Handler = Callable[..., Response]
CUSTOMERS, INFORMATION, CHANNELS = "store_v2_customers", "store_v2_information", "store_channel_settings"
DEFAULT = ""  # a scope that every account has

# path after the store hash -> (scope, method -> handler). `{n}` is an id and reaches the handler as an int.
ROUTES: dict[str, tuple[str, dict[str, Handler]]] = {
    "v3/customers": (
        CUSTOMERS,
        {"GET": customers.get, "POST": customers.post, "PUT": customers.put, "DELETE": customers.delete},
    ),
    "v3/customers/addresses": (
        CUSTOMERS,
        {"GET": addresses.get, "POST": addresses.post, "PUT": addresses.put, "DELETE": addresses.delete},
    ),
    "v3/customers/attributes": (
        CUSTOMERS,
        {"GET": attributes.get, "POST": attributes.post, "PUT": attributes.put, "DELETE": attributes.delete},
    ),
    "v3/customers/attribute-values": (
        CUSTOMERS,
        {"GET": attributes.get_values, "PUT": attributes.put_values, "DELETE": attributes.delete_values},
    ),
    "v3/customers/form-field-values": (CUSTOMERS, {"GET": form_fields.get, "PUT": form_fields.put}),
    "v3/customers/metafields": (
        CUSTOMERS,
        {"GET": metafields.get, "POST": metafields.post, "PUT": metafields.put, "DELETE": metafields.delete},
    ),
    "v3/customers/{n}/metafields": (
        CUSTOMERS,
        {"GET": metafields.get_of_customer, "POST": metafields.post_of_customer},
    ),
    "v3/customers/{n}/metafields/{n}": (
        CUSTOMERS,
        {"GET": metafields.get_one, "PUT": metafields.put_one, "DELETE": metafields.delete_one},
    ),
    "v3/hooks": (DEFAULT, {"GET": hooks.get, "POST": hooks.post}),
    "v3/hooks/admin": (DEFAULT, {"GET": hooks.get_admin, "PUT": hooks.put_admin}),
    "v3/hooks/{n}": (DEFAULT, {"GET": hooks.get_one, "PUT": hooks.put, "DELETE": hooks.delete}),
    "v3/channels": (CHANNELS, {"GET": store_information.get_channels}),
    "v2/store": (INFORMATION, {"GET": store_information.get_store}),
    "v2/time": (INFORMATION, {"GET": store_information.get_time}),
    "v2/countries": (INFORMATION, {"GET": geography.get_countries}),
    "v2/countries/count": (INFORMATION, {"GET": geography.count_countries}),
    "v2/countries/{n}": (INFORMATION, {"GET": geography.get_country}),
    "v2/countries/states": (INFORMATION, {"GET": geography.get_states}),
    "v2/countries/states/count": (INFORMATION, {"GET": geography.count_states}),
    "v2/countries/{n}/states": (INFORMATION, {"GET": geography.get_states}),
    "v2/countries/{n}/states/count": (INFORMATION, {"GET": geography.count_states}),
    "v2/customer_groups": (CUSTOMERS, {"GET": groups.get, "POST": groups.post}),
    "v2/customer_groups/count": (CUSTOMERS, {"GET": groups.count}),
    "v2/customer_groups/{n}": (CUSTOMERS, {"GET": groups.get_one, "PUT": groups.put, "DELETE": groups.delete}),
}


def handle(world: "World", request: Request) -> Response:
    """Answer one BigCommerce request; every answer of a known store to a known token carries the rate headers."""
    if request.path.startswith("/storefronts/"):
        return storefront.handle(world, request)
    store = world.stores.get(request.side)
    if not store:
        return answers.not_found()
    if request.header("x-auth-token") not in store.accounts:
        return answers.unauthorized()
    busy = limits.concurrency_refusal(store, request)
    if busy:
        return busy
    over = limits.quota_refusal(store, request)
    if over:
        over.headers |= limits.headers(store)
        return over
    _check_manners(world, request)
    try:
        response = _route(store, request)
    except Refusal as refusal:
        refusal.response.headers |= limits.headers(store)
        raise
    response.headers |= limits.headers(store)
    return response


def _route(store: StoreSide, request: Request) -> Response:
    path = request.path.split("/", 3)[3].rstrip("/")
    numbers = [int(part) for part in path.split("/") if part.isdigit()]
    route = ROUTES.get(re.sub(r"(?<=/)\d+(?=/|$)", "{n}", path))
    if not route:
        return answers.not_found()
    scope, methods = route
    if not _allowed(store, request, scope):
        return answers.missing_scope()
    if request.method not in methods:
        return answers.error(405, "Method Not Allowed")
    return methods[request.method](store, request, *numbers)


def _allowed(store: StoreSide, request: Request, scope: str) -> bool:
    scopes = store.accounts[request.header("x-auth-token")].get("scopes", [])
    return scope in (DEFAULT, *scopes) or (request.method == "GET" and f"{scope}_read_only" in scopes)


def _check_manners(world: "World", request: Request) -> None:
    """What the vendor asks of every request (docs/start/about/index.mdx)."""
    if not request.header("user-agent"):
        world.audit.broke(f"no User-Agent in {request.family}")
    if "application/json" not in request.header("accept"):
        world.audit.broke(f"no Accept: application/json in {request.family}")
    if request.body and "application/json" not in request.header("content-type"):
        world.audit.broke(f"no Content-Type: application/json in {request.family}")
