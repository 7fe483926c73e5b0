"""The run that takes our metafields out of the store after Unmap."""

from typing import Any

from django.db import transaction

from customers import runs
from customers.models import Run
from stores.models import Store


def clear_metafields(store: Store, customers: list[int], user: runs.Somebody) -> Run:
    """A run that takes our metafields of these unmapped customers out of the store. While another run is active it is
    a plan that waits for approval.
    """
    options: dict[str, Any] = {"trigger": Run.Trigger.CLICK, "user": user, "scope": {"unmapped": customers}}
    try:
        with transaction.atomic():
            return runs.start(store, Run.Kind.UNMAP, approved=True, **options)
    except runs.Busy:
        return runs.start(store, Run.Kind.UNMAP, mode=Run.Mode.PLAN, **options)
