"""Sends what goes back to existing Business Central customers, and takes what they then say into the mirror.

Each customer is written under the ETag of the row that was compared: who was changed meanwhile is planned anew.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from django.utils import timezone

from bcsync.clients.business_central_capabilities import Capabilities
from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.errors import Changed, ConfigurationError, Rejected, RetryLater, SkipRecord, VendorError
from customers import business_central_mirror, causes
from customers.business_central_known import Mirrored
from customers.context import Context
from customers.models import RunRecord
from customers.records import part
from mapping.setup import fields_wanted
from mapping.write_back import PART

# Business Central processes five requests of one application at once; the gate lets four of ours in.
AT_ONCE = 4
Outcome = RunRecord.Outcome
Members = dict[str, Any]


@dataclass
class Written:
    """done: records whose customer was written, or refused it, and is read again. stale: changed by somebody since
    (changed), or the store's switch was turned off: nothing was written, and they are to be planned anew.
    later: the vendor could not be reached for these (outage). unsent: those before whom an operator stopped the run, or
    an outage did, or what an administrator must mend (broken)."""

    done: list[RunRecord] = field(default_factory=list)
    stale: list[RunRecord] = field(default_factory=list)
    later: list[RunRecord] = field(default_factory=list)
    unsent: list[RunRecord] = field(default_factory=list)
    outage: RetryLater | None = None
    changed: Changed | None = None
    broken: ConfigurationError | None = None


def _left(record: RunRecord) -> bool:
    return bool(record.plan.get("business_central")) and PART not in record.plan.get("sent", ())


def write(ctx: Context, records: Sequence[RunRecord]) -> Written:
    """Write what these records' plans hold for Business Central, until something stops it for all of them."""
    wanted = [record for record in records if _left(record)]
    made = Written()
    if not wanted:
        return made
    capabilities = Capabilities.from_json(ctx.company.capabilities or {})
    left = list(wanted)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        going = ctx.until_stopped(wanted)
        while batch := list(islice(going, AT_ONCE)):
            if not switched_on(ctx):
                made.stale += left
                left.clear()
                break
            sent = list(pool.map(lambda record: _send(ctx, capabilities, record.plan), batch))
            del left[: len(batch)]
            for record, (steps, error, put_back) in zip(batch, sent, strict=True):
                _sort(made, record, steps, error, put_back)
            ctx.lease.renew()
            if made.broken is not None or made.outage is not None:
                break
    made.unsent += left
    # Nothing but a write of ours to one of them, or somebody else's, touches ship-to addresses.
    ours = not made.stale and not made.later and not any(_writes_ship_to(record) for record in made.done)
    read_again(ctx, [*made.done, *made.stale, *made.later], KEPT if ours else frozenset(), theirs=made.stale)
    return made


def switched_on(ctx: Context) -> bool:
    """Whether the store may update Business Central customers, by the switch as it is now; the store knows it, too."""
    ctx.store.refresh_from_db(fields=["may_update_business_central"])
    return ctx.store.may_update_business_central


KEPT = frozenset({"ship_to"})


def _writes_ship_to(record: RunRecord) -> bool:
    return bool(record.plan.get("business_central", {}).get("ship_to"))


def _sort(made: Written, record: RunRecord, steps: int, error: VendorError | None, put_back: Members) -> None:
    """Put the record where it belongs."""
    if isinstance(error, ConfigurationError):
        made.broken = error
    if isinstance(error, ConfigurationError) and not steps:
        made.unsent.append(record)
    elif isinstance(error, Changed) and not steps:
        made.stale.append(record)
        made.changed = error
    elif isinstance(error, RetryLater):
        made.later.append(record)
        made.outage = made.outage if isinstance(error, Changed) else error
    else:
        if error is None and put_back:
            _insisted(record, put_back)
        else:
            _took(record, error)
        made.done.append(record)


def _insisted(record: RunRecord, put_back: Members) -> None:
    """It answered yes and says something else now, as where a post code's own country comes back with it. What it took
    stays sent, and can be undone; what it put back is told as refused.
    """
    kept = {name: value for name, value in record.plan["business_central"]["customer"].items() if name not in put_back}
    entry = {**record.plan["business_central"], "customer": kept}
    words = "; ".join(f"{name} is {value or 'empty'} again" for name, value in sorted(put_back.items()))
    reason = f"Business Central took the change and put back what belongs to other values of the customer: {words}. "
    reason += "A post code of its table brings its own city and country: change them together, on either side."
    _took(record, Rejected(VENDOR, reason, field=", ".join(sorted(put_back)), code="PutBack"))
    if any(entry.get(name) for name, _ in CALLS):
        record.plan["business_central"] = entry
        record.plan.setdefault("sent", []).append(PART)


