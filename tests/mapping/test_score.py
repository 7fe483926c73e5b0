"""The score of Review: explains itself, stays between 0 and 100, does not depend on accents, case or order of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.score import Side, likeness, score

ZOE = Side(
    name="Zoë Müller-Łukasiewicz", company="Müller Outdoor sp. z o.o.", email="zoe@post.example",
    phone="+48 22 490 0167", tax_number="PL 1234563218", street="ul. Floriańska 12/4", city="Kraków",
    post_code="31-021", country="PL",
    emails=frozenset({"zoe@post.example"}), phones=frozenset({"+48224900167"}), tax_numbers=frozenset({"1234563218"}),
)  # fmt: skip
SAME = Side(
    name="Mueller Outdoor Sp. z o.o.", company="Zoe Mueller-Lukasiewicz", email="buchung@outdoor.example",
    phone="022 490 01 67", tax_number="1234563218", street="Floriańska 12 m. 4", city="Krakow", post_code="31-021",
    emails=frozenset({"buchung@outdoor.example"}), phones=frozenset({"+48224900167"}),
    tax_numbers=frozenset({"1234563218"}),
)  # fmt: skip
OTHER = Side(name="Relecloud", email="jesse@contoso.example", emails=frozenset({"jesse@contoso.example"}))


def test_explains_every_point() -> None:
    found = score(ZOE, SAME)
    assert [(each.field, each.points, each.of) for each in found.evidence] == [
        ("Tax number", 30, 30),
        ("Phone", 25, 25),
        ("E-mail", 0, 20),
        ("Name and company", 15, 15),
        ("Address", 9, 10),
    ]
    assert [each.why for each in found.evidence[:3]] == ["equal: 1234563218", "equal: +48224900167", "differs"]
    assert found.total == 79
    assert {each.field: each.verdict for each in found.compared} == {
        "Name": "disagrees", "Company": "disagrees", "E-mail": "disagrees", "Phone": "agrees", "Tax number": "agrees",
        "Street": "partly", "City and post code": "agrees",
    }  # fmt: skip


def test_a_tax_number_that_one_side_lacks_is_no_evidence_against() -> None:
    assert [each.field for each in score(ZOE, OTHER).evidence] == ["Phone", "E-mail", "Name and company", "Address"]
    assert score(ZOE, OTHER).total < 10


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [("Müller", "MUELLER", 100), ("Łukasz Żak", "zak lukasz", 100), ("Ståle Ås", "staale aas", 100), ("Ann", "Bob", 0)],
)
def test_likeness_sees_through_accents_case_and_order(one: str, other: str, least: int) -> None:
    assert likeness(one, other) >= least


def test_blank_is_like_nothing() -> None:
    assert (likeness("", ""), likeness(" ", "x"), score(Side(), Side()).total) == (0, 0, 0)


texts = st.text(max_size=20)
sides = st.builds(
    Side, name=texts, company=texts, street=texts, city=texts, post_code=texts,
    phones=st.frozensets(st.sampled_from("abc")), emails=st.frozensets(st.sampled_from("abc")),
    tax_numbers=st.frozensets(st.sampled_from("abc")),
)  # fmt: skip


@given(sides, sides)
def test_points_add_up_and_both_ways_are_one(one: Side, other: Side) -> None:
    found = score(one, other)
    assert 0 <= found.total <= 100
    assert all(0 <= each.points <= each.of for each in found.evidence)
    possible = sum(each.of for each in found.evidence)
    assert found.total == round(100 * sum(each.points for each in found.evidence) / possible)
    assert score(other, one).total == found.total
