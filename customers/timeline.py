"""Everything that happened to one customer, newest first, a page at a time: records of runs, decisions of people,
conflicts, and the webhooks that named it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from bcsync.clients.bigcommerce_webhooks import CUSTOMER_SCOPES
from customers.deciding import name_of
from customers.models import BusinessCentralCustomer, Conflict, Customer, Decision, Run, RunRecord
from customers.runs import UNDOABLE
from mapping.field_words import in_part
from stores import inbox
from stores.models import WebhookEvent

Outcome, State = RunRecord.Outcome, RunRecord.State
CHANGES = (Outcome.CREATED, Outcome.LINKED, Outcome.DEFAULTED, Outcome.UPDATED)
TROUBLE = (Outcome.CONFLICT, Outcome.REVIEW, Outcome.REJECTED, Outcome.FAILED, Outcome.PARKED)
SHOWN = {
    "": "Everything",
    "changes": "Changes",
    "decisions": "Decisions",
    "trouble": "Needed somebody",
    "events": "Webhooks",
}
# As many as a FactBox shows.
LATEST = 5
TAKEN = re.compile(r"run-(\d{1,18})")  # who claimed an event, see customers.jobs.sync_changes
DECIDED = {
    Decision.Kind.MAP: ("linked", "link-45deg"),
    Decision.Kind.UNMAP: ("unmapped", "slash-circle"),
    Decision.Kind.SKIP: ("skipped", "skip-forward"),
    Decision.Kind.UNSKIP: ("unmapped", "play"),
    Decision.Kind.UNPARK: ("unmapped", "play"),
}


@dataclass
class Entry:
    """key: outcome or status, for tone and badge. word: what happened; changes: [part, field, before, after].

    undo: the record that can be taken back, None where nothing can. planned: it has not happened (yet).
    """

    at: datetime
    key: str
    word: str
    detail: str = ""
    run: Run | None = None
    who: str = ""
    words: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[str, str, Any, Any]] = field(default_factory=list)
    undo: int | None = None
    planned: bool = False


class Timeline:
    """Entries for a Paginator: `count` and slices, each slice in six queries at most, however long it is."""

    def __init__(self, customer: Customer, other: BusinessCentralCustomer | None, show: str = "") -> None:
        self._sources: list[QuerySet[Any]] = []
        if show not in ("decisions", "events"):
            self._sources += [_shown(rows, show) for rows in _records_of(customer, other)]
        if show in ("", "trouble"):
            self._sources.append(Conflict.objects.filter(customer=customer))
        if show in ("", "events"):
            self._sources.append(_events_of(customer, other))
        if show not in ("trouble", "events"):
            decisions = Decision.objects.filter(customer=customer)
            links = (Decision.Kind.MAP, Decision.Kind.UNMAP)
            self._sources.append(decisions.filter(kind__in=links) if show == "changes" else decisions)

    def count(self) -> int:
        return sum(source.count() for source in self._sources)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Entry]:
        stop = part.stop or 0
        merged: list[Entry] = []
        for source in self._sources:
            if source.model is Decision:
                merged += [_of_decision(row) for row in _decisions(source)[:stop]]
            elif source.model is WebhookEvent:
                merged += _of_events(list(source.order_by("-received_at", "-pk")[:stop]))
            elif source.model is Conflict:
                rows = source.select_related("run__user", "user").order_by("-found_at", "-pk")
                merged += [_of_conflict(row) for row in rows[:stop]]
            else:
                merged += [_of_record(row) for row in _records(source)[:stop]]
        merged.sort(key=lambda entry: entry.at, reverse=True)
        return merged[part]


def _records_of(customer: Customer, other: BusinessCentralCustomer | None) -> list[QuerySet[RunRecord]]:
    """The customer's own records, and those of the Business Central customer from before they were linked.

    Two queries and no OR: each has an index of its own.
    """
    found = [RunRecord.objects.filter(customer=customer)]
    if other is not None:
        before = RunRecord.objects.filter(business_central_customer=other, customer=None)
        found.append(before.filter(run__store=customer.store_id))
    return found


def _events_of(customer: Customer, other: BusinessCentralCustomer | None) -> QuerySet[WebhookEvent]:
    """What either vendor said of the customer, or of its counterpart. Ids of the two cannot be taken for each other."""
    named = Q(remote_id=str(customer.remote_id), scope__in=CUSTOMER_SCOPES)
    if other is not None:
        named |= Q(remote_id=str(other.remote_id), scope__startswith=inbox.BUSINESS_CENTRAL)
    return WebhookEvent.objects.filter(named, store=customer.store_id)


def latest(customer: Customer, other: BusinessCentralCustomer | None) -> list[Entry]:
    """The newest entries, for a FactBox."""
    return Timeline(customer, other)[0:LATEST]


def _shown(rows: QuerySet[RunRecord], show: str) -> QuerySet[RunRecord]:
    if show == "changes":
        return rows.filter(outcome__in=CHANGES, state=State.DONE)
    return rows.filter(outcome__in=TROUBLE) if show == "trouble" else rows


def _records(rows: QuerySet[RunRecord]) -> QuerySet[RunRecord]:
    found = rows.select_related("run__user", "run__approved_by").order_by("-at", "-pk")
    return found.defer("run__cursor", "run__scope", "run__calls", "run__least_calls")


def _decisions(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    columns = ("number", "display_name")
    wanted = [f"business_central_customer__{name}" for name in columns]
    return rows.select_related("user", "business_central_customer").only(
        "kind", "reason", "at", "user__username", "user__first_name", "user__last_name", *wanted
    ).order_by("-at", "-pk")  # fmt: skip


def _of_record(row: RunRecord) -> Entry:
    run = row.run
    planned = row.state in (State.PLANNED, State.CHANGED)
    changes = [
        ("" if part.get("part") == "core" else str(part.get("part", "")), *change)
        for part in row.parts
        for change in (part.get("changes") or ())
        if len(change) == 3
    ]
    undo = run.kind in UNDOABLE and row.state == State.DONE and row.outcome in (*CHANGES, Outcome.CONFLICT)
    undo = undo and run.mode == Run.Mode.APPLY and bool(row.plan) and not run.is_active
    return Entry(
        at=row.at, key=row.outcome or row.state, word=_word(row), detail=row.reason, run=run, who=_who(run),
        words=row.words if row.words not in row.reason else "", changes=changes, planned=planned,
        parts=[part for part in row.parts if part.get("reason") and part["reason"] not in row.reason],
        undo=row.pk if undo and row.customer_id else None,
    )  # fmt: skip


WORDS = {
    (Run.Kind.IMPORT_CUSTOMERS, Outcome.CREATED): "Imported",
    (Run.Kind.IMPORT_CUSTOMERS, Outcome.UPDATED): "Changed in BigCommerce, read by Import",
    (Run.Kind.TRY_MAPPING, Outcome.CREATED): "Created in Business Central",
    (Run.Kind.ADD_CUSTOMERS, Outcome.CREATED): "Created in BigCommerce",
    (Run.Kind.UPDATE_CUSTOMERS, Outcome.UPDATED): "Updated",
    (Run.Kind.UNDO, Outcome.UPDATED): "Taken back",
    (Run.Kind.UNMAP, Outcome.UPDATED): "Our metafields removed after Unmap",
}


def _word(row: RunRecord) -> str:
    kind, outcome = Run.Kind(row.run.kind), row.outcome
    if not outcome:
        return row.get_state_display()
    return WORDS.get((kind, Outcome(outcome)), row.get_outcome_display())


def _who(run: Run) -> str:
    who = run.approved_by or run.user
    return name_of(who) if who else run.get_trigger_display().lower()


PREPOSITIONS = {Decision.Kind.MAP: "to", Decision.Kind.UNMAP: "from"}


def _of_decision(row: Decision) -> Entry:
    key, _ = DECIDED[Decision.Kind(row.kind)] if row.kind in DECIDED else ("unmapped", "")
    business = row.business_central_customer
    word = row.get_kind_display()
    if business is not None and row.kind in PREPOSITIONS:
        word += f" {PREPOSITIONS[Decision.Kind(row.kind)]} {business}"
    return Entry(at=row.at, key=key, word=word, detail=row.reason, who=name_of(row.user))


def _of_conflict(row: Conflict) -> Entry:
    """What both sides said, who won, and how it was settled."""
    detail = f"Before: {_said(row.base)}. {row.get_winner_display()} wins."
    if row.settled_at:
        who = f" by {name_of(row.user)}" if row.user else ""
        detail += f" Settled{who}: {row.get_settled_display()} {row.get_taken_display()}".rstrip() + "."
    changes = [(row.part if row.part != "core" else "", row.field, row.bigcommerce, row.business_central)]
    word = f"Conflict on {in_part(row.part, row.field)}: BigCommerce, Business Central"
    return Entry(at=row.found_at, key="conflict", word=word,
                 detail=detail, run=row.run, changes=changes)  # fmt: skip


EVENT_WORDS = {"customer": "customer", "customer/address": "address", "metafield": "metafield"}


def _of_events(rows: list[WebhookEvent]) -> list[Entry]:
    """One query for all of the runs that took them."""
    taken = {row.pk: int(row.claimed_by.removeprefix("run-")) for row in rows if TAKEN.fullmatch(row.claimed_by)}
    runs = Run.objects.defer("cursor", "scope", "calls", "least_calls").in_bulk(set(taken.values()))
    return [_of_event(row, runs.get(taken.get(row.pk, 0))) for row in rows]


def _of_event(row: WebhookEvent, run: Run | None) -> Entry:
    """Which vendor said what, and what became of it."""
    vendor, thing = "Business Central", "customer"
    if not row.scope.startswith(inbox.BUSINESS_CENTRAL):
        vendor, thing = "BigCommerce", EVENT_WORDS.get(row.scope.removeprefix("store/").rpartition("/")[0], "customer")
    what = row.scope.rpartition("/")[2]
    became = "Waits to be read."
    if row.claimed_by:
        became = "Read again, and compared." if row.done_at else "Being read again."
    if row.received_at > row.first_received_at:
        became += " Delivered more than once."
    return Entry(at=row.received_at, key="event", word=f"{vendor} said: {thing} {what}", detail=became, run=run)


def _said(value: Any) -> str:
    return "nothing" if value in (None, "", []) else str(value)


def last_undoable(entries: Sequence[Entry]) -> Entry | None:
    """The newest change that can be taken back."""
    return next((entry for entry in entries if entry.undo), None)
