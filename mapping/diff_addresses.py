"""Addresses compared: which stands behind which source, what to change, adopt, create or remove."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mapping.evaluate import AddressTarget, Target
from mapping.rows import FieldRow
from mapping.three_way import Choices, FieldChange, Newer, compare, label_of, same_full_name
from mapping.values import is_blank, same, text

AddressAction = Literal["create", "update", "adopt", "delete", "unlink", "none"]

# The vendor answers 200 and leaves an address out when one with these values is there already.
# https://developer.bigcommerce.com/docs/rest-management/customers/addresses
UNIQUENESS = (
    "first_name", "last_name", "company", "phone", "address_type", "address1", "address2", "city", "country_code",
    "state_or_province", "postal_code",
)  # fmt: skip
# They belong to a country: another country makes the old ones wrong, so there a blank does overwrite.
_OF_A_COUNTRY = ("state_or_province", "postal_code")


@dataclass(frozen=True, slots=True)
class LinkedAddress:
    """The address behind one source. address is the vendor's dict, None when it is gone from the store."""

    address: Mapping[str, Any] | None
    base: Mapping[str, Any] | None = None
    created_by_us: bool = False


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What to do with the address behind source. values is the whole address to send (create, update), or {}.

    "adopt": link address_id, an equal address that is there already; "unlink": forget the link, leave the address.
    base is what the AddressLink holds once the action is done.
    """

    source: str
    action: AddressAction
    address_id: int | None = None
    fields: tuple[FieldChange, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What decides of an address beside its rows: its part's name in a record, who is newer, what a person chose."""

    part: str
    newer: Newer
    choices: Choices


def address_key(address: Mapping[str, Any]) -> tuple[str, ...]:
    """The vendor's uniqueness tuple without the customer; two addresses with one key cannot both exist."""
    return tuple(text(address.get(name)) for name in UNIQUENESS)


_POSTAL = ("address1", "address2", "city", "state_or_province", "postal_code", "country_code")


