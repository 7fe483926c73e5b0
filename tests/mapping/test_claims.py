"""Whom shoppers name: the match rules asked from the other side say the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.claims import Claims
from mapping.match import DEFAULT_RULES, BusinessCentralIndex, IndexRow, Shopper, Tracking, hits_of, rules_with
from tests.mapping.builders import a_shopper

PHONES = ("+442079460958", "+442079460959", "+442079460960")
ROWS = [
    IndexRow("id-a", "10000", PHONES[:1], ("a@x.example", "s1@example.com"), "GB123456"),
    IndexRow("id-b", "20000", PHONES[:2], (), "GB123456"),
    IndexRow("id-c", "a3", PHONES[2:], ("s1@example.com",), ""),
]
shoppers = st.lists(
    st.tuples(
        st.frozensets(st.sampled_from(PHONES), max_size=2),
        st.sampled_from([None, None, Tracking("id-a", True), Tracking("id-b", False), Tracking("elsewhere", True)]),
        st.sampled_from(["", "10000", " A3 "]),
        st.sampled_from(["", "gb 123-456"]),
    ),
    max_size=4,
)
switches = st.dictionaries(st.sampled_from([rule.name for rule in DEFAULT_RULES]), st.booleans())


def made(drawn: list[tuple]) -> list[Shopper]:
    return [
        a_shopper(f"s{place}", *phones, tracking=tracking, attributes={"Customer number": number, "VAT number": tax})
        for place, (phones, tracking, number, tax) in enumerate(drawn)
    ]


@settings(max_examples=300, deadline=None)
@given(shoppers, switches)
def test_a_customer_is_claimed_by_exactly_those_whose_hits_name_it(drawn, switched):
    everybody, rules, index = made(drawn), rules_with(switched), BusinessCentralIndex(ROWS)
    claims = Claims(everybody, rules, lambda ids: {each for each in ids if each in index})
    for row in ROWS:
        wanted = set()
        for shopper in everybody:
            hits = hits_of(shopper, index, rules)
            deciding = [hit for hit in hits if hit.rule == "tracking"] or hits
            if any(row.id in hit.ids for hit in deciding):
                wanted.add(shopper.key)
        assert set(claims.of(row)) == wanted


def test_a_claim_says_rule_and_value():
    claims = Claims([a_shopper("s", PHONES[2])], rules_with({}), lambda ids: set())
    assert [str(claim) for claim in claims.of(ROWS[2]).values()] == [f'Phone "{PHONES[2]}"']
    assert claims.of(ROWS[0]) == {}
