"""A value as a cell: no spreadsheet finds a formula in it, and nothing of it is lost but what no file can carry."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customers.cells import harmless, plain

SIGNS = "=+-@＝＋－＠"
# What a spreadsheet may swallow before it looks for a formula, written here anew.
SWALLOWED = "\t\n\r\v\f \u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u202a\u202e\u2060\u2066\ufeff\x00\x01\x1f"
TEXTS = st.text(st.one_of(st.sampled_from(SIGNS + SWALLOWED + "';,\"|%"), st.characters()), max_size=30)


def unseen(letter: str) -> bool:
    return letter.isspace() or letter in SWALLOWED or unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Zs")


def begins_with_a_sign(text: str) -> bool:
    seen = [letter for letter in text if not unseen(letter)]
    return bool(seen) and seen[0] in SIGNS and all(unseen(each) for each in text[: text.index(seen[0])])


@given(TEXTS)
@example("\x00=1+1")
@example("\ufeff\u200f\r\t =1")
@example("a;\u200b@SUM(1)")
@example("\u202e-2")
def test_nothing_that_a_spreadsheet_could_begin_a_cell_with_is_a_formula(text: str) -> None:
    cell = harmless(plain(text))
    for piece in re.split("[;\t\r\n]", cell):
        assert not begins_with_a_sign(piece)
    assert not begins_with_a_sign(cell)


@given(TEXTS)
def test_only_apostrophes_come_and_only_what_no_file_carries_goes(text: str) -> None:
    kept = plain(text)
    assert harmless(kept).replace("'", "") == kept.replace("'", "")
    assert {unicodedata.category(each) for each in text} - {unicodedata.category(each) for each in kept} <= {
        "Cc", "Cs", "Cn",
    }  # fmt: skip
    kept.encode()


@pytest.mark.parametrize(
    ("text", "cell"),
    [("+49 30 1234", "'+49 30 1234"), ("\t=1", "'\t'=1"), ("\x00=1", "'=1"), ("\u200f=1", "'\u200f=1"),
     ("\ufeff=1", "'\ufeff=1"), ("\r\n@x", "'\n'@x"), ("a;=1", "a;'=1"), ("1 High Street\n-", "1 High Street\n'-"),
     ("a=1", "a=1"), ("", ""), ("O'Hara", "O'Hara"), ("x-y", "x-y"), ("\ud800x", "x")],
)  # fmt: skip
def test_how_it_looks(text: str, cell: str) -> None:
    assert harmless(plain(text)) == cell
