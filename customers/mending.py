"""Plan Update for what a drift check found."""

from customers import runs
from customers.models import Run, RunRecord


def plan_update(run: Run, user: runs.Somebody) -> Run:
    """An Update of the pairs that a drift check found to differ: read anew on both sides, planned, and it waits for
    approval. Raises CannotStart or Busy."""
    if run.kind != Run.Kind.RECONCILE or run.is_active:
        raise runs.CannotStart(f"{run} is no drift check that has ended.")
    differ = run.records.filter(outcome=RunRecord.Outcome.DIFFERS).exclude(customer=None)
    customers = list(differ.values_list("customer_id", flat=True))
    if not customers:
        raise runs.CannotStart(f"{run} found no pair that differs, or its details were purged.")
    scope = {"only": customers, "drift": run.pk}
    return runs.start(run.store, Run.Kind.UPDATE_CUSTOMERS, trigger=Run.Trigger.CLICK, user=user, scope=scope)
