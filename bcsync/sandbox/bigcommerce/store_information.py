"""/v2/store, /v2/time and /v3/channels: what a store says about itself."""

import uuid
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import answers, filters, geography, paging
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

CHANNELS_KNOWN = {
    **filters.PAGING,
    **filters.DATE_FILTERS,
    "available": ("choice:true|false", ""),
    "status:in": ("texts", ""),
    "type:in": ("texts", ""),
    "platform:in": ("texts", ""),
    "include": ("choice:currencies", ""),
}


def get_store(store: "StoreSide", request: Request) -> Response:
    """The flat object of /v2/store."""
    options = store.options
    domain = f"{store.hash}.mybigcommerce.example"
    body: dict[str, Any] = {
        "id": store.hash,
        "account_uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, domain)),
        "domain": domain,
        # Where the storefront answers: here, so that nothing ever leaves for the internet.
        "secure_url": f"{request.base_url}/storefronts/{store.hash}",
        "control_panel_base_url": f"https://store-{store.hash}.mybigcommerce.example",
        "status": "live",
        "name": store.name,
        "first_name": "Robin",
        "last_name": "Owner",
        "address": "1 Market Street",
        "country": geography.country_name(store, store.country_code),
        "country_code": store.country_code,
        "phone": "",
        "admin_email": f"owner@{domain}",
        "order_email": f"orders@{domain}",
        "language": "en",
        "currency": options.get("currency", "GBP"),
        "plan_name": "Sandbox",
        "plan_level": options.get("plan_level", "standard"),
        "plan_is_trial": False,
        "store_id": store.store_id,
        "default_channel_id": 1,
        "default_site_id": 1000,
        "timezone": _timezone(),
        "features": {"multi_storefront_enabled": len(store.channels()) > 1, "graphql_storefront_api_enabled": True},
    }
    return Response(200, body, items=1)


def get_time(store: "StoreSide", request: Request) -> Response:
    """`{"time": 1529512970}`."""
    return Response(200, {"time": int(store.world.clock.timestamp())})


def get_channels(store: "StoreSide", request: Request) -> Response:
    """A page of channels; id 1 is always the default storefront."""
    query = filters.parse(store.world, request, CHANNELS_KNOWN)
    rows = store.channels()
    for name in ("status", "type", "platform"):
        wanted = query.values.get(f"{name}:in")
        rows = [row for row in rows if wanted is None or row[name] in wanted]
    limit, page = paging.limit_of(store.world, query), paging.page_of(query)
    shown = rows[(page - 1) * limit : page * limit]
    pagination = paging.pagination(query, len(rows), len(shown), limit, page)
    return answers.data(shown, {"pagination": pagination})


def channel(id: int, options: dict[str, Any], stamp: str) -> dict[str, Any]:
    """One channel's body from a name and what else was given."""
    body = {"name": f"Storefront {id}", "type": "storefront", "platform": "bigcommerce", "status": "active"}
    flags = {"is_listable_from_ui": True, "is_visible": True, "is_enabled": True}
    dates = {"date_created": stamp, "date_modified": stamp, "external_id": "", "icon_url": "", "config_meta": {}}
    return {"id": id, **body, **flags, **dates, **options}


def _timezone() -> dict[str, Any]:
    dates = {"display": "M jS Y", "export": "M jS Y", "extended_display": "M jS Y @ g:i A"}
    return {"name": "Europe/London", "raw_offset": 0, "dst_offset": 3600, "dst_correction": True, "date_format": dates}
