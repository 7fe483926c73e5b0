"""The least possible number of requests for what records hold, by the vendors' contracts, for a run's page."""

from math import ceil

from bcsync.clients.bigcommerce_limits import MAX_IDS_PER_FILTER
from customers import writing_back
from customers.context import Context
from customers.models import RunRecord

BATCH = 10


def count_least(ctx: Context, records: list[RunRecord]) -> None:
    """The least possible number of requests for these records, by the contract's batch sizes."""
    addresses = [change for record in records for change in record.plan.get("addresses", ())]
    metafields = [entry for record in records for entry in record.plan.get("metafields", ())]
    families = {
        "PUT /v3/customers": sum(bool(record.plan.get("core")) for record in records),
        "PUT /v3/customers/addresses": sum(change["action"] == "update" for change in addresses),
        "POST /v3/customers/addresses": sum(change["action"] == "create" for change in addresses),
        "PUT /v3/customers/attribute-values": sum(len(record.plan.get("attributes", ())) for record in records),
        "DELETE /v3/customers/addresses": sum(change["action"] == "delete" for change in addresses),
        "PUT /v3/customers/metafields": sum(bool(entry["id"] and entry["value"]) for entry in metafields),
        "DELETE /v3/customers/metafields": sum(bool(entry["id"] and not entry["value"]) for entry in metafields),
        "POST /v3/customers/metafields": sum(entry["id"] is None for entry in metafields),
    }
    writing_back.count_least(ctx, records)
    items = ctx.run.cursor.setdefault("items", {})
    for family, number in families.items():
        before = items.get(family, 0)
        items[family] = before + number
        if number:
            size = MAX_IDS_PER_FILTER if family == "DELETE /v3/customers/addresses" else BATCH
            ctx.least(f"BigCommerce {family}", ceil(items[family] / size) - ceil(before / size))
