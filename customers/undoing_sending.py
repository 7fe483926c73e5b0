"""Sends what an undo takes back, then brings our own tables to where they were: base, address links, link, standing."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.errors import Changed, Rejected, RetryLater, VendorError
from customers import causes, conflicts, mirror, writing_back
from customers.context import Context
from customers.linking import save_standing, stand_as
from customers.models import (
    AddressLink,
    BusinessCentralCustomer,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    Link,
    RunRecord,
)
from customers.planning import pairs
from customers.records import gravest, part, raise_if_configuration, settle, settle_error, write_results
from customers.sending import send
from customers.shopper import with_details

MOST_TRIES = 3
Outcome, State = RunRecord.Outcome, RunRecord.State
ERRORS = (Outcome.REJECTED, Outcome.FAILED)


def take_back(ctx: Context, records: list[RunRecord]) -> None:
    """Send these records' inverses and store what became of them. Raises RetryLater on an outage."""
    if not records:
        return
    links = {link.pk: link for link in pairs(ctx.store).filter(pk__in=[r.plan["link"] for r in records])}
    rows = {link.customer_id: link.customer for link in links.values()}
    others = [record.customer_id for record in records if record.customer_id and record.customer_id not in rows]
    rows |= {row.pk: row for row in with_details(Customer.objects.filter(pk__in=others))}
    written = writing_back.write(ctx, records)
    waiting = {record.pk for record in [*written.stale, *written.later]}
    sending = send(ctx, [r for r in records if r.pk not in waiting and r not in written.unsent], rows.values())
    unsent = [record for record in records if record.pk in sending.unsent or record in written.unsent]
    for record in unsent:
        record.state = State.PLANNED
    if unsent:
        write_results(ctx, unsent)
    records = [record for record in records if record not in unsent]
    sent = [record for record in records if record.pk not in waiting]
    _take_attributes_away(ctx, sent)
    _delete(ctx, [record for record in sent if not _failed(record)])
    done = []
    for record in records:
        tries = record.plan.get("tries", 0) + 1
        if record.pk in sending.later | waiting and tries < MOST_TRIES:
            record.plan["tries"], record.state = tries, State.PLANNED
        elif record.pk in waiting:
            done.append(record)
            _give_up(record, written.outage or written.changed)
        else:
            done.append(record)
            _settle(record)
    good = [record for record in done if record.outcome == Outcome.UPDATED]
    with transaction.atomic():
        _put_back(ctx, good, links)
        write_results(ctx, records)
    if written.broken:
        raise written.broken
    outage = sending.outage or written.outage
    if outage and any(record.state == State.PLANNED for record in records):
        raise outage


def _give_up(record: RunRecord, error: RetryLater | None) -> None:
    error = error or Changed(VENDOR, CHANGING)
    settle_error(record, error)
    record.reason = CHANGING if isinstance(error, Changed) else record.reason


CHANGING = "Somebody changed this customer in Business Central again and again; Undo again tries again."


def _failed(record: RunRecord) -> bool:
    return any(entry["outcome"] in ERRORS for entry in record.parts)


def _settle(record: RunRecord) -> None:
    outcome = gravest([Outcome.UPDATED, *(entry["outcome"] for entry in record.parts)])
    worst: dict[str, Any] = next((entry for entry in record.parts if entry["outcome"] == outcome), {})
    settle(record, outcome, worst.get("reason", "") if outcome in ERRORS else record.reason)
    if outcome in ERRORS:
        said = causes.gravest_of(record.parts, outcome)
        record.words, record.field, record.cause = said["words"], said["field"], said["cause"]


def _refused(record: RunRecord, name: str, error: VendorError) -> None:
    outcome = Outcome.REJECTED if isinstance(error, Rejected) else Outcome.FAILED
    record.parts = [entry for entry in record.parts if entry["part"] != name]
    record.parts.append({**part(name, outcome, str(error)), **causes.facts(error)})


