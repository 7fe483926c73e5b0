"""How long personal data stays: nightly purge of old run details, and erasing one person everywhere."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Max, Model, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from customers import pending
from customers.models import (
    Alarm,
    BusinessCentralCustomer,
    Conflict,
    Customer,
    Decision,
    Export,
    LeftOut,
    Link,
    NotReady,
    RecurringTask,
    RefusedPair,
    Run,
    RunRecord,
    Trouble,
)
from stores.models import Store

ERASED = "(erased)"
# Runs that started by themselves and found nothing to do.
IDLE_RUNS_KEPT = timedelta(days=30)
# Where a sentence about somebody else, or a filter, may name a person: model, the way to its store, columns.
MENTIONS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Customer, "store", ("status_reason", "flag_reason")),
    (Link, "store", ("value", "why")),
    (Decision, "store", ("reason",)),
    (Conflict, "store", ("base", "bigcommerce", "business_central")),
    (RefusedPair, "customer__store", ("reason",)),
    (LeftOut, "store", ("reason",)),
    (NotReady, "store", ("text",)),
    (Trouble, "store", ("reason",)),
    (Alarm, "store", ("text",)),
    (Run, "store", ("scope", "message")),
    (RecurringTask, "store", ("scope",)),
    (RunRecord, "run__store", ("reason", "words", "plan", "parts")),
)


def purge(now: datetime) -> dict[str, int]:
    """Remove the records of runs older than each store keeps them; the runs keep their counts. Hash -> rows removed."""
    removed = {}
    for store in Store.objects.all():
        before = now - timedelta(days=store.run_detail_days)
        old = RunRecord.objects.filter(
            run__store=store, run__created_at__lt=before, run__finished_at__lt=before
        ).exclude(run__status__in=Run.ACTIVE)
        with transaction.atomic():
            pending.unfinished(old)
            removed[store.hash] = old.delete()[0]
        Conflict.objects.filter(store=store, settled_at__lt=before).delete()
        _forget_idle_runs(store, now - IDLE_RUNS_KEPT)
        Run.objects.filter(store=store, finished_at__lt=before, status=Run.Status.PLANNED).update(
            status=Run.Status.STOPPED, looked_at=F("looked_at") - F("to_do"), to_do=0,
            message="The plan was never approved and its details were purged. Resume plans it again.",
        )  # fmt: skip
    _purge_exports(now)
    return removed


def _forget_idle_runs(store: Store, before: datetime) -> None:
    """Every five minutes a run that finds nothing: of those nobody has to know for good. A task keeps its newest."""
    runs = Run.objects.filter(
        store=store, trigger__in=(Run.Trigger.SCHEDULE, Run.Trigger.EVENT), status=Run.Status.SUCCEEDED,
        finished_at__lt=before, records=None,
    ).order_by()  # fmt: skip
    newest = Run.objects.filter(store=store).exclude(recurring_task=None).order_by()
    kept = set(newest.values("recurring_task").annotate(newest=Max("id")).values_list("newest", flat=True))
    # The details of a run that did something may be purged already; its counts are not.
    rows = runs.values_list("pk", "counts").iterator(2000)
    idle = [pk for pk, counts in rows if set(counts) <= {RunRecord.Outcome.UNCHANGED} and pk not in kept]
    for start in range(0, len(idle), 500):
        Run.objects.filter(pk__in=idle[start : start + 500]).delete()


def _purge_exports(now: datetime) -> None:
    """Who took which list is kept as long as run details; of all stores, or of one that is gone, as long as any."""
    Export.objects.filter(status=Export.Status.UNDER_WAY, started_at__lt=now - timedelta(days=1)).update(
        status=Export.Status.BROKEN_OFF
    )
    days = dict(Store.objects.values_list("pk", "run_detail_days"))
    for store, kept in [*days.items(), (None, max(days.values(), default=90))]:
        Export.objects.filter(store=store, started_at__lt=now - timedelta(days=kept)).delete()


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
    emails = {row.email for row in others} | ({customer.email} if customer is not None else set())
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
    touched["mentions elsewhere"] = sum(_forget(store, email) for email in emails if email)
    return touched


def _forget(store: Store, email: str) -> int:
    """Take an e-mail address out of what is said about others. Returns how many rows named it."""
    pattern, number = re.compile(re.escape(email), re.IGNORECASE), 0
    for model, path, names in MENTIONS:
        rows = model._default_manager.filter(**{path: store})
        rows = rows.annotate(**{f"{name}_text": Cast(name, TextField()) for name in names})
        named = Q()
        for name in names:
            named |= Q(**{f"{name}_text__icontains": email})
        found = list(rows.filter(named))
        for row in found:
            for name in names:
                setattr(row, name, _without(getattr(row, name), pattern))
        model._default_manager.bulk_update(found, names, batch_size=200)
        number += len(found)
    return number


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text, or any JSON value, with what the pattern finds replaced."""
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    return json.loads(pattern.sub(ERASED, json.dumps(value, ensure_ascii=False)))
