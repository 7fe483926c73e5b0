"""What a plan's page says before its approval: what would change, what is out of date, what cannot come back."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import cached_property

from customers import plan_text
from customers.models import BusinessCentralCustomer, Customer, Run, RunRecord
from customers.set_up_version import set_up_of
from mapping.models import SetupChange

Outcome, State = RunRecord.Outcome, RunRecord.State
# Fields are counted over so many records; more would make the page wait.
MOST_COUNTED = 500
MOST_FIELDS = 12
# A filter that no kept count answers is counted up to here.
MOST_FOUND = 10_000
# So many customers written since a plan was made are looked up one by one.
FEW = 1_000


class Found(Paginator):
    """Pages of a filter. known: a kept count. Without one the rows are looked for once, up to MOST_FOUND; `more` says
    that there are more. A page is found by its keys, from the nearer end, and only then read with all that it shows.
    """

    def __init__(self, rows: QuerySet[Any], size: int, known: int | None = None) -> None:
        super().__init__(rows, size)
        self.rows, self.known = rows, known

    @cached_property
    def found(self) -> list[int]:
        """Keys of the rows: a filter that reads every row of a plan reads them once for count and page."""
        return list(self.rows.values_list("pk", flat=True)[: MOST_FOUND + 1])

    @cached_property
    def count(self) -> int:
        return self.known if self.known is not None else min(len(self.found), MOST_FOUND)

    @property
    def more(self) -> bool:
        return self.known is None and len(self.found) > MOST_FOUND

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        start, end = (number - 1) * self.per_page, number * self.per_page
        return Page(self.rows.filter(pk__in=self._keys(start, end)), number, self)

    def _keys(self, start: int, end: int) -> list[int]:
        if self.known is None:
            return self.found[start:end]
        keys = self.rows.values_list("pk", flat=True)
        if start <= self.known // 2:
            return list(keys[start:end])
        return list(keys.reverse()[max(0, self.known - end) : self.known - start])


def waiting(run: Run, state: str = "") -> QuerySet[RunRecord]:
    """The records of a plan that wait for approval. state: the one in which all of them are, where that is known; of
    one state an index has them in their order."""
    return run.records.filter(state=state) if state else run.records.filter(state__in=RunRecord.WAITING)


def filtered(run: Run, would: str = "", field: str = "", search: str = "", state: str = "") -> QuerySet[RunRecord]:
    """Those that would have this outcome, change this field, or have this text in a name, a reason or a value."""
    rows = waiting(run, state)
    if would in Outcome.values:
        rows = rows.filter(outcome=would)
    if field:
        rows = rows.filter(plan_text.changing(field))
    if search:
        rows = rows.filter(plan_text.saying(search))
    return rows


def would_be(run: Run) -> tuple[list[dict[str, Any]], str]:
    """The waiting records per outcome they would have, and the one state in which all of them are ("" for several).

    Of one state an index has the records in their order already; of several the database must sort all of them.
    """
    grouped = list(waiting(run).order_by().values("outcome", "state").annotate(n=Count("pk")))
    found: dict[str, int] = {}
    for row in grouped:
        found[row["outcome"]] = found.get(row["outcome"], 0) + row["n"]
    states = {row["state"] for row in grouped}
    return [{"key": str(key), "n": found[key]} for key in Outcome.values if key in found], (
        states.pop() if len(states) == 1 else ""
    )


def fields(run: Run, state: str = "") -> list[tuple[str, int]]:
    """How often each field changes in a plan, the most frequent first; of the first records."""
    counts: dict[str, int] = {}
    for parts in waiting(run, state).order_by("id").values_list("parts", flat=True)[:MOST_COUNTED]:
        for part in parts:
            for change in part.get("changes") or ():
                counts[str(change[0])] = counts.get(str(change[0]), 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_FIELDS]


def may_be_out_of_date(run: Run) -> bool:
    """Whether anybody has written a mirror since the plan was made: only runs do, and each reading of the company notes
    its moment. Where nobody did, nobody has to be compared."""
    if run.finished_at is None or run.cursor.get("approvals"):
        return True
    read_at = run.store.company.refreshed_at
    if read_at is not None and read_at > run.finished_at:
        return True
    others = Run.objects.filter(store=run.store_id).exclude(pk=run.pk)
    return others.filter(Q(finished_at__gte=run.started_at or run.created_at) | Q(status__in=Run.ACTIVE)).exists()


def out_of_date(run: Run) -> QuerySet[RunRecord]:
    """Waiting records whose customer, on either side, was read anew with another content since they were planned."""
    if not may_be_out_of_date(run):
        return run.records.none()
    newer = Q(customer__written_at__gt=F("at")) | Q(business_central_customer__written_at__gt=F("at"))
    since = {"written_at__gt": run.started_at or run.created_at}
    shoppers = Customer.objects.filter(store=run.store_id, **since)
    others = BusinessCentralCustomer.objects.filter(company=run.store.company_id, **since)
    first, second = (list(rows.order_by().values_list("pk", flat=True)[: FEW + 1]) for rows in (shoppers, others))
    if max(len(first), len(second)) > FEW:
        return waiting(run).filter(newer)
    # Few were written since: their records are looked for, instead of comparing each record of the plan.
    return waiting(run).filter(Q(customer__in=first) | Q(business_central_customer__in=second)).filter(newer)


def how_many(rows: QuerySet[RunRecord]) -> dict[str, Any]:
    """{"count", "more"}: counted up to MOST_FOUND."""
    found = rows.order_by()[: MOST_FOUND + 1].count()
    return {"count": min(found, MOST_FOUND), "more": found > MOST_FOUND}


def is_out_of_date(record: RunRecord) -> bool:
    rows = (record.customer, record.business_central_customer)
    return any(row is not None and row.written_at > record.at for row in rows)


def setup_change(run: Run) -> SetupChange | None:
    """The last change of the store's set-up, when it is younger than the plan and the plan does not follow it yet."""
    if run.cursor.get("set_up") == set_up_of(run.store):
        return None
    changes = SetupChange.objects.filter(Q(store=run.store_id) | Q(company=run.store.company_id)).select_related("by")
    return changes.filter(at__gt=run.started_at or run.created_at).first()


