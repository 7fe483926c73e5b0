"""How make demo ends: one edit in each system, and each arrives in the other by itself, by webhooks and the worker.

Nothing here starts a run. What is there afterwards is compared whole with what the two edits have to make of it.
"""

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management import call_command

from bcsync.embedded import doors
from bcsync.embedded.places import Place
from bcsync.sandbox import cast
from bcsync.sandbox.cast.comparing import differences
from bcsync.sandbox.cast.expectation import overlaid

COMPANY = cast.COMPANY["name"]
OUTDOOR, TRADE = cast.FIRST, cast.SECOND
# A customer with a second floor from now on, by number and e-mail, and the first line of the address.
MOVED, MOVED_EMAIL, LINE, FLOOR = "71010", "c71010@add.example", "7 Quay Street", "Second Floor"
# A shopper of both stores who types another phone in the one that owns it.
CALLED, CALLED_EMAIL, PHONE = "DK-50000", "jim.stewart.dk.50000@contoso.com", "+45 32 85 20 99"
# One customer in a small store is more than the usual 5 % that change without approval.
SHARE = 20
COLLECTS_SECONDS = 1.0
LONGEST_SECONDS = 60.0
# Business Central collects for a moment before it tells; so long nothing must happen until it counts as quiet.
QUIET_SECONDS = COLLECTS_SECONDS + 1.5
POLL_SECONDS = 0.25
GOOD = ("succeeded", "completed with errors")
State = dict[str, Any]


def both_ways(place: Place) -> list[str]:
    """Edit on both sides, wait, compare. Returns what is not as expected, one sentence each."""
    print("\nBy itself, both ways: webhooks, inbox, worker; nobody starts a run", flush=True)
    print(
        f"  Shortened: Business Central's webhooks come after {COLLECTS_SECONDS:.0f} s here, not after 30 s.",
        flush=True,
    )
    doors.knock(place, "webhooks/delay", {"seconds": COLLECTS_SECONDS})
    runs = apps.get_model("customers.Run").objects
    last = runs.order_by("-pk").values_list("pk", flat=True).first() or 0
    with listening():
        began = time.monotonic()
        edit(place)
        expected = after_the_edits(normal(place))
        problems = arrive(place, began, expected)
        written = doors.writes(place)
        problems += be_quiet(place, began)
        more = doors.writes(place) - written
    if more:
        problems.append(f"Our own writes came back as events and caused {more} more writes.")
    return [*problems, *judged(list(runs.filter(pk__gt=last).order_by("pk"))), *differences(normal(place), expected)]


def judged(runs: list[Any]) -> list[str]:
    """Print the runs that came by themselves. Returns what is wrong with them."""
    for run in runs:
        print(f"  Run {run.pk} in {run.store}, started by an event: {run.status}, {told(run.counts)}.", flush=True)
    bad = [f"Run {run.pk} by an event ended as {run.status}: {run.message}" for run in runs if run.status not in GOOD]
    return bad + [f"Run {run.pk} was not started by an event." for run in runs if run.trigger != "event"]


@contextmanager
def listening() -> Iterator[None]:
    """Webhooks on, for as long as these processes have this address."""
    # Each call that registers something would be a line between ours.
    logging.getLogger("bcsync").setLevel(logging.WARNING)
    apps.get_model("stores.Store").objects.filter(hash=TRADE).update(brake_share=SHARE)
    for store in (OUTDOOR, TRADE):
        call_command("webhooks", "on", store=store, stdout=io.StringIO())
    try:
        yield
    finally:
        for store in (OUTDOOR, TRADE):
            call_command("webhooks", "off", store=store, stdout=io.StringIO())


