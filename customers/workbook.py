"""An Excel workbook that is written while it is sent: its first bytes at once, never whole in memory or on disk.

ECMA-376 (Office Open XML), parts 1 and 2. Every cell is inline text, so nothing is computed.
"""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from customers.cells import LEADING

# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3; a cell's length is in UTF-16 units.
MOST_ROWS = 1_048_576
MOST_OF_A_CELL = 32_767
# A part of 2 GiB and more would need ZIP64, which Excel does not read from a stream: the next rows get a sheet of their
# own before. The longest possible PER_WRITE rows still fit.
MOST_OF_A_SHEET = 3 << 29
PER_WRITE = 100
TEXT, HEADING, LOOKS_LIKE_A_FORMULA = range(3)  # indexes of cellXfs below; the first is every empty cell's, too
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = f'{XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
RELS = (
    f'{RELATIONSHIPS}<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
XF = '<xf numFmtId="0" fontId="{}" fillId="0" borderId="0" xfId="0"{}/>'
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    + XF.format(0, "")
    + XF.format(1, ' applyFont="1"')
    + XF.format(0, ' quotePrefix="1"')
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
SHEET = (
    f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
# What a reader would turn into one character, _x0041_ into A, as it is: its first line becomes _x005F_.
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
SPACE = re.compile(r"\A\s|\s\Z|\n")


class _Sent(io.RawIOBase):
    """Where zipfile writes to. It cannot be wound back, so zipfile puts the sizes of a part behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def workbook(headings: Iterable[str], pages: Iterable[list[list[str]]]) -> Iterator[bytes]:
    """The file in pieces. pages: of rows, of texts as `cells.plain` gives them. More rows than a sheet holds go on in
    another one, under the same headings."""
    top, lines, sent = _row(1, headings, HEADING), chain.from_iterable(pages), _Sent()
    with ZipFile(sent, "w", ZIP_DEFLATED) as book:
        book.writestr("_rels/.rels", RELS)
        book.writestr("xl/styles.xml", STYLES)
        sheets = 0
        following: list[list[str]] = []
        while following or not sheets:
            sheets += 1
            with book.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                size = sheet.write(f"{SHEET}{top}".encode())
                yield sent.taken()
                for rows in _rows(chain(following, lines)):
                    size += sheet.write(rows)
                    yield sent.taken()
                    if size > MOST_OF_A_SHEET:
                        break
                sheet.write(b"</sheetData></worksheet>")
            following = list(islice(lines, 1))
        for name, text in _contents(sheets).items():
            book.writestr(name, text)
    yield sent.taken()


def _rows(lines: Iterator[list[str]]) -> Iterator[bytes]:
    """Rows of one sheet below its headings, some at a time."""
    number = 2
    while number <= MOST_ROWS and (some := list(islice(lines, min(PER_WRITE, MOST_ROWS + 1 - number)))):
        yield "".join(_row(number + place, line) for place, line in enumerate(some)).encode()
        number += len(some)


def _row(number: int, line: Iterable[str], style: int = TEXT) -> str:
    cells = (_cell(f"{_column(place)}{number}", text, style) for place, text in enumerate(line) if text)
    return f'<row r="{number}">{"".join(cells)}</row>'


def _column(place: int) -> str:
    """0 -> A, 26 -> AA."""
    return ("" if place < 26 else chr(64 + place // 26)) + chr(65 + place % 26)


def _cell(name: str, text: str, style: int) -> str:
    """Text as it is; what could be taken for a formula or an error stays text when somebody edits it, too."""
    if len(text) > MOST_OF_A_CELL // 2:
        text = _cut(text)
    if style == TEXT and (text[0] == "#" or LEADING.match(text)):
        style = LOOKS_LIKE_A_FORMULA
    space = ' xml:space="preserve"' if SPACE.search(text) else ""
    text = escape(ESCAPE.sub("_x005F_", text))
    return f'<c r="{name}" s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _cut(text: str) -> str:
    """At most what a cell holds, the last character … where something is missing."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MOST_OF_A_CELL:
        return text
    return units[: 2 * (MOST_OF_A_CELL - 1)].decode("utf-16-le", errors="ignore") + "…"


def _contents(sheets: int) -> dict[str, str]:
    """The parts that name the sheets: they come last, as only then is known how many there are."""
    numbers = range(1, sheets + 1)
    named = "".join(
        f'<sheet name="bcsync{f" {each}" if each > 1 else ""}" sheetId="{each}" r:id="rId{each}"/>' for each in numbers
    )
    targets = "".join(
        f'<Relationship Id="rId{each}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{each}.xml"/>'
        for each in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{each}.xml" ContentType="{SPREADSHEET}.worksheet+xml"/>'
        for each in numbers
    )
    return {
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{RELATIONSHIPS}{targets}<Relationship Id="rId{sheets + 1}" '
        f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "[Content_Types].xml": f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEET}.styles+xml"/>{types}</Types>',
    }
