"""The one way out for every list: CSV or an Excel workbook, sent while it is written, page by page, and recorded.

Pages go by the last row's key, so that no row is skipped or doubled while the list changes, and are the only rows held.
"""

import csv
import io
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from customers.cells import harmless, plain
from customers.models import Export
from customers.workbook import workbook

PER_PAGE = 1_000
CONTENT_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BLOCK = 64 * 1024
# A browser that does not take a block within so many seconds, or the whole within so many, is let go.
SECONDS_PER_BLOCK = 60
MOST_SECONDS = 3600
# At work at once in one web process: an export keeps one of its threads, and the others are for pages and webhooks.
MOST_AT_ONCE = 2
SLOTS = threading.BoundedSemaphore(MOST_AT_ONCE)
Row = list[str]
Pages = Iterator[list[Row]]


class TookTooLong(Exception):
    """The browser takes it more slowly than an export may take."""


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


def download(request: HttpRequest, record: Export, sheet: Sheet, name: str) -> StreamingHttpResponse:
    """The answer that sends the sheet under this file name, less its ending. The record comes unsaved.

    It is kept from the first byte on, and says at the end whether all went out. Raises TooManyAtOnce before that.
    """
    answer = StreamingHttpResponse(
        _Slot(_recorded(record, sheet)), content_type=CONTENT_TYPES[Export.Format(record.format)]
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.{record.format}"'
    answer["Cache-Control"] = "no-store"
    wait_no_longer(request)
    return answer


def wait_no_longer(request: HttpRequest) -> None:
    """Bound how long each block of the answer waits for the browser: a thread of the web process waits with it.

    gunicorn hands its connection on and makes it wait for ever again with the next request. Behind a proxy that
    buffers, this is about the proxy.
    """
    if (connection := request.META.get("gunicorn.socket")) is not None:
        connection.settimeout(SECONDS_PER_BLOCK)


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
    write = as_csv if record.format == Export.Format.CSV else workbook
    status = Export.Status.BROKEN_OFF
    try:
        yield from in_blocks(write(sheet.headings, _counted(record, sheet.pages())))
        status = Export.Status.FINISHED
    finally:
        Export.objects.filter(pk=record.pk).update(status=status, ended_at=timezone.now())


def in_blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that a slow browser takes one by one. Raises TookTooLong."""
    end = time.monotonic() + MOST_SECONDS
    for part in parts:
        for start in range(0, len(part), BLOCK):
            if time.monotonic() > end:
                raise TookTooLong(f"The export was under way for {MOST_SECONDS} seconds, and is broken off.")
            yield part[start : start + BLOCK]


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
