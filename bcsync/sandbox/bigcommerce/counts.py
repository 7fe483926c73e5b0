"""What a change of a sub-resource does to its customer: the two counts, and under a switch date_modified."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide


def touch(store: "StoreSide", id: int) -> None:
    """A sub-resource has changed: keep the counts, and under the switch move date_modified."""
    count_children(store, id)
    if store.world.switches.subresource_moves_date_modified:
        body = store.customers.get(id)
        body["date_modified"] = store.world.clock.stamp()
        store.customers.put(id, body, date_modified=body["date_modified"])


def count_children(store: "StoreSide", id: int) -> None:
    """Set address_count and attribute_count from the rows."""
    counted = ", ".join(
        f"{column} = (SELECT COUNT(*) FROM {table.name} WHERE customer_id = :id)"
        for column, table in (("address_count", store.addresses), ("attribute_count", store.attribute_values))
    )
    store.world.storage.execute(f"UPDATE {store.customers.name} SET {counted} WHERE id = :id", {"id": id})
