"""The one function that says what a Business Central customer should look like in a store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping.countries import uses_post_codes
from mapping.defaults import DEFAULT_ROWS
from mapping.field_words import in_part, label_of
from mapping.fitting import fitted, limit_in
from mapping.rows import FieldRow, Issue, Value
from mapping.sources import Context, read, unread
from mapping.store_facts import StoreFacts
from mapping.transforms import Problem, apply
from mapping.values import is_blank, quoted, text


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
    by_table = by_target(rows)
    context = Context(record, store, country_iso=text(record.country_iso))
    core, issues = _values(by_table.get("customer", ()), context, "core")
    known = [row for row in by_table.get("attribute", ()) if row.target.name in store.attributes]
    attributes, attribute_issues = _values(known, context, "attribute")
    form_fields, form_issues = _values(by_table.get("form_field", ()), context, "form_field")
    metafields, metafield_issues = _metafields(by_table.get("metafield", ()), context)
    addresses = _addresses(by_table, record, store)
    return Target(
        core=core,
        addresses=addresses,
        attributes={name: text(value) for name, value in attributes.items()},
        form_fields=form_fields,
        metafields=metafields,
        issues=(
            *issues,
            *(issue for address in addresses.values() for issue in address.issues),
            *attribute_issues,
            *form_issues,
            *metafield_issues,
        ),
        ship_to_known=store.ship_to_known,
    )


def by_target(rows: Iterable[FieldRow]) -> dict[str, list[FieldRow]]:
    """The rows by target table, each list in its order."""
    found: dict[str, list[FieldRow]] = {}
    for row in rows:
        found.setdefault(row.target.table, []).append(row)
    return found


_UNREAD = (
    "stays as it is: {} said nothing of this customer when it was read last, so the value is unknown, not blank. "
    "Publish pages in Business Central on page Web Services; then choose Test Connection and Update."
)


def value_of(row: FieldRow, context: Context, part: str) -> tuple[Value | None, Issue | None]:
    """The value of one row, None when it must not go, and the issue."""
    name, label = row.target.name, label_of("bigcommerce", row.target.table, row.target.name)
    outcome = apply(read(row.source, context), row.steps, context)
    harmless = isinstance(outcome, Problem) or (row.blank == "keep" and is_blank(outcome))
    if not harmless and (unknown := unread(row.source, context)):
        return None, Issue(name, f"{label} {_UNREAD.format(unknown)}", "unread", part, source=row.source)
    if isinstance(outcome, str):
        outcome = text(outcome)
        limit = limit_in(row, context.store)
        if limit is not None and len(outcome) > limit:
            if row.too_long == "reject":
                said = f"{label} has {len(outcome)} characters, BigCommerce takes {limit}: {quoted(outcome)}."
                return None, Issue(name, said, "too_long", part, len(outcome), limit, row.source)
            outcome = outcome[:limit].rstrip()
        elif not outcome and row.required:
            return outcome, Issue(name, f"{label} is empty.", "missing", part, source=row.source)
        outcome = fitted(row, outcome, context) if outcome else outcome
    if isinstance(outcome, Problem):
        return None, Issue(name, f"{label} {outcome.text}", outcome.kind, part, source=row.source)
    return outcome, None


def _values(rows: Iterable[FieldRow], context: Context, part: str) -> tuple[dict[str, Value], list[Issue]]:
    values: dict[str, Value] = {}
    issues = []
    for row in rows:
        value, issue = value_of(row, context, part)
        if value is not None:
            values[row.target.name] = value
        if issue:
            issues.append(issue)
    return values, issues


def _addresses(
    by_table: Mapping[str, Sequence[FieldRow]], record: BusinessCentralRecord, store: StoreFacts
) -> dict[str, AddressTarget]:
    forms = by_table.get("address_form_field", ())
    # The main address knows nothing of a ship-to, so form fields filled from one are for the ship-to addresses only.
    of_main = [row for row in forms if row.source.table != "ship_to"]
    return {
        source: _address(source, by_table.get(table, ()), of_main if source == "main" else forms, context)
        for source, table, context in address_contexts(record, store)
    }


def address_contexts(record: BusinessCentralRecord, store: StoreFacts) -> Iterator[tuple[str, str, Context]]:
    """(source, target table, what its rows may look at) of the main address and each ship-to."""
    yield "main", "address", Context(record, store, country_iso=text(record.country_iso))
    for ship_to in record.ship_to:
        source = f"ship-to:{text(ship_to.code)}"
        yield source, "ship_to_address", Context(record, store, ship_to, text(ship_to.country_iso))


def _address(source: str, rows: Iterable[FieldRow], form_rows: Iterable[FieldRow], context: Context) -> AddressTarget:
    part = f"address:{source}"
    rows = tuple(rows)
    values, issues = _values(rows, context, part)
    issues += _demanded(rows, values, context, part)
    form_fields, form_issues = _values(form_rows, context, part)
    return AddressTarget(
        source, {name: text(value) for name, value in values.items()}, form_fields, (*issues, *form_issues)
    )


def _demanded(rows: Iterable[FieldRow], values: Mapping[str, Value], context: Context, part: str) -> list[Issue]:
    """What BigCommerce demands of an address in this country: a state where its list has them, a post code."""
    sources = {row.target.name: row.source for row in rows}
    iso = context.country_iso
    country = context.store.countries.get(iso)
    demands = {}
    if country and country.states:
        demands["state_or_province"] = f"{country.name or iso} needs a state or province."
    if iso and uses_post_codes(iso):
        demands["postal_code"] = f"{country.name if country else iso} needs a post code."
    return [
        Issue(name, f"{in_part(part, name)} is empty: {why}", "missing", part, source=sources.get(name))
        for name, why in demands.items()
        if values.get(name) == ""
    ]


def _metafields(rows: Iterable[FieldRow], context: Context) -> tuple[dict[tuple[str, str], str], list[Issue]]:
    values: dict[tuple[str, str], str] = {}
    issues = []
    for row in rows:
        value, issue = value_of(row, context, "metafield")
        if value is not None:
            values[row.target.namespace, row.target.name] = text(value)
        if issue:
            issues.append(issue)
    return values, issues
