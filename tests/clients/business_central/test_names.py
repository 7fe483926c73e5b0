"""Business Central's name split, case by case as Contact.NameBreakdown does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcsync.clients.business_central_names import NAME_PART_LENGTH, split_name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ana Garcia", ("Ana", "", "Garcia")),
        ("Ana Maria Garcia", ("Ana", "Maria", "Garcia")),
        ("Ana Maria Garcia Lopez", ("Ana Maria", "Garcia", "Lopez")),
        ("Cher", ("Cher", "", "")),
        ("  Ana   Garcia", ("Ana", "", "Garcia")),
        ("Ana Garcia ", ("Ana", "Garcia", "")),
        ("", ("", "", "")),
        ("A" * 40 + " " + "B" * 40, ("A" * 30, "", "B" * 30)),
    ],
)
def test_split(name: str, parts: tuple[str, str, str]) -> None:
    assert split_name(name) == parts


@given(st.text())
def test_split_never_exceeds_the_fields(name: str) -> None:
    assert all(len(part) <= NAME_PART_LENGTH for part in split_name(name))
