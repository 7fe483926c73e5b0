"""The inverse of one record of a run, from its before-images: what to send, what to unlink, and what is left alone.

A value that is neither as the run left it nor as it was before was changed by somebody since: it stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customers import undoing_back
from customers.before_images import FAMILIES, address_whole, metafields_of, values_of
from customers.mirror_rows import address_item
from customers.models import Customer, Link, Run, RunRecord
from customers.records import part
from mapping.defaults import TRACKING_ID, TRACKING_NAMESPACE
from mapping.diff_addresses import UNIQUENESS, address_key
from mapping.values import quoted, same
from stores.models import Store

Outcome = RunRecord.Outcome
GONE = "Not linked any more; left as it is."
NOTHING_SENT = "Nothing was sent for it, or its details were purged."
# What nobody can bring back, said where a customer is deleted.
LOST = {
    "bigcommerce": "Deleted in BigCommerce for good: sign-in, wish lists and store credit go, orders stay without it; "
    "the id and the date of registration never come back.",
    "business_central": "Deleted in Business Central for good: the number stays used, and the contacts that Business "
    "Central made for it stay.",
}


@dataclass
class Inverse:
    """plan: as `sending` takes it, with what is done to our own tables. parts: to show. left: sentences."""

    plan: dict[str, Any] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def does(self) -> bool:
        names = (
            "core",
            "addresses",
            "attributes",
            "no_attributes",
            "metafields",
            "unlink",
            "stood",
            "relink",
            "delete",
            "business_central",
        )
        return any(self.plan.get(name) for name in names)


def inverse(store: Store, source: RunRecord, customer: Customer, link: Link | None, *, delete: bool = False) -> Inverse:
    """What takes back this record. customer and link as `planning.pairs` gives them, with addresses__form_fields."""
    made = Inverse({"of": source.pk, "customer_id": customer.remote_id, "link": link.pk if link else None})
    if source.run.kind == Run.Kind.UPDATE_CUSTOMERS:
        if link is None or link.pk != source.plan.get("link") or "before" not in source.plan:
            made.left.append(GONE if "link" in source.plan else NOTHING_SENT)
            return made
        _values(made, store, source, customer)
        _addresses(made, source, link)
        undoing_back.inverse(made.plan, made.parts, made.left, source, link)
        made.plan["base"] = restored_base(link.base, source.plan["before"], made.plan)
    elif "stood" in source.plan:
        _standing(made, source, customer, link)
    else:
        _linking(made, store, source, customer, link, delete)
    return made


def _linking(
    made: Inverse, store: Store, source: RunRecord, customer: Customer, link: Link | None, delete: bool
) -> None:
    """A pair that the run linked, or made: unlink it, take our metafields away, put the shopper back where it stood."""
    if link is None or link.run_id != source.run_id:
        made.left.append(GONE)
        return
    number = link.business_central_customer.number
    if link.rule != "tracking":
        _metafields(made, store, source, customer, link)
    created = source.plan.get("created") == Outcome.CREATED or link.rule == "created"
    made.plan["unlink"] = number
    said = f"Unlinked from Business Central customer {number}."
    if created:
        side = "bigcommerce" if source.run.kind == Run.Kind.ADD_CUSTOMERS else "business_central"
        unchanged = _as_created(source, customer, link, side)
        if delete and unchanged:
            made.plan["delete"] = side
            made.parts.append(part("customer", Outcome.UPDATED, LOST[side]))
        else:
            made.plan["mark"] = f"Its creation by run {source.run_id} was undone; the customer stays."
            if delete:
                made.left.append("The customer was changed since it was created, so it is not deleted")
    made.parts.append(part("link", Outcome.UPDATED, said, [("linked to", number, "")]))


def _as_created(source: RunRecord, customer: Customer, link: Link, side: str) -> bool:
    """Whether the customer still has exactly what the run gave it; the parts say what that was."""
    given = {entry["part"]: {c[0]: c[2] for c in entry["changes"]} for entry in source.parts if entry["changes"]}
    if side == "business_central":
        sent = source.plan.get("create", {})
        row = link.business_central_customer.data
        return bool(sent) and all(
            str(row.get(ours, "")).casefold() == str(sent[name]).casefold()
            for name, ours in API_NAMES.items()
            if name in sent
        )
    core = given.get("core", {})
    addresses = sorted(address_key(values) for name, values in given.items() if name.startswith("address "))
    now = sorted(address_key(address_item(row)) for row in customer.addresses.all())
    return all(same(customer.data.get(name), value, name) for name, value in core.items()) and addresses == now


API_NAMES = {
    "displayName": "display_name", "addressLine1": "address_line1", "addressLine2": "address_line2", "city": "city",
    "state": "state", "country": "country", "postalCode": "postal_code", "phoneNumber": "phone_number",
    "email": "email", "taxRegistrationNumber": "tax_registration_number",
}  # fmt: skip


def _standing(made: Inverse, source: RunRecord, customer: Customer, link: Link | None) -> None:
    """Where the run put an unlinked shopper (review, default customer, unmapped)."""
    if link is not None or customer.status_reason != source.reason:
        made.left.append("Somebody decided about this customer since; left as it is.")
        return
    made.plan["stood"] = source.plan["stood"]
    was = Customer.Status(source.plan["stood"]["status"]).label
    made.parts.append(part("status", Outcome.UPDATED, "", [("status", customer.get_status_display(), was)]))


def _values(made: Inverse, store: Store, source: RunRecord, customer: Customer) -> None:
    now, before = values_of(customer, store), source.plan["before"]
    back: dict[str, dict[str, Any]] = {}
    going = made.plan.setdefault("going", {})
    for family in FAMILIES:
        back[family], shown = {}, []
        for name, (was, after) in before.get(family, {}).items():
            value = now[family].get(name)
            if same(value, was, name):
                going.setdefault(family, []).append(name)
                continue
            if not same(value, after, name):
                made.left.append(f"{name} was changed since to {quoted(str(value))}")
                continue
            back[family][name] = was
            going.setdefault(family, []).append(name)
            shown.append((name, value, was))
        if shown:
            made.parts.append(part(family.replace("_", " "), Outcome.UPDATED, "", shown))
    core = {name: _blank(name) if was is None else was for name, was in back["core"].items()}
    if back["form_fields"]:
        forms = [{"name": name, "value": "" if was is None else was} for name, was in back["form_fields"].items()]
        core["form_fields"] = forms
    made.plan["core"] = core
    made.plan["attributes"] = {name: was for name, was in back["attributes"].items() if was is not None}
    made.plan["no_attributes"] = [name for name, was in back["attributes"].items() if was is None]
    _metafields(made, store, source, customer, None)


def _tells_of(link: Link, now: Mapping[tuple[str, str], Any]) -> bool:
    """Whether the shopper's tracking metafield names this link's customer, or is not there."""
    named = now.get(TRACKING_ID)
    return named is None or same(str(named.value).lower(), str(link.business_central_customer.remote_id).lower())


def _blank(name: str) -> Any:
    return 0 if name == "customer_group_id" else ""


def _metafields(made: Inverse, store: Store, source: RunRecord, customer: Customer, link: Link | None) -> None:
    """Back to what they were; with a link that goes, our own metafields that tell of it go whoever wrote them later.
    Those that tell of somebody else were there before the link, and stay."""
    now, entries, shown = metafields_of(customer, store), [], []
    going = made.plan.setdefault("going", {}).setdefault("metafields", [])
    kept = {
        (space, key): pair
        for space, keys in source.plan.get("before", {}).get("metafields", {}).items()
        for key, pair in keys.items()
    }
    if link is not None and _tells_of(link, now):
        for (space, key), row in now.items():
            if space == TRACKING_NAMESPACE:
                kept.setdefault((space, key), [None, row.value])
    for (space, key), (was, after) in kept.items():
        row = now.get((space, key))
        value = row.value if row is not None else None
        if same(value, was) or same(value, after):
            going.append([space, key])
        if same(value, was):
            continue
        if not same(value, after):
            made.left.append(f"{space}.{key} was changed since to {quoted(str(value))}")
            continue
        entry = {"namespace": space, "key": key, "value": was or "", "id": row.remote_id if row is not None else None}
        entries.append(entry if row is not None else {**entry, "permission_set": "app_only"})
        shown.append((f"{space}.{key}", value, was))
    for entry in source.plan.get("metafields", ()):
        if entry.get("repermit"):
            made.left.append(f"{entry['namespace']}.{entry['key']} keeps its permission, which the set-up says")
    if entries:
        made.plan["metafields"] = entries
        made.parts.append(part("metafields", Outcome.UPDATED, "", shown))


def _addresses(made: Inverse, source: RunRecord, link: Link) -> None:
    """Each address behind a source goes back to what it was; which address stands behind it, too."""
    rows = {row.pk: row for row in link.customer.addresses.all()}
    by_id = {row.remote_id: row for row in rows.values()}
    linked = {each.source: each for each in link.address_links.all()}
    changes, relink = [], []
    for name, kept in source.plan["before"].get("addresses", {}).items():
        known, was = linked.get(name), kept["was"]
        row = rows.get(known.address_id) if known is not None else None
        old = by_id.get(was["id"]) if was else None
        now = {} if row is None else address_whole(row)
        ours = known is not None and known.created_by_us
        back = {"source": name, "base": kept["base"], "ours": kept["ours"], "address_id": was["id"] if was else None}
        if was and row is not None and old is None and _equal(now, was):
            # It was deleted, and is made again already.
            back["address_id"] = row.remote_id
        if was and row is not None and row.remote_id == back["address_id"]:
            if _equal(now, was):
                if known is None or (known.base, known.created_by_us) != (kept["base"], kept["ours"]):
                    relink.append(back)
                continue
            change = _change(made, name, "update", now, kept["after"], was)
        elif row is not None and ours:
            change = _change(made, name, "delete", now, kept["after"] or now, {})
        elif was and old is None:
            change = _change(made, name, "create", {}, {}, was)
        else:
            change = None
            if known is not None or was:
                relink.append(back)
        if change is not None:
            changes.append({**change, "address_id": now.get("id"), "base": kept["base"] or {}})
            relink.append(back)
    made.plan["addresses"], made.plan["relink"] = changes, relink


def _change(
    made: Inverse, source: str, action: str, now: Mapping[str, Any], after: Mapping[str, Any], was: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The change as `sending` takes it; None where somebody changed the address since."""
    name = f"address {source}"
    if now and not _equal(now, after):
        made.left.append(f"{name} was changed since")
        return None
    shown = [(each, now.get(each), was.get(each)) for each in UNIQUENESS if not same(now.get(each), was.get(each))]
    made.parts.append(part(name, Outcome.UPDATED, "made again, with a new id" if action == "create" else "", shown))
    values = {each: was.get(each) or "" for each in UNIQUENESS} if was else {}
    if not values.get("address_type"):
        values.pop("address_type", None)
    if was.get("form_fields"):
        values["form_fields"] = was["form_fields"]
    return {"source": source, "action": action, "values": values}


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(same(one.get(each), other.get(each), each) for each in UNIQUENESS)


def restored_base(
    now: Mapping[str, Any] | None, before: Mapping[str, Any], plan: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The base after the undo: for what goes back (or went already), what was agreed on before; the rest as it is.

    A pair that had agreed on nothing before has agreed on nothing again.
    """
    old = before["base"]
    if old is None or now is None:
        return None
    base: dict[str, Any] = {family: dict(values) for family, values in now.items()}
    for family in FAMILIES:
        _back(base.setdefault(family, {}), old.get(family, {}), plan["going"].get(family, ()))
    known = base.setdefault("metafields", {})
    for space, key in plan["going"]["metafields"]:
        known[space] = dict(known.get(space, {}))
        _back(known[space], old.get("metafields", {}).get(space, {}), [key])
    return base


def _back(base: dict[str, Any], old: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in names:
        base.pop(name, None)
        if name in old:
            base[name] = old[name]