def _took(record: RunRecord, error: VendorError | None) -> None:
    if error is None:
        record.plan.setdefault("sent", []).append(PART)
        return
    outcome = Outcome.REJECTED if isinstance(error, Rejected | SkipRecord) else Outcome.FAILED
    shown = next((entry for entry in record.parts if entry["part"] == PART), None)
    if shown is None:
        shown = part(PART, outcome)
        record.parts.append(shown)
    shown.update(outcome=outcome, reason=str(error), **causes.facts(error))
    # What was refused is no change: nothing of it is kept to be undone.
    record.plan.pop("business_central", None)


def _send(ctx: Context, capabilities: Capabilities, plan: dict[str, Any]) -> tuple[int, VendorError | None, Members]:
    """One customer: its own fields first, then what only pages take; names last, for a write divides them anew.

    Returns how many steps were done, the error of the one that was not, and what the customer's own fields read back
    otherwise than they were sent.
    """
    client, entry = ctx.business_central, plan["business_central"]
    steps: list[Callable[[], Any]] = []
    put_back: Members = {}

    def own_fields(members: Members) -> None:
        after = client.update_customer(entry["id"], plan["etag"], members)
        put_back.update({name: value for name, value in after.extra.get("read_back", {}).items() if name in members})

    if members := entry.get("customer"):
        steps.append(partial(own_fields, members))
    if card := entry.get("card"):
        steps.append(partial(client.update_customer_card, capabilities, entry["number"], card))
    for code, values in entry.get("ship_to", {}).items():
        steps.append(partial(client.update_ship_to, capabilities, entry["number"], code, values))
    if names := entry.get("names"):
        steps.append(partial(client.update_contact_names, capabilities, entry["contact"], names))
    for done, step in enumerate(steps):
        try:
            step()
        except VendorError as error:
            return done, error, put_back
    return len(steps), None, put_back


def read_again(
    ctx: Context,
    records: Sequence[RunRecord],
    keeps: frozenset[str] = frozenset(),
    *,
    theirs: Sequence[RunRecord] = (),
) -> None:
    """Read these records' Business Central customers into the mirror: what they say now, whoever wrote it.

    keeps: what needs no reading, "ship_to" or nothing. theirs: those of whom we wrote nothing.
    """
    ours = {record.plan["business_central"]["id"] for record in records
            if "business_central" in record.plan and record not in theirs}  # fmt: skip
    ids = [record.plan["business_central"]["id"] for record in records if "business_central" in record.plan]
    ids += [
        str(record.business_central_customer.remote_id)
        for record in records
        if "business_central" not in record.plan and record.business_central_customer is not None
    ]
    if not ids:
        return
    capabilities = Capabilities.from_json(ctx.company.capabilities or {})
    before, requested_at, known = ctx.calls_so_far(), timezone.now(), Mirrored(ctx.company, keeps)
    for rows in ctx.business_central.read_by_id(
        capabilities, ctx.company.country_iso, sorted(set(ids)), fields_wanted(ctx.company), known
    ):
        business_central_mirror.save(ctx.company, known.filled(rows), requested_at, ours=ours)
        ctx.lease.renew()
        requested_at = timezone.now()
    # What a write leaves behind has to be read, whatever it costs: names and pages answer no write.
    for call, number in ctx.calls_so_far().items():
        ctx.least(call, number - before.get(call, 0))


CALLS: tuple[tuple[str, str], ...] = (
    ("customer", "PATCH /customers({id})"),
    ("card", "PATCH Customer Card"),
    ("ship_to", "PATCH Ship-to Address"),
    ("names", "PATCH Name Details"),
)


def calls(plan: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(call, what it carries) of all that `write` would send of this plan, in its order. Nothing is sent."""
    entry = plan.get("business_central", {})
    yield from ((call, entry[name]) for name, call in CALLS if entry.get(name))


def count_least(ctx: Context, records: Sequence[RunRecord]) -> None:
    """One PATCH for each customer whose own fields go back; pages are read before they are written."""
    customers = sum("customer" in record.plan.get("business_central", {}) for record in records if _left(record))
    ctx.least("Business Central PATCH /customers({id})", customers)
