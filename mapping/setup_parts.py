"""A store's whole set-up as the mapping core takes it: rows, rules, required fields, templates, groups. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mapping.catalogue import find
from mapping.match_rules import Rule
from mapping.rows import FieldRow, metafield_rows, rows_for
from mapping.template import TemplateRow
from mapping.transform_specs import sources_of

GroupKind = Literal["price", "discount"]
# The fields of Business Central's customer that hold a group, by its kind.
GROUP_FIELDS: Mapping[str, str] = {"price": "customerPriceGroup", "discount": "customerDiscountGroup"}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A BigCommerce customer group <-> a price or discount group of Business Central. group_id: None while none is
    chosen yet, in a form."""

    group_id: int | None
    kind: GroupKind
    code: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row. row: its key (key_of ...), field: the model's field, text: a sentence.

    blocks: saving is refused; else it is a note (the company does not offer what the row needs, yet).
    """

    row: str
    field: str
    text: str
    blocks: bool = True


@dataclass(frozen=True)
class Setup:
    """One store's set-up, read once per run. problems: what check.problems says of it, notes included.

    rules are all of them in their order, with enabled as switched; required are names of fields of the record;
    country_iso: country/region code -> ISO 3166-1, the company's own table.
    """

    rows: tuple[FieldRow, ...]
    rules: tuple[Rule, ...]
    required: tuple[str, ...]
    templates: tuple[TemplateRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    country_iso: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def rows_onto(self, table: str) -> tuple[FieldRow, ...]:
        """The rows onto one target table, in their order."""
        return rows_for(self.rows, table)

    def group_ids(self, kind: GroupKind) -> dict[str, int]:
        """Code of a price or discount group -> BigCommerce group id, for StoreFacts."""
        return {row.code: row.group_id for row in self.groups if row.kind == kind and row.group_id is not None}

    def group_values(self, group_id: int) -> dict[str, str]:
        """What a shopper's group says of a new Business Central customer: {"customerPriceGroup": "VIP"}, or {}."""
        return {GROUP_FIELDS[row.kind]: row.code for row in self.groups if row.group_id == group_id}

    def unmapped_groups(self, ids: Iterable[int]) -> list[int]:
        """Those of the store's customer groups that stand for no group of Business Central."""
        mapped = {row.group_id for row in self.groups}
        return sorted(set(ids) - mapped - {0})

    def unmapped_codes(self, kind: GroupKind, codes: Iterable[str]) -> list[str]:
        """Those of the codes that customers of Business Central have and no customer group stands for."""
        return sorted(set(codes) - set(self.group_ids(kind)) - {""})

    def changed_permissions(self, now: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
        """(namespace, key) -> the permission set to give to metafields that have another one. now: of those there."""
        wanted = metafield_rows(self.rows)
        return {
            key: wanted[key].permission_set
            for key, has in now.items()
            if key in wanted and wanted[key].permission_set != has
        }

    def missing_attributes(self, known: Iterable[str]) -> list[dict[str, str]]:
        """Attributes to be created, as POST /v3/customers/attributes takes them. known: names that are in the store."""
        there = {name.casefold() for name in known}
        wanted = [row for row in self.rows_onto("attribute") if row.type]
        return [
            {"name": row.target.name, "type": row.type} for row in wanted if row.target.name.casefold() not in there
        ]

    @property
    def extra_fields(self) -> dict[str, tuple[str, ...]]:
        """Source table -> names that rows read and the record has no place for, so that they must be read into extra.

        customer: properties of API v2.0; financial: of its customerFinancialDetail; published: of the Customer Card.
        """
        found: dict[str, set[str]] = {}
        for place in (place for row in self.rows for place in sources_of(row)):
            known = find("business_central", place.table, place.name)
            if known is not None and not known.attribute:
                found.setdefault(place.table, set()).add(place.name)
        return {table: tuple(sorted(names)) for table, names in sorted(found.items())}
