"""Business Central's own split of a person's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcsync.sandbox.business_central.names import join_name, split_name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("", ("", "", "")),
        ("Ana", ("Ana", "", "")),
        ("Ana Lopez", ("Ana", "", "Lopez")),
        ("Ana Garcia Lopez", ("Ana", "Garcia", "Lopez")),
        ("Maria del Carmen Garcia Lopez", ("Maria del Carmen", "Garcia", "Lopez")),
        ("  Ana   Lopez", ("Ana", "", "Lopez")),
        ("Ana ", ("Ana", "", "")),
        ("Ana Lopez ", ("Ana", "Lopez", "")),
        ("x" * 40 + " y", ("x" * 30, "", "y")),
    ],
)
def test_split(name: str, parts: tuple[str, str, str]) -> None:
    assert split_name(name) == parts


@given(st.lists(st.text("abc", min_size=1, max_size=6), min_size=2, max_size=4))
def test_joining_the_parts_gives_the_name_back(tokens: list[str]) -> None:
    assert join_name(*split_name(" ".join(tokens))) == " ".join(tokens)
