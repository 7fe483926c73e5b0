"""The day after: people in both systems change things, so that the next Update shows every rule about changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bcsync.sandbox.cast.added import ship_to
from bcsync.sandbox.cast.member import Said, place, said
from bcsync.sandbox.cast.places import FIRST, NAME

if TYPE_CHECKING:
    from bcsync.sandbox.bigcommerce.store import StoreSide
    from bcsync.sandbox.business_central.company import CompanySide
    from bcsync.sandbox.world import World

Change = Callable[["StoreSide", "CompanySide"], object]


@dataclass(frozen=True)
class Event:
    """key and shows as of a Member. email: the shopper whom it concerns in the first store.

    change: what the people do. expected: job -> Said, absent where the job has no line for the shopper. lines: the
    first lines of the shopper's addresses after Update, in order; empty where that is not the point.
    """

    key: str
    shows: str
    email: str
    change: Change
    expected: dict[str, Said] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def _rename_contact(shop: "StoreSide", company: "CompanySide") -> None:
    row = company.customer("71010")
    company.change_contact((row or {})["primary_contact_no"], first_name="Renata")


def _both_rename(shop: "StoreSide", company: "CompanySide") -> None:
    shop.change_customer("c71060@add.example", company="The Shop's Name")
    company.change_customer("71060", displayName="The Books' Name")


def _shopper_changes_then_removed(shop: "StoreSide", company: "CompanySide") -> None:
    address = next(a for a in shop.customer("c71030@add.example")["addresses"] if a["address1"] == "WEST Dock Road")
    shop.change_address(address["id"], address2="Ring twice")
    company.delete_ship_to("71030", "WEST")


UPDATED = {"update_customers": said("updated")}
EVENTS = (
    Event("later-name", "another first name of the primary contact", "c71010@add.example", _rename_contact, UPDATED),
    Event(
        "later-address",
        "the main address moves: ours is changed, not doubled",
        "c71050@add.example",
        lambda shop, company: company.change_customer("71050", addressLine1="8 Quay Street"),
        UPDATED,
        ("8 Quay Street",),
    ),
    Event(
        "later-ship-to",
        "a new ship-to address",
        "c71020@add.example",
        lambda shop, company: company.put_ship_to("71020", **ship_to("LATE")),
        UPDATED,
        ("7 Quay Street", "LATE Dock Road"),
    ),
    Event(
        "later-removed",
        "a ship-to is removed: the address that we made goes",
        "c71090@add.example",
        lambda shop, company: company.delete_ship_to("71090", "GOOD"),
        UPDATED,
        ("7 Quay Street",),
    ),
    Event(
        "later-removed-changed",
        "a ship-to is removed whose address the shopper changed: it stays",
        "c71030@add.example",
        _shopper_changes_then_removed,
        {"import_customers": said("updated"), "update_customers": said("unchanged")},
        ("7 Quay Street", "EAST Dock Road", "WEST Dock Road"),
    ),
    Event(
        "later-blank",
        "a phone is emptied in Business Central: the store keeps it",
        "pia@phone.example",
        lambda shop, company: company.change_customer("70110", phoneNumber=""),
    ),
    Event(
        "later-conflict",
        "both sides changed the company: Business Central owns it, and it is told",
        "c71060@add.example",
        _both_rename,
        {"import_customers": said("updated"), "update_customers": said("conflict", "company: both sides changed it")},
    ),
    Event(
        "later-own-address",
        "an address that the shopper made is not touched",
        "c71070@add.example",
        lambda shop, company: shop.add_address("c71070@add.example", **place("12 Holiday Lane", "Bath", "BA1 1AA")),
        {"import_customers": said("updated")},
        ("1 Yonge St", "12 Holiday Lane"),
    ),
    Event(
        "later-claim",
        "a newcomer has the number of a customer who is linked already",
        "late@phone.example",
        lambda shop, company: shop.add_customer(email="late@phone.example", phone="+44 20 7946 0106"),
        {"import_customers": said("created"), "try_mapping": said("review", "70120 is linked already")},
    ),
)


def play(world: "World") -> None:
    """Let all of it happen; after the demo's jobs."""
    shop, company = world.stores[FIRST], world.companies[NAME]
    for event in EVENTS:
        event.change(shop, company)
