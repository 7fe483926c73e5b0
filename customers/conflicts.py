"""Conflicts: both sides changed one field since they agreed. Told once, kept open until a person takes a side.

A taken side is an exception for that customer and that field: it outweighs the row's owner until both sides agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from customers.conflict_versions import Seen, unseen
from customers.models import Conflict, Customer, Decision, Link, Run, RunRecord
from customers.newest import changed_at
from customers.one_writer import stays
from mapping.diff import Changes, Choice, Choices, Current, FieldChange
from mapping.evaluate import Target
from mapping.field_words import in_part
from mapping.setup import setup_of
from mapping.values import quoted, same
from stores.models import Store

Side, Settled = Conflict.Side, Conflict.Settled
# A click on "all that the filter shows" decides about so many at most; the rest is another click.
MOST_AT_ONCE = 5_000
CHUNK = 500
SWITCH_OFF = (
    "Business Central's value was overwritten, and this store may not update Business Central customers: turn on the "
    "switch first, or change the value in Business Central."
)


def choices_of(link: Link) -> Choices:
    """What the link says of single fields: exceptions that a person made, and conflicts that were told."""
    return {
        (part, name): Choice(
            each.get("side", ""), each.get("value"), each.get("restores", False),
            tuple(each["seen"]) if "seen" in each else None,
        )
        for part, fields in link.disputes.items()
        for name, each in fields.items()
    }  # fmt: skip


def found(link: Link, changes: Changes, written: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The conflicts of a plan as its record keeps them. written: (part, field) that go back to Business Central."""
    goes_back = set(written)
    return [
        {
            "part": part, "field": change.label, "base": change.base, "bigcommerce": change.before,
            "business_central": change.after, "owner": change.owner,
            "winner": Side.BUSINESS_CENTRAL if change.sends else Side.BIGCOMMERCE,
            "waits": not change.sends and (part, change.label) not in goes_back,
            "changed": _changed(link, part, change),
        }
        for part, family in changes.by_part
        for change in family
        if change.kind == "conflict"
    ]  # fmt: skip


def _changed(link: Link, part: str, change: FieldChange) -> list[str | None]:
    """When BigCommerce and when Business Central changed the field, as far as is known."""
    known = changed_at(link.store, link, part, change.row) if change.row is not None else ()
    return [at.isoformat() if at else None for at in known]


def keep(run: Run, records: Sequence[RunRecord], links: Mapping[int, Link]) -> None:
    """Store the conflicts that these records tell, in one transaction with their results; a preview keeps none.

    A field that is in conflict already has its row brought up to date.
    """
    told = [(record, each) for record in records for each in record.plan.get("conflicts", ())]
    if not told or run.mode == Run.Mode.PLAN:
        return
    edits: list[Edit] = []
    mine = [record.plan["link"] for record, _ in told]
    known = {(row.link_id, row.part, row.field): row for row in Conflict.objects.filter(link__in=mine, settled_at=None)}
    new, changed = [], []
    for record, each in told:
        link = links.get(record.plan["link"])
        if link is None or record.customer_id is None:
            continue
        values = {name: each[name] for name in VALUES}
        row = known.get((link.pk, each["part"], each["field"]))
        if row is not None and any(getattr(row, name) != value for name, value in values.items()):
            row.found_at = timezone.now()
        if row is None:
            row = Conflict(store_id=run.store_id, link=link, part=each["part"][:60], field=each["field"][:255])
            new.append(row)
        else:
            changed.append(row)
        row.customer_id, row.run = record.customer_id, run
        for name, value in values.items():
            setattr(row, name, value)
        row.bigcommerce_changed_at, row.business_central_changed_at = map(_moment, each.get("changed") or (None, None))
        seen = {"seen": [each["bigcommerce"], each["business_central"]]}
        old = link.disputes.get(each["part"], {}).get(each["field"])
        edits.append((link.pk, each["part"], each["field"], old, seen))
    save(edits)
    Conflict.objects.bulk_create(new)
    more = ["customer", "run", "found_at", "bigcommerce_changed_at", "business_central_changed_at"]
    Conflict.objects.bulk_update(changed, [*VALUES, *more], batch_size=200)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


VALUES = ("base", "bigcommerce", "business_central", "owner", "winner", "waits")


# Link, part, field, what the link said of it, what it says now; None is nothing.
Edit = tuple[int, str, str, dict[str, Any] | None, dict[str, Any] | None]


