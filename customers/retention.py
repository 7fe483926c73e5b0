"""How long personal data stays: nightly purge of old run details, and erasing one person everywhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from customers.models import BusinessCentralCustomer, Customer, Run, RunRecord
from stores.models import Store

ERASED = "(erased)"


def purge(now: datetime) -> dict[str, int]:
    """Remove the records of runs older than each store keeps them; the runs keep their counts. Hash -> rows removed."""
    removed = {}
    for store in Store.objects.all():
        before = now - timedelta(days=store.run_detail_days)
        old = RunRecord.objects.filter(
            run__store=store, run__created_at__lt=before, run__finished_at__lt=before
        ).exclude(run__status__in=Run.ACTIVE)
        removed[store.hash] = old.delete()[0]
        Run.objects.filter(store=store, finished_at__lt=before, status=Run.Status.PLANNED).update(
            status=Run.Status.STOPPED, to_do=0, message="The plan was never approved and its details were purged."
        )
    return removed


@transaction.atomic
def erase(store: Store, customer: Customer | None, others: Sequence[BusinessCentralCustomer]) -> dict[str, int]:
    """Remove every copy of one person from this store's mirrors and run details. Counts stay. Table -> rows touched.

    A Business Central customer that another store is linked to keeps its mirror row: that store's links need it.
    """
    mine = Q(business_central_customer__in=others)
    if customer is not None:
        mine |= Q(customer=customer) | Q(target=f"customer:{customer.remote_id}")
        if hasattr(customer, "link"):
            others = [*others, customer.link.business_central_customer]
    records = RunRecord.objects.filter(mine, run__store=store)
    touched = {
        "run records": records.update(
            label=ERASED, reason="", words="", plan={}, parts=[], customer=None, business_central_customer=None,
            target=Concat(Value("erased:"), Cast("pk", CharField())),
        ),
        "BigCommerce mirror": customer.delete()[0] if customer is not None else 0,
        "Business Central mirror": 0,
    }  # fmt: skip
    for other in {row.pk: row for row in others}.values():
        if not other.links.exists():
            touched["Business Central mirror"] += other.delete()[0]
    return touched
