"""What an update of one linked pair would send, as JSON that a run record keeps, a page shows and `sending` sends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customers.business_central_mirror import record_of
from customers.models import AddressLink, Customer, CustomerMetafield, Link, RunRecord
from customers.records import gravest, part
from customers.shopper import current_of, owns
from customers.store_definitions import Definitions
from mapping.diff import AddressChange, Changes, FieldChange, base_as_json, base_from_json, diff, next_base, payload
from mapping.evaluate import Target, evaluate
from mapping.rows import FieldRow, Issue, metafield_rows
from stores.models import Store

Outcome = RunRecord.Outcome


@dataclass
class PairPlan:
    """plan: what to send. parts: what to show. outcome: the gravest. base: what both sides agree on already.

    local: there are address links to keep although nothing has to be sent.
    """

    plan: dict[str, Any]
    parts: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = Outcome.UNCHANGED
    base: dict[str, Any] = field(default_factory=dict)
    sends: bool = False
    local: bool = False


def plan_pair(store: Store, defined: Definitions, link: Link) -> PairPlan:
    """Compare both mirrors of a linked pair with what they agreed on last. Needs the customer `with_details`."""
    customer, business = link.customer, link.business_central_customer
    record = record_of(business)
    target = evaluate(record, defined.facts, defined.rows)
    current = current_of(customer, store, link.address_links.all())
    base = base_from_json(link.base)
    changes = diff(target, current, base, defined.rows)
    permissions = changed_permissions(changes, store, customer, defined)
    made = PairPlan(
        plan={
            "link": link.pk,
            "customer_id": customer.remote_id,
            "sources": [customer.content_hash, business.content_hash],
            "first_update": link.base is None,
            **to_send(changes, store, customer, defined, permissions),
        },
        base=base_as_json(next_base(target, current, base)),
        sends=changes.writes or bool(permissions),
        local=any(change.action in ("adopt", "unlink") for change in changes.addresses),
    )
    made.parts = [*_with_permissions(show(changes), permissions, defined), *show_issues(target)]
    made.outcome = gravest(entry["outcome"] for entry in made.parts)
    return made


def only_tracking(made: PairPlan) -> PairPlan:
    """The same for a pair that was linked by e-mail a moment ago: its tracking metafields alone. The shopper's own
    values wait for an Update that somebody approves."""
    names = ["link", "customer_id", "metafields"]
    plan = {name: made.plan[name] for name in names if name in made.plan}
    parts = [entry for entry in made.parts if entry["part"] == "metafields"]
    return PairPlan(plan, parts, made.outcome, made.base, sends=bool(plan.get("metafields")))


def changed_permissions(
    changes: Changes, store: Store, customer: Customer, defined: Definitions
) -> dict[tuple[str, str], CustomerMetafield]:
    """(namespace, key) -> our metafield that stays and has another permission set than its definition says."""
    ours = {(m.namespace, m.key): m for m in customer.metafields.all() if owns(store, m) and m.permission_set}
    going = {(change.namespace, change.field) for change in changes.metafields if change.sends and not change.after}
    wanted = defined.setup.changed_permissions({key: m.permission_set for key, m in ours.items() if key not in going})
    return {key: ours[key] for key in wanted}


def _with_permissions(
    parts: list[dict[str, Any]], permissions: Mapping[tuple[str, str], CustomerMetafield], defined: Definitions
) -> list[dict[str, Any]]:
    """The parts, with the permissions among the metafields' changes."""
    if not permissions:
        return parts
    known = metafield_rows(defined.rows)
    shown = [
        [f"{space}.{key} permission", permissions[space, key].permission_set, known[space, key].permission_set]
        for space, key in sorted(permissions)
    ]
    metafields = next((entry for entry in parts if entry["part"] == "metafields"), None)
    if metafields is None:
        metafields = part("metafields", Outcome.UPDATED)
        parts = [*parts, metafields]
    metafields["outcome"] = gravest([metafields["outcome"], Outcome.UPDATED])
    metafields["changes"] = [*metafields["changes"], *shown]
    return parts


def to_send(
    changes: Changes,
    store: Store,
    customer: Customer,
    defined: Definitions,
    permissions: Mapping[tuple[str, str], CustomerMetafield],
) -> dict[str, Any]:
    """The payloads per endpoint family; absent where there is nothing to send."""
    ids = {(m.namespace, m.key): m.remote_id for m in customer.metafields.all() if owns(store, m)}
    known = metafield_rows(defined.rows)
    core = payload(changes.core)
    if form_fields := payload(changes.form_fields):
        core["form_fields"] = [{"name": name, "value": value} for name, value in form_fields.items()]
    made: dict[str, Any] = {
        "core": core,
        "addresses": [_address(change) for change in changes.addresses if change.action != "none"],
        "attributes": payload(changes.attributes),
        "metafields": _metafields(changes, known, ids, permissions),
    }
    return {name: value for name, value in made.items() if value}