def tidy(link: Link, target: Target, current: Current) -> list[Edit]:
    """What the link needs to say no more, for `save`: fields on which both sides agree by now.

    A value that was taken and is there again needs no restoring any more; the exception itself stays until both agree.
    """
    edits: list[Edit] = []
    for part, fields in link.disputes.items():
        after, before = ours_now(target, part), theirs_now(current, part)
        for name, each in fields.items():
            theirs, ours, bare = before.get(name), after.get(name), name.rpartition(".")[2]
            restores, left = each.get("restores", False), each
            if restores and same(theirs if each["side"] == Side.BIGCOMMERCE else ours, each["value"], bare):
                restores, left = False, {"side": each["side"]}
            if not restores and same(theirs, ours, bare):
                edits.append((link.pk, part, name, each, None))
            elif left is not each:
                edits.append((link.pk, part, name, each, left))
    return edits


def save(edits: Sequence[Edit]) -> None:
    """Change what links say of single fields, but for what somebody else has changed meanwhile."""
    if not edits:
        return
    with transaction.atomic():
        links = Link.objects.select_for_update().in_bulk({edit[0] for edit in edits})
        for pk, part, name, old, new in edits:
            link = links.get(pk)
            if link is None or link.disputes.get(part, {}).get(name) != old:
                continue
            fields = {**link.disputes.get(part, {}), name: new}
            kept = {each: value for each, value in fields.items() if value is not None}
            link.disputes = {**{each: value for each, value in link.disputes.items() if each != part}}
            if kept:
                link.disputes[part] = kept
        Link.objects.bulk_update(links.values(), ["disputes"], batch_size=200)


def ours_now(target: Target, part: str) -> Mapping[str, Any]:
    """Business Central's values of one part, by the labels that changes have."""
    if part.startswith("address "):
        address = target.addresses.get(part.removeprefix("address "))
        return {**address.values, **address.form_fields} if address is not None else {}
    if part == "metafields":
        return {f"{space}.{key}": value for (space, key), value in target.metafields.items()}
    found: Mapping[str, Any] = getattr(target, part.replace(" ", "_"), {})
    return found


def theirs_now(current: Current, part: str) -> Mapping[str, Any]:
    """BigCommerce's values of one part, likewise."""
    if part.startswith("address "):
        linked = current.addresses.get(part.removeprefix("address "))
        address = (linked.address or {}) if linked is not None else {}
        return {**address, **{each["name"]: each["value"] for each in address.get("form_fields") or ()}}
    if part == "metafields":
        return {f"{space}.{key}": value for (space, key), value in current.metafields.items()}
    found: Mapping[str, Any] = getattr(current, part.replace(" ", "_"), {})
    return found


def agreed(edits: Sequence[Edit]) -> None:
    """Settle the open conflicts that waited and about whose field both sides agree by now."""
    gone = {(pk, part, name) for pk, part, name, _, new in edits if new is None}
    if gone:
        rows = Conflict.objects.filter(link__in={pk for pk, _, _ in gone}, waits=True, settled_at=None)
        _settle([row for row in rows if (row.link_id, row.part, row.field) in gone], Settled.AGREED)


def outdated(run: Run, records: Iterable[RunRecord]) -> None:
    """Settle open conflicts of earlier runs whose field these records have given another value since."""
    changed = {
        record.plan["link"]: {(each["part"], change[0]) for each in record.parts for change in each["changes"]}
        for record in records
        if record.plan.get("link")
    }
    rows = Conflict.objects.filter(link__in=changed, settled_at=None, waits=False).exclude(run=run)
    _settle([row for row in rows if (row.part, row.field) in changed[row.link_id]], Settled.CHANGED)


def undone(run_id: int, customers: Iterable[int]) -> None:
    """The runs that told these conflicts were taken back for these customers: they are told no more."""
    rows = Conflict.objects.filter(run=run_id, customer__in=list(customers), settled_at=None).select_related("link")
    said = [(row, row.link.disputes.get(row.part, {}).get(row.field)) for row in rows]
    save([(row.link_id, row.part, row.field, old, None) for row, old in said if old])
    _settle([row for row, _ in said], Settled.UNDONE)


def _settle(rows: Sequence[Conflict], how: str, **values: Any) -> None:
    for row in rows:
        row.settled_at, row.settled = timezone.now(), how
        for name, value in values.items():
            setattr(row, name, value)
    Conflict.objects.bulk_update(rows, ["settled_at", "settled", *values], batch_size=200)
    clear_flags([row.customer_id for row in rows])


def open_among(customers: Iterable[int]) -> set[int]:
    """Those of these customers (primary keys) that have an open conflict."""
    rows = Conflict.objects.filter(customer__in=list(customers), settled_at=None)
    return set(rows.values_list("customer_id", flat=True))


