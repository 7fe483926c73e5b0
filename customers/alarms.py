"""Alarms: opened once, seen again at every look, closed when mended; and as the pages show them, the gravest first."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from customers.models import Alarm
from customers.models.alarms import SILENCE, STARTING
from customers.watchdog import Finding
from customers.watchdog_kinds import GRAVITY, Kind, kind_of
from stores.models import Store

logger = logging.getLogger("bcsync.watchdog")

HISTORY = timedelta(days=90)


def keep(findings: Sequence[Finding], kinds: Collection[str], now: datetime) -> None:
    """Bring the open alarms of these kinds in line with what was found. Two who do so at once double nothing."""
    wanted = {plain(finding.key): finding for finding in findings}
    alarms = {alarm.key: alarm for alarm in Alarm.objects.filter(closed_at=None, kind__in=kinds)}
    new = [finding for key, finding in wanted.items() if key not in alarms]
    Alarm.objects.bulk_create((_opened(finding, now) for finding in new), ignore_conflicts=True)
    seen = [alarm for key, alarm in alarms.items() if key in wanted]
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in seen]).update(seen_at=now)
    reworded = [alarm for alarm in seen if alarm.text != plain(wanted[alarm.key].text)]
    for alarm in reworded:
        alarm.text = plain(wanted[alarm.key].text)
    Alarm.objects.bulk_update(reworded, ["text"])
    gone = [alarm.pk for key, alarm in alarms.items() if key not in wanted]
    Alarm.objects.filter(pk__in=gone, closed_at=None).update(closed_at=now)
    for finding in new:
        logger.warning("%s: %s", finding.key, plain(finding.text))
    if gone:
        logger.info("%s alarms are mended", len(gone))


def _opened(finding: Finding, now: datetime) -> Alarm:
    return Alarm(
        key=plain(finding.key), kind=finding.kind, store_id=finding.store, company_id=finding.company,
        subject=plain(finding.subject), text=plain(finding.text), opened_at=now, seen_at=now,
    )  # fmt: skip


def plain(text: str) -> str:
    """On one line, without the characters that no database takes and that no mail's subject may have."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def purge(now: datetime) -> int:
    """Forget what was closed long ago."""
    return Alarm.objects.filter(closed_at__lt=now - HISTORY).delete()[0]


@dataclass(frozen=True)
class Line:
    """One alarm as a page or a mail shows it. alarm: None for what the page itself finds. url: where it is mended."""

    kind: Kind
    text: str
    url: str
    opened_at: datetime | None
    alarm: Alarm | None = None
    where: str = ""


def silence(
    looked_at: datetime | None, started_at: datetime | None, stores: Sequence[Store], now: datetime
) -> Line | None:
    """Whether the watchdog itself stands still. Computed when asked, for nobody else would find it out.

    started_at: of `Look.last_and_start`. What was switched off for days has not looked for days, and is well.
    """
    # In a new installation beat starts the first look a minute after itself.
    since = looked_at or min((store.created_at for store in stores), default=now)
    starts = started_at is not None and started_at > since and now - started_at <= STARTING
    if starts or now - since <= SILENCE:
        return None
    kind = kind_of("watchdog_silent")
    text = "It has not looked yet." if looked_at is None else "What is listed here may be older than it seems."
    return Line(kind, text, reverse("runs"), looked_at)


def concerning(stores: Sequence[Store]) -> Q:
    """Alarms of these stores, of their companies, and of the installation as a whole."""
    nobody = Q(store=None, company=None)
    return Q(store__in=stores) | Q(company__in=[store.company_id for store in stores]) | nobody


def open_alarms(stores: Sequence[Store] | None = None) -> list[Alarm]:
    """Open ones, of all or of what concerns these stores: the gravest and of these the oldest first."""
    found = Alarm.objects.filter(closed_at=None).select_related("store", "company", "acknowledged_by")
    if stores is not None:
        found = found.filter(concerning(stores))
    return sorted(found, key=lambda alarm: (GRAVITY.get(alarm.kind, len(GRAVITY)), alarm.opened_at, alarm.pk))


def lines(alarms: Sequence[Alarm], stores: Sequence[Store]) -> list[Line]:
    """As shown. stores: in one of them a company's alarm is mended, where a page belongs to a store."""
    of_company: dict[int, Store] = {}
    for store in stores:
        of_company.setdefault(store.company_id, store)
    found = []
    for alarm in alarms:
        kind = kind_of(alarm.kind)
        home = alarm.store or of_company.get(alarm.company_id or 0)
        where = str(alarm.company or "") if alarm.store is None else alarm.store.name or alarm.store.hash
        found.append(Line(kind, alarm.text, address(alarm, kind, home), alarm.opened_at, alarm, where))
    return found


def address(alarm: Alarm, kind: Kind, store: Store | None) -> str:
    """The page where it is mended: its name, what it is about, and the place on it."""
    name, sign, place = kind.page.partition("#") if "#" in kind.page else kind.page.partition("?")
    arguments: list[Any] = []
    if name == "run":
        arguments = [int(alarm.subject or 0)]
    elif name in ("store", "store_runs", "store_recurring_tasks", "parked"):
        if store is None:
            return reverse("stores")
        arguments = [store.hash]
    try:
        return f"{reverse(name, args=arguments)}{sign}{place}"
    except NoReverseMatch:
        return reverse("stores")


def acknowledge(alarm: Alarm, user: Any) -> bool:
    """Somebody saw it and takes care; the first one stays. It is open until it is mended all the same."""
    first = Alarm.objects.filter(pk=alarm.pk, acknowledged_at=None)
    return bool(first.update(acknowledged_by=user, acknowledged_at=timezone.now()))
