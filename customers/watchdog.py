"""What is wrong, judged from facts alone: no database, no clock, no vendor. watchdog_kinds.py says what each means."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from customers.watchdog_facts import CompanyFacts, Doubted, Facts, Hooks, Rate, RunFact, StoreFacts
from stores.written import kept

# A lease that ran out is taken over within seconds, and what is queued is taken at once.
WITHOUT_HEARTBEAT = timedelta(minutes=5)
QUEUED_TOO_LONG = timedelta(minutes=10)
EVENTS_TOO_LONG = timedelta(minutes=15)
# What nothing is in the way of starts within seconds; what waits for another run may, for a while.
SCHEDULE_PATIENCE, WAITING_PATIENCE = timedelta(minutes=10), timedelta(hours=1)
PLAN_TOO_LONG = timedelta(hours=4)
# Subscriptions are renewed a day before their end, and tried again every hour.
NOT_RENEWED = timedelta(hours=20)
SECRET_IS_RECENT = timedelta(hours=6)
# Fewer failures a day are nobody's alarm, nor is a share that small, nor one that is usual.
FEWEST_FAILURES, SMALLEST_SHARE, TIMES_AS_MANY = 10, 0.05, 2.0
# So many events a day are usual enough for a day without any to mean something.
MANY_EVENTS = 100


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong now. store or company: whose, neither for all. subject: which one, of several."""

    kind: str
    text: str
    store: int | None = None
    company: int | None = None
    subject: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.store or ''}|{self.company or ''}|{self.subject}"


def judge(facts: Facts, now: datetime) -> list[Finding]:
    """Everything that is wrong at `now`, each once. What mended itself is simply not in it."""
    found: dict[str, Finding] = {}
    for finding in _all(facts, now):
        found.setdefault(finding.key, finding)
    return list(found.values())


def _all(facts: Facts, now: datetime) -> Iterator[Finding]:
    for store in facts.stores:
        yield from _connection(store)
        yield from _runs(store, now)
        yield from _hooks(store) if not facts.public else ()
        yield from _events(store, now)
        yield from _quality(store, now)
        yield from _list("BigCommerce", store.doubted, store=store.pk)
    for company in facts.companies:
        yield from _company(company, now) if not facts.public else ()
        yield from _secret(company.hooks, now, company=company.pk)
        yield from _list("Business Central", company.doubted, company=company.pk)
    yield from _public(facts)
    yield from _schedules(facts, now)
    yield from _queue(facts, now)
    if facts.mail:
        said = "; ".join(f"{email}: {problem}" for email, problem in facts.mail.items())
        yield Finding("mail_failed", f"The mail server refuses, or does not answer: {said}")


def _connection(store: StoreFacts) -> Iterator[Finding]:
    if store.uninstalled_at is not None:
        text = f"BigCommerce said on {moment(store.uninstalled_at)} that the app was taken out of this store."
        yield Finding("app_uninstalled", text, store.pk)
        return
    newest = max(store.ended, key=lambda run: run.at, default=None)
    if newest is not None and newest.configuration and (store.tested_at is None or newest.at > store.tested_at):
        yield Finding("token_refused", f"Run {newest.id}, {newest.title}: {newest.message}", store.pk)
    elif store.bad and not (newest is not None and newest.status == "succeeded" and _later(newest, store.tested_at)):
        more = f" And {len(store.bad) - 1} more." if len(store.bad) > 1 else ""
        yield Finding("token_refused", f"The last test found: {store.bad[0]}{more}", store.pk)


def _later(run: RunFact, tested_at: datetime | None) -> bool:
    return tested_at is None or run.at > tested_at


def _runs(store: StoreFacts, now: datetime) -> Iterator[Finding]:
    for run in store.silent:
        if now - run.at > WITHOUT_HEARTBEAT:
            text = f"Run {run.id}, {run.title}, was last heard of at {moment(run.at)}."
            yield Finding("run_silent", text, store.pk, subject=str(run.id))
    for run in store.unclaimed:
        if now - run.at > QUEUED_TOO_LONG:
            text = f"Run {run.id}, {run.title}, waits for a worker since {moment(run.at)}."
            yield Finding("queue_stuck", text, store.pk, subject=str(run.id))
    for run in store.ended:
        stopped = run.status == "stopped" and run.by_itself and not run.configuration
        if stopped or run.status == "crashed":
            what = "crashed" if run.status == "crashed" else "stopped"
            text = f"Run {run.id}, {run.title}, {what} at {moment(run.at)}: {run.message}"
            yield Finding("run_stopped", text, store.pk, subject=str(run.id))
    if store.drift is not None and store.drift.differs:
        many = "1 linked pair differs" if store.drift.differs == 1 else f"{store.drift.differs} linked pairs differ"
        text = f"Run {store.drift.id}, {store.drift.title}, found at {moment(store.drift.at)} that {many}."
        yield Finding("drift_found", text, store.pk)


def _public(facts: Facts) -> Iterator[Finding]:
    """One cause, one alarm, whatever the number of stores."""
    on = sum(store.hooks.wanted for store in facts.stores)
    if facts.public and on:
        where = "1 store" if on == 1 else f"{on} stores"
        yield Finding("webhook_inactive", f"They are on in {where}, but nothing can arrive. {facts.public}")


