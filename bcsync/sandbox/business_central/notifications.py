"""Business Central's notifications: changes collected for half a minute, merged, sent; what an answer does.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/dynamics-subscriptions
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bcsync.sandbox.storage import Storage, Table
from bcsync.sandbox.webhooks import Delivery

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide
    from bcsync.sandbox.world import World

# Table behind -> entity set that may be subscribed to. Contacts are not on the documented list.
SETS = {"customer": "customers"}
COLLECTION_ABOVE = 1000
# Seconds after the attempt before; five retries over about 20 hours, then the subscription is deleted.
RETRIES = (60, 60, 60, 600, 6_000, 60_000)
RETRIED = (0, 408, 429)
LIFETIME = 3 * 86400.0


@dataclass
class SubscriptionTables:
    """subscriptions: by id, whole as shown. changes: one row per subscription, entity and kind of change."""

    subscriptions: Table
    changes: Table


def tables(storage: Storage) -> SubscriptionTables:
    """The two tables, created when missing."""
    columns = {"tenant": "TEXT", "environment": "TEXT", "company": "TEXT", "entity": "TEXT", "expires": "REAL"}
    changes = {"subscription": "TEXT", "what": "TEXT", "entity": "TEXT", "at": "REAL"}
    return SubscriptionTables(
        storage.table("central subscriptions", columns, key="TEXT", indexes=["company"]),
        storage.table("central changes", changes, indexes=["subscription, what, entity"]),
    )


def changed(company: "CompanySide", table: str, id: str, what: str) -> None:
    """Note a change for every subscription to it; several updates of one entity are one, a collection swallows all."""
    entity = SETS.get(table)
    world = company.world
    if not entity:
        return
    now = world.clock.timestamp()
    found = world.subscriptions.subscriptions.select(
        "company = ? AND entity = ? AND expires > ?", (company.id, entity, now)
    )
    for subscription in found:
        _note(world, subscription["subscriptionId"], id, what, now)


def _note(world: "World", subscription: str, id: str, what: str, now: float) -> None:
    changes = world.subscriptions.changes
    if changes.count("subscription = ? AND what = 'collection'", (subscription,)):
        return
    same = "subscription = ? AND what = ? AND entity = ?"
    if what == "updated" and changes.count(same, (subscription, what, id)):
        return
    changes.insert({"at": now}, subscription=subscription, what=what, entity=id, at=now)
    if changes.count("subscription = ?", (subscription,)) > COLLECTION_ABOVE:
        first = changes.first("subscription = ?", (subscription,), order="at, id")["at"]
        changes.delete("subscription = ?", (subscription,))
        changes.insert({"at": first}, subscription=subscription, what="collection", entity="", at=first)


def flush(world: "World") -> None:
    """Make deliveries of what was collected long enough: one body for all subscriptions of one notificationUrl."""
    now = world.clock.timestamp()
    expire(world)
    ripe = world.storage.execute(
        f"SELECT subscription FROM {world.subscriptions.changes.name} GROUP BY subscription HAVING MIN(at) <= ?",
        (now - world.webhooks.delay,),
    ).fetchall()
    bodies: dict[str, tuple[list[str], list[dict[str, Any]]]] = {}
    for (id,) in ripe:
        subscription = world.subscriptions.subscriptions.get(id)
        items = _items(world, subscription) if subscription else []
        world.subscriptions.changes.delete("subscription = ?", (id,))
        if items:
            owners, value = bodies.setdefault(subscription["notificationUrl"], ([], []))
            owners.append(id)
            value.extend(items)
    for url, (owners, value) in bodies.items():
        world.webhooks.add(Delivery("business_central", "", owners, url, json.dumps({"value": value}), now))


def _items(world: "World", subscription: dict[str, Any]) -> list[dict[str, Any]]:
    id, resource = subscription["subscriptionId"], subscription["resource"]
    rows = world.storage.execute(
        f"SELECT what, entity, at FROM {world.subscriptions.changes.name} WHERE subscription = ? ORDER BY id", (id,)
    ).fetchall()
    items = []
    for what, entity, at in rows:
        where = f"{resource}({entity})"
        if what == "collection":
            # "since SQL rounds in a different way than C#": the vendor's own filter begins 50 ms earlier.
            where = f"{resource}?$filter={quote(f'lastModifiedDateTime gt {stamp(at - 0.05)}', safe='')}"
        items.append(
            {
                "subscriptionId": id,
                "clientState": subscription["clientState"],
                "expirationDateTime": subscription["expirationDateTime"],
                "resource": where.lstrip("/") if world.random.random() < 0.5 else where,
                "changeType": what,
                "lastModifiedDateTime": stamp(at),
            }
        )
    return items


def prepare(world: "World", delivery: Delivery) -> tuple[dict[str, str], bytes] | None:
    """Headers and body; nothing when all its subscriptions are gone."""
    if not any(world.subscriptions.subscriptions.get(id) for id in delivery.owners):
        return None
    body = json.loads(delivery.body)
    if delivery.wrong_secret:
        body["value"] = [{**item, "clientState": "wrong"} for item in body["value"]]
    headers = {"Content-Type": "application/json", "clientRequestId": "sandbox", "x-ms-correlation-id": "sandbox"}
    return headers, json.dumps(body).encode()


def answered(world: "World", delivery: Delivery, status: int) -> None:
    """2xx is success; no answer, 408, 429 and 5xx are tried again; any other answer deletes the subscription."""
    if 200 <= status < 300:
        return
    if (status in RETRIED or status >= 500) and delivery.attempt < len(RETRIES):
        again = Delivery(**{**delivery.__dict__, "attempt": delivery.attempt + 1})
        world.webhooks.put(again, world.clock.timestamp() + RETRIES[delivery.attempt])
        return
    for id in delivery.owners:
        remove(world, id)


def expire(world: "World") -> None:
    """Subscriptions that nobody renewed within three days are gone."""
    now = world.clock.timestamp()
    for one in world.subscriptions.subscriptions.select("expires <= ?", (now,)):
        remove(world, one["subscriptionId"])


def remove(world: "World", id: str) -> None:
    """Delete a subscription and what was collected for it."""
    world.subscriptions.subscriptions.delete("id = ?", (id,))
    world.subscriptions.changes.delete("subscription = ?", (id,))


def stamp(at: float) -> str:
    """UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