def alike(shopper: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a shopper's own address is the wanted one: the same place and full name, and nothing says otherwise.

    A blank company or phone on either side says nothing, nor does the address type or where a name is divided. A second
    address beside it that differs in these alone would only puzzle the shopper.
    """

    def folded(address: Mapping[str, Any], name: str) -> str:
        return " ".join(text(address.get(name)).casefold().split())

    def name(address: Mapping[str, Any]) -> str:
        return f"{folded(address, 'first_name')} {folded(address, 'last_name')}".strip()

    def agree(field: str) -> bool:
        one, other = shopper.get(field), wanted.get(field)
        return (
            is_blank(one)
            or is_blank(other)
            or same(one, other, field)
            or folded(shopper, field) == folded(wanted, field)
        )

    postal = all(folded(shopper, field) == folded(wanted, field) for field in _POSTAL)
    return postal and name(shopper) == name(wanted) and agree("company") and agree("phone")


def diff_addresses(
    target: Target,
    linked: Mapping[str, LinkedAddress],
    others: Sequence[Mapping[str, Any]],
    rows: Iterable[FieldRow],
    newer: Newer,
    choices: Choices | None = None,
) -> tuple[AddressChange, ...]:
    """One change per source that needs one. others stand behind no source: they are adopted when equal, else left."""
    by_table: dict[str, list[FieldRow]] = {}
    for row in rows:
        by_table.setdefault(row.target.table, []).append(row)
    standing = [link.address for link in linked.values() if link.address is not None]
    taken = {address_key(address) for address in standing}
    changes = []
    for source, wanted in target.addresses.items():
        table = by_table.get("address" if source == "main" else "ship_to_address", [])
        forms = by_table.get("address_form_field", [])
        link = linked.get(source, LinkedAddress(None))
        known = _Known(f"address {source}", newer, choices or {})
        change = _present(wanted, link, table, forms, known) if link.address is not None else _absent(wanted)
        # An update of form fields alone leaves the address as it is, so it is no duplicate but itself.
        same_place = link.address is not None and address_key(change.values) == address_key(link.address)
        if change.action == "create" or (change.action == "update" and not same_place):
            change = _without_duplicate(change, others, taken)
        if change.action != "none" or change.fields:
            changes.append(change)
    changes += [_removed(source, link) for source, link in linked.items() if _is_removed(source, target)]
    return tuple(changes)


def _absent(wanted: AddressTarget) -> AddressChange:
    if not wanted.values or any(issue.rejects(creating=True) for issue in wanted.issues):
        return AddressChange(wanted.source, "none")
    return _creation(wanted)


def _creation(wanted: AddressTarget, fields: tuple[FieldChange, ...] = ()) -> AddressChange:
    filled = {name: value for name, value in wanted.form_fields.items() if not is_blank(value)}
    values, base = dict(wanted.values), dict(wanted.values)
    return AddressChange(wanted.source, "create", None, fields, _with(values, _listed(filled)), _with(base, filled))


def _with(values: dict[str, Any], form_fields: Any) -> dict[str, Any]:
    """An address with its form fields, where there are any: as the vendor lists them, or by name in a base."""
    return {**values, "form_fields": form_fields} if form_fields else values


def _listed(form_fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in form_fields.items()]


def _present(
    wanted: AddressTarget, link: LinkedAddress, rows: Iterable[FieldRow], forms: Iterable[FieldRow], known: _Known
) -> AddressChange:
    now, base = link.address or {}, link.base or {}
    address_id = now.get("id")
    if any(issue.rejects(creating=False) for issue in wanted.issues):
        # Half an address is worse than an old one: it waits until the value is mended.
        return AddressChange(wanted.source, "none", address_id, base=dict(base))
    there = {entry["name"]: entry["value"] for entry in now.get("form_fields") or ()}
    agreed_forms = base.get("form_fields") or {}
    form_fields = _changes(forms, wanted.form_fields, there, agreed_forms, known)
    fields = _fields(wanted.values, now, base, rows, known)
    agreed = _with(
        _agreed(wanted.values, now, {name: value for name, value in base.items() if name != "form_fields"}, fields),
        _agreed(wanted.form_fields, there, agreed_forms, form_fields),
    )
    sent = {change.field: change.after for change in fields if change.sends}
    sent_forms = {change.field: change.after for change in form_fields if change.sends}
    fields = (*fields, *form_fields)
    if not sent and not sent_forms:
        return AddressChange(wanted.source, "none", address_id, fields, base=agreed)
    if not link.created_by_us:
        if alike(now, wanted.values):
            kept = tuple(replace(change, kind="kept", sends=False) for change in fields)
            return AddressChange(wanted.source, "none", address_id, kept, base=dict(base))
        return _beside(wanted, fields, sent, address_id, base)
    whole = {name: text(now.get(name)) for name in UNIQUENESS} | sent
    return AddressChange(wanted.source, "update", address_id, fields, _with(whole, _listed(sent_forms)), agreed)


def _beside(
    wanted: AddressTarget,
    fields: tuple[FieldChange, ...],
    sent: Mapping[str, Any],
    address_id: Any,
    base: Mapping[str, Any],
) -> AddressChange:
    """A shopper's own address is never changed: ours is created beside it and takes its place in the link. Form fields
    do not tell two addresses apart, so for them alone there can be no second one.
    """
    if not sent or any(issue.rejects(creating=True) for issue in wanted.issues):
        kept = tuple(replace(change, kind="kept", sends=False) for change in fields) if not sent else fields
        return AddressChange(wanted.source, "none", address_id, kept, base=dict(base))
    return _creation(wanted, fields)


def _fields(
    after: Mapping[str, Any],
    before: Mapping[str, Any],
    base: Mapping[str, Any],
    rows: Iterable[FieldRow],
    known: _Known,
) -> tuple[FieldChange, ...]:
    moved = not is_blank(after.get("country_code")) and not same(after["country_code"], before.get("country_code"))
    kept_names = ("first_name", "last_name") if same_full_name(after, before, base) else ()
    manners = [
        replace(row, blank="send") if moved and row.target.name in _OF_A_COUNTRY else row
        for row in rows
        if row.target.name not in kept_names
    ]
    return _changes(manners, after, before, base, known)


def _changes(
    rows: Iterable[FieldRow],
    after: Mapping[str, Any],
    before: Mapping[str, Any],
    base: Mapping[str, Any],
    known: _Known,
) -> tuple[FieldChange, ...]:
    changes = []
    for row in rows:
        name = row.target.name
        if name in after:
            choice = known.choices.get((known.part, label_of(row))) if known.choices else None
            change = compare(row, after[name], before.get(name), base.get(name), known.part, known.newer, choice)
            if change:
                changes.append(change)
    return tuple(changes)


def _agreed(
    after: Mapping[str, Any], before: Mapping[str, Any], base: Mapping[str, Any], fields: Iterable[FieldChange]
) -> dict[str, Any]:
    """Where both sides will say the same, that; elsewhere what was agreed before."""
    sent = {change.field for change in fields if change.sends}
    agreed = {name: value for name, value in after.items() if name in sent or same(value, before.get(name))}
    return {**base, **agreed}


def _without_duplicate(
    change: AddressChange, others: Sequence[Mapping[str, Any]], taken: set[tuple[str, ...]]
) -> AddressChange:
    """An address that is there already is adopted instead; one that stands behind another source needs nothing."""
    key = address_key(change.values)
    if key in taken:
        return AddressChange(change.source, "none", change.address_id)
    taken.add(key)
    found = next((address for address in others if address_key(address) == key), None)
    if found is None and change.action == "create":
        free = (address for address in others if address_key(address) not in taken)
        found = next((address for address in free if alike(address, change.values)), None)
    if found is None:
        return change
    taken.add(address_key(found))
    return AddressChange(change.source, "adopt", found.get("id"), change.fields, base=change.base)


def _is_removed(source: str, target: Target) -> bool:
    return target.ship_to_known and source not in target.addresses and source != "main"


def _removed(source: str, link: LinkedAddress) -> AddressChange:
    """A removed ship-to takes only what we created and nobody changed since; all else is just forgotten."""
    now, base = link.address, link.base
    address_id = now.get("id") if now else None
    ours = now is not None and link.created_by_us and bool(base)
    if ours and now and base and all(same(now.get(name), base.get(name)) for name in UNIQUENESS):
        return AddressChange(source, "delete", address_id)
    return AddressChange(source, "unlink", address_id)
