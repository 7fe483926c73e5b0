"""What differs between the two systems in one pair that was read this moment, field by field, and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from customers import conflicts
from customers.business_central_mirror import record_of
from customers.models import Link, RunRecord
from customers.newest import newer_of
from customers.one_writer import writing_store
from customers.planning import changed_permissions
from customers.records import part
from customers.shopper import current_of
from customers.store_definitions import Definitions
from mapping.diff import AddressChange, Changes, Current, FieldChange, base_from_json, diff
from mapping.evaluate import Target, evaluate
from mapping.values import same
from stores.models import Store

# In the order of what somebody should know first; the first of a customer's is its record's cause.
STORE_MISSED = "Webhook missed: changed in BigCommerce"
BUSINESS_MISSED = "Webhook missed: changed in Business Central"
CONFLICT = "Both sides changed it"
SWITCH_OFF = "Switch off: may not update Business Central"
EDITED_IN_STORE = "Edited in the store, Business Central owns it"
EDITED_IN_BUSINESS = "Changed in Business Central, not sent yet"
OTHER_STORE = "Another store writes this customer in Business Central"
STORES_OWN = "BigCommerce owns it, not sent back yet"
FIRST = "Never agreed: the first Update waits"
PARKED = "Parked after three rejections"
FAILED = "The last Update failed"
SHOPPER_GONE = "Deleted in BigCommerce"
BUSINESS_GONE = "Deleted in Business Central"
SET_UP = "The set-up asks for it, not sent yet"
CAUSES = (STORE_MISSED, BUSINESS_MISSED, SHOPPER_GONE, BUSINESS_GONE, CONFLICT, SWITCH_OFF, OTHER_STORE,
          EDITED_IN_STORE, EDITED_IN_BUSINESS, STORES_OWN, PARKED, FAILED, FIRST, SET_UP)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """before is BigCommerce's value, after Business Central's; both as read this moment."""

    part: str
    field: str
    before: Any
    after: Any
    cause: str


@dataclass
class Seen:
    """One pair as one of three says it: the mirrors, or both vendors."""

    target: Target
    current: Current
    changes: Changes


def look(store: Store, defined: Definitions, link: Link) -> Seen:
    """Compare a link's two sides as they are on it. Needs the customer `with_details`."""
    target = evaluate(record_of(link.business_central_customer), defined.facts, defined.rows)
    current = current_of(link.customer, store, link.address_links.all())
    newer = newer_of(store, link)
    changes = diff(
        target, current, base_from_json(link.base), defined.rows, newer, conflicts.choices_of(link)
    )  # fmt: skip
    return Seen(target, current, changes)


def differences(store: Store, defined: Definitions, fresh: Link, known: Link) -> list[Difference]:
    """What differs in `fresh`, a pair as both vendors say it; `known` is the same as the mirrors have it.

    What the owners leave as it is (fill if empty, never, a blank that does not overwrite) is no difference.
    """
    now = look(store, defined, fresh)
    before = look(store, defined, known)
    found = [
        Difference(name, change.label, change.before, change.after, _cause(store, known, name, change, now, before))
        for name, family in now.changes.by_part
        for change in family
        if change.sends or change.returns or change.kind == "conflict"
    ]
    whole = [change for change in now.changes.addresses if change.action in ("create", "delete") and not change.fields]
    found += [_of_address(change, known, now, before) for change in whole]
    permissions = changed_permissions(now.changes, store, fresh.customer, defined)
    for (space, key), row in permissions.items():
        stands = {(m.namespace, m.key): m.permission_set for m in known.customer.metafields.all()}
        cause = STORE_MISSED if stands.get((space, key)) != row.permission_set else SET_UP
        found.append(Difference("metafields", f"{space}.{key} permission", row.permission_set, "as set up", cause))
    return found


def _cause(store: Store, link: Link, name: str, change: FieldChange, now: Seen, before: Seen) -> str:
    theirs, ours = _moved(name, change.label, now, before)
    if theirs:
        return STORE_MISSED
    if ours:
        return BUSINESS_MISSED
    if link.customer.parked:
        return PARKED
    if link.base is None:
        return FIRST
    if change.kind == "conflict":
        return CONFLICT
    if change.returns and not change.sends:
        if not store.may_update_business_central:
            return SWITCH_OFF
        return OTHER_STORE if writing_store(link) else STORES_OWN
    if link.customer.failed:
        return FAILED
    if change.base is not None and not same(change.before, change.base, change.field):
        return EDITED_IN_STORE
    return SET_UP if change.base is None else EDITED_IN_BUSINESS


def _moved(name: str, field: str, now: Seen, before: Seen) -> tuple[bool, bool]:
    """Whether BigCommerce, and Business Central, say another value of a field than their mirror."""
    theirs, knew_theirs = (conflicts.theirs_now(seen.current, name).get(field) for seen in (now, before))
    ours, knew_ours = (conflicts.ours_now(seen.target, name).get(field) for seen in (now, before))
    bare = field.rpartition(".")[2]
    return not same(theirs, knew_theirs, bare), not same(ours, knew_ours, bare)


def _of_address(change: AddressChange, link: Link, now: Seen, before: Seen) -> Difference:
    """An address that is missing in the store, or that is there still although its source is gone."""
    source = change.source
    mine, known = (seen.current.addresses.get(source) for seen in (now, before))
    there, was_there = (bool(each and each.address) for each in (mine, known))
    if there != was_there:
        cause = STORE_MISSED
    elif (source in now.target.addresses) != (source in before.target.addresses):
        cause = BUSINESS_MISSED
    else:
        cause = FIRST if link.base is None else SET_UP if change.action == "create" else EDITED_IN_BUSINESS
    stands = _in_a_line(mine.address if mine else None)
    wanted = _in_a_line(change.values) if change.action == "create" else ""
    return Difference(f"address {source}", "address", "" if change.action == "create" else stands, wanted, cause)


def _in_a_line(address: Mapping[str, Any] | None) -> str:
    names = ("address1", "address2", "postal_code", "city", "country_code")
    return ", ".join(str(address[name]) for name in names if address.get(name)) if address else ""


def parts_of(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """As a record keeps them: one part per part of the customer and cause, with before and after."""
    grouped: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for each in found:
        grouped[each.part, each.cause].append(each)
    return [
        part(name, RunRecord.Outcome.DIFFERS, cause, [(each.field, each.before, each.after) for each in group])
        for (name, cause), group in grouped.items()
    ]


def gravest_cause(found: Iterable[Difference]) -> str:
    """The cause that a person should know first."""
    return min((each.cause for each in found), key=CAUSES.index)


def tally(counts: Mapping[str, int], words: Iterable[str], sign: int = 1) -> dict[str, int]:
    """The counts with these added, or with -1 taken away."""
    return dict(Counter(counts) + Counter(words) if sign > 0 else Counter(counts) - Counter(words))
