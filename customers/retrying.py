"""What Retry failed is about: the scope of a new run for those that were rejected or failed in another one."""

from typing import Any

from customers.models import Run, RunRecord

ERRORS = (RunRecord.Outcome.REJECTED, RunRecord.Outcome.FAILED)


def scope_of(run: Run, **group: str) -> dict[str, Any] | None:
    """Of all of them, or of one group (outcome, cause, field); None where nobody is in it."""
    failed = run.records.filter(state=RunRecord.State.DONE, outcome__in=ERRORS).filter(**group)
    customers = list(failed.exclude(customer=None).values_list("customer_id", flat=True))
    others = list(failed.exclude(business_central_customer=None).values_list("business_central_customer_id", flat=True))
    if not customers and not others:
        return None
    scope = {key: value for key, value in run.scope.items() if key in ("channel_id", "welcome_email")}
    if run.kind == Run.Kind.UNMAP:
        scope["unmapped"] = customers
    elif run.kind == Run.Kind.UNDO:
        of = [plan["of"] for plan in failed.values_list("plan", flat=True) if "of" in plan]
        names = ("run", "delete")
        scope |= {name: run.scope[name] for name in names if name in run.scope}
        scope["records"] = of
    elif "create" in run.scope:
        scope["create"] = customers
    else:
        scope["only"] = others if run.kind == Run.Kind.ADD_CUSTOMERS else customers
    if run.kind == Run.Kind.DELETE_GONE:
        scope["delete"] = True
    scope["retry_of"] = run.pk
    return scope
