"""What the watchdog judges by: plain values of stores, companies, schedules and the queue (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class RunFact:
    """One run. at: when it ended; of an active one when it was last heard of, or queued if it never was. differs: pairs
    that a drift check found to differ.
    """

    id: int
    title: str
    at: datetime
    status: str = ""
    message: str = ""
    configuration: bool = False
    by_itself: bool = False
    differs: int = 0


@dataclass(frozen=True)
class Rate:
    """Customers that a run tried to change, and those of them that were rejected or failed."""

    tried: int = 0
    failed: int = 0

    @property
    def share(self) -> float:
        return self.failed / self.tried if self.tried else 0.0


@dataclass(frozen=True)
class Hooks:
    """Of a store or a company. problem: what the last check could not mend. left: turned off, but still registered."""

    wanted: bool = False
    left: bool = False
    problem: str = ""
    blocked: bool = False
    registered: int = 0
    inactive: int = 0
    refused: int = 0
    refused_at: datetime | None = None


@dataclass(frozen=True)
class Doubted:
    """A list that lacked so many of so many customers and was not believed, by a run at a moment. confirmed_by: who
    said that they were deleted in truth.
    """

    missing: int
    of: int
    at: datetime
    run: int
    confirmed_by: str = ""


@dataclass(frozen=True)
class StoreFacts:
    """bad: what the last test found broken. events: side -> events per day, the last day first; empty when not counted.

    ended: the newest run of each job. drift: the newest check for drift that was done to its end. plans: of runs that
    are to apply, and the moment of the oldest.
    """

    pk: int
    hooks: Hooks = Hooks()
    tested_at: datetime | None = None
    bad: tuple[str, ...] = ()
    uninstalled_at: datetime | None = None
    silent: tuple[RunFact, ...] = ()
    unclaimed: tuple[RunFact, ...] = ()
    ended: tuple[RunFact, ...] = ()
    drift: RunFact | None = None
    plans: int = 0
    oldest_plan: datetime | None = None
    oldest_event: datetime | None = None
    exceptions: int = 0
    exception: str = ""
    day: Rate = Rate()
    week: Rate = Rate()
    events: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    parked: int = 0
    parked_before: int = 0
    doubted: Doubted | None = None


@dataclass(frozen=True)
class CompanyFacts:
    """expires_at: of its subscription, None when there is none."""

    pk: int
    hooks: Hooks = Hooks()
    expires_at: datetime | None = None
    doubted: Doubted | None = None


@dataclass(frozen=True)
class ScheduleFact:
    """A recurring task that is on. due_at: when it has to run next, or had to and did not; pace: from then to the one
    after. waits_for: what is in its way, as a sentence; "" when nothing is.
    """

    pk: int
    store: int
    name: str
    due_at: datetime
    pace: timedelta = timedelta()
    waits_for: str = ""


@dataclass(frozen=True)
class Facts:
    """public: why no vendor can reach us, "" when they can. mail: recipient -> what the mail server said."""

    stores: tuple[StoreFacts, ...] = ()
    companies: tuple[CompanyFacts, ...] = ()
    schedules: tuple[ScheduleFact, ...] = ()
    public: str = ""
    queued: int = 0
    crowded_since: datetime | None = None
    mail: Mapping[str, str] = field(default_factory=dict)
