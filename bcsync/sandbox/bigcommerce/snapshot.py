"""A store's whole business state as a dict in a fixed order, with vendor ids or with stable names in their place."""

import json
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import rendering
from bcsync.sandbox.bigcommerce.address_rows import DEFAULTS

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide

STAMPS = ("date_created", "date_modified")
IDS = (
    "id",
    "customer_id",
    "address_id",
    "attribute_id",
    "resource_id",
    "customer_group_id",
    "address_count",
    "attribute_count",
)
Body = dict[str, Any]


def state(store: "StoreSide", ids: bool) -> Body:
    """customers by e-mail (whole), customer_groups, attributes, welcome_mails; see World.state for `ids`."""
    groups = {body["id"]: body["name"] for body in store.groups.select()}
    attributes = {body["id"]: body["name"] for body in store.attributes.select()}
    rows = store.world.storage.execute(f"SELECT id FROM {store.customers.name} ORDER BY email_key, id").fetchall()
    whole = [rendering.whole(store, id) for (id,) in rows]
    customers = whole if ids else [_named(body, groups, attributes) for body in whole]
    return {
        "customers": {body["email"].lower(): body for body in customers},
        "customer_groups": store.groups.select() if ids else sorted(groups.values()),
        "attributes": store.attributes.select() if ids else sorted(attributes.values()),
        "welcome_mails": sorted(body["to"] for body in store.mails.select()),
    }


def _named(body: Body, groups: dict[int, str], attributes: dict[int, str]) -> Body:
    """A customer without ids and stamps; lists sorted by what names their items."""
    addresses = [_bare({**item, "form_fields": _values(item["form_fields"])}) for item in body["addresses"]]
    metafields = [_bare(item) for item in body["metafields"]]
    return {
        **_bare(body),
        "customer_group": groups.get(body["customer_group_id"], ""),
        "addresses": sorted(addresses, key=lambda item: [item[name] for name in DEFAULTS]),
        "attributes": dict(sorted((attributes[v["attribute_id"]], v["attribute_value"]) for v in body["attributes"])),
        "form_fields": _values(body["form_fields"]),
        "metafields": sorted(metafields, key=lambda item: (item["owner_client_id"], item["namespace"], item["key"])),
    }


def _bare(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in IDS and name not in STAMPS}


def _values(fields: list[Body]) -> Body:
    return dict(sorted(((item["name"], item["value"]) for item in fields), key=json.dumps))