def edit(place: Place) -> None:
    """What a clerk and a shopper do."""
    moved: State = {"company": COMPANY, "does": "change_customer", "who": MOVED, "fields": {"addressLine2": FLOOR}}
    called: State = {"store": TRADE, "does": "change_customer", "who": CALLED_EMAIL, "fields": {"phone": PHONE}}
    for body in (moved, called):
        doors.knock(place, "people", body)
    print(f"  Edited: {MOVED} has a second floor, in Business Central.", flush=True)
    print(f"  Edited: {CALLED}'s shopper has another phone, in Fabrikam Trade, which owns the phone.", flush=True)


def normal(place: Place) -> State:
    """Both systems as they are now, in the form in which equal worlds are equal."""
    return cast.normal(doors.look(place, "state"))


def after_the_edits(edited: State) -> State:
    """Both systems as they have to become, from how they are with the edits: each in its own system only."""
    books = edited["companies"][COMPANY]
    outdoor, trade = (edited["stores"][hash]["customers"] for hash in (OUTDOOR, TRADE))
    old = books["customers"][CALLED]["phone_no"]
    floor = changed(outdoor[MOVED_EMAIL], ("address1", LINE), address2=FLOOR)
    phones = [changed(store[CALLED_EMAIL], ("phone", old), phone=PHONE) for store in (outdoor, trade)]
    stores = {
        OUTDOOR: {"customers": {MOVED_EMAIL: floor, CALLED_EMAIL: {**phones[0], "phone": PHONE}}},
        TRADE: {"customers": {CALLED_EMAIL: phones[1]}},
    }
    contacts = {contact: {"phone_no": PHONE} for contact in books["relations"][CALLED]}
    company = {"customers": {CALLED: {"phone_no": PHONE}}, "contacts": contacts}
    became: State = overlaid(edited, {"stores": stores, "companies": {COMPANY: company}})
    return became


def changed(shopper: State, which: tuple[str, str], **fields: str) -> State:
    """The shopper's addresses; those with this value of this field get the new fields."""
    name, value = which
    return {"addresses": [{**one, **fields} if one.get(name) == value else one for one in shopper["addresses"]]}


def arrive(place: Place, began: float, expected: State) -> list[str]:
    """Watch until each edit is on the other side, and say when. Returns what did not arrive."""
    waited = {
        f"{MOVED}'s second floor is in Fabrikam Outdoor": ("stores", OUTDOOR, MOVED_EMAIL),
        f"{CALLED}'s phone is in Business Central": ("companies", COMPANY, CALLED),
        f"{CALLED}'s phone is in Fabrikam Outdoor, too": ("stores", OUTDOOR, CALLED_EMAIL),
        f"{CALLED}'s address in Fabrikam Trade has it": ("stores", TRADE, CALLED_EMAIL),
    }
    while waited and time.monotonic() - began < LONGEST_SECONDS:
        now = normal(place)
        for words, (kind, side, key) in list(waited.items()):
            if not differences(now[kind][side]["customers"][key], expected[kind][side]["customers"][key]):
                print(f"  After {time.monotonic() - began:.1f} s {words}.", flush=True)
                del waited[words]
        time.sleep(POLL_SECONDS)
    return [f"Not within {LONGEST_SECONDS:.0f} s: {words}." for words in waited]


def be_quiet(place: Place, began: float) -> list[str]:
    """Wait until what we wrote has come back as events and was recognised. Returns a problem when it does not end."""
    since = time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        if time.monotonic() - began > LONGEST_SECONDS:
            return [f"After {LONGEST_SECONDS:.0f} s events or runs are still under way."]
        if busy(place):
            since = time.monotonic()
        time.sleep(POLL_SECONDS)
    return []


def busy(place: Place) -> bool:
    """Whether a webhook is on its way, an event waits, or a run works."""
    runs, events = apps.get_model("customers.Run"), apps.get_model("stores.WebhookEvent")
    if doors.look(place, "webhooks")["waiting"] or runs.objects.filter(status__in=runs.ACTIVE).exists():
        return True
    return bool(events.objects.filter(done_at=None).exists())


def told(counts: dict[str, int]) -> str:
    """Outcomes in a few words."""
    return ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())) or "nobody to look at"
