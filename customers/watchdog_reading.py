"""The watchdog's facts, in a fixed number of indexed queries whatever the number of stores. No vendor is called."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, IntegerField, Max, Min, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from bcsync.clients.bigcommerce_webhooks import DELIVERY_EXCEPTION, UNINSTALLED
from customers import schedules
from customers.models import Digest, Look, RecurringTask, Run, RunRecord, Trouble
from customers.moments import NotUnderstood
from customers.watchdog_facts import CompanyFacts, Doubted, Facts, Hooks, Rate, RunFact, ScheduleFact, StoreFacts
from stores import inbox
from stores.models import BusinessCentralCompany, Store, WebhookEndpoint, WebhookEvent, WebhookSubscription
from stores.probes import BIGCOMMERCE
from stores.webhook_addresses import trouble_with_public_url

DAY, WEEK, HOUR = timedelta(days=1), timedelta(days=7), timedelta(hours=1)
# The inbox keeps what was done for seven days, so six whole days lie before the last one.
DAYS_OF_EVENTS = 7
# So many waiting tasks are more than beat's own few.
CROWD = 50
Outcome, Status = RunRecord.Outcome, Run.Status
FAILED = (Outcome.REJECTED, Outcome.FAILED)
TRIED = (Outcome.CREATED, Outcome.LINKED, Outcome.UPDATED, Outcome.CONFLICT, *FAILED)
BY_ITSELF = (Run.Trigger.SCHEDULE, Run.Trigger.EVENT)
# Beside what applies: a drift check changes nothing, and a plan of deletions is made to be approved.
MATTERS = Q(mode=Run.Mode.APPLY) | Q(kind__in=(Run.Kind.RECONCILE, Run.Kind.DELETE_GONE))
Rows = dict[int, dict[str, Any]]


def read(look: Look, now: datetime, *, slow: bool) -> Facts:
    """Everything as it is at `now`. slow: also what takes counting over days. What to remember goes to `look`."""
    rows: Rows = defaultdict(dict)
    _read_runs(rows, look, now)
    _read_events(rows, now)
    if slow:
        _read_ended(rows, look, now)
        _read_rates(rows, now)
        _count_events(rows, now)
        _count_parked(rows, look, now)
    stores = list(Store.objects.only("company_id", "writes_enabled", "last_test", "uninstalled_at", "doubted"))
    endpoints = list(WebhookEndpoint.objects.defer("secret", "previous_secret"))
    hooks = {each.store_id: _hooks(each) for each in endpoints if each.store_id}
    queued, crowded_since = _read_queue(look, now)
    return Facts(
        stores=tuple(
            StoreFacts(pk=store.pk, hooks=hooks.get(store.pk, Hooks()), **_of(store), **_plans(store, rows[store.pk]))
            for store in stores
        ),
        companies=_companies(stores, hooks, endpoints),
        schedules=tuple(_schedules(now)), public=trouble_with_public_url(), queued=queued, crowded_since=crowded_since,
        mail=dict(Digest.objects.exclude(problem="").values_list("email", "problem")),
    )  # fmt: skip


def _of(store: Store) -> dict[str, Any]:
    test = store.last_test or {}
    bad = tuple(str(each["text"]) for each in test.get("findings", []) if each["level"] == "bad")
    tested_at = datetime.fromisoformat(test["at"]) if test.get("at") else None
    return {
        "tested_at": tested_at,
        "bad": bad,
        "uninstalled_at": store.uninstalled_at,
        "doubted": _doubted(store.doubted),
    }


def _doubted(kept: dict[str, Any]) -> Doubted | None:
    if not kept:
        return None
    at = datetime.fromisoformat(kept["at"])
    return Doubted(kept["missing"], kept["of"], at, kept["run"], kept.get("confirmed_by", ""))


def _opens(store: Store) -> bool:
    """Whether the token opened the store at the last test."""
    found = (store.last_test or {}).get("findings", [])
    return not any(each["level"] == "bad" for each in found if each["side"] == BIGCOMMERCE)


def _plans(store: Store, found: dict[str, Any]) -> dict[str, Any]:
    """A store that is read-only only ever plans, and its events wait for the day when writing is turned on."""
    wants = {"plans", "oldest_plan", "oldest_event"} if not store.writes_enabled else set()
    return {name: value for name, value in found.items() if name not in wants}


def _hooks(endpoint: WebhookEndpoint) -> Hooks:
    active = [bool(hook["active"]) for hook in endpoint.registered]
    return Hooks(
        wanted=endpoint.wanted, left=bool(active) and not endpoint.wanted, problem=endpoint.problem,
        blocked=endpoint.blocked, registered=len(active), inactive=active.count(False),
        refused=endpoint.refused, refused_at=endpoint.refused_at,
    )  # fmt: skip


def _companies(
    stores: list[Store], hooks: dict[int, Hooks], endpoints: list[WebhookEndpoint]
) -> tuple[CompanyFacts, ...]:
    """A company's are wanted while one of its stores' are."""
    wanted = {store.company_id for store in stores if store.pk in hooks and hooks[store.pk].wanted}
    ends = dict(WebhookSubscription.objects.values_list("endpoint_id").annotate(Max("expires_at")))
    own = {each.company_id: each for each in endpoints if each.company_id}
    found = []
    for pk, doubted in BusinessCentralCompany.objects.values_list("pk", "doubted"):
        endpoint = own.get(pk, WebhookEndpoint())
        facts = Hooks(
            wanted=pk in wanted, left=pk not in wanted and endpoint.pk in ends, problem=endpoint.problem,
            refused=endpoint.refused, refused_at=endpoint.refused_at,
        )  # fmt: skip
        found.append(CompanyFacts(pk, facts, ends.get(endpoint.pk), _doubted(doubted)))
    return tuple(found)


def _read_runs(rows: Rows, look: Look, now: datetime) -> None:
    """Active runs that nobody works on, and plans that wait."""
    silent: dict[int, list[RunFact]] = defaultdict(list)
    unclaimed: dict[int, list[RunFact]] = defaultdict(list)
    before, idle = look.memory.get("idle", {}), {}
    for run in Run.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), status__in=Run.ACTIVE):
        if run.lease_until is not None:
            silent[run.store_id].append(_fact(run, run.lease_until))
        elif run.started_at is None:
            unclaimed[run.store_id].append(_fact(run, run.created_at))
        elif not run.message:
            # Between two slices, or resumed: for how long it stood is only known from one look to the next.
            mark = f"{run.step} {run.looked_at} {run.to_do}"
            since, known = before.get(str(run.pk), ("", ""))
            idle[str(run.pk)] = [since if known == mark else now.isoformat(), mark]
            unclaimed[run.store_id].append(_fact(run, datetime.fromisoformat(idle[str(run.pk)][0])))
    look.memory["idle"] = idle
    for name, found in (("silent", silent), ("unclaimed", unclaimed)):
        for store, facts in found.items():
            rows[store][name] = tuple(facts)
    plans = Run.objects.filter(MATTERS, status=Status.PLANNED, to_do__gt=0).order_by()
    for row in plans.values("store").annotate(plans=Count("pk"), oldest=Min("finished_at")):
        rows[row["store"]] |= {"plans": row["plans"], "oldest_plan": row["oldest"]}


def _fact(run: Run, at: datetime) -> RunFact:
    return RunFact(
        run.pk, run.get_kind_display(), at, status=run.status, message=run.message,
        configuration=run.cursor.get("stopped_by") == "configuration", by_itself=run.trigger in BY_ITSELF,
        differs=run.counts.get(Outcome.DIFFERS, 0),
    )  # fmt: skip


def _read_events(rows: Rows, now: datetime) -> None:
    """What waits, and what BigCommerce told about us rather than about a customer."""
    waiting = WebhookEvent.objects.filter(claimed_by="", store__webhook_endpoint__wanted=True).order_by()
    for row in waiting.values("store").annotate(first=Min("received_at")):
        rows[row["store"]]["oldest_event"] = row["first"]
    lately = WebhookEvent.objects.filter(scope=DELIVERY_EXCEPTION, received_at__gte=now - HOUR).order_by("received_at")
    for store, detail in lately.values_list("store", "detail"):
        found = rows[store]
        found["exceptions"] = found.get("exceptions", 0) + 1
        found["exception"] = str(detail.get("message") or "")


def take_uninstalled(now: datetime) -> None:
    """Mark the stores whose app was uninstalled after they were last tested well."""
    told = WebhookEvent.objects.filter(scope=UNINSTALLED, received_at__gte=now - DAY).order_by()
    for row in told.values("store").annotate(at=Max("received_at")):
        for store in Store.objects.filter(pk=row["store"], uninstalled_at=None):
            facts = _of(store)
            if facts["tested_at"] is None or facts["tested_at"] < row["at"] or not _opens(store):
                Store.objects.filter(pk=store.pk).update(uninstalled_at=row["at"])


def _read_ended(rows: Rows, look: Look, now: datetime) -> None:
    """Of each store and job the newest run of the last week that ended, and what crashed by itself since the last such
    look, though another one went well since; and the newest drift check that was done."""
    ended = Run.objects.filter(MATTERS, finished_at__gte=now - WEEK).exclude(status__in=Run.ACTIVE).order_by()
    newest = ended.values("store", "kind").annotate(newest=Max("pk")).values_list("newest", flat=True)
    since = look.slowly_looked_at or now - WEEK
    hidden = Q(status=Status.CRASHED, trigger__in=BY_ITSELF, finished_at__gt=since, pk__in=ended.values("pk"))
    pks = list(newest)
    for run in Run.objects.filter(Q(pk__in=pks) | hidden).order_by("pk") if pks else ():
        if run.finished_at is not None:
            rows[run.store_id]["ended"] = (*rows[run.store_id].get("ended", ()), _fact(run, run.finished_at))
    # One that was stopped half-way says nothing of the other half: what the last whole one found is still to be mended.
    checks = Run.objects.filter(kind=Run.Kind.RECONCILE, status=Status.SUCCEEDED).order_by()
    newest = checks.values("store").annotate(newest=Max("pk")).values_list("newest", flat=True)
    for run in Run.objects.filter(pk__in=list(newest)):
        rows[run.store_id]["drift"] = _fact(run, run.finished_at or run.created_at)


def _read_rates(rows: Rows, now: datetime) -> None:
    def number(outcomes: Iterable[str]) -> Any:
        kept = (Coalesce(Cast(KT(f"counts__{each}"), IntegerField()), 0) for each in outcomes)
        return Sum(reduce(add, kept))

    runs = Run.objects.filter(mode=Run.Mode.APPLY).order_by()
    spans = {
        "day": runs.filter(finished_at__gte=now - DAY),
        "week": runs.filter(finished_at__gte=now - DAY - WEEK, finished_at__lt=now - DAY),
    }
    for name, found in spans.items():
        for row in found.values("store").annotate(tried=number(TRIED), failed=number(FAILED)):
            rows[row["store"]][name] = Rate(row["tried"], row["failed"])


def _count_events(rows: Rows, now: datetime) -> None:
    """Side -> events per day, the last 24 hours first, where webhooks are on."""
    spans = {f"d{day}": (now - (day + 1) * DAY, now - day * DAY) for day in range(DAYS_OF_EVENTS)}
    central = Q(scope__startswith=inbox.BUSINESS_CENTRAL)
    for side, which in (("BigCommerce", ~central), ("Business Central", central)):
        counted = {
            name: Count("pk", filter=Q(received_at__gt=start, received_at__lte=end))
            for name, (start, end) in spans.items()
        }
        found = WebhookEvent.objects.filter(
            which, received_at__gt=now - DAYS_OF_EVENTS * DAY, store__webhook_endpoint__wanted=True
        )
        for row in found.order_by().values("store").annotate(**counted):
            days: dict[str, Any] = {**row}
            rows[row["store"]].setdefault("events", {})[side] = tuple(days[name] for name in spans)


def _count_parked(rows: Rows, look: Look, now: datetime) -> None:
    """How many are parked now and were a day ago; the first look of a new store takes what it finds for usual."""
    counts = dict(Trouble.objects.filter(parked=True).order_by().values_list("store").annotate(Count("pk")))
    counts = {str(store): counts.get(store, 0) for store in Store.objects.values_list("pk", flat=True)}
    kept = look.memory.get("parked")
    if kept is None or now - datetime.fromisoformat(kept["at"]) >= DAY:
        kept = {"at": now.isoformat(), "counts": counts}
    look.memory["parked"] = {"at": kept["at"], "counts": {**counts, **kept["counts"]}}
    for store, number in counts.items():
        before = look.memory["parked"]["counts"][store]
        rows[int(store)] |= {"parked": number, "parked_before": before}


def _schedules(now: datetime) -> Iterable[ScheduleFact]:
    """Recurring tasks that are on. Of beat's own, which come every minute, the watchdog's silence tells."""
    tasks = list(RecurringTask.objects.exclude(due_at=None).select_related("store"))
    try:
        found = schedules.facts(now, tasks)
    except NotUnderstood:
        found = []
        # Somebody broke one by hand: it is told of by itself, and does not hide the others.
        for task in tasks:
            try:
                found += schedules.facts(now, [task])
            except NotUnderstood:
                yield ScheduleFact(task.pk, task.store_id, task.job, task.due_at or now, waits_for=task.waits_for)
    for fact in found:
        if fact.expected_at is not None:
            pace = fact.pace or timedelta()
            yield ScheduleFact(fact.task.pk, fact.store.pk, fact.name, fact.expected_at, pace, fact.waits_for)


def _read_queue(look: Look, now: datetime) -> tuple[int, datetime | None]:
    """How many tasks wait, and since when it was a crowd at every look. A Redis that is away: nothing is known."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
            queued = int(client.llen(settings.CELERY_TASK_DEFAULT_QUEUE))
    except redis.RedisError:
        queued = 0
    if queued < CROWD:
        look.memory.pop("crowded_since", None)
        return queued, None
    since = look.memory.setdefault("crowded_since", now.isoformat())
    return queued, datetime.fromisoformat(since)
