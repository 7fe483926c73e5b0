"""Fields beyond the record's own that a set-up uses: how they are asked for in bulk and land in `extra`. Pure.

Wanted: source table -> names. "customer" of API v2.0, "financial" of its customerFinancialDetail, "published" of the
Customer Card as $metadata names them; mapping.setup_parts.Setup.extra_fields gives it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bcsync.clients.business_central_capabilities import FINANCIAL_DETAIL, Capabilities

Wanted = Mapping[str, Sequence[str]]
# Our name -> the customer's property that holds an id, and the entity set that tells the id's code.
# learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/dynamics_customer
CODES_BY_ID = {
    "shipmentMethodCode": ("shipmentMethodId", "shipmentMethods"),
    "paymentMethodCode": ("paymentMethodId", "paymentMethods"),
}


@dataclass(frozen=True, slots=True)
class Extra:
    """What is asked for beside the record's own fields, each sorted: only what this company offers."""

    customer: tuple[str, ...] = ()
    financial: tuple[str, ...] = ()
    published: tuple[str, ...] = ()

    @property
    def select(self) -> list[str]:
        """More properties for the $select of customers."""
        return [CODES_BY_ID[name][0] if name in CODES_BY_ID else name for name in self.customer]

    @property
    def expand(self) -> str:
        """The $expand of customers, "" when nothing of the financial detail is wanted. It spares a read of its own."""
        return f"{FINANCIAL_DETAIL}($select={','.join(self.financial)})" if self.financial else ""

    @property
    def code_sets(self) -> list[str]:
        """Entity sets whose ids stand for codes."""
        return [CODES_BY_ID[name][1] for name in self.customer if name in CODES_BY_ID]

    @property
    def card_fields(self) -> tuple[str, ...]:
        """The names in `record.extra` of what the Customer Card is read for."""
        return tuple(f"published.{name}" for name in self.published)


def extra_of(wanted: Wanted, capabilities: Capabilities) -> Extra:
    """Return those of the wanted fields that this company offers: asking for another would be refused as a whole."""
    return Extra(
        tuple(sorted(name for name in set(wanted.get("customer", ())) if _in_api(name, capabilities))),
        _offered(wanted.get("financial", ()), capabilities.financial_types),
        _offered(wanted.get("published", ()), capabilities.card_types),
    )


def _in_api(name: str, capabilities: Capabilities) -> bool:
    if name in CODES_BY_ID:
        by_id, entity_set = CODES_BY_ID[name]
        return by_id in capabilities.customer_types and entity_set in capabilities.code_sets
    return name in capabilities.customer_types


def _offered(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) & set(known)))


def values_of(row: Mapping[str, Any], extra: Extra, codes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what API v2.0's row says of the wanted fields, by their names in `record.extra`.

    codes: entity set -> id -> code. A field that the row does not have is left out.
    """
    found: dict[str, Any] = {}
    for name in extra.customer:
        if name in CODES_BY_ID:
            by_id, entity_set = CODES_BY_ID[name]
            found[name] = codes.get(entity_set, {}).get(str(row.get(by_id) or ""), "")
        elif name in row:
            found[name] = row[name]
    detail = row.get(FINANCIAL_DETAIL)
    if isinstance(detail, Mapping):
        found |= {f"financial.{name}": detail[name] for name in extra.financial if name in detail}
    return found