def approvals(run: Run) -> list[dict[str, Any]]:
    """Who approved how many of this plan and when, the newest first. `at` is ISO text."""
    return [{"by": by, "at": at, "n": n} for by, at, n in reversed(run.cursor.get("approvals", []))]


def cannot_come_back(run: Run) -> list[str]:
    """What an undo cannot restore, as sentences; nothing for other runs."""
    if run.kind == Run.Kind.UNMAP:
        return ["The links are gone already; Map to… makes one again, and the next Update writes our metafields anew."]
    if run.kind != Run.Kind.UNDO:
        return []
    source = Run.objects.filter(pk=run.scope.get("run") or 0).first()
    kind = source.kind if source is not None else ""
    said = []
    if kind == Run.Kind.UPDATE_CUSTOMERS:
        said.append("An address that was removed is made again under a new id.")
    if kind == Run.Kind.ADD_CUSTOMERS:
        said.append(
            "A customer that was created stays in BigCommerce, marked; its id and date of registration stay used."
        )
        if source is not None and source.scope.get("welcome_email"):
            said.append("A welcome e-mail that went out cannot be called back.")
    if kind == Run.Kind.TRY_MAPPING:
        said.append("A customer that was created stays in Business Central, marked; its number stays used.")
        said.append("Contacts that Business Central made for it stay.")
    if run.scope.get("delete"):
        said[:1] = [
            "A customer that is deleted is gone for good: sign-in, wish lists, store credit, its id or number."
            if kind == Run.Kind.ADD_CUSTOMERS
            else "A customer that is deleted is gone for good; its number stays used."
        ]
    return [*said, "The dates of the last change in both systems become today's."]
