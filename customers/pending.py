"""Pairs of which a mirror learned something that nobody compared yet: noted where it is learned, in one transaction.

A note is taken away by whoever compares the pair, and only if it is still the one that was seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from customers.models import Customer, Link, Run, RunRecord

CHUNK = 5_000
# Whom a vendor could not serve is looked at again after this.
AGAIN = timedelta(minutes=15)


def shoppers(customers: Iterable[int]) -> None:
    """Something changed of these BigCommerce customers (primary keys)."""
    for some in _chunks(customers):
        Link.objects.filter(customer__in=some).update(to_compare=timezone.now())


def business_central_customers(customers: Iterable[int]) -> None:
    """Something changed of these Business Central customers (primary keys), for every store that has a link to one."""
    for some in _chunks(customers):
        Link.objects.filter(business_central_customer__in=some).update(to_compare=timezone.now())


def again(links: Iterable[int], at: datetime) -> None:
    """Compare these links (primary keys) again at that moment, unless they are to be compared before."""
    for some in _chunks(links):
        Link.objects.filter(pk__in=some, to_compare=None).update(to_compare=at)


def unfinished(records: QuerySet[RunRecord]) -> None:
    """These records go, and what waits in them was never applied: whoever planned it took the notes of its links
    away, so they are made again. A preview took none; what a drift check or an undo plans has none."""
    planned = Q(run__kind=Run.Kind.SYNC_CHANGES) | Q(run__kind=Run.Kind.UPDATE_CUSTOMERS, run__mode=Run.Mode.APPLY)
    open_ones = records.filter(planned).exclude(state=RunRecord.State.DONE)
    shoppers(open_ones.exclude(customer=None).values_list("customer_id", flat=True))


def waiting_in(run: Run) -> list[int]:
    """BigCommerce customers (primary keys) of whom something waits in a plan: no mirror names them a second time."""
    waiting = run.records.filter(state__in=RunRecord.WAITING).exclude(customer=None)
    return list(waiting.values_list("customer_id", flat=True))


def left_by(run: Run) -> str:
    """What giving up this plan leaves, for who has to know: a change is planned once, when it is noticed."""
    if run.kind not in (Run.Kind.SYNC_CHANGES, Run.Kind.UPDATE_CUSTOMERS):
        return ""
    return " Sync changes leaves these customers until one changes again; Update and Check for drift look at them."


# An operator who stopped an Update has so long to resume it, or to mend what was wrong with it.
PATIENCE = timedelta(hours=1)
STOPPED = "Stopped by an operator; Resume goes on from here."


def stopped(run: Run) -> str:
    """What a run says that an operator stopped."""
    left = run.kind == Run.Kind.UPDATE_CUSTOMERS and run.mode == Run.Mode.APPLY and run.to_do
    return f"{STOPPED} After an hour Sync changes compares those who are left." if left else STOPPED


def given_up(run: Run, *, by_person: bool) -> None:
    """This plan is discarded. By a person: our metafields that it would have taken out of the store stay there."""
    if not by_person:
        return
    waiting = run.records.filter(state__in=RunRecord.WAITING)
    if run.kind != Run.Kind.UNMAP:
        waiting = waiting.filter(plan__parted=True)
    Customer.objects.filter(pk__in=waiting.values("customer")).update(untrack_at=None)


def narrowed(links: QuerySet[Link], customers: Iterable[int] = ()) -> QuerySet[Link]:
    """Of these links those that are to be compared now, and those of these BigCommerce customers (primary keys)."""
    return links.filter(Q(to_compare__lte=timezone.now()) | Q(customer__in=list(customers)))


def compared(links: Sequence[Link]) -> None:
    """These links were compared as they were read: their notes go, but for those that are newer."""
    noted: dict[datetime, list[int]] = defaultdict(list)
    for link in links:
        if link.to_compare is not None:
            noted[link.to_compare].append(link.pk)
    for at, pks in noted.items():
        Link.objects.filter(pk__in=pks, to_compare=at).update(to_compare=None)


def _chunks(keys: Iterable[int]) -> Iterable[list[int]]:
    wanted = sorted(set(keys))
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
