"""Whether a conflict still is as somebody saw it: another run may have found the field in conflict once more."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from customers.models import Conflict
from mapping.field_words import in_part
from mapping.values import quoted

# What a page showed: the versions of its rows by their keys, or the moment it was made, for rows of other pages.
Seen = Mapping[int, str] | datetime


def version_of(row: Conflict) -> str:
    """Another one whenever one of the values is, or which of them stands."""
    said = [row.base, row.bigcommerce, row.business_central, row.winner, row.waits]
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=8).hexdigest()


def unseen(row: Conflict, seen: Seen | None) -> str:
    """A sentence with the values as they are now, where nobody saw them; "" where they were seen (None: surely)."""
    known = row.found_at <= seen if isinstance(seen, datetime) else seen is None or seen.get(row.pk) == version_of(row)
    if known:
        return ""
    return (
        f"{in_part(row.part, row.field)} of {row.customer} changed since your page was made; now BigCommerce says "
        f"{quoted(row.bigcommerce)}, Business Central {quoted(row.business_central)}."
    )
