"""Rows of BigCommerce's lists in a shape never seen: said with their words, left as they were in the mirror, and their
customers asked for again each time until they can be read. One of them stops nobody else.
"""

from collections.abc import Sequence

from django.utils import timezone

from bcsync.clients.bigcommerce_limits import MAX_IDS_PER_FILTER
from bcsync.clients.bigcommerce_pages import StrangeRow
from customers import doubts, mirror
from customers.context import Context

# More of them in one run are no strange rows: the list has another shape, and nobody knows what is passed by.
MOST = 100


def pass_by(ctx: Context, rows: Sequence[StrangeRow], *, write: bool = True) -> set[int]:
    """Note these rows and whom to ask for again. Returns the customers whose they are. write: False in a preview.

    Raises UnexpectedAnswer where there are too many of them.
    """
    if not rows:
        return set()
    cursor = ctx.run.cursor
    cursor["strange"] = cursor.get("strange", 0) + len(rows)
    if cursor["strange"] > MOST:
        raise rows[-1].error
    found = {row.customer_id for row in rows if row.customer_id is not None}
    whose = {*cursor.get("strange_customers", ()), *found}
    cursor["strange_customers"] = sorted(whose)
    named = f"customers {', '.join(map(str, sorted(whose)))}" if whose else "nobody knows whose"
    doubts.note(
        ctx.run, "strange rows",
        f"{rows[-1].error} Such rows ({named}) were passed by: what is known of them stays, and they are asked for "
        "again each time. Report it with this run's number.",
    )  # fmt: skip
    if write:
        _keep(ctx, {*known(ctx), *found})
    return found


def known(ctx: Context) -> set[int]:
    """Customers of the store whom no reading could read so far."""
    return set(ctx.store.rolling.get("strange", ()))


def ask_again(ctx: Context) -> None:
    """Read them once more; who can be read by now, or is not there any more, is strange no longer."""
    ids = sorted(known(ctx))[:MAX_IDS_PER_FILTER]
    if not ids:
        return
    still, requested_at = set[int](), timezone.now()
    for page in ctx.bigcommerce.customers(ids=ids, pass_by=True):
        mirror.save_customers(ctx.store, page.items, requested_at)
        still |= pass_by(ctx, page.strange)
    ctx.least("BigCommerce GET /v3/customers", 1)
    ctx.lease.renew()
    _keep(ctx, (known(ctx) - set(ids)) | still)


def _keep(ctx: Context, ids: set[int]) -> None:
    if ids != known(ctx):
        ctx.store.rolling = {**ctx.store.rolling, "strange": sorted(ids)}
        ctx.store.save(update_fields=["rolling"])
