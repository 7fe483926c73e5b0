"""make latency: how long an edit takes from Business Central to BigCommerce, real web, worker and beat, by the clock.

Nothing is shortened: the vendor's own 30 s before it tells, every interval as shipped, the schedule as proposed.
"""

import io
import logging
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from bcsync.embedded import demo, doors, setup
from bcsync.embedded.places import Place, free_port
from bcsync.sandbox import cast

STORE, COMPANY = cast.FIRST, cast.COMPANY["name"]
WHO, EMAIL = "71010", "c71010@add.example"
# The promise: after the vendor's event, and where no event comes.
WITH_EVENT_SECONDS, WITHOUT_SECONDS = 60.0, 360.0
EVERY_MINUTES = 5
SAMPLES = 3
# The vendor's own delay comes on top of what is promised after its event.
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.25


def latency(directory: Path) -> int:
    """Measure both ways and print them. Returns 1 when a promise was missed."""
    place = Place(directory, free_port(), free_port())
    demo.reset(place)
    setup.prepare(place)
    with demo.running(place):
        problems = link_everybody()
        with_events = [by_event(place, f"Floor {number}") for number in range(SAMPLES)]
        call_command("webhooks", "off", store=STORE, stdout=io.StringIO())
        without = by_schedule(place)
    connections.close_all()
    worst = max(with_events)
    print(f"With webhooks, at most {worst:.1f} s from the event to the store; promised {WITH_EVENT_SECONDS:.0f} s.")
    print(f"Without, {without:.1f} s from the edit to the store; promised {WITHOUT_SECONDS:.0f} s.")
    missed = worst > WITH_EVENT_SECONDS or without > WITHOUT_SECONDS
    print("Missed." if missed or problems else "Both are kept.", *problems)
    return int(missed or bool(problems))


def link_everybody() -> list[str]:
    """The demo's first store, up to where nothing is left to do; its webhooks on."""
    # Each call that registers something would be a line between ours.
    logging.getLogger("bcsync").setLevel(logging.WARNING)
    demo.connect()
    store = apps.get_model("stores.Store").objects.get(hash=STORE)
    problems = []
    for label, kind in demo.JOBS[:-1]:
        problems += demo.one_run(label, kind, store)
    call_command("webhooks", "on", store=STORE, stdout=io.StringIO())
    return problems


def by_event(place: Place, floor: str) -> float:
    """Seconds from the moment the event was delivered until the store has the edit. Prints the whole way as well."""
    events = apps.get_model("stores.WebhookEvent").objects.filter(
        store__hash=STORE, scope__startswith="business_central"
    )
    last = events.order_by("-pk").values_list("pk", flat=True).first() or 0
    edited = edit(place, floor)
    arrived = watch(place, floor, PATIENCE_SECONDS)
    told = events.filter(pk__gt=last).order_by("received_at").values_list("received_at", flat=True).first()
    if told is None:
        print(f"  {floor}: no event came within {arrived - edited:.0f} s.", flush=True)
        return float("inf")
    after = arrived - told.timestamp()
    print(f"  Edited; event after {told.timestamp() - edited:.1f} s; in the store {after:.1f} s after it.", flush=True)
    settle()
    return after


def by_schedule(place: Place) -> float:
    """Seconds from an edit to the store by the schedule alone, in the worst moment: it has just begun to wait."""
    store = apps.get_model("stores.Store").objects.get(hash=STORE)
    due = timezone.now() + timedelta(minutes=EVERY_MINUTES)
    apps.get_model("customers.RecurringTask").objects.create(
        store=store, kind="sync_changes", every_minutes=EVERY_MINUTES, due_at=due
    )
    edited = edit(place, "By schedule")
    print(
        f"  Edited without webhooks; Sync changes runs every {EVERY_MINUTES} minutes, next {due:%H:%M:%S}.", flush=True
    )
    took = watch(place, "By schedule", WITHOUT_SECONDS + PATIENCE_SECONDS) - edited
    print(f"  In the store {took:.1f} s after the edit.", flush=True)
    return took


def edit(place: Place, floor: str) -> float:
    """Somebody types another second line of an address in Business Central. Returns when."""
    body: dict[str, Any] = {
        "company": COMPANY,
        "does": "change_customer",
        "who": WHO,
        "fields": {"addressLine2": floor},
    }
    doors.knock(place, "people", body)
    return time.time()


def watch(place: Place, floor: str, longest: float) -> float:
    """When the store has it; infinity when it never did."""
    until = time.monotonic() + longest
    while time.monotonic() < until:
        addresses = doors.look(place, "state?ids=0")["stores"][STORE]["customers"][EMAIL]["addresses"]
        if any(address["address2"] == floor for address in addresses):
            return time.time()
        time.sleep(POLL_SECONDS)
    return float("inf")


def settle() -> None:
    """Wait until our own write has come back and was recognised, so that the next edit begins in quiet."""
    runs = apps.get_model("customers.Run")
    # The other store has a copy of each event, which waits for its schedule: its webhooks are off.
    waiting = apps.get_model("stores.WebhookEvent").objects.filter(store__hash=STORE, done_at=None)
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if not runs.objects.filter(status__in=runs.ACTIVE).exists() and not waiting.exists():
            return
        time.sleep(POLL_SECONDS)
