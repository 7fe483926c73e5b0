"""Parking: who was rejected three times in a row is left alone until their data or the set-up changes."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from django.db.models import Max, Q

from customers.models import Customer, Run, RunRecord, Trouble
from mapping.models import SetupChange
from stores.models import Store
from stores.written import kept

TIMES = 3
CHUNK = 500
Outcome, State = RunRecord.Outcome, RunRecord.State
# What was rejected before would be rejected again; a link that is found meanwhile is welcome.
HELD = (Outcome.CREATED, Outcome.UPDATED, Outcome.CONFLICT, Outcome.REJECTED)


def setup_stamp(store: Store) -> str:
    """Changes whenever something changes that a refusal may have been about, beside the customer's own data."""
    company = store.company
    changes = SetupChange.objects.filter(Q(store=store) | Q(company=company)).aggregate(last=Max("pk"))
    facts = [
        changes["last"], store.create_unknown, store.default_customer_number, store.may_update_business_central,
        store.countries, store.attributes, company.country_iso, company.capabilities,
    ]  # fmt: skip
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=8).hexdigest()


def fingerprint(record: RunRecord, stamp: str) -> str:
    """What the record's outcome depends on: the data of both sides, and the set-up."""
    customer, business = record.customer, record.business_central_customer
    ours = "" if record.target.startswith("business-central:") or customer is None else customer.content_hash
    return "|".join((ours, business.content_hash if business is not None else "", stamp))


def same(one: str, other: str) -> bool:
    """Whether two fingerprints are of the same state. A hash is empty right after a write of ours: then it fits."""
    pairs = zip(one.split("|"), other.split("|"), strict=True)
    return all(mine == theirs or not mine or not theirs for mine, theirs in pairs)


def hold(run: Run, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Of a plan's records those whose customer is parked; who is parked no longer is freed (a preview frees nobody).

    The caller settles what comes back.
    """
    wanted = {record.target: record for record in records}
    parked = Trouble.objects.filter(store=run.store, kind=run.kind, parked=True, target__in=wanted)
    held, freed = [], []
    stamp = ""
    for trouble in parked:
        record, stamp = wanted[trouble.target], stamp or setup_stamp(run.store)
        if not same(trouble.fingerprint, fingerprint(record, stamp)):
            freed.append(trouble)
        elif record.outcome in HELD:
            record.reason = f"Parked since {kept(trouble.since)}: {trouble.reason}"
            record.cause, record.plan = trouble.cause, {}
            held.append(record)
    if run.mode == Run.Mode.APPLY:
        free(freed)
    return held


def free(troubles: Iterable[Trouble]) -> None:
    """Forget these troubles; the shoppers are parked no longer."""
    rows = list(troubles)
    Trouble.objects.filter(pk__in=[row.pk for row in rows]).delete()
    customers = {row.customer_id for row in rows if row.customer_id}
    still = Trouble.objects.filter(customer__in=customers, parked=True).values("customer")
    Customer.objects.filter(pk__in=customers, parked=True).exclude(pk__in=still).update(parked=False, flag_reason="")


def linked(customer: Customer) -> None:
    """Somebody linked this shopper: what was rejected while it was not is over."""
    Trouble.objects.filter(customer=customer).delete()
    Customer.objects.filter(pk=customer.pk).update(parked=False, failed=False, flag_reason="")


def count(run: Run) -> None:
    """At a run's end: one more failure for who was rejected, a clean sheet for who was not; park from the third."""
    if run.mode != Run.Mode.APPLY or run.kind in (Run.Kind.IMPORT_CUSTOMERS, Run.Kind.UNDO, Run.Kind.UNMAP):
        return
    done = run.records.filter(state=State.DONE).exclude(outcome__in=(Outcome.PARKED, Outcome.SKIPPED, Outcome.FAILED))
    stamp = setup_stamp(run.store)
    last = 0
    records = done.select_related("customer", "business_central_customer").defer("plan", "parts").order_by("pk")
    while chunk := list(records.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        known = {
            row.target: row
            for row in Trouble.objects.filter(
                store=run.store, kind=run.kind, target__in=[record.target for record in chunk]
            )
        }
        rejected = [record for record in chunk if record.outcome == Outcome.REJECTED]
        bad = {record.target for record in rejected}
        free(row for target, row in known.items() if target not in bad)
        # Who is linked by now is looked for no more, so no Try Mapping would free it.
        free(Trouble.objects.filter(
            store=run.store, kind=Run.Kind.TRY_MAPPING, customer__in=[record.customer_id for record in chunk],
            customer__link__isnull=False,
        ))  # fmt: skip
        _keep(run, [_trouble(run, record, known.get(record.target), stamp) for record in rejected])


def _trouble(run: Run, record: RunRecord, known: Trouble | None, stamp: str) -> Trouble:
    now = fingerprint(record, stamp)
    by_number = record.target.startswith("business-central:")
    again = known is not None and known.cause == record.cause and same(known.fingerprint, now)
    times = (known.times if known is not None and again else 0) + 1
    return Trouble(
        store=run.store, kind=run.kind, target=record.target, customer=None if by_number else record.customer,
        business_central_customer=record.business_central_customer if by_number else None,
        cause=record.cause, reason=record.reason, fingerprint=now, times=times, parked=times >= TIMES,
    )  # fmt: skip


def _keep(run: Run, troubles: list[Trouble]) -> None:
    Trouble.objects.bulk_create(
        troubles, update_conflicts=True, unique_fields=["store", "kind", "target"],
        update_fields=["cause", "reason", "fingerprint", "times", "parked"],
    )  # fmt: skip
    parked = [(row.customer, row.reason) for row in troubles if row.parked and row.customer is not None]
    for customer, reason in parked:
        customer.parked, customer.failed, customer.flag_reason = True, False, reason
    Customer.objects.bulk_update([customer for customer, _ in parked], ["parked", "failed", "flag_reason"])
