"""A month after the demo, for pictures: people edit in both systems, runs follow, and some things go wrong.

All of it comes about by the sandbox's doors, commands and pages; only the days of what has ended are then set back.
"""

import io
import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import requests
from django.apps import apps
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from bcsync.embedded import demo, doors
from bcsync.embedded.places import Place
from bcsync.sandbox import cast

STORE, COMPANY = cast.FIRST, cast.COMPANY["name"]
# Who comes in this month: number, name, primary contact, town, post code.
NEW = (
    ("76010", "Alpine Ski House", ("Lori", "Penor"), "Fort William", "PH33 6AA"),
    ("76020", "Blue Yonder Airlines", ("Aaron", "Con"), "Bristol", "BS1 4DJ"),
    ("76030", "City Power & Light", ("Diane", "Prescott"), "Leeds", "LS1 1AA"),
    ("76040", "Coho Vineyard", ("Merle", "Seward"), "Hull", "HU1 1AA"),
    ("76050", "Fourth Coffee", ("Grady", "Archie"), "Bath", "BA1 1AA"),
    ("76060", "Graphic Design Institute", ("Amy", "Alberts"), "London", "W1 3AL"),
    ("76070", "Humongous Insurance", ("Jodie", "Lambert"), "Leeds", "LS1 4AP"),
    ("76080", "Lucerne Publishing", ("Miguel", "Reyes"), "Bristol", "BS1 5TR"),
    ("76090", "Margie's Travel", ("Helene", "Costa"), "Bath", "BA2 3BX"),
    ("76100", "Northwind Traders", ("Omar", "Haddad"), "Hull", "HU2 8PP"),
    ("76110", "Proseware, Inc.", ("Ines", "Duarte"), "London", "N16 34Z"),
    ("76120", "Tailspin Toys", ("Robert", "Townes"), "Leeds", "LS2 7EW"),
    ("76130", "Trey Research", ("Serena", "Davis"), "Fort William", "PH33 7NP"),
    ("76140", "Wingtip Toys", ("Tomasz", "Bochenek"), "Bristol", "BS2 0JP"),
)
# Whose card tells most: two more addresses, and a change that waits.
TELLING = NEW[7]
SHIP_TO = [
    {
        "code": code,
        "name": f"{TELLING[1]} {name}",
        "address": address,
        "city": "Bristol",
        "post_code": "BS1 4DJ",
        "country": "GB",
    }
    for code, name, address in (("DEPOT", "Depot", "3 Dock Road"), ("SHOP", "Bookshop", "21 Park Street"))
]
# Days ago, how many come, how many move within their town.
DAYS = ((31, 5, 2), (27, 0, 3), (24, 2, 1), (21, 0, 4), (18, 1, 2), (15, 1, 4), (13, 0, 1), (11, 2, 3), (7, 0, 3),
        (5, 2, 2), (3, 0, 4), (1, 1, 2))  # fmt: skip
# As often as one request is tried again, and once more: the first request fails, the next goes through.
STUMBLES = 4
# These moments move together, so that a run's page tells one story.
MOMENTS = {
    "customers.Run": ("created_at", "queued_at", "approved_at", "started_at", "finished_at"),
    "customers.RunRecord": ("at",),
    "customers.Link": ("created_at",),
}


def month(place: Place) -> None:
    """Let it pass, up to this morning."""
    last = dict.fromkeys(MOMENTS, 0)
    came = 0
    for number, (ago, coming, moving) in enumerate(DAYS):
        arrive(place, NEW[came : came + coming])
        came += coming
        move(place, NEW[:came][-moving:], f"Unit {number + 1}")
        work("sync_changes")
        last = set_back(last, ago)
    go_wrong(place)


def email(name: str) -> str:
    """office@fourthcoffee.example."""
    return f"office@{''.join(filter(str.isalnum, name.lower()))}.example"


def clerk(place: Place, number: str, **fields: Any) -> None:
    """Somebody changes a customer in Business Central's client."""
    doors.knock(place, "people", {"company": COMPANY, "does": "change_customer", "who": number, "fields": fields})


def shopper(place: Place, name: str, **fields: Any) -> None:
    """A shopper of the first store changes the account."""
    doors.knock(place, "people", {"store": STORE, "does": "change_customer", "who": email(name), "fields": fields})


