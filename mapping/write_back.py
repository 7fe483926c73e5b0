"""What goes back to an existing Business Central customer: which field, from what to what, and what cannot. Pure.

A field of Business Central is written by one row only, the first of those that may, so that two rows whose values end
in the same field (the customer's phone and the address's; a full name and its parts) never write against each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping import countries, emails
from mapping.catalogue import TABLES, Field, find
from mapping.diff import Changes
from mapping.evaluate import address_contexts
from mapping.field_words import in_part
from mapping.inverse import going_back, has_inverse, places_of
from mapping.names import join
from mapping.offered import offer_to_write
from mapping.rows import FieldRow, Issue, Place
from mapping.sources import Context, read
from mapping.store_facts import StoreFacts
from mapping.three_way import Choices, FieldChange
from mapping.transforms import Problem
from mapping.values import quoted, same, text

# Owners that let a value of BigCommerce's win, always or sometimes.
WRITING_OWNERS = ("bigcommerce", "newest", "fill_if_empty")
PART = "Business Central"
# Where a value is kept that rows read under another name.
_KEPT_AS = {
    Place("country", "isoCode"): Place("customer", "country"),
    Place("ship_to", "isoCode"): Place("ship_to", "country"),
}
NAME = Place("customer", "displayName")
_NAMES = ("firstName", "middleName", "surname")


@dataclass(frozen=True, slots=True)
class Return:
    """One field of Business Central to be written. ship_to: the code of the address, "" for the customer itself.

    part and target name the field of BigCommerce whose value it is, as in a run's record.
    """

    place: Place
    before: str
    after: str
    part: str
    target: str
    ship_to: str = ""
    conflict: bool = False

    @property
    def label(self) -> str:
        """The field in Business Central's own words."""
        found = find("business_central", self.place.table, self.place.name)
        label = found.label if found else self.place.name
        return f"{label} of ship-to {self.ship_to}" if self.ship_to else label


@dataclass
class Returned:
    """values: what to write. issues: what cannot be written, each named by its field. differ: (part, field) of every
    value of BigCommerce's that should go back, written or not."""

    values: list[Return] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    differ: set[tuple[str, str]] = field(default_factory=set)
    # (part, field) of a side that a person took and that cannot go back, with the reason.
    stays: dict[tuple[str, str], str] = field(default_factory=dict)


def kept_as(source: Place) -> Place:
    """The field that holds what a row reads: an ISO code is kept as a country/region code."""
    return _KEPT_AS.get(source, source)


def why_it_stays(row: FieldRow) -> str:
    """Why a value of BigCommerce's can never go back by this row, as a sentence, "" when it can."""
    if not row.source.name or not has_inverse(row):
        return "The value cannot go back to Business Central: the row has no source, or a step that has no inverse."
    place = kept_as(row.source)
    known = find("business_central", place.table, place.name)
    if known is None or not known.writable:
        label = known.label if known else place.name
        return f"{TABLES.get(('business_central', place.table), place.table)} {label} cannot be written."
    return ""


def returned(
    changes: Changes,
    record: BusinessCentralRecord,
    facts: StoreFacts,
    rows: Iterable[FieldRow],
    choices: Choices,
    capabilities: Capabilities | None,
) -> Returned:
    """What of these changes goes back to the customer, and what cannot. rows: the store's, in their order."""
    made = Returned()
    kind, writers = record.type, writers_of(rows, record.type)
    # The country first: a state and a post code are of the country that will be there.
    found = [(part, change) for part, family in changes.by_part for change in family if change.returns and change.row]
    found.sort(key=lambda each: each[1].row is not None and kept_as(each[1].row.source).name != "country")
    for part, change in found:
        row = change.row
        assert row is not None
        if why_it_stays(row):
            continue
        choice = choices.get((part, change.label))
        taken = choice is not None and (choice.side == "bigcommerce" or choice.restores)
        first = claim(writers, row, kind) if taken else in_the_way(writers, row, kind)
        if first is not row:
            if taken and first is not None:
                made.stays[part, change.label] = written_by(first, row, kind)
            continue
        _return(made, part, change, with_values(record, made.values, facts), facts, capabilities)
    return made


Writers = dict[Place, FieldRow]


def writers_of(rows: Iterable[FieldRow], kind: str = "") -> Writers:
    """Field of Business Central -> the one row whose value may be written there. kind: see fields_of."""
    writers: Writers = {}
    for row in rows:
        if row.owner in WRITING_OWNERS and not why_it_stays(row):
            claim(writers, row, kind)
    return writers


def fields_of(row: FieldRow, kind: str = "") -> list[Place]:
    """The fields of Business Central in which a value of this row ends, as they are kept there.

    kind: Company or Person. Of a person, Business Central makes the Name of the contact's names, and the other way.
    """
    places = [kept_as(place) for place in places_of(row)]
    if kind == "Person" and NAME in places and not any(step.name == "only_for_type" for step in row.steps):
        places += [Place("contact", name) for name in _NAMES]
    return list(dict.fromkeys(places))


def claim(writers: Writers, row: FieldRow, kind: str = "") -> FieldRow | None:
    """Make the row the writer of all its fields, if no other is of any; returns who is now in the way, or the row."""
    if in_the_way(writers, row, kind) is None:
        writers.update(dict.fromkeys(fields_of(row, kind), row))
    return in_the_way(writers, row, kind)