def _take_attributes_away(ctx: Context, records: Iterable[RunRecord]) -> None:
    """Values of attributes that the customer did not have: they are deleted, by ids that only a read tells."""
    wanted = {record.plan["customer_id"]: record for record in records if record.plan.get("no_attributes")}
    if not wanted:
        return
    known = {name: each.id for name, each in ctx.definitions.facts.attributes.items()}
    unwanted = {(customer_id, known.get(name)) for customer_id, r in wanted.items() for name in r.plan["no_attributes"]}
    values = {
        item["id"]: item
        for page in ctx.bigcommerce.attribute_values(customer_ids=list(wanted))
        for item in page.items
        if (item["customer_id"], item["attribute_id"]) in unwanted
    }
    for results in ctx.bigcommerce.delete_attribute_values(values):
        for result in results:
            item = values[result.item["id"]]
            raise_if_configuration(result.error)
            if result.error is not None:
                _refused(wanted[item["customer_id"]], "attributes", result.error)
                continue
            rows = CustomerAttribute.objects.filter(customer__store=ctx.store, attribute_id=item["attribute_id"])
            rows.filter(customer__remote_id=item["customer_id"]).delete()
            mirror.compare_whole_next(Customer.objects.filter(store=ctx.store, remote_id=item["customer_id"]))


def _delete(ctx: Context, records: list[RunRecord]) -> None:
    """Delete customers that the run had made, where an administrator chose that."""
    ours = {r.plan["customer_id"]: r for r in records if r.plan.get("delete") == "bigcommerce"}
    for results in ctx.bigcommerce.delete_customers(ours) if ours else ():
        for result in results:
            raise_if_configuration(result.error)
            record = ours[result.item["id"]]
            if result.error is not None:
                _refused(record, "customer", result.error)
            else:
                gone = Customer.objects.filter(store=ctx.store, remote_id=result.item["id"])
                gone.update(gone_at=timezone.now())
    for record in records:
        if record.plan.get("delete") == "business_central" and record.business_central_customer is not None:
            _delete_in_business_central(ctx, record, record.business_central_customer)


def _delete_in_business_central(ctx: Context, record: RunRecord, business: BusinessCentralCustomer) -> None:
    """Under the ETag of the state that was compared: who was changed in between is left alone."""
    try:
        ctx.business_central.delete_customer(str(business.remote_id), str(business.data.get("etag") or "*"))
    except VendorError as error:
        raise_if_configuration(error)
        _refused(record, "customer", error)
        if isinstance(error, RetryLater):
            record.parts[-1]["reason"] += " Undo again tries again."
    else:
        BusinessCentralCustomer.objects.filter(pk=business.pk).update(gone_at=timezone.now())


def _put_back(ctx: Context, records: list[RunRecord], links: dict[int, Link]) -> None:
    """Our own tables, for what was taken back whole."""
    changed, standing = [], []
    customers = Customer.objects.in_bulk([record.customer_id for record in records if record.customer_id])
    for record in records:
        link = links.get(record.plan["link"] or 0)
        customer = customers[record.customer_id or 0]
        if "unlink" in record.plan and link is not None:
            if customer.status == Customer.Status.LINKED:
                stand_as(customer, link.stood, _marked(link.stood, record))
                standing.append(customer)
            Link.objects.filter(pk=link.pk).delete()
            continue
        if "stood" in record.plan:
            stand_as(customer, record.plan["stood"])
            standing.append(customer)
        if link is not None:
            link.base = record.plan["base"]
            changed.append(link)
            _relink(ctx, link, record)
            for source, base in record.plan.get("address_bases", {}).items():
                AddressLink.objects.filter(link=link, source=source).update(base=base)
    Link.objects.bulk_update(changed, ["base"], batch_size=200)
    if "run" in ctx.run.scope:
        conflicts.undone(ctx.run.scope["run"], customers)
    save_standing(standing)


def _marked(stood: dict[str, Any], record: RunRecord) -> str:
    return " ".join(filter(None, (stood.get("reason", ""), record.plan.get("mark", ""))))


def _relink(ctx: Context, link: Link, record: RunRecord) -> None:
    """Which address stands behind which source, as before; an address that was made again stands behind its own."""
    again = {
        change["source"]: change["address_id"] for change in record.plan["addresses"] if change["action"] == "create"
    }
    for back in record.plan["relink"]:
        AddressLink.objects.filter(link=link, source=back["source"]).delete()
        wanted = again.get(back["source"], back["address_id"])
        row = CustomerAddress.objects.filter(store=ctx.store, remote_id=wanted).first() if wanted else None
        if row is not None and back["base"] is not None:
            AddressLink.objects.filter(address=row).delete()
            AddressLink.objects.create(
                link=link, source=back["source"], address=row, base=back["base"], created_by_us=back["ours"]
            )
