"""The rolling compare: reads a store's whole base in turn, a few pages in each Sync changes, for a share of its calls.

Addresses and form fields have no time stamp, and no list tells of deletions: this finds what no event told. Where it
stands is kept on the store, page by page, so that a worker that dies loses nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from bcsync.clients.bigcommerce import Page
from bcsync.clients.bigcommerce_pages import in_order
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.clients.throttle import Quota
from customers import doubts, gone, mirror, mirror_metafields
from customers.context import Context
from customers.models import Customer, RecurringTask, Run, StoreCount
from customers.moments import NotUnderstood, in_words, pace
from stores import connect, written
from stores.models import Store
from stores.written import kept

PAGE = 250
# What a store takes whose headers nobody has seen yet: calls in so many seconds.
# https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits
STANDARD = Quota(left=150, quota=150, reset_in=30.0, window=30.0)
A_DAY = timedelta(days=1)
FIRST = timedelta(minutes=5)
# Who waits for this run's changes does not wait for more pages than this, unless a day would be too short with them.
MOST_PAGES = 20


@dataclass(frozen=True)
class Budget:
    """What a store's share of calls comes to. per_day: calls; pages: what the base takes, extra calls left out."""

    per_day: float
    pages: int

    @property
    def takes(self) -> timedelta | None:
        """How long the whole base takes at this budget; None when it is turned off."""
        return timedelta(days=self.pages / self.per_day) if self.per_day else None

    def takes_every(self, pace: timedelta) -> timedelta:
        """The same where a run comes so often: no run reads more than `calls`. For a budget that is not off."""
        runs = ceil(self.pages / max(1, self.calls(pace)))
        return max(self.takes or timedelta(), pace * runs)

    def calls(self, since_last: timedelta) -> int:
        """How many calls may be made now, when the last were made so long ago: what the budget has gathered, up to a
        day of it; no more than the base has, and no more at once than MOST_PAGES or what a day's round needs."""
        share = min(since_last, A_DAY) / A_DAY
        at_once = max(MOST_PAGES, ceil(self.pages * share))
        return min(int(self.per_day * share), self.pages, at_once)


def budget_of(store: Store) -> Budget:
    """By the quota that the store told last, and by what the last round took."""
    quota = connect.bigcommerce_quota(store) or STANDARD
    per_day = quota.quota / quota.window * A_DAY.total_seconds() * store.compare_share / 100
    customers = StoreCount.objects.filter(store=store).aggregate(all=Sum("n"))["all"] or 0
    # Beside a page of customers one of their two tracking metafields at least, and the end of each feed.
    return Budget(per_day, store.rolling.get("pages_of_a_round") or 2 * ceil(customers / PAGE) + 2)


def compare_next(ctx: Context) -> None:
    """Read the next pages into the mirror, as many as the budget has gathered; who is gone is marked.

    A run that an event started, or one that was just approved, reads none: somebody waits for it.
    """
    waits = ctx.run.trigger == Run.Trigger.EVENT or ctx.run.step != "plan"
    if waits or ctx.run.mode == Run.Mode.PLAN or not ctx.store.compare_share:
        return
    state, now = dict(ctx.store.rolling), timezone.now()
    last = datetime.fromisoformat(state["at"]) if "at" in state else now - FIRST
    calls = budget_of(ctx.store).calls(now - last)
    before, made = ctx.calls_so_far(), 0
    while made < calls:
        try:
            ended = _walk(ctx, state, before, calls)
        except UnexpectedAnswer as strange:
            ended = _pass_by(ctx, state, strange)
        made = _made(ctx, before)
        # One round is enough at once; and where there is time for no more, the next run goes on.
        if ended or ctx.slice_is_over() or ctx.stopping():
            break
    if made:
        state["at"] = now.isoformat()
        _keep(ctx, state)
        for call, number in ctx.calls_so_far().items():
            ctx.least(call, number - before.get(call, 0))
        ctx.run.cursor["rolling"] = ctx.run.cursor.get("rolling", 0) + made


def _walk(ctx: Context, state: dict[str, Any], before: dict[str, int], calls: int) -> bool:
    """Go on in the feed where the walk stands, until it ends or the calls are used up. True at the end of a round."""
    state.setdefault("began", timezone.now().isoformat())
    metafields = state.get("feed") == "metafields"
    requested_at = timezone.now()
    for page in _pages(ctx, state, metafields):
        deleted = [] if metafields else _deleted(ctx, state, page, requested_at, before)
        with transaction.atomic():
            if metafields:
                _save_metafields(ctx, state, page)
            else:
                mirror.save_customers(ctx.store, page.items, requested_at)
                gone.mark_deleted(deleted)
            state |= {"after": page.after, "pages": state.get("pages", 0) + 1}
            if not page.after:
                if not metafields and not state.get("unordered"):
                    doubts.listed_whole(ctx, doubts.BIGCOMMERCE, datetime.fromisoformat(state["began"]))
                _next_feed(state, metafields)
            _keep(ctx, state)
        ctx.lease.renew()
        if not page.after:
            return metafields
        if _made(ctx, before) >= calls or ctx.slice_is_over() or ctx.stopping():
            return False
        requested_at = timezone.now()
    return True


def _pages(ctx: Context, state: dict[str, Any], metafields: bool) -> Iterator[Page]:
    """The pages from where the walk stands; from the beginning when the store does not know that place any more."""
    client, after = ctx.bigcommerce, state.get("after", "")

    def pages() -> Iterator[Page]:
        if metafields:
            return client.metafields(
                namespaces=mirror_metafields.namespaces_read(ctx.store), after=state.get("after", "")
            )
        return client.customers(after=state.get("after", ""))

    try:
        yield from pages()
    except UnexpectedAnswer as strange:
        if strange.after is not None or not after or state.get("after") != after:
            raise
        state |= {"after": "", "last_id": 0, "unordered": False}
        yield from pages()


