"""Who made a conflict's values, as far as anybody can know: our runs and their people, and earlier decisions.

Neither vendor says who changed a record: https://developer.bigcommerce.com/docs/rest-management/customers has
date_modified alone, a Business Central customer lastModifiedDateTime alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from customers.models import Conflict, Run, RunRecord

# Of the customers of one page; who wrote a field longer ago than that is not looked for.
MOST_RECORDS = 1_000
PERSON = ("run__user__username", "run__user__first_name", "run__user__last_name")


@dataclass(frozen=True)
class Story:
    """wrote: the last run of ours that gave the field a value before the conflict was found, and when. since: the
    earliest moment at which the two can have parted. taken: what a person decided about this field the last time.
    """

    wrote: Run | None
    wrote_at: datetime | None
    since: datetime
    taken: Conflict | None


def with_decided(rows: QuerySet[Conflict]) -> QuerySet[Conflict]:
    """The same, each with the key of the last conflict about its field in which a person took a side."""
    same = Conflict.objects.filter(link=OuterRef("link"), part=OuterRef("part"), field=OuterRef("field"))
    taken = same.filter(settled=Conflict.Settled.TAKEN).order_by("-settled_at").values("pk")
    return rows.annotate(decided=Subquery(taken[:1]))


def stories(rows: Sequence[Any]) -> dict[int, Story]:
    """Primary key of a conflict -> its story; at most two queries. The rows come `with_decided` and with links."""
    wrote = _written(rows)
    decided = [row.decided for row in rows if row.decided is not None]
    taken = Conflict.objects.select_related("user").in_bulk(decided) if decided else {}
    found = {}
    for row in rows:
        records = wrote.get((row.customer_id, row.part, row.field), ())
        record = next((each for each in records if _before(each, row)), None)
        since = record.at if record is not None and record.at else row.link.created_at
        found[row.pk] = Story(
            record.run if record else None, record.at if record else None, since, taken.get(row.decided)
        )
    return found


def _before(record: RunRecord, row: Conflict) -> bool:
    return record.run_id != row.run_id and record.at is not None and record.at < row.found_at


def _written(rows: Sequence[Conflict]) -> dict[tuple[int, str, str], list[RunRecord]]:
    """(customer, part, field) -> the records whose run gave it a value, the newest first."""
    wanted = {(row.customer_id, row.part, row.field) for row in rows}
    done = RunRecord.objects.filter(customer__in={row.customer_id for row in rows}, state=RunRecord.State.DONE)
    wrote = done.filter(outcome__in=(RunRecord.Outcome.CREATED, RunRecord.Outcome.UPDATED, RunRecord.Outcome.CONFLICT))
    wrote = wrote.filter(run__kind__in=WRITE).select_related("run__user")
    found: dict[tuple[int, str, str], list[RunRecord]] = {}
    for record in wrote.only("customer", "at", "parts", "run__kind", "run__trigger", *PERSON).order_by("-pk")[
        :MOST_RECORDS
    ]:
        for part in record.parts:
            for change in part.get("changes") or ():
                key = (record.customer_id or 0, str(part.get("part", "")), str(change[0]))
                if key in wanted:
                    found.setdefault(key, []).append(record)
    return found


# Import and Try Mapping write no field of a linked customer.
WRITE = (Run.Kind.ADD_CUSTOMERS, Run.Kind.UPDATE_CUSTOMERS, Run.Kind.SYNC_CHANGES, Run.Kind.UNDO)
