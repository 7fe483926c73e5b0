"""Pairs of which a mirror learned something that nobody compared yet: noted where it is learned, in one transaction.

A note is taken away by whoever compares the pair, and only if it is still the one that was seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from customers.models import Link

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


def narrowed(links: QuerySet[Link]) -> QuerySet[Link]:
    """Of these links those that are to be compared now."""
    return links.filter(to_compare__lte=timezone.now())


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
