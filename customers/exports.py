"""The one way out for every list: CSV as a stream or an Excel workbook, page by page, and recorded.

Pages go by the last row's key, so that no row is skipped or doubled while the list changes, and are the only rows held.
"""

import csv
import io
import tempfile
import threading
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from customers.cells import LEADING, MOST_OF_AN_EXCEL_CELL, harmless, plain
from customers.models import Export

PER_PAGE = 1_000
# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3, less the headings
MOST_ROWS_OF_EXCEL = 1_048_575
CONTENT_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BLOCK = 64 * 1024
# At work at once in one web process: an export keeps one of its threads, and the others are for pages and webhooks.
MOST_AT_ONCE = 2
SLOTS = threading.BoundedSemaphore(MOST_AT_ONCE)
BOLD = Font(bold=True)
Row = list[str]
Pages = Iterator[list[Row]]


class TooManyRows(Exception):
    """More than a sheet of Excel holds; str() says what to do."""


class TooManyAtOnce(Exception):
    """As many as may be are under way already; str() says what to do."""


@dataclass(frozen=True)
class Sheet:
    """What goes out. rows: a queryset; key: its columns in order, together unique; lines: of a page of it, as text."""

    headings: tuple[str, ...]
    rows: QuerySet[Any]
    key: tuple[str, ...]
    lines: Callable[[list[Any]], list[Row]]

    def pages(self) -> Pages:
        """Every row once, in the order of the key."""
        last: list[Any] | None = None
        ordered = self.rows.order_by(*self.key)
        while found := list(ordered.filter(_beyond(self.key, last))[:PER_PAGE]):
            last = [getattr(found[-1], name) for name in self.key]
            yield [[plain(cell) for cell in line] for line in self.lines(found)]
            if len(found) < PER_PAGE:
                return


def _beyond(key: tuple[str, ...], last: list[Any] | None) -> Q:
    """(a, b) > (x, y), written so that an index over the first column is used."""
    if last is None:
        return Q()
    if len(key) == 1:
        return Q(**{f"{key[0]}__gt": last[0]})
    return Q(**{f"{key[0]}__gte": last[0]}) & (
        Q(**{f"{key[0]}__gt": last[0]}) | (Q(**{key[0]: last[0]}) & _beyond(key[1:], last[1:]))
    )


def download(record: Export, sheet: Sheet, name: str) -> StreamingHttpResponse:
    """The answer that sends the sheet under this file name, less its ending. The record comes unsaved.

    It is kept from the first byte on, and says at the end whether all went out. Raises TooManyRows and TooManyAtOnce
    before that.
    """
    if record.format == Export.Format.XLSX and (number := sheet.rows.order_by().count()) > MOST_ROWS_OF_EXCEL:
        raise TooManyRows(
            f"These are {number:,} rows, and a sheet of Excel holds {MOST_ROWS_OF_EXCEL:,}: filter the list, or take "
            "CSV, which has no limit."
        )
    answer = StreamingHttpResponse(
        _Slot(_recorded(record, sheet)), content_type=CONTENT_TYPES[Export.Format(record.format)]
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.{record.format}"'
    answer["Cache-Control"] = "no-store"
    return answer


class _Slot(Iterator[bytes]):
    """What is sent, holding one of the slots until it has ended, is closed (also before its first byte) or forgotten.

    Raises TooManyAtOnce.
    """

    def __init__(self, parts: Generator[bytes]) -> None:
        if not SLOTS.acquire(blocking=False):
            raise TooManyAtOnce(
                f"{MOST_AT_ONCE} exports are being written already, and more would keep everybody's pages waiting. "
                "Nothing was written for this one; try again when one of them has ended, in a minute perhaps."
            )
        self._parts, self._give_back = parts, weakref.finalize(self, SLOTS.release)

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except BaseException:
            self._give_back()
            raise

    def close(self) -> None:
        """Called by the server when the answer is over, or the browser is gone."""
        try:
            self._parts.close()
        finally:
            self._give_back()


def _recorded(record: Export, sheet: Sheet) -> Generator[bytes]:
    """What is sent; a browser that goes away closes it, so that the end is reached in every case."""
    record.save()
    write = as_csv if record.format == Export.Format.CSV else as_xlsx
    status = Export.Status.BROKEN_OFF
    try:
        yield from write(sheet.headings, _counted(record, sheet.pages()))
        status = Export.Status.FINISHED
    finally:
        Export.objects.filter(pk=record.pk).update(status=status, ended_at=timezone.now())


def _counted(record: Export, pages: Iterable[list[Row]]) -> Pages:
    """The same pages; the record is told of each before it goes out, so that a killed process leaves none untold."""
    for page in pages:
        record.rows += len(page)
        Export.objects.filter(pk=record.pk).update(rows=record.rows)
        yield page


def as_csv(headings: Iterable[str], pages: Iterable[list[Row]]) -> Iterator[bytes]:
    """UTF-8 with the mark by which Excel knows it, every cell in quotation marks and harmless."""
    yield b"\xef\xbb\xbf" + _csv([headings])
    for page in pages:
        yield _csv([[harmless(cell) for cell in line] for line in page])


def _csv(lines: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue().encode()


def as_xlsx(headings: Iterable[str], pages: Iterable[list[Row]]) -> Iterator[bytes]:
    """A workbook with one sheet, every cell text. It is written to a temporary file first: its end names its parts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("bcsync")
    sheet.freeze_panes = "A2"
    sheet.append([_heading(sheet, text) for text in headings])
    with tempfile.TemporaryFile() as file:
        try:
            for page in pages:
                for line in page:
                    sheet.append([_cell(sheet, text) for text in line])
        finally:
            book.save(file)  # broken off as well: it takes away the file that openpyxl wrote the rows to
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _heading(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = BOLD
    return cell


def _cell(sheet: Any, text: str) -> Any:
    """Text as it is; where it could be taken for a formula or an error, marked as text for editing as well."""
    if not text:
        return None
    if len(text) > MOST_OF_AN_EXCEL_CELL:
        text = f"{text[: MOST_OF_AN_EXCEL_CELL - 1]}…"
    if text[0] != "#" and not LEADING.match(text):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
