"""What a recurring task looks at: its saved filters as a run's scope at the moment it starts, and whether they hold."""

import datetime
from typing import Any

from customers import run_facts
from customers.models import BusinessCentralCustomer, CustomerGroup, RecurringTask, Run
from customers.store_refresh import OVERLAP
from stores.models import Store, SyncCursor

# What a job without a filter looks at, in words.
EVERYTHING = {Run.Kind.SYNC_CHANGES: "what changed", "reconcile": "all that are linked"}
# "since" of an Import: only what changed since the store was read last.
LAST_TIME = "last time"
Scope = dict[str, Any]


def resolved(task: RecurringTask, now: datetime.datetime) -> Scope:
    """The run's scope: days before now become a date, "since last time" the moment until which the store was read.

    A store that was never read whole is read whole. A run of a recurring task never sends the welcome e-mail.
    """
    scope = {name: value for name, value in task.scope.items() if name not in ("welcome_email", "since", "within_days")}
    if task.scope.get("since") == LAST_TIME:
        cursor = SyncCursor.objects.filter(store=task.store, feed="customers").first()
        if cursor is not None and task.store.imported_at:
            scope["modified_since"] = (cursor.changed_since - OVERLAP).isoformat()
    if days := task.scope.get("within_days"):
        scope["changed_since"] = (now - datetime.timedelta(days=int(days))).isoformat()
    return scope


def problem(task: RecurringTask, groups: dict[tuple[int, int], str] | None = None) -> str:
    """Why its filters would not mean any more what they meant when they were saved, in a sentence; "" when they do.

    A task with such a filter does not run: neither on everybody nor on nobody. groups: (store, group id) -> name of
    all groups of the store, where they were read already.
    """
    scope, store = task.scope, task.store
    if task.kind == Run.Kind.ADD_CUSTOMERS:
        channel = scope.get("channel_id")
        if channel and channel not in store.storefronts:
            return f"Storefront {channel} is not one of {store} any more. Edit the task and choose another."
        return ""
    group = int(scope.get("group") or 0)
    if groups is None and group:
        groups = {(store.pk, row.remote_id): row.name for row in CustomerGroup.objects.filter(store=store)}
    if group and (store.pk, group) not in (groups or {}):
        return f"Customer group {group} does not exist in {store} any more. Edit the task and choose another, or none."
    return ""


def note(task: RecurringTask) -> str:
    """What somebody should know about filters that hold: by our copy nobody is like that just now; "" else."""
    if task.kind != Run.Kind.ADD_CUSTOMERS:
        return ""
    rows = BusinessCentralCustomer.objects.filter(company=task.store.company_id, gone_at=None)
    columns = {"country": "country", "salesperson": "salesperson_code", "group": "customer_price_group"}
    for name, column in columns.items():
        value = task.scope.get(name)
        if value and not rows.filter(**{column: value}).exists():
            word = {"group": "customer price group"}.get(name, name)
            return f"No Business Central customer has the {word} {value} any more, so it finds nobody."
    return ""


def in_words(task: RecurringTask, groups: dict[tuple[int, int], str]) -> list[str]:
    """The saved filters, each in a few words; empty for everything. groups: (store, group id) -> name."""
    scope = {name: value for name, value in task.scope.items() if name not in ("since", "within_days")}
    found = [_word(task.store, name, value, groups, task.kind) for name, value in run_facts.scope_in_words(scope)]
    if task.scope.get("since") == LAST_TIME:
        found.append("changed since the last time")
    if days := task.scope.get("within_days"):
        found.append(f"changed in the last {days} days" if days != 1 else "changed in the last day")
    return found


def _word(store: Store, name: str, value: str, groups: dict[tuple[int, int], str], kind: str) -> str:
    if name == "Group" and kind != Run.Kind.ADD_CUSTOMERS and value.isdecimal():
        value = groups.get((store.pk, int(value)), value)
    elif name == "Storefront" and value.isdecimal():
        value = f"{value} {store.storefronts.get(int(value), '')}".strip()
    return name if value == "yes" else f"{name} {value}"