def clear_flags(customers: Iterable[int]) -> None:
    """Take the flag from those of these customers that have no open conflict any more."""
    wanted = set(customers)
    done = wanted - open_among(wanted)
    Customer.objects.filter(pk__in=done, conflict=True, failed=False).update(conflict=False, flag_reason="")
    Customer.objects.filter(pk__in=done, conflict=True).update(conflict=False)


def waiting(store: Store) -> QuerySet[Conflict]:
    """The store's open conflicts; those of customers deleted in BigCommerce wait for nobody."""
    return Conflict.objects.filter(store=store, settled_at=None, customer__gone_at=None)


def by_field(store: Store) -> list[tuple[str, str, int]]:
    """(part, field, how many are open), in the order of their names."""
    rows = waiting(store).order_by("part", "field").values_list("part", "field").annotate(number=Count("pk"))
    return list(rows)


def take(
    rows: Iterable[Conflict], side: str, user: User, reason: str = "", *, seen: Seen | None = None
) -> tuple[int, list[str]]:
    """Take this side's value in these conflicts. Returns how many were settled, and a sentence for each that was not.

    seen: what the page showed; of values that changed since no side is taken.
    Nothing is sent: the next Update gives the taken value to the other side, where it may be written there.
    """
    left, done, refused = list(rows), 0, list[str]()
    rows_of = cache(lambda store: setup_of(store).rows)
    while left:
        chunk, left = left[:CHUNK], left[CHUNK:]
        with transaction.atomic():
            still = Conflict.objects.select_for_update().filter(pk__in=[row.pk for row in chunk], settled_at=None)
            open_ones = {each.pk: each for each in still}
            rows_of_links = Link.objects.select_related("store", "business_central_customer")
            links = rows_of_links.select_for_update(of=("self",)).in_bulk([row.link_id for row in chunk])
            taken = []
            for shown in chunk:
                link, row = links.get(shown.link_id), open_ones.get(shown.pk, shown)
                row.customer = shown.customer
                if link is None or row.pk not in open_ones:
                    refused.append(f"{_named(row)} was settled by somebody else a moment ago.")
                elif why := unseen(row, seen):
                    refused.append(why)
                elif _overwritten(row, side) and side == Side.BUSINESS_CENTRAL and not _may(link):
                    refused.append(SWITCH_OFF)
                elif _goes_back(row, side) and (why := stays(rows_of(link.store), link, row)):
                    refused.append(f"{_named(row)}: {why}")
                else:
                    _except(link, row, side)
                    taken.append(row)
            Link.objects.bulk_update(links.values(), ["disputes"], batch_size=200)
            Decision.objects.bulk_create(_decision(row, links[row.link_id], side, user, reason) for row in taken)
            _settle(taken, Settled.TAKEN, taken=side, user=user)
        done += len(taken)
    return done, refused


def _named(row: Conflict) -> str:
    return f"{in_part(row.part, row.field)} of {row.customer}"


def _may(link: Link) -> bool:
    return link.store.may_update_business_central


def _overwritten(row: Conflict, side: str) -> bool:
    """Whether the value that is taken is on neither side any more, because the other one has won already."""
    return not row.waits and side != row.winner


def _goes_back(row: Conflict, side: str) -> bool:
    """Whether the value that is taken has to be written to Business Central."""
    return side == Side.BIGCOMMERCE or _overwritten(row, side)


def _except(link: Link, row: Conflict, side: str) -> None:
    """Write the exception on the link; where the winner's value is on both sides already there is nothing to except."""
    fields = {name: each for name, each in link.disputes.get(row.part, {}).items() if name != row.field}
    if _overwritten(row, side):
        value = row.bigcommerce if side == Side.BIGCOMMERCE else row.business_central
        fields[row.field] = {"side": side, "value": value, "restores": True}
    elif row.waits:
        fields[row.field] = {"side": side}
    link.disputes = {part: each for part, each in {**link.disputes, row.part: fields}.items() if each}


def _decision(row: Conflict, link: Link, side: str, user: User, reason: str) -> Decision:
    value = row.bigcommerce if side == Side.BIGCOMMERCE else row.business_central
    said = f"{in_part(row.part, row.field)} ({row.part}): {Side(side).label}'s {quoted(value)} is taken."
    return Decision(
        store_id=row.store_id, customer_id=row.customer_id, kind=Decision.Kind.TAKE, user=user,
        business_central_customer_id=link.business_central_customer_id, reason=f"{said} {reason}".strip(),
    )  # fmt: skip
