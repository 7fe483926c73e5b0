"""A Business Central customer is written by one store, and a field of it by one row: two would overwrite each other.

A side that a person takes goes there only where neither another store nor another row writes: else it is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from customers.business_central_mirror import record_of
from customers.models import Conflict, Customer, Link
from mapping.rows import FieldRow
from mapping.three_way import label_of
from mapping.write_back import claim, in_the_way, why_it_stays, writers_of, written_by


def writing_store(link: Link) -> str:
    """Which other store writes this link's Business Central customer, as a sentence; "" when this one does.

    Of the stores that are linked to it and may write there, it is the one whose link is the oldest. For every other
    one it is as though its switch were off: the value stays, and differs.
    """
    earlier = Link.objects.filter(
        business_central_customer=link.business_central_customer_id, pk__lt=link.pk, customer__gone_at=None,
        store__may_update_business_central=True, store__writes_enabled=True,
    ).exclude(customer__status=Customer.Status.SKIPPED)  # fmt: skip
    first = earlier.select_related("store").order_by("pk").first()
    if first is None:
        return ""
    return f"store {first.store} is linked to this customer too, and longer: it alone writes it in Business Central"


def stays(rows: Sequence[FieldRow], link: Link, conflict: Conflict) -> str:
    """Why the taken value would not reach Business Central, as a sentence, "" when it may: another row of the set-up,
    or another side that was taken of this customer, writes the same field there."""
    row = row_of(rows, conflict.part, conflict.field)
    if row is None or not link.store.may_update_business_central or why_it_stays(row):
        return ""
    if elsewhere := writing_store(link):
        return f"{elsewhere[:1].upper()}{elsewhere[1:]}. Change the value there, or in Business Central."
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
