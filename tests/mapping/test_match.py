"""Which Business Central customer a shopper is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.match import (
    BusinessCentralIndex,
    Decision,
    IndexRow,
    Shopper,
    Tracking,
    email_decision,
    hits_of,
    match,
    rules_with,
)
from tests.mapping.builders import a_shopper, an_index

ONE, TWO, THREE = "+442079460958", "+442079460959", "+442079460960"
INDEX = an_index(("id-a", "10000", (ONE,)), ("id-b", "20000", (TWO,)), ("id-c", "30000", (THREE, "+442079460961")))


def decided(*shoppers: Shopper, rules: dict[str, bool] | None = None, linked: dict[str, str] | None = None) -> dict:
    decisions = match(shoppers, INDEX, rules_with(rules or {}), linked)
    return {key: (one.kind, one.business_central_id or one.candidates) for key, one in decisions.items()}


def reason(*shoppers: Shopper, linked: dict[str, str] | None = None) -> str:
    return match(shoppers, INDEX, linked=linked)[shoppers[0].key].reason


def test_one_phone_one_customer_is_linked_with_the_reason():
    (hit,) = hits_of(a_shopper("s", ONE), INDEX)
    assert match([a_shopper("s", ONE)], INDEX) == {
        "s": Decision("linked", f'Phone "{ONE}" is that of Business Central customer 10000.', "id-a", (hit,), ("id-a",))
    }


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"metafields": {("erp", "customer_number"): " 10000 "}}, {}),
        ({"attributes": {"Customer number": "10000"}}, {}),
        ({"form_fields": {"Customer number": "10000"}}, {}),
        ({"tracking": Tracking("id-a", owned=True)}, {}),
        ({"emails": frozenset({"ann@contoso.com"})}, {"email": True}),
        ({"tax_numbers": frozenset({"gb 123.456"})}, {"tax": True}),
        ({"attributes": {"VAT number": "GB-123456"}}, {"tax": True}),
        ({"form_fields": {"VAT number": "GB123456"}}, {"tax": True}),
    ],
)
def test_each_rule_links_when_it_is_on_and_finds_nothing_when_it_is_off(changes, rules):
    index = BusinessCentralIndex([IndexRow("id-a", "10000", (), ("ann@contoso.com",), "GB123456")])
    shopper = a_shopper("s", **changes)
    assert match([shopper], index, rules_with(rules))["s"].business_central_id == "id-a"
    off = dict.fromkeys(("tracking", "phone", "metafields", "attributes", "form_fields", "email", "tax"), False)
    assert match([shopper], index, rules_with(off))["s"].kind == "none"


def test_email_and_tax_number_are_off_by_default():
    index = BusinessCentralIndex([IndexRow("id-a", "10000", (), ("ann@contoso.com",), "GB123456")])
    shopper = a_shopper("s", emails=frozenset({"ann@contoso.com"}), tax_numbers=frozenset({"GB123456"}))
    assert match([shopper], index)["s"].kind == "none"


def test_a_substring_of_a_number_never_matches():
    assert decided(a_shopper("s", ONE[:-1]), a_shopper("t", attributes={"Customer number": "1000"})) == {
        "s": ("none", ()),
        "t": ("none", ()),
    }


def test_two_customers_sharing_the_phone_are_review():
    index = an_index(("id-a", "10000", (ONE,)), ("id-b", "20000", (ONE,)))
    decision = match([a_shopper("s", ONE)], index)["s"]
    assert (decision.kind, decision.candidates) == ("review", ("id-a", "id-b"))
    assert decision.reason == (
        f'Phone "{ONE}" is that of Business Central customers 10000, 20000. '
        "Phone names 2 customers; only one can be the right one."
    )


def test_two_phones_of_different_customers_are_review():
    assert decided(a_shopper("s", ONE, TWO)) == {"s": ("review", ("id-a", "id-b"))}


def test_two_phones_of_one_customer_are_one():
    assert decided(a_shopper("s", THREE, "+442079460961")) == {"s": ("linked", "id-c")}


def test_rules_that_agree_link_and_rules_that_disagree_are_review():
    agree = a_shopper("s", ONE, attributes={"Customer number": "10000"})
    disagree = replace(agree, attributes={"Customer number": "20000"})
    assert decided(agree) == {"s": ("linked", "id-a")}
    assert decided(disagree) == {"s": ("review", ("id-a", "id-b"))}
    assert reason(disagree).endswith("The rules name different customers.")


def test_an_owned_tracking_metafield_decides_alone():
    assert decided(a_shopper("s", TWO, tracking=Tracking("id-a", owned=True))) == {"s": ("linked", "id-a")}


@pytest.mark.parametrize("tracking", [Tracking("id-a", owned=False), Tracking("elsewhere", owned=True)])
def test_a_tracking_metafield_of_another_account_or_company_is_shown_and_ignored(tracking):
    assert decided(a_shopper("s", TWO, tracking=tracking)) == {"s": ("linked", "id-b")}
    assert decided(a_shopper("s", tracking=tracking)) == {"s": ("none", ())}
    assert tracking.customer_id in reason(a_shopper("s", tracking=tracking))


def test_a_number_that_another_account_wrote_under_our_name_is_not_compared():
    shopper = a_shopper(
        "s", metafields={("bcsync", "customer_number"): "10000"}, tracking=Tracking("id-a", owned=False)
    )
    assert decided(shopper) == {"s": ("none", ())}


def test_two_shoppers_claiming_one_customer_are_both_review():
    assert decided(a_shopper("s", ONE), a_shopper("t", attributes={"Customer number": "10000"})) == {
        "s": ("review", ("id-a",)),
        "t": ("review", ("id-a",)),
    }
    assert reason(a_shopper("s", ONE), a_shopper("t", ONE)).endswith(
        "Customer 10000 is claimed by shopper t@example.com too."
    )


def test_whoever_an_ambiguous_shopper_names_is_concerned_too():
    assert decided(a_shopper("s", ONE, TWO), a_shopper("t", attributes={"Customer number": "10000"})) == {
        "s": ("review", ("id-a", "id-b")),
        "t": ("review", ("id-a",)),
    }


def test_a_claim_against_a_tracked_customer_is_review_and_the_tracked_one_stays():
    tracked = a_shopper("s", tracking=Tracking("id-a", owned=True))
    assert decided(tracked, a_shopper("t", ONE)) == {"s": ("linked", "id-a"), "t": ("review", ("id-a",))}
    twin = replace(tracked, key="u")
    assert decided(tracked, twin) == {"s": ("review", ("id-a",)), "u": ("review", ("id-a",))}


def test_a_customer_linked_already_is_review_for_another_shopper():
    assert decided(a_shopper("s", ONE), linked={"id-a": "t"}) == {"s": ("review", ("id-a",))}
    assert decided(a_shopper("s", ONE), a_shopper("t", linked_to="id-a")) == {
        "s": ("review", ("id-a",)),
        "t": ("linked", "id-a"),
    }


def test_a_shopper_linked_already_stays_linked_and_claims_nothing_else():
    assert decided(a_shopper("s", TWO), a_shopper("t", TWO), linked={"id-a": "t"}) == {
        "s": ("linked", "id-b"),
        "t": ("linked", "id-a"),
    }


def test_unmatched_shoppers_who_share_a_phone_are_review():
    unknown = "+442079460999"
    assert decided(a_shopper("s", unknown), a_shopper("t", unknown), a_shopper("u")) == {
        "s": ("review", ()),
        "t": ("review", ()),
        "u": ("none", ()),
    }
    assert decided(a_shopper("s", unknown), a_shopper("t", unknown), rules={"phone": False}) == {
        "s": ("none", ()),
        "t": ("none", ()),
    }


phones = st.frozensets(st.sampled_from([ONE, TWO, THREE, "+442079460999"]), max_size=2)
trackings = st.sampled_from(
    [None, None, None, Tracking("id-a", True), Tracking("id-b", True), Tracking("id-b", False), Tracking("x", True)]
)
people = st.builds(
    lambda phones, tracking, number: (phones, tracking, number),
    phones,
    trackings,
    st.sampled_from(["", "", "10000", "20000"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(people, max_size=6), st.data())
def test_order_never_changes_a_result_and_no_customer_is_given_twice(drawn, data):
    shoppers = [
        a_shopper(f"s{number}", *phones, tracking=tracking, attributes={"Customer number": value})
        for number, (phones, tracking, value) in enumerate(drawn)
    ]
    rows = [IndexRow("id-a", "10000", (ONE,)), IndexRow("id-b", "20000", (TWO, THREE)), IndexRow("id-c", "3", (THREE,))]
    linked = {"id-b": "someone"} if data.draw(st.booleans()) else {}
    decisions = match(shoppers, BusinessCentralIndex(rows), linked=linked)
    mixed = match(
        data.draw(st.permutations(shoppers)), BusinessCentralIndex(data.draw(st.permutations(rows))), linked=linked
    )
    assert mixed == decisions
    given_out = [one.business_central_id for one in decisions.values() if one.kind == "linked"]
    assert len(given_out) == len(set(given_out))
    assert not set(given_out) & set(linked)


PHONE_A, PHONE_B = hits_of(a_shopper("s", ONE), INDEX), hits_of(a_shopper("s", TWO), INDEX)


@pytest.mark.parametrize(
    ("shopper", "sharing", "hits", "kind"),
    [
        (None, 1, (), "create"),
        (None, 2, (), "review"),
        (a_shopper("s"), 1, (), "link"),
        (a_shopper("s"), 2, (), "review"),
        (a_shopper("s"), 1, PHONE_A, "link"),
        (a_shopper("s"), 1, PHONE_B, "review"),
        (a_shopper("s", linked_to="id-b"), 1, (), "review"),
        (a_shopper("s", linked_to="id-a"), 1, (), "link"),
    ],
)
def test_an_email_that_the_store_has_already(shopper, sharing, hits, kind):
    decision = email_decision("s@example.com", shopper, sharing, "id-a", hits)
    assert decision.kind == kind
    assert decision.reason.endswith(".")
