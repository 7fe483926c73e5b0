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
    DriftReading,
    Export,
    LeftOut,
    Link,
    NotReady,
    RecurringTask,
    RefusedPair,
    Run,
    RunRecord,
    SavedView,
    Trouble,
)
from customers.plan_text import text_of
from stores.models import Store
from stores.parameters import query_inside

ERASED = "(erased)"
# Runs that started by themselves and found nothing to do.
IDLE_RUNS_KEPT = timedelta(days=30)
# Where a sentence about somebody else, or a filter, may name a person: model, the way to its store, columns. Rows of no
# store, which are about all of them, are looked through as well.
MENTIONS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Customer, "store", ("status_reason", "flag_reason")),
    (Link, "store", ("value", "why")),
    (Decision, "store", ("reason",)),
    (Conflict, "store", ("base", "bigcommerce", "business_central")),
    (RefusedPair, "customer__store", ("reason",)),
    (LeftOut, "store", ("reason",)),
    (NotReady, "store", ("text",)),
    (Trouble, "store", ("cause", "reason")),
    (Alarm, "store", ("text",)),
    (Run, "store", ("scope", "message")),
    (RecurringTask, "store", ("scope",)),
    (Export, "store", ("about", "filters")),
    (RunRecord, "run__store", ("cause", "reason", "words", "plan", "parts")),
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
    names = {row.display_name for row in others} | ({customer.name} if customer is not None else set())
    # As a decision about a shared e-mail calls who got it.
    called = {f"{row.number}, {row.display_name}" for row in others if row.display_name}
    touched = {
        "run records": records.update(
            label=ERASED, reason="", words="", plan={}, parts=[], said="", customer=None,
            business_central_customer=None,
            target=Concat(Value("erased:"), Cast("pk", CharField())),
        ),
        "BigCommerce mirror": customer.delete()[0] if customer is not None else 0,
        "Business Central mirror": 0,
    }  # fmt: skip
    for other in {row.pk: row for row in others}.values():
        if not other.links.exists():
            touched["Business Central mirror"] += other.delete()[0]
    DriftReading.forget(store)
    touched["mentions elsewhere"] = sum(_forget(store, said) for said in sorted({*emails, *called} - {""}))
    touched["saved views"] = _forget_views(store, emails - {""}, names - {""})
    return touched


def _forget_views(store: Store, emails: set[str], names: set[str]) -> int:
    """Remove the saved views that search for the person, also those of the list of all stores. Returns how many.

    A view that only has an e-mail in its own name keeps its filters under another one.
    """
    number = 0
    for view in SavedView.objects.filter(Q(store=store) | Q(store=None)):
        if any(_means(value, emails, names) for _, values in query_inside(view.query).lists() for value in values):
            number += view.delete()[0]
        elif any(email.casefold() in view.name.casefold() for email in emails):
            view.name = f"{ERASED} {view.pk}"
            view.save(update_fields=["name"])
            number += 1
    return number


def _means(value: str, emails: set[str], names: set[str]) -> bool:
    """Whether somebody who filters by this looks for the person: by e-mail, the beginning of it, or the whole name."""
    asked = value.casefold()
    by_email = any(
        email.casefold() in asked or ("@" in asked[1:] and email.casefold().startswith(asked)) for email in emails
    )
    return by_email or any(name.casefold().split() == asked.split() for name in names)


def _forget(store: Store, said: str) -> int:
    """Take an e-mail address or a name out of what is said about others. Returns how many rows had it."""
    pattern, number = re.compile(re.escape(said), re.IGNORECASE), 0
    for model, path, names in MENTIONS:
        rows = model._default_manager.filter(Q(**{path: store}) | Q(**{path: None}))
        rows = rows.annotate(**{f"{name}_text": Cast(name, TextField()) for name in names})
        named = Q()
        for name in names:
            named |= Q(**{f"{name}_text__icontains": said})
        found = list(rows.filter(named))
        for row in found:
            for name in names:
                setattr(row, name, _without(getattr(row, name), pattern))
            if isinstance(row, RunRecord):
                row.said = text_of(row)
        made = ("said",) if model is RunRecord else ()
        model._default_manager.bulk_update(found, [*names, *made], batch_size=200)
        number += len(found)
    return number


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text, or any JSON value, with what the pattern finds replaced."""
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    return json.loads(pattern.sub(ERASED, json.dumps(value, ensure_ascii=False)))
