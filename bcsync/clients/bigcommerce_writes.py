"""One batch's way to BigCommerce: sent, split when refused so that only the bad item fails, answers matched by key.
A refused create may have left rows behind (the vendor does not say): what it made is looked up, never made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bcsync.clients.bigcommerce_batches import Item, Result, Worklist, all_failed, halves, without_repeats
from bcsync.clients.bigcommerce_errors import TAKEN, Refusal, guilty, name_of
from bcsync.clients.bigcommerce_limits import MAX_ITEMS_PER_WRITE, VENDOR
from bcsync.clients.bigcommerce_pages import items_of
from bcsync.clients.errors import LostAnswer, Rejected, UnexpectedAnswer, VendorError
from bcsync.clients.transport import Transport

Key = Callable[[Mapping[str, Any]], Hashable]
# Two servers' clocks, and a request that took long.
CLOCK_TOLERANCE = timedelta(seconds=90)
# A create that cannot be made twice is sent again after a lost answer, so often at most.
MAX_RESENDS = 2


@dataclass
class BatchSizes:
    """How many items a family takes at once: 10 until the vendor says less."""

    learned: dict[str, int] = field(default_factory=dict)

    def of(self, family: str) -> int:
        """The size to cut batches to."""
        return self.learned.get(family, MAX_ITEMS_PER_WRITE)

    def learn(self, family: str, size: int) -> None:
        """Remember a smaller size."""
        self.learned[family] = max(1, min(size, self.of(family)))


@dataclass(frozen=True)
class Write:
    """One family of batch writes: how it is sent and how its answers find their items.

    key, loose_key: what an item and its answer have in common, exactly and for vendors that tidy what they are given.
    absolute: sending it twice is the same as once (PUT). resend: a create that the vendor itself never makes twice.
    missing: (items, whether an answer was lost) -> what became of items that the answer leaves out.
    partial: (refusal, items, whether an answer was lost) -> results, where a refusal tells of each item; else None.
    made: items -> what exists under their keys, for creates whose refusal may have left rows behind.
    """

    transport: Transport
    sizes: BatchSizes
    method: str
    path: str
    key: Key
    loose_key: Key | None = None
    absolute: bool = False
    resend: bool = False
    missing: Callable[[list[Item], bool], list[Result]] | None = None
    partial: Callable[[Refusal, list[Item], bool], list[Result] | None] | None = None
    made: Callable[[list[Item]], list[Item]] | None = None

    @property
    def family(self) -> str:
        """As in counts and messages."""
        return f"{self.method} {self.path}"


@dataclass
class _Progress:
    """What is known while one batch is worked off: items that a refused request held, the vendor's clock then."""

    suspects: set[int] = field(default_factory=set)
    refused_at: datetime | None = None
    resends: int = 0


def send_batch(write: Write, batch: list[Item]) -> list[Result]:
    """Send a batch and all that becomes of it. Results in no particular order, exactly one per item."""
    results: list[Result] = []
    progress = _Progress()
    work = Worklist(without_repeats(batch, write.key))
    for part in work:
        try:
            results += _send_once(write, part, lost=progress.resends > 0)
        except Refusal as refusal:
            results += _after_refusal(write, part, refusal, work, progress)
        except LostAnswer as error:
            if write.resend and progress.resends < MAX_RESENDS:
                progress.resends += 1
                work.split(part)
            else:
                results += all_failed(part, error)
        except VendorError as error:
            # Nothing else of this batch would fare better.
            for unsent in (part, *work):
                results += [Result(item, error=_in_doubt(write, item, error, progress)) for item in unsent]
    return results


def _send_once(write: Write, part: list[Item], *, lost: bool) -> list[Result]:
    family, absolute = write.family, write.absolute
    answer = write.transport.request(write.method, write.path, json=part, family=family, idempotent=absolute)
    try:
        answered = items_of(answer, family)
    except UnexpectedAnswer as error:
        if absolute:
            raise
        # A success that says nothing we understand: whether it was made is looked up.
        raise LostAnswer(VENDOR, str(error), status=answer.status, words=error.words, call=family) from error
    return matched(write, part, answered, lost=lost)


