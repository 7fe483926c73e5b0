"""What taking BigCommerce's side of a conflict cannot do, in words, before and after it is done."""

from collections.abc import Iterable

from customers.models import Conflict
from customers.one_writer import row_of
from mapping.rows import FieldRow
from mapping.write_back import why_it_stays
from stores.models import Store

# How a store calls the rows that give the fields of a part of a record, where that is not its field mapping.
ROWS = {
    "form fields": "form_field_rows", "attributes": "attribute_definitions", "metafields": "metafield_definitions",
}  # fmt: skip
SWITCH_OFF = "this store may not update Business Central customers"
UNMAPPED = "no row of the set-up maps the field any more"


class Effects:
    """Of one store; each table of its set-up that is asked for is read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._read: dict[str, list[FieldRow]] = {}

    def _rows(self, relation: str) -> list[FieldRow]:
        if relation not in self._read:
            self._read[relation] = [each.as_row() for each in getattr(self.store, relation).all()]
        return self._read[relation]

    def _row(self, conflict: Conflict) -> FieldRow | None:
        relations = [ROWS.get(conflict.part, "field_mapping")]
        if conflict.part.startswith("address "):
            relations.append("form_field_rows")
        found = (row_of(self._rows(each), conflict.part, conflict.field) for each in relations)
        return next(filter(None, found), None)

    def why_not(self, conflict: Conflict) -> str:
        """Why Business Central cannot get BigCommerce's value, half a sentence; "" where it can."""
        row = self._row(conflict)
        if row is None:
            return UNMAPPED
        if not self.store.may_update_business_central:
            return SWITCH_OFF
        stays = why_it_stays(row)
        return f"{stays[:1].lower()}{stays[1:].rstrip('.')}" if stays else ""

    def stays(self, conflict: Conflict) -> str:
        """What taking BigCommerce's side does instead of bringing both in line, as a sentence; "" where it does."""
        why = self.why_not(conflict)
        if not why:
            return ""
        if conflict.waits or conflict.winner == Conflict.Side.BIGCOMMERCE:
            return f"Nothing is sent: BigCommerce has it already, and {why}. Business Central keeps its own."
        return f"Only BigCommerce gets it back: {why}. Business Central keeps its own."

    def told(self, taken: Iterable[Conflict]) -> list[str]:
        """The sentences for these conflicts, each once."""
        return list(dict.fromkeys(filter(None, map(self.stays, taken))))
