"""Sends planned parts to BigCommerce's four endpoint families and takes each answer into the mirror.

Used by Update for everything, and by Add Customers for what does not fit into the create itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from bcsync.clients.bigcommerce import Result
from bcsync.clients.errors import LostAnswer, RetryLater, VendorError
from customers import causes, mirror, mirror_metafields, mirror_rows
from customers.context import Context
from customers.models import AddressLink, Customer, CustomerAddress, CustomerAttribute, CustomerMetafield, RunRecord
from customers.planning import link_addresses, part_of
from customers.records import part
from mapping.values import quoted

Outcome = RunRecord.Outcome
Item = dict[str, Any]
Work = tuple[RunRecord, str, Item]
NUMBERED = {"attributes": "attribute", "metafields": "metafield"}


@dataclass
class Sending:
    """One chunk of records under way. later: whom the vendor could not serve just now; again: who has more to send;
    unsent: of whom something was not sent because an operator stopped the run."""

    ctx: Context
    customers: dict[int, Customer]
    outage: RetryLater | None = None
    later: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)
    unsent: set[int] = field(default_factory=set)

    def customer(self, record: RunRecord) -> Customer:
        return self.customers[record.plan["customer_id"]]


def send(ctx: Context, records: Sequence[RunRecord], customers: Iterable[Customer]) -> Sending:
    """Send what the records' plans still hold: core, addresses, attributes, metafields.

    Each part's outcome goes into the record's parts; plan["sent"] lists the parts that are done, so that a record taken
    up again sends only the rest. Raises ConfigurationError after what was under way is stored.
    """
    sending = Sending(ctx, {row.remote_id: row for row in customers})
    client = ctx.bigcommerce
    _family(sending, client.update_customers, _core(records), _took_core)
    _family(sending, _by_id(client.delete_addresses), _addresses(records, "delete"), _deleted_addresses)
    _family(sending, client.update_addresses, _addresses(records, "update"), _took_addresses)
    _family(sending, client.create_addresses, _addresses(records, "create"), _took_addresses)
    _keep_address_links(sending, records)
    _family(sending, client.put_attribute_values, _attributes(ctx, records), _took_attributes)
    _family(sending, _by_id(client.delete_metafields), _metafields(records, "delete"), _deleted_metafields)
    _family(sending, client.update_metafields, _metafields(records, "update"), _took_metafields)
    _family(sending, client.create_metafields, _metafields(records, "create"), _took_metafields)
    return sending


def calls(ctx: Context, records: Sequence[RunRecord]) -> Iterator[tuple[str, Item]]:
    """(call, item) of all that `send` would send of these plans, in its order. Nothing is sent."""
    families: list[tuple[str, Iterator[Work]]] = [
        ("PUT /v3/customers", _core(records)),
        ("DELETE /v3/customers/addresses", _addresses(records, "delete")),
        ("PUT /v3/customers/addresses", _addresses(records, "update")),
        ("POST /v3/customers/addresses", _addresses(records, "create")),
        ("PUT /v3/customers/attribute-values", _attributes(ctx, records)),
        ("DELETE /v3/customers/metafields", _metafields(records, "delete")),
        ("PUT /v3/customers/metafields", _metafields(records, "update")),
        ("POST /v3/customers/metafields", _metafields(records, "create")),
    ]
    for call, work in families:
        yield from ((call, item) for _, _, item in work)


def _family(
    sending: Sending,
    call: Callable[[Iterable[Item]], Iterator[list[Result]]],
    work: Iterator[Work],
    took: Callable[[Sending, list[tuple[RunRecord, str, Result]]], None],
) -> None:
    """One endpoint family: batches go out, each batch's answer is stored before the next is awaited."""
    of: dict[int, tuple[RunRecord, str]] = {}
    items = [item for record, name, item in work if of.setdefault(id(item), (record, name))]
    if not items:
        return
    for results in call(sending.ctx.until_stopped(items)):
        good = []
        for result in results:
            record, name = of.pop(id(result.item))
            if result.error is None:
                good.append((record, name, result))
                record.plan.setdefault("sent", []).append(name)
            elif result.error.code == "exists" and result.data:
                _exists(sending, record, result)
            else:
                _refused(sending, record, name, result.error)
        with transaction.atomic():
            took(sending, good)
        sending.ctx.lease.renew()
    sending.unsent.update(record.pk for record, _ in of.values())