def _pass_by(ctx: Context, state: dict[str, Any], strange: UnexpectedAnswer) -> bool:
    """One strange row stops no sync: the run says it, and the walk goes on behind its page; behind the feed where the
    store did not say what comes next. True at the end of a round.
    """
    behind = "" if strange.after is None else strange.after
    metafields = state.get("feed") == "metafields"
    passed = "this page" if behind or strange.after is not None else f"the rest of the {state.get('feed', 'customers')}"
    doubts.note(
        ctx.run, "rolling compare",
        f"{strange} The rolling compare passed by {passed} (behind id {state.get('last_id', 0)}); who is there is not "
        "compared before that is mended. Report it with this run's number.",
    )  # fmt: skip
    # What the page lists is not known, so nothing that seems to be missing is called gone.
    state |= {"after": behind, "pages": state.get("pages", 0) + 1, "unordered": True}
    if not behind:
        _next_feed(state, metafields)
    _keep(ctx, state)
    return metafields and not behind


def _next_feed(state: dict[str, Any], metafields: bool) -> None:
    state |= {"after": "", "last_id": 0, "unordered": False, "feed": "customers" if metafields else "metafields"}
    if metafields:
        state |= {"done": timezone.now().isoformat(), "took_from": state.pop("began", ""), "read": 0}
        state["pages_of_a_round"] = state.pop("pages", 1)


def _deleted(
    ctx: Context, state: dict[str, Any], page: Page, requested_at: datetime, before: dict[str, int]
) -> list[Customer]:
    """Whom the page should have and lacks, and the store does not have by id either: asking is not the budget's."""
    ids = [item["id"] for item in page.items]
    start = _in_order(state, ids)
    state["read"] = state.get("read", 0) + len(ids)
    if start is None:
        return []
    end = max(ids, default=start) if page.after else None
    so_far = ctx.calls_so_far()
    found = doubts.deleted_shoppers(ctx, gone.unlisted(ctx.store, ids, requested_at, after=start, up_to=end))
    for call, number in ctx.calls_so_far().items():
        before[call] = before.get(call, 0) + number - so_far.get(call, 0)
    return found


def _save_metafields(ctx: Context, state: dict[str, Any], page: Page) -> None:
    ids = [item["id"] for item in page.items]
    mirror_metafields.save_metafields(ctx.store, page.items)
    start = _in_order(state, ids)
    # Metafields that this account does not see were never mirrored, so what is not listed is gone.
    if start is not None:
        end = max(ids, default=start) if page.after else None
        mirror_metafields.drop_unseen(ctx.store, ids, after=start, up_to=end)


def _in_order(state: dict[str, Any], ids: list[int]) -> int | None:
    """The greatest id before this page, and the page's own is kept; None when ids do not come in order: then nothing
    that is missing is called gone in this round."""
    start = state.get("last_id", 0)
    if not in_order(ids, start):
        state["unordered"] = True
    state["last_id"] = max([start, *ids])
    return None if state.get("unordered") else int(start)


def _made(ctx: Context, before: dict[str, int]) -> int:
    return sum(ctx.calls_so_far().values()) - sum(before.values())


def _keep(ctx: Context, state: dict[str, Any]) -> None:
    ctx.store.rolling = dict(state)
    Store.objects.filter(pk=ctx.store.pk).update(rolling=ctx.store.rolling)


def told(store: Store) -> list[str]:
    """How the rolling compare of a store goes, in sentences for its card."""
    budget, state = budget_of(store), store.rolling
    if budget.takes is None:
        return ["Off: a changed address, a form field or a deletion of which no event came is found by Import alone."]
    scheduled = _scheduled(store)
    if scheduled is None:
        said = [NO_SCHEDULE]
    else:
        pace, when = scheduled
        takes = budget.takes_every(pace)
        said = [f"Everybody is compared within {words(takes)} at this budget, with Sync changes {when}."]
        if budget.takes > A_DAY:
            said = [
                f"Comparing everybody takes {words(takes)} at this budget: longer than a day. Give it a greater share "
                "of calls."
            ]
        elif takes > A_DAY:
            said = [
                f"Comparing everybody takes {words(takes)} with Sync changes {when}: longer than a day. Let it run "
                "more often."
            ]
    if state.get("done"):
        said.append(f"The last round ended {kept(datetime.fromisoformat(state['done']))}.")
    return said


NO_SCHEDULE = (
    "Sync changes has no recurring task that is on, and a run that an event started leaves this out: nobody is "
    "compared by itself."
)


def _scheduled(store: Store) -> tuple[timedelta, str] | None:
    """How often Sync changes of all comes by itself, and that in words; None: never. Of several tasks the densest."""
    found, now = [], timezone.now()
    for task in RecurringTask.objects.filter(store=store, kind=Run.Kind.SYNC_CHANGES).exclude(due_at=None):
        try:
            found.append((pace(task.when, now), in_words(task.when)))
        except NotUnderstood:
            continue
    return min(found, default=None)


def words(time: timedelta) -> str:
    """A length of time, rounded up to what a person would say."""
    hours = time / timedelta(hours=1)
    if hours > 36:
        return f"{written.number(ceil(hours / 24))} days"
    return f"{ceil(hours)} hours" if hours > 1.5 else f"{max(5, ceil(hours * 60 / 5) * 5)} minutes"
