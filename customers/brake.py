"""The brake: a run that would change more than a store allows at once waits for a person."""

from customers.models import Customer, Run, RunRecord

# Standing with us changes, or nothing; no vendor and no link is touched.
NO_CHANGES = (
    RunRecord.Outcome.UNCHANGED, RunRecord.Outcome.SKIPPED, RunRecord.Outcome.REVIEW, RunRecord.Outcome.DEFAULTED,
    RunRecord.Outcome.PARKED,
)  # fmt: skip

UNDO_WAITS = "Nothing is taken back before somebody looked at this plan and approved it."

DELETES_WAIT = "Nothing is deleted before an administrator looked at this plan and approved it."
DRIFT_WAITS = "This mends what the drift check found; look at the plan and approve it."


def reason_to_wait(run: Run) -> str:
    """Why this planned run has to be approved first, or ""."""
    if run.kind == Run.Kind.IMPORT_CUSTOMERS:
        return ""
    if run.kind == Run.Kind.UNDO:
        return UNDO_WAITS
    if run.kind == Run.Kind.DELETE_GONE and not run.approved:
        return DELETES_WAIT
    if run.scope.get("drift") and not run.approved:
        return DRIFT_WAITS
    planned = run.records.filter(state=RunRecord.State.PLANNED)
    unbased = planned.filter(plan__first_update=True).count()
    if unbased and not run.approved:
        return (
            f"{unbased} customers existed on both sides before they were linked, and this would be their first update. "
            "Look at the plan and approve it."
        )
    # A record whose gravest part is rejected sends its other parts all the same, so it counts.
    changes = planned.exclude(outcome__in=NO_CHANGES).count()
    return more_than_shown(run, changes) if run.approved else too_many(run, changes)


def more_than_shown(run: Run, changes: int) -> str:
    """A click approved what its page showed: a plan that would change more customers waits after all."""
    shown = run.scope.get("shown")
    if shown is None or changes <= shown:
        return ""
    return f"The page showed {shown} customers, and by now {changes} would be changed. Look at the plan and approve it."


def too_many(run: Run, changes: int) -> str:
    """Why so many changes have to be approved, or ""."""
    store = run.store
    everybody = Customer.objects.filter(store=store, gone_at=None).count()
    share = changes * 100 / everybody if everybody else 100.0
    if changes > store.brake_count or (changes and everybody and share > store.brake_share):
        return (
            f"This would change {changes} customers ({share:.0f} % of {everybody}); the store lets "
            f"{store.brake_count} or {store.brake_share} % through without approval. Look at the plan and approve it."
        )
    return ""