def _hooks(store: StoreFacts) -> Iterator[Finding]:
    hooks = store.hooks
    if store.uninstalled_at is not None:
        # BigCommerce deleted them with the app: one cause, one alarm.
        return
    if hooks.blocked and hooks.wanted:
        yield Finding("webhook_blocked", hooks.problem, store.pk)
    elif hooks.problem and (hooks.wanted or hooks.left):
        yield Finding("webhook_inactive", hooks.problem, store.pk)
    elif hooks.wanted and (hooks.inactive or not hooks.registered):
        which = f"{hooks.inactive} of {hooks.registered} hooks are inactive" if hooks.registered else "none is there"
        yield Finding("webhook_inactive", f"They are on, but at BigCommerce {which}.", store.pk)


def _events(store: StoreFacts, now: datetime) -> Iterator[Finding]:
    hooks = store.hooks
    if store.uninstalled_at is None and store.oldest_event is not None and now - store.oldest_event > EVENTS_TOO_LONG:
        yield Finding("events_waiting", f"The oldest waits since {moment(store.oldest_event)}.", store.pk)
    if store.exceptions:
        said = f" BigCommerce says: {store.exception}" if store.exception else ""
        times = "once" if store.exceptions == 1 else f"{store.exceptions} times"
        yield Finding("deliveries_failing", f"It said so {times} within the last hour.{said}", store.pk)
    yield from _secret(hooks, now, store=store.pk)
    for side, days in store.events.items():
        usual = median(days[1:]) if len(days) > 1 else 0
        if hooks.wanted and not days[0] and usual >= MANY_EVENTS:
            text = f"None from {side} in the last 24 hours; about {usual:.0f} a day are usual."
            yield Finding("events_missing", text, store.pk, subject=side)


def _secret(hooks: Hooks, now: datetime, *, store: int | None = None, company: int | None = None) -> Iterator[Finding]:
    if hooks.refused_at is not None and now - hooks.refused_at <= SECRET_IS_RECENT:
        text = f"{hooks.refused} so far were thrown away and not believed, the last on {moment(hooks.refused_at)}."
        yield Finding("secret_wrong", text, store, company)


def _quality(store: StoreFacts, now: datetime) -> Iterator[Finding]:
    if rising(store.day, store.week):
        usual = f"{store.week.share:.0%} in the week before" if store.week.tried else "none in the week before"
        text = f"{store.day.failed} of {store.day.tried} in the last 24 hours ({store.day.share:.0%}); {usual}."
        yield Finding("failures_rising", text, store.pk)
    if store.plans and store.oldest_plan is not None and now - store.oldest_plan > PLAN_TOO_LONG:
        many = "1 plan waits" if store.plans == 1 else f"{store.plans} plans wait"
        yield Finding("plan_waiting", f"{many}, the oldest since {moment(store.oldest_plan)}.", store.pk)
    if store.parked > store.parked_before:
        new = store.parked - store.parked_before
        many = "1 more than" if new == 1 else f"{new} more than"
        text = f"{many} a day ago; {store.parked} in all."
        yield Finding("customers_parked", text, store.pk)


def rising(day: Rate, week: Rate) -> bool:
    """Whether so many more fail than usual that somebody should look; 1 of 2 is no reason, nor is what is usual."""
    enough = day.failed >= FEWEST_FAILURES and day.share >= SMALLEST_SHARE
    return enough and day.share >= TIMES_AS_MANY * week.share


def _company(company: CompanyFacts, now: datetime) -> Iterator[Finding]:
    hooks = company.hooks
    ends = company.expires_at
    if hooks.wanted and ends is not None and ends - now < NOT_RENEWED:
        said = f" {hooks.problem}" if hooks.problem else ""
        word = "Ended" if ends <= now else "Ends"
        yield Finding("subscription_ending", f"{word} on {moment(ends)}.{said}", company=company.pk)
    elif hooks.wanted and (hooks.problem or ends is None):
        text = hooks.problem or "They are on, but Business Central has no subscription of ours."
        yield Finding("webhook_inactive", text, company=company.pk)
    elif hooks.left and hooks.problem:
        yield Finding("webhook_inactive", hooks.problem, company=company.pk)


def _list(
    side: str, doubted: Doubted | None, *, store: int | None = None, company: int | None = None
) -> Iterator[Finding]:
    """A list that lacked customers: a wrong answer hides changes, a true one waits for somebody's word."""
    if doubted is not None:
        text = f"{side} did not list {doubted.missing} of {doubted.of} customers that were there"
        text += f" ({moment(doubted.at)}, run {doubted.run})."
        if doubted.confirmed_by:
            text += f" {doubted.confirmed_by} said that they were deleted: the next reading believes it."
        yield Finding("list_doubted", text, store, company)


def _schedules(facts: Facts, now: datetime) -> Iterator[Finding]:
    # Whose app was uninstalled has one alarm, about that.
    gone = {store.pk for store in facts.stores if store.uninstalled_at is not None}
    for schedule in facts.schedules:
        if schedule.store in gone:
            continue
        patience = max(WAITING_PATIENCE, schedule.pace) if schedule.waits_for else SCHEDULE_PATIENCE
        if now - schedule.due_at > patience:
            why = f" It waits: {schedule.waits_for}" if schedule.waits_for else ""
            text = f"{schedule.name} was due at {moment(schedule.due_at)}.{why}"
            yield Finding("schedule_missed", text, schedule.store, subject=str(schedule.pk))


def _queue(facts: Facts, now: datetime) -> Iterator[Finding]:
    if facts.crowded_since is not None and now - facts.crowded_since > QUEUED_TOO_LONG:
        text = f"{facts.queued} tasks wait in Redis, and the queue was never short since {moment(facts.crowded_since)}."
        yield Finding("queue_stuck", text)


def moment(at: datetime) -> str:
    """A moment as every alarm keeps it: exact, and the same at each look."""
    return kept(at)