def in_the_way(writers: Writers, row: FieldRow, kind: str = "") -> FieldRow | None:
    """The row that writes a field of this one's: itself when it is the writer, None when nobody is."""
    found = [writers[place] for place in fields_of(row, kind) if place in writers]
    return next((each for each in found if each.target != row.target), row if found else None)


def written_by(first: FieldRow, row: FieldRow, kind: str = "") -> str:
    """Why a value of this row does not go back, as a sentence."""
    shared = next(place for place in fields_of(row, kind) if place in fields_of(first, kind))
    known = find("business_central", shared.table, shared.name)
    label = known.label if known else shared.name
    return f"{first.target} writes {label} of Business Central and comes first, so this value does not go back."


def _return(
    made: Returned,
    part: str,
    change: FieldChange,
    record: BusinessCentralRecord,
    facts: StoreFacts,
    capabilities: Capabilities | None,
) -> None:
    """Add what this change writes, or why it cannot be."""
    row = change.row
    assert row is not None
    code = part.removeprefix("address ship-to:") if part.startswith("address ship-to:") else ""
    context = next(
        (context for source, _, context in address_contexts(record, facts) if f"address {source}" == part),
        Context(record, facts, country_iso=text(record.country_iso)),
    )
    outcome = going_back(row, _as_text(change.returning), context)
    if isinstance(outcome, Problem):
        made.differ.add((part, change.label))
        made.issues.append(Issue(change.label, f"{in_part(part, change.label)} {outcome.text}", "invalid", PART))
        return
    for source, value in outcome.items():
        place = kept_as(source)
        before = read(place, context)
        if same(before, value, "phone" if place.name == "phoneNumber" else ""):
            continue
        made.differ.add((part, change.label))
        known = find("business_central", place.table, place.name)
        if known is not None and known.type == "code":
            # Business Central keeps a Code in capitals: in small letters it would differ, and be written, each time.
            value = value.upper()
        value, issue = _fitting(row, place, known, value, record, capabilities)
        if issue is not None:
            made.issues.append(issue)
        elif not same(before, value):
            made.values.append(Return(place, before, value, part, change.label, code, change.kind == "conflict"))


def _as_text(value: Any) -> str:
    return "; ".join(text(each) for each in value) if isinstance(value, list) else text(value)


def _fitting(
    row: FieldRow,
    place: Place,
    known: Field | None,
    value: str,
    record: BusinessCentralRecord,
    capabilities: Capabilities | None,
) -> tuple[str, Issue | None]:
    """value as the field takes it, or the issue that names field, length and limit."""
    name, label = place.name, known.label if known else place.name
    limit = known.max_length if known else None
    if limit is not None and len(value) > limit:
        # An address that was cut is somebody else's.
        if row.too_long == "shorten" and known is not None and known.type != "email":
            value = value[:limit].rstrip()
        else:
            said = f"{label} has {len(value)} characters, Business Central takes {limit}: {quoted(value)}."
            return value, Issue(name, said, "too_long", PART, len(value), limit)
    why = ""
    if name == "displayName" and not value:
        why = "cannot be blank in Business Central."
    elif known is not None and known.type == "phone" and any(map(str.isalpha, value)):
        why = f"{quoted(value)} has letters, which Business Central refuses in a phone number."
    elif known is not None and known.type == "email" and not all(map(emails.is_valid, emails.all_of(value))):
        why = f"{quoted(value)} is not an e-mail address."
    elif place.table == "contact":
        why = _no_contact(record, capabilities)
    elif known is not None and not (offered := offer_to_write(known, capabilities)).offered:
        why = f"cannot be written: {offered.how_to}"
    return value, Issue(name, f"{label} {why}", "invalid", PART) if why else None


def _no_contact(record: BusinessCentralRecord, capabilities: Capabilities | None) -> str:
    """Why the primary contact's names cannot be written, or ""."""
    if not record.primary_contact_number:
        return "cannot be written: no primary contact of this customer is known."
    if capabilities is not None and not (capabilities.has("name_details") or capabilities.customer_contacts):
        return "cannot be written: publish page 5055 (Name Details) in Business Central."
    return ""


def with_values(
    record: BusinessCentralRecord, values: Sequence[Return], facts: StoreFacts | None = None
) -> BusinessCentralRecord:
    """The customer as it will be once these values are written; the record itself stays as it is."""
    if not values:
        return record
    made = replace(record, extra=dict(record.extra), ship_to=[replace(each) for each in record.ship_to])
    for each in values:
        known = find("business_central", each.place.table, each.place.name)
        holder: BusinessCentralRecord | ShipTo | None = made
        if each.ship_to:
            holder = next((row for row in made.ship_to if text(row.code) == each.ship_to), None)
        if holder is None:
            continue
        if known is None or not known.attribute:
            made.extra[each.place.name] = each.after
            continue
        setattr(holder, known.attribute, each.after)
        if each.place.name == "country":
            holder.country_iso = _iso(each.after, facts)
    if made.type == "Person" and any(each.place.name in _NAMES for each in values):
        made.display_name = join(made.first_name, made.middle_name, made.surname)
    return made


def _iso(code: str, facts: StoreFacts | None) -> str:
    table = facts.country_iso if facts is not None else {}
    return table.get(code.upper()) or (code.upper() if countries.is_iso(code.upper()) else "")
