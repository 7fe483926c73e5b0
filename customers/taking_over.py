"""What an interrupted plan, or a Sync changes or an Update that ended before its end, had begun: the next Sync changes
compares it anew.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers import pending
from customers.context import Context
from customers.models import Link, Run, RunRecord
from customers.records import settle

State, Outcome = RunRecord.State, RunRecord.Outcome


def note_planned(run: Run) -> None:
    """A plan that begins again forgets its records: their pairs are to be compared again. Call it before."""
    _note(list(run.records.values_list("plan__link", flat=True)))


def of_dead_runs(ctx: Context) -> set[int]:
    """Take over what earlier runs left when they crashed, or a configuration or a person stopped them: who looks at the
    changes since then would not find it. Returns ids of the shoppers that were being sent.

    An Update that a person stopped is left alone for a while, and first Updates of pairs for good: for its Resume.
    """
    late = timezone.now() - pending.PATIENCE
    ours = Q(kind=Run.Kind.SYNC_CHANGES)
    updates = Q(kind=Run.Kind.UPDATE_CUSTOMERS) & (Q(status=Run.Status.CRASHED) | Q(finished_at__lte=late))
    dead = Run.objects.filter(
        ours | updates, store=ctx.store, mode=Run.Mode.APPLY, to_do__gt=0,
        status__in=(Run.Status.STOPPED, Run.Status.CRASHED),
    )  # fmt: skip
    begun: set[int] = set()
    for run in dead:
        with transaction.atomic():
            found = run.records.filter(state__in=(State.PLANNED, State.IN_FLIGHT, State.CHANGED))
            left = [record for record in found if not record.plan.get("first_update")]
            _note([record.plan.get("link") for record in left])
            begun.update(record.plan["customer_id"] for record in left if record.state == State.IN_FLIGHT)
            for record in left:
                settle(record, Outcome.SKIPPED, f"Taken over by run {ctx.run.pk}.")
                record.said = ""
            RunRecord.objects.bulk_update(left, ["state", "outcome", "reason", "said", "at"], batch_size=500)
            skipped = run.counts.get(Outcome.SKIPPED, 0) + len(left)
            run.counts, run.to_do = {**run.counts, Outcome.SKIPPED: skipped}, max(0, run.to_do - len(left))
            run.save(update_fields=["counts", "to_do"])
    return begun


def _note(links: list[int | None]) -> None:
    known = {link for link in links if link is not None}
    pending.shoppers(Link.objects.filter(pk__in=known).values_list("customer_id", flat=True))
