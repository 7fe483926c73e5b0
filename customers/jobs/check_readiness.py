"""Check readiness: Business Central is read again, and who may have changed is evaluated. Writes to no vendor."""

from customers import business_central_mirror, readiness_check
from customers.context import Context
from customers.lease import alone_in

WRITES_TO_VENDOR = False


def plan(ctx: Context) -> bool:
    """First the mirror, then the reasons, as far as the slice goes."""
    if not ctx.run.cursor.get("read"):
        ctx.save(message="Reading Business Central.")
        business_central_mirror.refresh(ctx)
        ctx.save(cursor={**ctx.run.cursor, "read": True}, message="")
        return False
    ctx.store.company.refresh_from_db()

    def go_on(looked_at: int) -> bool:
        ctx.count([], unchanged=looked_at)
        ctx.save("counts", looked_at=ctx.run.looked_at + looked_at)
        return not (ctx.slice_is_over() or ctx.stop_requested())

    with alone_in(readiness_check.check_of(ctx.store)):
        return readiness_check.bring_up_to_date(ctx.store, go_on) is not None


def look_again(ctx: Context) -> None:
    """There are no records that wait."""


def apply(ctx: Context) -> bool:
    """There is nothing to apply."""
    return True
