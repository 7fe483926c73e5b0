"""What a store is proposed to do by itself, and what bcsync keeps in order without being asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_celery_beat.models import PeriodicTask

from customers import schedules
from customers.models import RecurringTask
from stores.models import Store

# Beat's own tasks that look after the connections: always on. Name in the beat schedule -> what it does, when.
CARE = {
    "care_for_webhooks": (
        "Webhooks and subscriptions",
        "hooks that are gone or inactive come back; Business Central's subscription is renewed a day before it ends",
        "every hour",
    ),
    "care_for_connections": (
        "Access tokens and secrets",
        "a store that no run has reached for a day is tested on both sides; a refused token opens an alarm",
        "every hour",
    ),
}


@dataclass(frozen=True)
class Proposal:
    """A job that a store should do by itself; it is none once the store has any task of that job, on or off."""

    store: Store
    kind: str
    why: str
    every_minutes: int | None = None
    cron: str = ""

    @property
    def writes(self) -> bool:
        return schedules.writes(self.kind)

    def task(self) -> RecurringTask:
        """The task it would be, not saved."""
        zone = settings.TIME_ZONE
        return RecurringTask(
            store=self.store, kind=self.kind, every_minutes=self.every_minutes, cron=self.cron, time_zone=zone
        )


def _wanted(store: Store) -> list[Proposal]:
    changes = "what changed in either system arrives in the other, also where webhooks are off or lost"
    drift = "compares every linked pair, finds what events and time stamps missed, and changes nothing"
    return [
        Proposal(store, "sync_changes", changes, every_minutes=5),
        Proposal(store, "reconcile", drift, cron="30 2 * * *"),
    ]


def proposals(stores: Iterable[Store]) -> list[Proposal]:
    """What these stores do not do yet; nothing of it is switched on by itself."""
    known = schedules.jobs()
    have = set(RecurringTask.objects.values_list("store_id", "kind"))
    return [
        each for store in stores for each in _wanted(store) if each.kind in known and (store.pk, each.kind) not in have
    ]


def care() -> list[dict[str, Any]]:
    """[{title, what, when, last_run_at}] of what is looked after without being asked."""
    ran = dict(PeriodicTask.objects.filter(name__in=CARE).values_list("name", "last_run_at"))
    return [
        {"title": title, "what": what, "when": when, "last_run_at": ran.get(name)}
        for name, (title, what, when) in CARE.items()
        if name in settings.CELERY_BEAT_SCHEDULE
    ]
