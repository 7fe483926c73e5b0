"""Hostile texts in a file: read back as they were, as far as the format can hold them, and never a formula."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from customers import workbook
from customers.cells import plain
from customers.exports import as_csv

# What a vendor said -> what a workbook can hold of it, None: all.
TEXTS: dict[str, str | None] = {
    "plain": None,
    "=1+1": None,
    "+49 30 1234": None,
    "-": None,
    "@SUM(1)": None,
    "\t=1": None,
    "\n=1": None,
    "\r=1": "\n=1",
    " =1": None,
    "\u202e=1": None,
    "\ufeff\u200b\u2066=1": None,
    "\uff1d1": None,
    "a;=1": None,
    "a\t=1": None,
    '=HYPERLINK("http://x.example";"y")': None,
    "=cmd|'/c calc'!A0": None,
    "\x00\x1f=1": "=1",
    "a\x00\x07\x1b\x7f\x9fb": "ab",
    "\ud800half\udc00": "half",
    "not\ufffe a \uffffcharacter": "not a character",
    "two\r\nlines\rthree\n": "two\nlines\nthree\n",
    " outer  space ": None,
    "\u3000": None,
    "\"quoted\", 'and', semi;colon": None,
    "</t></is></c><script>&amp;]]>": None,
    "_x0041_": None,
    "_x000D_": None,
    "_X0041_ _x005F_x0041_ _x0041_x0042_ _x00e9_": None,
    "#N/A": None,
    "TRUE": None,
    "00123": None,
    "1E5": None,
    "'apostrophe": None,
    "ليلى حداد": None,
    "e\u0301 \U0001f600 \u2028 \u0085": "e\u0301 \U0001f600 \u2028 ",
    "x" * 32_767: None,
    "x" * 32_768: "x" * 32_766 + "…",
    "\U0001f600" * 16_383 + "y": None,
    "\U0001f600" * 16_384: "\U0001f600" * 16_383 + "…",
    "\U0001f600" * 20_000: "\U0001f600" * 16_383 + "…",
    "_x0041_" * 4_000: None,
}  # fmt: skip
HELD = [text if held is None else held for text, held in TEXTS.items()]
SIGNS = ("=", "+", "-", "@", "\uff1d")
# What a spreadsheet overlooks before a sign.
UNSEEN = "\t\n \u202e\ufeff\u200b\u2066"


def lines(texts: Iterable[str]) -> list[list[str]]:
    return [[plain(text), "next"] for text in texts]


def sheets(body: bytes) -> list[list[list[str]]]:
    """Sheets -> rows -> texts. openpyxl leaves _x0041_ in inline text as it is; Excel reads A, by the standard."""
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True)
    found = [[[cell for cell in row if cell.value is not None] for row in sheet] for sheet in book.worksheets]
    assert {cell.data_type for rows in found for row in rows for cell in row} == {"s"}
    return [[[unescape(cell.value) for cell in row] for row in rows] for rows in found]


def test_a_workbook_gives_every_text_back() -> None:
    body = b"".join(workbook.workbook(("Text", "_x0041_"), [lines(TEXTS)]))
    [[headings, *rows]] = sheets(body)
    assert headings == ["Text", "_x0041_"]
    assert rows == [[text, "next"] for text in HELD]
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert book.testzip() is None
        written = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in written
    marked = [number for number, text in enumerate(HELD, 2) if f'<c r="A{number}" s="2"' in written]
    assert marked == [n for n, text in enumerate(HELD, 2) if text.lstrip(UNSEEN).startswith(SIGNS) or text[0] == "#"]


def test_csv_gives_every_text_back_behind_an_apostrophe_where_it_could_be_a_formula() -> None:
    body = b"".join(as_csv(("Text", "More"), [lines(TEXTS)])).decode("utf-8-sig")
    _headings, *rows = csv.reader(io.StringIO(body, newline=""))
    assert [row[1] for row in rows] == ["next"] * len(TEXTS)
    for [found, _], text in zip(rows, map(plain, TEXTS), strict=True):
        assert found.replace("'", "") == text.replace("'", "")
        assert len(found) - len(text) <= 2
        for cell in re.split("[;\\t\\n]", found):  # some country's spreadsheet begins another one there
            assert not cell.lstrip(UNSEEN).startswith(SIGNS)


@pytest.mark.parametrize(("rows", "expected"), [(0, [1]), (3, [4]), (4, [4, 2]), (7, [4, 4, 2])])
def test_what_a_sheet_does_not_hold_goes_on_in_another(
    monkeypatch: pytest.MonkeyPatch, rows: int, expected: list[int]
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 4)
    monkeypatch.setattr(workbook, "PER_WRITE", 2)
    pages = [[[str(number)]] for number in range(rows)]
    found = sheets(b"".join(workbook.workbook(("No.",), pages)))
    assert [len(sheet) for sheet in found] == expected
    assert [sheet[0] for sheet in found] == [["No."]] * len(expected)
    assert [row for sheet in found for row in sheet[1:]] == [[str(number)] for number in range(rows)]


def test_a_sheet_ends_before_it_is_too_large_for_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_OF_A_SHEET", 5_000)
    monkeypatch.setattr(workbook, "PER_WRITE", 1)
    found = sheets(b"".join(workbook.workbook(("Text",), [[["x" * 4_000]] * 5])))
    assert [len(sheet) for sheet in found] == [3, 3, 2]
