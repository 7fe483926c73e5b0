"""Add Customers: Business Central -> BigCommerce. Creates the filtered, ready, not yet linked customers and links them.

What does not fit into the create (more than ten addresses, the tracking metafields) is sent like an update.
"""

from itertools import islice

from django.utils import timezone

from customers import adding_sending, business_central_changes, business_central_mirror
from customers.adding import Adding, Verdict, record_for_verdict
from customers.context import Context
from customers.jobs import update_customers
from customers.models import BusinessCentralCustomer, RunRecord
from customers.planning import only_tracking, pairs, plan_pair
from customers.records import (
    in_flight,
    record_for_business_central,
    settle,
    take_planned,
    write_planned,
    write_results,
)
from customers.selection import business_central_customers
from customers.store_refresh import refresh_changed

WRITES_TO_VENDOR = True
CHUNK = 100
LOOK_CHUNK = 500
NOT_CREATES = (RunRecord.Outcome.LINKED, RunRecord.Outcome.REVIEW)
Outcome, State = RunRecord.Outcome, RunRecord.State


def plan(ctx: Context) -> bool:
    """Bring both mirrors up to date, then judge every Business Central customer that the filters mean."""
    ctx.restart_plan()
    refresh_changed(ctx)
    business_central_mirror.refresh(ctx)
    adding = _adding(ctx)
    rows = business_central_customers(ctx.store, ctx.run.scope).order_by("number").iterator(500)
    while chunk := list(islice(rows, 500)):
        records, linked = [], []
        for verdict in adding.judge(chunk):
            if verdict.kind == "already linked":
                linked.append(verdict.row)
            elif verdict.kind == "ready" or not ctx.run.scope.get("only_ready"):
                records.append(record_for_verdict(ctx, verdict))
        unfinished = _unfinished(ctx, linked) if "retry_of" in ctx.run.scope else []
        write_planned(ctx, [*records, *unfinished], unchanged=len(linked) - len(unfinished))
        ctx.heed_stop()
    return True


def _unfinished(ctx: Context, rows: list[BusinessCentralCustomer]) -> list[RunRecord]:
    """In a retry: who exists and is linked by now, and lacks what could not be sent then (addresses, metafields)."""
    records = []
    for link in pairs(ctx.store).filter(business_central_customer__in=rows):
        by_email = link.rule == "e-mail" and link.base is None
        made = plan_pair(ctx.store, ctx.definitions, link)
        made = only_tracking(made) if by_email else made
        if not made.sends:
            continue
        outcome = Outcome.LINKED if by_email else Outcome.UPDATED
        record = record_for_business_central(ctx, link.business_central_customer)
        record.customer = link.customer
        record.plan, record.parts, record.outcome = {**made.plan, "created": outcome}, made.parts, outcome
        record.plan.pop("sources", None)
        records.append(record)
    return records


def _adding(ctx: Context) -> Adding:
    """Read whom the match rules could name: every unlinked shopper of the store."""
    # Before they are read: who comes while they are read is looked at later.
    ctx.run.cursor["compared_at"] = timezone.now().isoformat()
    return Adding(ctx.store, ctx.definitions)


def look_again(ctx: Context) -> None:
    """Before a plan made a while ago is applied: ask both vendors what changed, and the rules again. What comes
    out otherwise than somebody approved it waits for approval again."""
    if begun := in_flight(ctx):
        # First, so that what did not arrive is judged with the rest.
        adding_sending.look_up(ctx, begun)
    refresh_changed(ctx)
    business_central_changes.look_again(ctx)
    adding = _adding(ctx)
    planned = ctx.run.records.filter(state=State.PLANNED).order_by("pk")
    pks = list(planned.values_list("pk", flat=True))
    for start in range(0, len(pks), LOOK_CHUNK):
        records = list(
            planned.filter(pk__in=pks[start : start + LOOK_CHUNK]).select_related("business_central_customer")
        )
        open_ = [record for record in records if to_create(record) or "link_email" in record.plan]
        write_results(ctx, _otherwise(ctx, open_, adding.judge(_there(open_)), shown=True))


def apply(ctx: Context) -> bool:
    """Create and link the next chunk, then send the rest of what has been created."""
    if begun := in_flight(ctx):
        adding_sending.look_up(ctx, begun)
        return False
    # Creates apart from the rest, so that their batches are full.
    records = take_planned(ctx, CHUNK, outcome__in=NOT_CREATES) or take_planned(ctx, CHUNK)
    if not records:
        return True
    records = _still_true(ctx, records)
    rest = [record for record in records if "link" in record.plan]
    adding_sending.mark_review(ctx, [record for record in records if "review" in record.plan])
    rest += adding_sending.link_by_email(ctx, [record for record in records if "link_email" in record.plan])
    rest += adding_sending.create(
        ctx, [record for record in records if "create" in record.plan and "link" not in record.plan]
    )
    if rest:
        update_customers.apply_records(ctx, rest)
    return False


def to_create(record: RunRecord) -> bool:
    """Whether the customer is still to be created; one that exists now has a link in its plan."""
    return "create" in record.plan and "link" not in record.plan


def _still_true(ctx: Context, records: list[RunRecord]) -> list[RunRecord]:
    """Judge again what is to be created: the plan may be old. Returns the records that can go now."""
    open_ = [record for record in records if to_create(record)]
    changed = _otherwise(ctx, open_, adding_sending.judge_again(ctx, _there(open_))) if open_ else []
    if changed:
        write_results(ctx, changed)
    return [record for record in records if record not in changed]


def _there(records: list[RunRecord]) -> list[BusinessCentralCustomer]:
    """The customers of these records, without those that were deleted in Business Central since the plan."""
    rows = (record.business_central_customer for record in records)
    return [row for row in rows if row is not None and row.gone_at is None]


def _otherwise(
    ctx: Context, records: list[RunRecord], verdicts: list[Verdict], *, shown: bool = False
) -> list[RunRecord]:
    """The records that would be planned otherwise by now, planned that way. shown: compare also what the plan shows of
    what follows the create, as metafields.

    What differs from a plan that somebody looked at waits for approval again; else the fresh judgement counts.
    """
    judged = {verdict.row.pk: verdict for verdict in verdicts}
    changed = []
    for record in records:
        verdict = judged.get(record.business_central_customer_id or 0)
        if verdict is None or verdict.kind == "already linked":
            settle(
                record,
                Outcome.UNCHANGED if verdict else Outcome.SKIPPED,
                "Linked meanwhile." if verdict else adding_sending.GONE,
            )
            changed.append(record)
            continue
        fresh = record_for_verdict(ctx, verdict)
        same = fresh.outcome == record.outcome and fresh.customer_id == record.customer_id
        same = same and (fresh.parts == record.parts or not shown)
        if same and fresh.plan.get("create") == record.plan.get("create"):
            continue
        for name in ("plan", "parts", "outcome", "reason", "customer", "field", "cause"):
            setattr(record, name, getattr(fresh, name))
        record.state = fresh.state
        if record.state == State.PLANNED and ctx.run.cursor.get("looked_at_plan"):
            record.state = State.CHANGED
        changed.append(record)
    return changed
