"""The one function that says what a Business Central customer should look like in a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping.defaults import DEFAULT_ROWS
from mapping.rows import FieldRow, Issue, Value
from mapping.store_facts import StoreFacts


@dataclass(frozen=True, slots=True)
class AddressTarget:
    """One address as it should be. source is "main" or "ship-to:CODE"; values by BigCommerce's names."""

    source: str
    values: Mapping[str, str]
    form_fields: Mapping[str, Value] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The whole customer as it should be. A value with an issue is left out of its dict; addresses keep every source.

    core by BigCommerce's names; attributes and form_fields by name; metafields by (namespace, key).
    issues holds all issues, those of addresses included.
    """

    core: Mapping[str, Value]
    addresses: Mapping[str, AddressTarget]
    attributes: Mapping[str, str]
    form_fields: Mapping[str, Value]
    metafields: Mapping[tuple[str, str], str]
    issues: tuple[Issue, ...] = ()
    ship_to_known: bool = False


def evaluate(record: BusinessCentralRecord, store: StoreFacts, rows: Sequence[FieldRow] = DEFAULT_ROWS) -> Target:
    """What record should be in the store, with every value that cannot go as an Issue. Pure; never raises."""
    raise NotImplementedError
