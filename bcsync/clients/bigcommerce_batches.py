"""Writes in batches: cut to the vendor's size, sent by a small thread pool up to the vendor's cap, handed back in the
caller's thread as they finish. Only HTTP happens in the threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bcsync.clients.errors import ConfigurationError, VendorError

Item = dict[str, Any]


@dataclass
class Result:
    """What became of one item of a write.

    item: the very object that was passed in. data: the vendor's object after the write, None when it failed.
    error: why it failed. existing: it was there already, and not by us; data is what is there. adopted: an earlier
    request of this same call had made it although its answer did not say so; data was looked up.
    """

    item: Item
    data: Item | None = None
    error: VendorError | None = None
    existing: bool = False
    adopted: bool = False


Send = Callable[[list[Item]], list[Result]]


def run_batches(items: Iterable[Item], size: Callable[[], int], workers: int, send: Send) -> Iterator[list[Result]]:
    """Send items in batches of at most size() by `workers` threads; yield one list of results per finished batch.

    Items are pulled as needed. A VendorError of a whole batch becomes each item's own error. After a
    ConfigurationError, or any other exception, no new batch is begun; those under way are still handed over; then it
    is raised.
    """
    source = iter(items)
    stop: BaseException | None = None
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="bigcommerce")
    try:
        under_way: set[Future[list[Result]]] = set()
        while True:
            while stop is None and len(under_way) < workers and (batch := list(islice(source, size()))):
                under_way.add(pool.submit(_guarded, send, batch))
            if not under_way:
                break
            finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                failure = future.exception()
                if failure is not None:
                    stop = stop or failure
                    continue
                results = future.result()
                stop = stop or next((r.error for r in results if isinstance(r.error, ConfigurationError)), None)
                yield results
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if stop is not None:
        raise stop


def _guarded(send: Send, batch: list[Item]) -> list[Result]:
    try:
        return send(batch)
    except VendorError as error:
        return all_failed(batch, error)


def all_failed(batch: Sequence[Item], error: VendorError) -> list[Result]:
    """The same error for each item."""
    return [Result(item, error=error) for item in batch]


def without_repeats(batch: Sequence[Item], key: Callable[[Mapping[str, Any]], Hashable]) -> list[list[Item]]:
    """The batch cut into rounds in which no key stands twice, so that answers can be matched by it."""
    rounds: list[tuple[set[Hashable], list[Item]]] = []
    for item in batch:
        name = key(item)
        for seen, members in rounds:
            if name not in seen:
                seen.add(name)
                members.append(item)
                break
        else:
            rounds.append(({name}, [item]))
    return [members for _, members in rounds]


def halves(batch: list[Item]) -> tuple[list[Item], list[Item]]:
    """Both halves of a batch of at least two."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]


def in_slices(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most `size`."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


class Worklist:
    """Batches of one write still to be sent, the first first: a split puts its parts in front."""

    def __init__(self, batches: Iterable[list[Item]]) -> None:
        self._waiting = deque(batch for batch in batches if batch)

    def __iter__(self) -> Iterator[list[Item]]:
        while self._waiting:
            yield self._waiting.popleft()

    def split(self, *parts: list[Item]) -> None:
        """Send these next."""
        self._waiting.extendleft(part for part in reversed(parts) if part)
