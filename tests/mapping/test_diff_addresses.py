"""Addresses: which stands behind which source, and what must never be touched."""

from dataclasses import replace
from typing import Any

from mapping.diff import AddressChange, Changes, Current, LinkedAddress, diff
from mapping.diff_addresses import alike
from mapping.evaluate import Target, evaluate
from tests.mapping.builders import a_record, a_ship_to, a_store

RECORD = a_record(ship_to=[a_ship_to()])
TARGET = evaluate(RECORD, a_store())
MAIN, DUDLEY = TARGET.addresses["main"].values, TARGET.addresses["ship-to:DUDLEY"].values


def as_stored(values: Any, address_id: int, **changes: Any) -> dict[str, Any]:
    return {"id": address_id, "customer_id": 1, **values, "country": "United Kingdom", **changes}


def ours(values: Any, address_id: int, **changes: Any) -> LinkedAddress:
    return LinkedAddress(as_stored(values, address_id, **changes), dict(values), created_by_us=True)


def compared(
    linked: dict[str, LinkedAddress], others: list[dict[str, Any]] | None = None, target: Target = TARGET
) -> dict[str, tuple[str, int | None]]:
    changes = addresses(linked, others, target)
    return {change.source: (change.action, change.address_id) for change in changes}


def addresses(
    linked: dict[str, LinkedAddress], others: list[dict[str, Any]] | None = None, target: Target = TARGET
) -> tuple[AddressChange, ...]:
    now = Current(target.core, linked, others or [], target.attributes, {}, target.metafields)
    changes = diff(target, now)
    assert changes == Changes(addresses=changes.addresses)
    return changes.addresses


BOTH = {"main": ours(MAIN, 11), "ship-to:DUDLEY": ours(DUDLEY, 12)}


def test_linked_addresses_in_step_need_nothing():
    assert compared(BOTH, [as_stored({**MAIN, "city": "Elsewhere"}, 13)]) == {}


def test_missing_addresses_are_created_whole():
    changes = addresses({})
    assert [(change.source, change.action, change.values, change.base) for change in changes] == [
        ("main", "create", MAIN, MAIN),
        ("ship-to:DUDLEY", "create", DUDLEY, DUDLEY),
    ]


def test_an_equal_address_is_adopted_by_the_vendors_uniqueness_tuple():
    others = [as_stored({**MAIN, "phone": "other"}, 20), as_stored(MAIN, 21), as_stored(MAIN, 22)]
    assert compared({}, others) == {"main": ("adopt", 21), "ship-to:DUDLEY": ("create", None)}


def test_a_change_updates_the_whole_address_we_created():
    (change,) = addresses({**BOTH, "main": ours({**MAIN, "city": "Oxford"}, 11, phone="+44 1")})
    assert (change.source, change.action, change.address_id) == ("main", "update", 11)
    assert [(one.field, one.before, one.after, one.kind) for one in change.fields] == [
        ("city", "Oxford", "Cambridge", "send"),
        ("phone", "+44 1", "020 7946 0958", "send"),
    ]
    assert change.values == MAIN
    assert change.base == MAIN


def test_a_blank_keeps_what_the_store_has_and_the_whole_address_is_sent_with_it():
    (change,) = addresses({**BOTH, "main": ours({**MAIN, "address2": "Floor 2", "city": "Oxford"}, 11)})
    assert change.values == {**MAIN, "address2": "Floor 2"}
    assert [(one.field, one.kind) for one in change.fields] == [("address2", "blank-kept"), ("city", "send")]


def test_another_country_takes_the_old_state_with_it():
    target = evaluate(a_record(country_iso="HK", postal_code=""), a_store())
    old = {**MAIN, "country_code": "US", "state_or_province": "California", "postal_code": "94016"}
    (change,) = addresses({"main": ours(old, 11)}, target=target)
    assert (change.values["state_or_province"], change.values["postal_code"]) == ("", "")


def test_an_address_that_the_shopper_made_is_never_changed_but_ours_created_beside_it():
    adopted = LinkedAddress(as_stored({**MAIN, "city": "Oxford"}, 11), {**MAIN, "city": "Oxford"})
    (change,) = addresses({**BOTH, "main": adopted})
    assert (change.action, change.address_id, change.values) == ("create", None, MAIN)


