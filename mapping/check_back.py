"""What hinders rows whose value may go back to Business Central: their target there, its length, another row. Pure.

They are notes: such a row is of use without going back, too. It keeps BigCommerce's value from being overwritten.
"""

from collections.abc import Iterable, Iterator

from bcsync.clients.business_central_capabilities import Capabilities
from mapping.catalogue import find, limit_of
from mapping.offered import offer_to_write
from mapping.rows import FieldRow
from mapping.setup_parts import Problem
from mapping.write_back import WRITING_OWNERS, Writers, claim, kept_as, why_it_stays, written_by

_OWNERS = {"bigcommerce": "BigCommerce owns it", "newest": "The newest wins", "fill_if_empty": "It fills what is empty"}


def back_problems(rows: Iterable[FieldRow], capabilities: Capabilities | None) -> Iterator[Problem]:
    """Notes on every row whose owner lets BigCommerce's value win, in the rows' order."""
    writers: dict[str, Writers] = {"": {}, "Person": {}}
    for row in rows:
        if row.owner not in WRITING_OWNERS:
            continue
        said = why_it_stays(row)
        if not said:
            found = {kind: claim(mine, row, kind) or row for kind, mine in writers.items()}
            said = next((_of_another(row, first, kind) for kind, first in found.items() if first is not row), "")
            said = said or _of_target(row, capabilities)
        if said:
            yield Problem(str(row.target), "owner", f"{_OWNERS[row.owner]}, but: {said}", blocks=False)


def _of_another(row: FieldRow, first: FieldRow, kind: str) -> str:
    said = f"{written_by(first, row, kind)} Put this row first if it should."
    return f"for customers that are a person, {said}" if kind else said


def _of_target(row: FieldRow, capabilities: Capabilities | None) -> str:
    """What the field of Business Central cannot take, as far as that is known beforehand."""
    place = kept_as(row.source)
    known = find("business_central", place.table, place.name)
    if known is None:
        return ""
    if not (offered := offer_to_write(known, capabilities)).offered:
        return f"{known.label} cannot be written in this company. {offered.how_to}"
    theirs = limit_of(row.target.table, row.target.name)
    if known.max_length and row.too_long == "reject" and (theirs is None or theirs > known.max_length):
        longest = f"{theirs} characters" if theirs else "any length"
        return (
            f"Business Central takes {known.max_length} characters of {known.label}, BigCommerce {longest}: a longer "
            "value is rejected. Choose Shorten to cut it."
        )
    return ""