def _by_id(
    call: Callable[[Iterable[int]], Iterator[list[Result]]],
) -> Callable[[Iterable[Item]], Iterator[list[Result]]]:
    """A delete takes ids and answers with items of its own; give it our items back."""

    def sends(items: Iterable[Item]) -> Iterator[list[Result]]:
        ours = {item["id"]: item for item in items}
        for results in call(list(ours)):
            yield [Result(ours[result.item["id"]], result.data, result.error) for result in results]

    return sends


def _exists(sending: Sending, record: RunRecord, result: Result) -> None:
    """A metafield that we do not know is there with another value: from now on we know it, and change it next."""
    found = result.data or {}
    for entry in record.plan["metafields"]:
        if (entry["namespace"], entry["key"]) == (result.item["namespace"], result.item["key"]):
            entry["id"] = found["id"]
    row = {**result.item, "owner_client_id": sending.ctx.store.client_id, **found}
    mirror_metafields.upsert([mirror_metafields.metafield_row(sending.ctx.store, sending.customer(record), row)])
    sending.again.add(record.pk)


def _refused(sending: Sending, record: RunRecord, name: str, error: VendorError) -> None:
    if isinstance(error, RetryLater) and not isinstance(error, LostAnswer):
        sending.outage = error
        sending.later.add(record.pk)
    outcome = Outcome.REJECTED if type(error).__name__ in ("Rejected", "Refusal") else Outcome.FAILED
    shown = next((entry for entry in record.parts if entry["part"] == part_of(name)), None)
    if shown is None:
        shown = part(part_of(name), outcome)
        record.parts.append(shown)
    shown.update(outcome=outcome, reason=str(error), **causes.facts(error))
    family, _, which = name.partition(" ")
    if family in NUMBERED and outcome == Outcome.REJECTED:
        # A request has its number only.
        shown["field"] = f"{family}.{which}"[: causes.MOST]
        shown["reason"] = f"BigCommerce refuses the {NUMBERED[family]} {quoted(which)}: {error.words}"


def _left(records: Sequence[RunRecord], name: str) -> Iterator[RunRecord]:
    """Records whose part is still to be sent."""
    return (record for record in records if name not in record.plan.get("sent", ()))


def _core(records: Sequence[RunRecord]) -> Iterator[Work]:
    for record in _left(records, "core"):
        if record.plan.get("core"):
            yield record, "core", {"id": record.plan["customer_id"], **record.plan["core"]}


def _took_core(sending: Sending, good: list[tuple[RunRecord, str, Result]]) -> None:
    rows = []
    for record, _, result in good:
        customer = sending.customer(record)
        mirror.merge_answer(customer, {**result.item, **(result.data or {})}, timezone.now())
        rows.append(customer)
        if form_fields := result.item.get("form_fields"):
            mirror_rows.write_form_fields(customer, form_fields)
    mirror_rows.update_columns(rows)


def _addresses(records: Sequence[RunRecord], action: str) -> Iterator[Work]:
    for record in records:
        for change in record.plan.get("addresses", ()):
            name = f"address {change['source']}"
            if change["action"] != action or name in record.plan.get("sent", ()):
                continue
            item = dict(change["values"])
            if action == "create":
                item["customer_id"] = record.plan["customer_id"]
            else:
                item["id"] = change["address_id"]
            yield record, name, item


def _took_addresses(sending: Sending, good: list[tuple[RunRecord, str, Result]]) -> None:
    pairs = []
    for record, name, result in good:
        address = {**result.item, **(result.data or {})}
        pairs.append((sending.customer(record), mirror.storable(address)))
        source = name.removeprefix("address ")
        for change in record.plan["addresses"]:
            if change["source"] == source:
                change["address_id"] = address["id"]
                change["action"] = "adopt" if result.existing else change["action"]
    mirror_rows.write_addresses(sending.ctx.store.pk, pairs)
    mirror.compare_whole_next(customer for customer, _ in pairs)


def _deleted_addresses(sending: Sending, good: list[tuple[RunRecord, str, Result]]) -> None:
    ids = [result.item["id"] for _, _, result in good]
    CustomerAddress.objects.filter(store=sending.ctx.store, remote_id__in=ids).delete()
    mirror.compare_whole_next(sending.customer(record) for record, _, _ in good)


