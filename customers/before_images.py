"""What a run is about to overwrite, kept in its record before it is sent: what Undo goes back to."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import prefetch_related_objects

from customers.business_central_mirror import record_of
from customers.mirror_rows import address_item
from customers.models import Customer, Link, RunRecord
from customers.shopper import owns
from mapping.writing import values_now
from stores.models import Store

# Written before the record's requests go out, so that a worker that dies leaves it behind.
FAMILIES = ("core", "form_fields", "attributes")


def keep(store: Store, records: Sequence[RunRecord], links: Mapping[int, Link]) -> None:
    """Add to each record's plan["before"] what the store says now of all that its plan would send; then store it.

    Fields: {"base", "core" | "form_fields" | "attributes": {name: [before, after]}, "metafields": {namespace: {key:
    [before, after]}}, "addresses": {source: {"was", "base", "ours", "after"}}, "business_central": {family: {name:
    [before, after]}}, "returned": [[part, field]], "address_bases": {source: base}}. What an earlier try kept stays.
    The links need `planning.pairs`.
    """
    prefetch_related_objects([link.customer for link in links.values()], "addresses__form_fields")
    for record in records:
        link = links[record.plan["link"]]
        before = record.plan.setdefault("before", {"base": link.base})
        _keep_values(before, record.plan, values_of(link.customer, store))
        _keep_metafields(before, record.plan, metafields_of(link.customer, store))
        _keep_addresses(before, record.plan, link)
        _keep_business_central(before, record.plan, link)
    RunRecord.objects.bulk_create(
        records, update_conflicts=True, unique_fields=["id"], update_fields=["plan"], batch_size=500
    )


def values_of(customer: Customer, store: Store) -> dict[str, dict[str, Any]]:
    """Family -> name -> the store's value as the mirror has it. Needs `with_details`."""
    names = {definition["id"]: definition["name"] for definition in store.attributes}
    return {
        "core": customer.data,
        "form_fields": {each.name: each.value for each in customer.form_fields.all()},
        "attributes": {names.get(each.attribute_id, ""): each.value for each in customer.attribute_values.all()},
    }


def metafields_of(customer: Customer, store: Store) -> dict[tuple[str, str], Any]:
    """(namespace, key) -> row, of those that are ours."""
    return {(m.namespace, m.key): m for m in customer.metafields.all() if owns(store, m)}


def address_whole(row: Any) -> dict[str, Any]:
    """An address with its form fields, as the vendor would take it back."""
    forms = [{"name": each.name, "value": each.value} for each in row.form_fields.all()]
    return {**address_item(row), **({"form_fields": forms} if forms else {})}


def _keep_values(before: dict[str, Any], plan: dict[str, Any], now: dict[str, dict[str, Any]]) -> None:
    core = dict(plan.get("core", {}))
    forms = {each["name"]: each["value"] for each in core.pop("form_fields", ())}
    sent = {"core": core, "form_fields": forms, "attributes": plan.get("attributes", {})}
    for family in FAMILIES:
        kept = before.setdefault(family, {})
        for name, after in sent[family].items():
            kept[name] = [kept[name][0] if name in kept else now[family].get(name), after]


def _keep_metafields(before: dict[str, Any], plan: dict[str, Any], now: dict[tuple[str, str], Any]) -> None:
    for entry in plan.get("metafields", ()):
        kept = before.setdefault("metafields", {}).setdefault(entry["namespace"], {})
        key, row = entry["key"], now.get((entry["namespace"], entry["key"]))
        was = kept[key][0] if key in kept else row.value if row is not None else None
        kept[key] = [was, entry["value"]]


def _keep_addresses(before: dict[str, Any], plan: dict[str, Any], link: Link) -> None:
    rows = {row.pk: row for row in link.customer.addresses.all()}
    linked = {each.source: each for each in link.address_links.all()}
    kept = before.setdefault("addresses", {})
    for change in plan.get("addresses", ()):
        known, source = linked.get(change["source"]), change["source"]
        if source not in kept:
            row = rows.get(known.address_id) if known is not None else None
            kept[source] = {
                "was": address_whole(row) if row is not None else None,
                "base": known.base if known is not None else None,
                "ours": known.created_by_us if known is not None else False,
            }
        kept[source]["after"] = change["values"]


def _keep_business_central(before: dict[str, Any], plan: dict[str, Any], link: Link) -> None:
    """What Business Central says of all that goes back to it, and what both sides had agreed on about it."""
    entry = plan.get("business_central")
    if not entry:
        return
    now, kept = values_now(record_of(link.business_central_customer), entry), before.setdefault("business_central", {})
    for family in ("customer", "card", "names"):
        _keep_pairs(kept, family, now.get(family, {}), entry.get(family, {}))
    for code, values in now.get("ship_to", {}).items():
        _keep_pairs(kept.setdefault("ship_to", {}), code, values, entry["ship_to"][code])
    bases = {f"address {each.source}": (each.source, each.base) for each in link.address_links.all()}
    before["returned"] = plan.get("returned", [])
    for source, base in (bases[part] for part, _ in before["returned"] if part in bases):
        before.setdefault("address_bases", {}).setdefault(source, base)


def _keep_pairs(kept: dict[str, Any], family: str, now: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
    for name, after in entry.items():
        known = kept.setdefault(family, {})
        known[name] = [known[name][0] if name in known else now.get(name), after]