def arrive(place: Place, coming: Sequence[Any]) -> None:
    """New customers in Business Central, whom Add Customers takes to the store."""
    for number, name, contact, city, post_code in coming:
        where = {"addressLine1": f"{int(number[2:4])} Harbour Street", "city": city, "postalCode": post_code}
        fields = {"number": number, "displayName": name, "email": email(name), "contact": contact, "country": "GB"}
        fields |= {**where, "phoneNumber": f"01632 960{number[2:]}"}
        if number == TELLING[0]:
            fields["ship_to"] = SHIP_TO
        doors.knock(place, "people", {"company": COMPANY, "does": "add_customer", "fields": fields})
    if coming:
        work("add_customers", number=f"{coming[0][0]}..{coming[-1][0]}")


def move(place: Place, moving: Sequence[Any], unit: str) -> None:
    for number, *_ in moving:
        clerk(place, number, addressLine2=unit)


def work(kind: str, *, approve: bool = True, **options: Any) -> Any:
    """One run of the first store, by its command and a worker, to its end."""
    printed = io.StringIO()
    given = {"store": STORE, "background": True, "json": True, "approve": approve, **options}
    call_command(kind, stdout=printed, **given)
    return demo.watch(int(json.loads(printed.getvalue())["run"]), kind)


def set_back(after: dict[str, int], days: int) -> dict[str, int]:
    """Rows that are newer than these keys happened so many days ago. Returns the newest keys."""
    newest = {}
    for label, names in MOMENTS.items():
        rows = apps.get_model(label).objects
        rows.filter(pk__gt=after[label]).update(**{name: F(name) - timedelta(days=days) for name in names})
        newest[label] = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    return newest


def go_wrong(place: Place) -> None:
    """A field that both sides changed, e-mails that others have, a vendor that stumbles, and drift."""
    for number, name, *_ in NEW[4:7]:
        clerk(place, number, displayName=f"{name} Ltd.")
        shopper(place, name, company=f"{name} (Head Office)")
    work("sync_changes")
    for number, *_ in NEW[1:4]:
        clerk(place, number, email=email(NEW[0][1]))
    move(place, NEW[7:11], "Second Floor")
    move(place, NEW[4:7], "Back Yard")
    stumble = {"kind": "503", "vendor": "bigcommerce", "match": "PUT /v3/customers/addresses", "times": STUMBLES}
    doors.knock(place, "faults", stumble)
    work("sync_changes")
    shopper(place, NEW[11][1], company="Tailspin Games")
    shopper(place, NEW[12][1], company="Trey")
    work("reconcile")


def today(place: Place, cookie: str) -> None:
    """A plan that waits, a run about to be taken back, schedules and views; and the watchdog looks at all of it.

    cookie: the session of an administrator, who clicks what has no command.
    """
    runs = apps.get_model("customers.Run").objects
    session = requests.Session()
    session.cookies.set("sessionid", cookie)
    here = f"/stores/{STORE}"
    added = runs.filter(store__hash=STORE, kind="add_customers").latest("pk")
    click(place, session, f"/runs/{added.pk}/undo/")
    demo.watch(runs.filter(kind="undo").latest("pk").pk, "undo")
    # The plan is the last that reads, so that nothing in it is older than what is known of the store.
    move(place, NEW[7:13], "Loading Bay 3")
    clerk(place, NEW[11][0], displayName="Tailspin Toys International", phoneNumber="0117 496 0144")
    work("sync_changes", plan=True)
    for kind in ("sync_changes", "reconcile"):
        click(place, session, f"{here}/recurring-tasks/proposed/", kind=kind)
    for name, query in (("To be decided", "status=review"), ("Linked in Britain", "status=linked&country=GB")):
        click(place, session, "/customers/views/save/", store=STORE, name=name, query=query)
    wait_for_the_watchdog()


def click(place: Place, session: requests.Session, address: str, **form: str) -> None:
    """Press a button of a page."""
    session.get(f"{place.web_url}/glossary/", timeout=doors.SECONDS)
    given = {**form, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    session.post(f"{place.web_url}{address}", data=given, timeout=doors.SECONDS).raise_for_status()


def wait_for_the_watchdog() -> None:
    """Until beat's watchdog has looked at what there is now, slow counts included; it comes once a minute."""
    now, looks = timezone.now(), apps.get_model("customers.Look").objects
    looks.update(slowly_looked_at=None)
    until = time.monotonic() + demo.LONGEST_RUN_SECONDS
    while not looks.filter(slowly_looked_at__gt=now).exists() and time.monotonic() < until:
        time.sleep(demo.POLL_SECONDS)