def _keep_address_links(sending: Sending, records: Sequence[RunRecord]) -> None:
    """Remember which address stands behind which source, for what was sent and for what was only adopted or let go."""
    done: dict[int, list[Item]] = defaultdict(list)
    wanted = set()
    for record in records:
        sent = record.plan.get("sent", ())
        for change in record.plan.get("addresses", ()):
            if change["action"] in ("adopt", "unlink") or f"address {change['source']}" in sent:
                done[record.pk].append(change)
                wanted.add(change["address_id"])
    if not done:
        return
    rows = {
        row.remote_id: row
        for row in CustomerAddress.objects.filter(store=sending.ctx.store, remote_id__in=wanted - {None})
    }
    links = {customer.link.pk: customer.link for customer in sending.customers.values()}
    made = []
    with transaction.atomic():
        for record in records:
            changes = done.get(record.pk, [])
            gone = [change["source"] for change in changes if change["action"] in ("unlink", "delete")]
            if gone:
                AddressLink.objects.filter(link=record.plan["link"], source__in=gone).delete()
            made += link_addresses(links[record.plan["link"]], [c for c in changes if c["source"] not in gone], rows)
        _replace_address_links(made)


def _replace_address_links(made: Sequence[AddressLink]) -> None:
    """An address stands behind one source; one that we made stays ours when it is updated or found again."""
    known = AddressLink.objects.filter(link__in=[link.link_id for link in made])
    ours = {(link.link_id, link.source) for link in known if link.created_by_us}
    for link in made:
        link.created_by_us = link.created_by_us or (link.link_id, link.source) in ours
    AddressLink.objects.filter(address__in=[link.address_id for link in made]).delete()
    AddressLink.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["link", "source"],
        update_fields=["address", "base", "created_by_us"],
    )


def _attributes(ctx: Context, records: Sequence[RunRecord]) -> Iterator[Work]:
    known = ctx.definitions.facts.attributes
    for record in records:
        for attribute, value in record.plan.get("attributes", {}).items():
            name = f"attributes {attribute}"
            if name not in record.plan.get("sent", ()):
                customer_id = record.plan["customer_id"]
                yield record, name, {"attribute_id": known[attribute].id, "value": value, "customer_id": customer_id}


def _took_attributes(sending: Sending, good: list[tuple[RunRecord, str, Result]]) -> None:
    CustomerAttribute.objects.bulk_create(
        [
            CustomerAttribute(
                customer=sending.customer(record), attribute_id=result.item["attribute_id"], value=result.item["value"]
            )
            for record, _, result in good
        ],
        update_conflicts=True,
        unique_fields=["customer", "attribute_id"],
        update_fields=["value"],
    )
    mirror.compare_whole_next(sending.customer(record) for record, _, _ in good)


def _metafields(records: Sequence[RunRecord], action: str) -> Iterator[Work]:
    for record in records:
        for entry in record.plan.get("metafields", ()):
            name = f"metafields {entry['namespace']}.{entry['key']}"
            wanted = "create" if entry["id"] is None else "update" if entry["value"] else "delete"
            if wanted != action or name in record.plan.get("sent", ()):
                continue
            if action == "create":
                item = {key: value for key, value in entry.items() if key != "id"}
                yield record, name, {"resource_id": record.plan["customer_id"], **item}
            else:
                yield record, name, {"id": entry["id"], **(_changed(entry) if action == "update" else {})}


def _changed(entry: Item) -> Item:
    """What differs of a metafield that is there: its value, its permission set, or both."""
    value = {} if entry.get("keeps") else {"value": entry["value"]}
    return {**value, **({"permission_set": entry["permission_set"]} if entry.get("repermit") else {})}


def _took_metafields(sending: Sending, good: list[tuple[RunRecord, str, Result]]) -> None:
    rows = []
    for record, _, result in good:
        item = {"owner_client_id": sending.ctx.store.client_id, **result.item, **(result.data or {})}
        if "namespace" in item:
            rows.append(mirror_metafields.metafield_row(sending.ctx.store, sending.customer(record), item))
    mirror_metafields.upsert(rows)


def _deleted_metafields(sending: Sending, good: list[tuple[RunRecord, str, Result]]) -> None:
    ids = [result.item["id"] for _, _, result in good]
    CustomerMetafield.objects.filter(store=sending.ctx.store, remote_id__in=ids).delete()
