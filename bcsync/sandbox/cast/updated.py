"""Pairs that both existed before they were linked, and differ: what the first Update, once approved, makes of them."""

from typing import Any

from bcsync.sandbox.cast.added import ship_to
from bcsync.sandbox.cast.member import Member, complete, place, said, shopper

BRISTOL = place("7 Quay Street", "Bristol", "BS1 4DJ", address_type="commercial")


def _pair(key: str, shows: str, number: str, outcome: str, who: dict[str, Any], **business: Any) -> Member:
    name = f"Update {number} Ltd."
    books = complete(number, name, f"u{number}@update.example", ("Uma", "Update"), **business)
    fields = {"first_name": "Uma", "last_name": "Update", "company": name, **who}
    in_store = shopper(f"u{number}@update.example", attributes={"Customer number": number}, **fields)
    expected = {"try_mapping": said("linked", "Attribute", number), "update_customers": said(outcome)}
    return Member(key, shows, shopper=in_store, customer=books, expected=expected)


def _same(number: str) -> dict[str, Any]:
    """An address as Business Central's main address becomes."""
    return {**BRISTOL, "company": f"Update {number} Ltd."}


MEMBERS = (
    _pair(
        "update-equal",
        "nothing but the tracking metafields; the equal address is used",
        "75010",
        "updated",
        {"addresses": [_same("75010")]},
    ),
    _pair(
        "update-name", "another first name", "75020", "updated", {"first_name": "Humma", "addresses": [_same("75020")]}
    ),
    _pair(
        "update-address",
        "the shopper's own address stays, ours is made beside it",
        "75030",
        "updated",
        {"addresses": [{**_same("75030"), "address1": "99 Old Street"}]},
    ),
    _pair(
        "update-ship-to",
        "a ship-to address becomes an address",
        "75040",
        "updated",
        {"addresses": [_same("75040")]},
        ship_to=[ship_to("YARD")],
    ),
    _pair(
        "update-blank",
        "a blank phone in Business Central does not overwrite",
        "75050",
        "updated",
        {"phone": "020 7946 0171", "addresses": [_same("75050")]},
    ),
    _pair(
        "update-own-address",
        "a second address that the shopper made is not touched",
        "75060",
        "updated",
        {"addresses": [_same("75060"), place("12 Holiday Lane", "Bath", "BA1 1AA")]},
    ),
)
