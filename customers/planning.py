"""What an update of one linked pair would send, as JSON that a run record keeps, a page shows and `sending` sends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from customers import conflicts
from customers.business_central_mirror import record_of
from customers.models import AddressLink, Customer, CustomerMetafield, Link, RunRecord
from customers.newest import newer_of
from customers.one_writer import writing_store
from customers.plan_words import SWITCH_OFF, drift, show, show_issues, show_returned
from customers.records import gravest, part
from customers.shopper import current_of, owns
from customers.store_definitions import Definitions
from mapping.diff import AddressChange, Changes, Current, base_as_json, base_from_json, diff, next_base, payload
from mapping.evaluate import Target, evaluate
from mapping.rows import FieldRow, metafield_rows
from mapping.setup import capabilities_of
from mapping.write_back import PART, Returned, returned, with_values
from mapping.writing import to_write
from stores.models import Store

Outcome = RunRecord.Outcome


@dataclass
class PairPlan:
    """plan: what to send. parts: what to show. outcome: the gravest. base: what both sides agree on already.

    local: there are address links to keep although nothing has to be sent. says: a record has to tell something, sent
    or not. bases: address links, changed, whose base is what both sides agree on. edits: what the
    link needs to say no more of single fields.
    """

    plan: dict[str, Any]
    parts: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = Outcome.UNCHANGED
    base: dict[str, Any] = field(default_factory=dict)
    sends: bool = False
    local: bool = False
    says: bool = False
    bases: list[AddressLink] = field(default_factory=list)
    edits: list[conflicts.Edit] = field(default_factory=list)


def plan_pair(store: Store, defined: Definitions, link: Link, *, back: bool = True) -> PairPlan:
    """Compare both mirrors of a linked pair with what they agreed on last. Needs the customer `with_details`.

    back: whether values of BigCommerce's may go back to Business Central, which the store's switch allows first.
    """
    customer, business = link.customer, link.business_central_customer
    record, choices = record_of(business), conflicts.choices_of(link)
    target = evaluate(record, defined.facts, defined.rows)
    current = current_of(customer, store, link.address_links.all())
    base = base_from_json(link.base)
    newer = newer_of(store, link)
    changes = seen = diff(target, current, base, defined.rows, newer, choices)
    goes_back, why_not = Returned(), "" if store.may_update_business_central else SWITCH_OFF
    if any(change.returns for change in changes.fields):
        known, why_not = capabilities_of(store), why_not or writing_store(link)
        goes_back = returned(changes, record, defined.facts, defined.rows, choices, known)
    written = back and not why_not
    if written and goes_back.values:
        # What Business Central is about to say is what the store is compared with: one run brings both in line.
        then = with_values(record, goes_back.values, defined.facts)
        changes = diff(evaluate(then, defined.facts, defined.rows), current, base, defined.rows, newer, choices)
    gone = {(each.part, each.target) for each in goes_back.values} if written else set()
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
        bases=_bases(link, changes),
        edits=conflicts.tidy(link, target, current),
    )
    if told := conflicts.found(link, seen, gone):
        made.plan["conflicts"] = told
    if written and goes_back.values:
        made.plan["business_central"] = to_write(record, goes_back.values, defined.facts)
        made.plan["etag"], made.plan["returned"] = record.etag, sorted(map(list, gone))
        made.sends = True
    words = drift(seen, goes_back, why_not) if why_not else goes_back.stays
    made.parts = [
        *_with_permissions(show(changes, words), permissions, defined),
        *show_returned(goes_back, written=written),
        *show_issues(target, current),
    ]
    made.outcome = gravest(entry["outcome"] for entry in made.parts)
    made.says = bool(words or told)
    return made


def _bases(link: Link, changes: Changes) -> list[AddressLink]:
    """Address links to which nothing is done and whose base is not what both sides say."""
    linked = {each.source: each for each in link.address_links.all()}
    changed = []
    for change in changes.addresses:
        known = linked.get(change.source)
        if change.action == "none" and known is not None and change.base and known.base != change.base:
            known.base = dict(change.base)
            changed.append(known)
    return changed


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


def keep_ours(begun: dict[str, Any], now: dict[str, Any]) -> None:
    """An address that we were about to make and that is there now was made by us, although no answer said so."""
    changes = begun.get("addresses", ())
    making = {change["source"] for change in changes if change["action"] == "create" or change.get("ours")}
    for change in now.get("addresses", ()):
        if change["action"] == "adopt":
            change["ours"] = begun.get("created") == Outcome.CREATED or change["source"] in making


def as_shown(record: RunRecord, made: PairPlan) -> bool:
    """Whether the pair would still be changed from what was shown to what was shown, but for what is sent already."""
    sent = set(record.plan.get("sent", ()))
    begun = {part_of(name) for name in sent} | ({"form fields"} if "core" in sent else set())
    shown, now = ([entry for entry in parts if entry["part"] not in begun] for parts in (record.parts, made.parts))
    return shown == now and all(_unsent(record.plan, name, sent) == made.plan.get(name) for name in FAMILIES)


FAMILIES = ("core", "addresses", "attributes", "metafields", "business_central")


def _unsent(plan: Mapping[str, Any], family: str, sent: set[str]) -> Any:
    """What is left of one family of a plan that was begun; None where nothing is."""
    whole = plan.get(family)
    if family == "addresses":
        whole = [change for change in whole or () if f"address {change['source']}" not in sent]
    elif family == "metafields":
        whole = [each for each in whole or () if f"metafields {each['namespace']}.{each['key']}" not in sent]
    elif family == "attributes":
        whole = {name: value for name, value in (whole or {}).items() if f"attributes {name}" not in sent}
    elif (PART if family == "business_central" else family) in sent:
        whole = None
    return whole or None


def part_of(name: str) -> str:
    """`metafields bcsync.customer_id` belongs to the part `metafields`."""
    return name.split(" ")[0] if name.startswith(("metafields", "attributes")) else name


def agree(store: Store, defined: Definitions, links: Iterable[Link]) -> list[Link]:
    """After writes: set each link's base to what both mirrors now agree on. Returns the links to save."""
    changed = []
    for link in links:
        target, current = _both(store, defined, link)
        base = base_as_json(next_base(target, current, base_from_json(link.base)))
        if base != link.base:
            link.base = base
            changed.append(link)
    return changed


def tidied(store: Store, defined: Definitions, links: Iterable[Link]) -> list[conflicts.Edit]:
    """After writes: what these links need to say no more of single fields."""
    return [edit for link in links if link.disputes for edit in conflicts.tidy(link, *_both(store, defined, link))]


def _both(store: Store, defined: Definitions, link: Link) -> tuple[Target, Current]:
    target = evaluate(record_of(link.business_central_customer), defined.facts, defined.rows)
    return target, current_of(link.customer, store, link.address_links.all())


def pairs(store: Store) -> Any:
    """The store's links with everything that `plan_pair` looks at, in a fixed number of queries per chunk."""
    return Link.objects.filter(store=store).select_related(
        "store", "customer", "business_central_customer"
    ).prefetch_related(
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
