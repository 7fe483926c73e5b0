"""A vendor's list that lacked too many customers at once: what is kept of it, and an administrator's word about it."""

from datetime import datetime, timedelta

from django.utils import timezone

from stores.models import BusinessCentralCompany, Store

# A confirmation is about what the list lacks now; the lists are read within that time.
HOLDS = timedelta(days=1)


def is_confirmed(holder: Store | BusinessCentralCompany, now: datetime) -> bool:
    """Whether somebody said of what this side's list lacks that they were deleted in truth."""
    at = holder.doubted.get("confirmed_at")
    return bool(at) and now - datetime.fromisoformat(at) <= HOLDS


def confirm(holder: Store | BusinessCentralCompany, who: str) -> bool:
    """They were deleted: the next reading marks whom it does not find by id either. False: nothing is doubted (any
    more)."""
    if not holder.doubted:
        return False
    holder.doubted = {**holder.doubted, "confirmed_at": timezone.now().isoformat(), "confirmed_by": who}
    holder.save(update_fields=["doubted"])
    return True
