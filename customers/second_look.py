"""Before a drift check tells of a pair: who seems deleted is asked for by id; who was written meanwhile is known."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from customers import business_central_mirror
from customers.context import Context
from customers.models import Link, Run, RunRecord
from mapping.setup import fields_wanted

WRITTEN = (RunRecord.Outcome.CREATED, RunRecord.Outcome.LINKED, RunRecord.Outcome.UPDATED)


def not_in_business_central(ctx: Context, links: Sequence[Link]) -> list[Link]:
    """Of pairs that a whole reading did not have those whose customer is not there by its id either."""
    ids = sorted({str(link.business_central_customer.remote_id) for link in links})
    if not ids:
        return []
    capabilities, fields = business_central_mirror.probe(ctx), fields_wanted(ctx.company)
    read = ctx.business_central.read_by_id(capabilities, ctx.company.country_iso, ids, fields)
    there = {record.id.lower() for records in read for record in records}
    return [link for link in links if str(link.business_central_customer.remote_id) not in there]


def not_in_bigcommerce(ctx: Context, links: Sequence[Link]) -> list[Link]:
    """The same of shoppers that the store's list did not have."""
    ids = sorted(link.customer.remote_id for link in links)
    if not ids:
        return []
    there = {item["id"] for page in ctx.bigcommerce.customers(ids=ids) for item in page.items}
    return [link for link in links if link.customer.remote_id not in there]


def written_since(ctx: Context, links: Sequence[Link], began: datetime) -> set[int]:
    """Keys of those links that another run made, took away or wrote a side of since, or is about to."""
    if not links:
        return set()
    now = Link.objects.filter(pk__in=[link.pk for link in links])
    still = now.filter(
        created_at__lt=began, customer__written_at__lt=began, business_central_customer__written_at__lt=began
    )
    alike = set(still.values_list("pk", flat=True))
    done = Q(state=RunRecord.State.DONE, outcome__in=WRITTEN, at__gte=began) | Q(
        state=RunRecord.State.IN_FLIGHT, run__status__in=Run.ACTIVE
    )
    records = RunRecord.objects.filter(done, customer__in=[link.customer_id for link in links]).exclude(run=ctx.run)
    sent = set(records.values_list("customer_id", flat=True))
    return {link.pk for link in links if link.pk not in alike or link.customer_id in sent}