def matched(write: Write, part: list[Item], answered: Sequence[Item], *, lost: bool = False) -> list[Result]:
    """Each item with the answer that carries its key; those left out by the vendor's silence as `missing` says."""
    results, left_out, rows = _pair(part, list(answered), write.key)
    if left_out and rows and not write.absolute:
        for key in (write.loose_key or write.key, _owner):
            more, left_out, rows = _pair(left_out, rows, key)
            results += more
    if left_out and write.missing is not None:
        try:
            return results + write.missing(left_out, lost)
        except VendorError as error:
            return results + [Result(item, error=_lost(write, item, error.words)) for item in left_out]
    for item in left_out:
        # A create that the answer does not show may have been made all the same.
        sentence = f"BigCommerce's answer to {write.family} leaves out {name_of(item)}."
        silent = UnexpectedAnswer(VENDOR, sentence, call=write.family)
        results.append(Result(item, error=silent if write.absolute else _lost(write, item, sentence)))
    return results


def _pair(part: list[Item], rows: list[Item], key: Key) -> tuple[list[Result], list[Item], list[Item]]:
    """(results of the items whose key stands once on either side, the items and the rows that are left)."""
    results, used = [], set()
    for item in part:
        name = key(item)
        fitting = [row for row in rows if key(row) == name]
        if len(fitting) == 1 and sum(key(other) == name for other in part) == 1:
            results.append(Result(item, data=fitting[0]))
            used.add(id(fitting[0]))
    done = {id(result.item) for result in results}
    return (
        results,
        [item for item in part if id(item) not in done],
        [row for row in rows if id(row) not in used],
    )


def _owner(item: Mapping[str, Any]) -> Hashable:
    # One row left for one item left of the same customer: nothing else can be meant.
    return item.get("customer_id") or item.get("resource_id")


def _after_refusal(
    write: Write, part: list[Item], refusal: Refusal, work: Worklist, progress: _Progress
) -> list[Result]:
    """What the refusal decides; what it does not decide goes back into the work."""
    if _too_many(write, refusal, part):
        size = write.sizes.of(write.family)
        work.split(*(part[start : start + size] for start in range(0, len(part), size)))
        return []
    if write.partial is not None:
        told = write.partial(refusal, part, progress.resends > 0)
        if told is not None:
            return told
    progress.refused_at = progress.refused_at or refusal.date or datetime.now(UTC)
    named = guilty(refusal, part)
    try:
        decided = _made_before(write, named, part, progress)
    except VendorError as error:
        return [Result(item, error=_in_doubt(write, item, error, progress)) for item in part]
    decided = decided or [Result(part[position], error=error) for position, error in named.items()]
    progress.suspects.update(id(item) for item in part)
    done = {id(result.item) for result in decided}
    rest = [item for item in part if id(item) not in done]
    work.split(*((rest,) if decided else halves(rest)))
    return decided


def _too_many(write: Write, refusal: Refusal, part: list[Item]) -> bool:
    """Whether the batch, not an item, is refused; then a smaller size is remembered."""
    if len(part) == 1 or not (refusal.status == 413 or refusal.max_batch):
        return False
    write.sizes.learn(write.family, min(refusal.max_batch or len(part) // 2, len(part) - 1))
    return True


def _made_before(write: Write, named: Mapping[int, Rejected], part: list[Item], progress: _Progress) -> list[Result]:
    """What a refused request of this very call has made: refused now as taken, sent before, there, young and equal."""
    suspects, refused_at = progress.suspects, progress.refused_at
    again = [part[position] for position, error in named.items() if error.code == TAKEN]
    if write.made is None or refused_at is None or not any(id(item) in suspects for item in again):
        return []
    there = {write.key(data): data for data in write.made(part)}
    results = []
    for item in part:
        data = there.get(write.key(item))
        if id(item) in suspects and data is not None and _young(data, refused_at) and same_as_sent(item, data):
            results.append(Result(item, data=data, adopted=True))
    return results


def _in_doubt(write: Write, item: Item, error: VendorError, progress: _Progress) -> VendorError:
    """The error of an item that was not sent again: lost, where an earlier refused request may have made it."""
    return _lost(write, item, error.words) if id(item) in progress.suspects and not write.absolute else error


def _lost(write: Write, item: Item, words: str) -> LostAnswer:
    sentence = f"Whether BigCommerce has made {name_of(item)} is not known; it is looked up before it is sent again."
    return LostAnswer(VENDOR, sentence, words=words, call=write.family)


def _young(data: Mapping[str, Any], refused_at: datetime) -> bool:
    try:
        created = datetime.fromisoformat(str(data.get("date_created")))
    except ValueError:
        return False
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    return created >= refused_at - CLOCK_TOLERANCE


def same_as_sent(item: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether a customer shows every plain field that was sent; lists and write-only fields are not compared."""
    for name, value in item.items():
        if isinstance(value, list | dict) or name.startswith("trigger_"):
            continue
        shown = data.get(name)
        if name == "email":
            shown, value = str(shown).lower(), str(value).lower()
        if (shown or "") != (value or ""):
            return False
    return True