def test_an_update_that_would_equal_another_address_adopts_that_one():
    moved = ours({**MAIN, "city": "Oxford"}, 11)
    assert compared({**BOTH, "main": moved}, [as_stored(MAIN, 30)]) == {"main": ("adopt", 30)}


def test_an_address_gone_from_the_store_is_created_again():
    assert compared({**BOTH, "main": LinkedAddress(None, MAIN, created_by_us=True)}) == {"main": ("create", None)}


def test_two_equal_sources_make_one_address():
    twin = replace(TARGET.addresses["main"], source="ship-to:TWIN")
    target = replace(TARGET, addresses={"main": TARGET.addresses["main"], "ship-to:TWIN": twin})
    assert compared({}, target=target) == {"main": ("create", None)}
    assert compared({"main": ours(MAIN, 11)}, target=target) == {}


def test_an_address_with_an_issue_waits_whole():
    target = evaluate(a_record(country_iso="US", state="Cambs"), a_store())
    assert compared({}, target=target) == {}
    assert compared({"main": ours({**MAIN, "city": "Oxford"}, 11)}, target=target) == {}


def test_a_missing_post_code_stops_creating_but_not_updating():
    target = evaluate(a_record(postal_code=""), a_store())
    assert compared({}, target=target) == {}
    (change,) = addresses({"main": ours({**MAIN, "city": "Oxford"}, 11)}, target=target)
    assert (change.action, change.values) == ("update", MAIN)


GONE = evaluate(a_record(), a_store())


def test_a_removed_ship_to_takes_the_address_we_created():
    assert compared(BOTH, target=GONE) == {"ship-to:DUDLEY": ("delete", 12)}


def test_a_removed_ship_to_leaves_what_the_shopper_made_or_changed():
    made = LinkedAddress(as_stored(DUDLEY, 12), DUDLEY, created_by_us=False)
    assert compared({**BOTH, "ship-to:DUDLEY": made}, target=GONE) == {"ship-to:DUDLEY": ("unlink", 12)}
    changed = LinkedAddress(as_stored(DUDLEY, 12, phone="1"), DUDLEY, created_by_us=True)
    assert compared({**BOTH, "ship-to:DUDLEY": changed}, target=GONE) == {"ship-to:DUDLEY": ("unlink", 12)}
    without_base = LinkedAddress(as_stored(DUDLEY, 12), None, created_by_us=True)
    assert compared({**BOTH, "ship-to:DUDLEY": without_base}, target=GONE) == {"ship-to:DUDLEY": ("unlink", 12)}


def test_ship_to_addresses_that_cannot_be_read_are_not_removed():
    assert compared(BOTH, target=replace(GONE, ship_to_known=False)) == {}


def test_once_done_nothing_is_left_to_do():
    for linked in ({}, {**BOTH, "main": ours({**MAIN, "city": "Oxford"}, 11)}):
        after = dict(linked)
        for number, change in enumerate(addresses(linked), start=100):
            made = change.action == "create" or linked[change.source].created_by_us
            stored = as_stored(change.values, change.address_id or number)
            after[change.source] = LinkedAddress(stored, change.base, made)
        assert compared(after) == {}


def test_a_shoppers_address_that_says_the_same_place_and_name_is_used_not_doubled() -> None:
    theirs = {"id": 5, "first_name": "Ana", "last_name": "Garcia Lopez", "address1": "1 Mill  Lane", "city": "LEEDS",
              "postal_code": "LS1 1AA", "country_code": "GB", "phone": "", "address_type": "residential"}  # fmt: skip
    ours = {**theirs, "first_name": "Ana Garcia", "last_name": "Lopez", "address1": "1 Mill Lane", "city": "Leeds",
            "phone": "+44 113 496 0000", "address_type": "commercial", "company": "Ana Ltd"}  # fmt: skip
    assert alike(theirs, ours)
    assert not alike({**theirs, "phone": "0113 496 1111"}, ours)
    assert not alike({**theirs, "address1": "2 Mill Lane"}, ours)
    assert not alike({**theirs, "last_name": "Other"}, ours)
    assert not alike({**theirs, "company": "Another Ltd"}, ours)
