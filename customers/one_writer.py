"""A side that a person takes goes to Business Central only where no other row writes that field: else it is refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from customers.business_central_mirror import record_of
from customers.models import Conflict, Link
from mapping.rows import FieldRow
from mapping.three_way import label_of
from mapping.write_back import claim, in_the_way, why_it_stays, writers_of, written_by


def stays(rows: Sequence[FieldRow], link: Link, conflict: Conflict) -> str:
    """Why the taken value would not reach Business Central, as a sentence, "" when it may: another row of the set-up,
    or another side that was taken of this customer, writes the same field there."""
    row = row_of(rows, conflict.part, conflict.field)
    if row is None or not link.store.may_update_business_central or why_it_stays(row):
        return ""
    kind = record_of(link.business_central_customer).type
    writers = writers_of(rows, kind)
    for part, fields in link.disputes.items():
        for name, each in fields.items():
            other = row_of(rows, part, name)
            if other and part.partition(":")[2] == conflict.part.partition(":")[2] and _returns(each):
                claim(writers, other, kind)
    first = in_the_way(writers, row, kind)
    if first is None or first is row:
        return ""
    return f"{written_by(first, row, kind)} Take that one's side, or change the owners."


def _returns(dispute: Mapping[str, Any]) -> bool:
    return dispute.get("side") == "bigcommerce" or bool(dispute.get("restores"))


def row_of(rows: Iterable[FieldRow], part: str, name: str) -> FieldRow | None:
    """The row of the set-up whose value a part of a customer shows under this name."""
    tables = _TABLES[part.partition(":")[0]]
    return next((row for row in rows if row.target.table in tables and label_of(row) == name), None)


_TABLES = {
    "core": ("customer",), "form fields": ("form_field",), "attributes": ("attribute",), "metafields": ("metafield",),
    "address main": ("address", "address_form_field"), "address ship-to": ("ship_to_address", "address_form_field"),
}  # fmt: skip