def _metafields(
    changes: Changes,
    known: Mapping[tuple[str, str], FieldRow],
    ids: Mapping[tuple[str, str], int],
    permissions: Mapping[tuple[str, str], CustomerMetafield],
) -> list[dict[str, Any]]:
    """Values that change, then those of which only the permission does: their "value" is what is there ("keeps")."""
    entries = []
    sent = {(change.namespace, change.field): change.after for change in changes.metafields if change.sends}
    for key, value in sent.items():
        entry = metafield(known[key], value, ids.get(key))
        entries.append({**entry, "repermit": True} if key in permissions else entry)
    for key in sorted(permissions.keys() - sent.keys()):
        entry = metafield(known[key], permissions[key].value, ids[key])
        entries.append({**entry, "repermit": True, "keeps": True})
    return entries


def metafield(row: FieldRow, value: str, remote_id: int | None) -> dict[str, Any]:
    made = {"namespace": row.target.namespace, "key": row.target.name, "value": value}
    return {**made, "permission_set": row.permission_set, "description": row.description, "id": remote_id}


def _address(change: AddressChange) -> dict[str, Any]:
    return {
        "source": change.source,
        "action": change.action,
        "address_id": change.address_id,
        "values": dict(change.values),
        "base": dict(change.base),
    }


def show(changes: Changes) -> list[dict[str, Any]]:
    """The changes as parts of a record; what was kept is listed with its reason and changes nothing."""
    families: list[tuple[str, Sequence[FieldChange]]] = [
        ("core", changes.core),
        ("form fields", changes.form_fields),
        ("attributes", changes.attributes),
        ("metafields", changes.metafields),
    ]
    parts = [_shown(name, family, "updated") for name, family in families if family]
    for change in changes.addresses:
        if change.action != "none" or change.fields:
            parts.append(_shown(f"address {change.source}", change.fields, change.action))
    return parts


ADDRESS_WORDS = {
    "create": (Outcome.UPDATED, "a new address"),
    "update": (Outcome.UPDATED, ""),
    "updated": (Outcome.UPDATED, ""),
    "delete": (Outcome.UPDATED, "removed: it is gone from Business Central and still as we made it"),
    "adopt": (Outcome.UNCHANGED, "an equal address is there already and is used"),
    "unlink": (Outcome.UNCHANGED, "gone from Business Central; the address stays, it is not as we made it"),
    "none": (Outcome.UNCHANGED, ""),
}
KEPT = {
    "kept": "kept, BigCommerce owns it",
    "blank-kept": "kept, a blank does not overwrite",
    "conflict": "both sides changed it",
}


def _shown(name: str, family: Iterable[FieldChange], action: str) -> dict[str, Any]:
    fields = list(family)
    outcome, words = ADDRESS_WORDS[action]
    if fields and not any(change.sends for change in fields):
        outcome = Outcome.UNCHANGED
    reasons = [words, *(f"{label(change)}: {KEPT[change.kind]}" for change in fields if change.kind in KEPT)]
    if any(change.kind == "conflict" for change in fields):
        outcome = Outcome.CONFLICT
    shown = [(label(change), change.before, change.after) for change in fields if change.sends]
    return part(name, outcome, "; ".join(filter(None, reasons)), shown)


def label(change: FieldChange) -> str:
    return f"{change.namespace}.{change.field}" if change.namespace else change.field


def show_issues(target: Target) -> list[dict[str, Any]]:
    """Values that cannot go, each a rejected part of its own that names field, length and limit."""
    rejected = [issue for issue in target.issues if issue.rejects(creating=False)]
    return [{**part(_part_name(issue), Outcome.REJECTED, issue.text), "field": issue.field} for issue in rejected]


def _part_name(issue: Issue) -> str:
    return issue.part.replace("address:", "address ", 1)


def agree(store: Store, defined: Definitions, links: Iterable[Link]) -> list[Link]:
    """After writes: set each link's base to what both mirrors now agree on. Returns the links to save."""
    changed = []
    for link in links:
        target = evaluate(record_of(link.business_central_customer), defined.facts, defined.rows)
        current = current_of(link.customer, store, link.address_links.all())
        base = base_as_json(next_base(target, current, base_from_json(link.base)))
        if base != link.base:
            link.base = base
            changed.append(link)
    return changed


def pairs(store: Store) -> Any:
    """The store's links with everything that `plan_pair` looks at, in a fixed number of queries per chunk."""
    return Link.objects.filter(store=store).select_related("customer", "business_central_customer").prefetch_related(
        "address_links",
        "customer__addresses__form_fields",
        "customer__attribute_values",
        "customer__form_fields",
        "customer__metafields",
    )  # fmt: skip


def link_addresses(link: Link, changes: Iterable[Mapping[str, Any]], rows: Mapping[int, Any]) -> list[AddressLink]:
    """Address links for changes that are done. rows: BigCommerce address id -> mirror row."""
    made = []
    for change in changes:
        row = rows.get(change["address_id"] or 0)
        if row is not None:
            created = change["action"] == "create" or change.get("ours", False)
            made.append(
                AddressLink(link=link, source=change["source"], address=row, base=change["base"], created_by_us=created)
            )
    return made
