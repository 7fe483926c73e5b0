"""How many customers of a store stand where: kept rows, changed with every change of a status or flag."""

from typing import Any

from django.db import models
from django.db.models import Sum

from customers.counts import FLAGS
from customers.models.bigcommerce import Customer
from stores.models import Store


class StoreCount(models.Model):
    """So many customers of a store have this status and these flags; the rows of one combination are added up.

    Triggers write the rows (`customers.counts`), in the transaction that changes a customer. Nobody else does.
    """

    # No constraint: what is counted while a store is being deleted may come after the store's own row went.
    store = models.ForeignKey(Store, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    status = models.CharField(max_length=10, choices=Customer.Status)
    conflict = models.BooleanField()
    failed = models.BooleanField()
    parked = models.BooleanField()
    n = models.IntegerField("customers", help_text="or by how many there are more or fewer")

    def __str__(self) -> str:
        return f"{self.store_id} {self.status}: {self.n}"

    @classmethod
    def combinations(cls, store: Store | None = None) -> list[dict[str, Any]]:
        """[{store_id, status, conflict, failed, parked, n}] of one store, or of all; one query."""
        rows = cls.objects.all() if store is None else cls.objects.filter(store=store)
        found = rows.values("store_id", "status", *FLAGS).annotate(customers=Sum("n")).order_by()
        return [
            {**{name: row[name] for name in ("store_id", "status", *FLAGS)}, "n": row["customers"]}
            for row in found if row["customers"]
        ]  # fmt: skip

    @classmethod
    def add_up(cls, combinations: list[dict[str, Any]]) -> dict[str, int]:
        """{total, errors, each status, each flag}. The statuses add up to the total; errors has any flag."""
        counts = dict.fromkeys(("total", "errors", *Customer.Status.values, *FLAGS), 0)
        for row in combinations:
            for name in ("total", row["status"], *(flag for flag in FLAGS if row[flag])):
                counts[name] += row["n"]
            counts["errors"] += row["n"] if any(row[flag] for flag in FLAGS) else 0
        return counts

    @classmethod
    def of(cls, store: Store | None) -> dict[str, int]:
        """The counts of a store, or of all stores together, as `add_up` gives them."""
        return cls.add_up(cls.combinations(store))

    @classmethod
    def by_store(cls) -> dict[int, dict[str, int]]:
        """Store's primary key -> its counts, of every store that has customers; one query."""
        parts: dict[int, list[dict[str, Any]]] = {}
        for row in cls.combinations():
            parts.setdefault(row["store_id"], []).append(row)
        return {store_id: cls.add_up(rows) for store_id, rows in parts.items()}
