"""What to do after an answer that is no success, pure: how long to wait before the next try, or which error it is.
Repeated is only what is safe: reads and absolute writes; a create never, once its answer may be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from bcsync.clients.errors import LostAnswer, RetryLater, UnexpectedAnswer
from bcsync.clients.throttle import backoff, told_wait

MAX_TRIES = 4
# An answer that cannot be read is asked for once more; twice the same is not an accident.
MAX_UNREADABLE = 2
# All waits for 429 of one call together; then the job waits, not the worker.
MAX_RATE_WAIT = 120.0
RETRY_BASE = 0.5
RETRY_STATUSES = frozenset({408, 425, 500, 502, 503, 504})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REPEATABLE_METHODS = SAFE_METHODS | {"PUT", "PATCH", "DELETE"}


@dataclass
class Attempt:
    """What one call has been through: tries used, unreadable answers, waits for 429, whether the token was renewed."""

    vendor: str
    method: str
    family: str
    repeatable: bool
    tries: int = 0
    unreadable: int = 0
    throttled: int = 0
    waited: float = 0.0
    renewed: bool = False

    @property
    def safe(self) -> bool:
        """Whether it only reads."""
        return self.method in SAFE_METHODS


def after_unreadable(attempt: Attempt, status: int, came: str, random: Random) -> float:
    """Seconds to wait before asking again for a 2xx answer that cannot be read; raises when it may not be."""
    attempt.unreadable += 1
    page = came.lstrip().startswith("<")
    # What breaks off is customers' data, which belongs neither in a message nor in a log.
    came = came if page else ""
    what = "a web page" if page else "data that breaks off"
    sentence = (
        f"{attempt.vendor} answered {attempt.family} with {what} instead of JSON, so nothing was taken from it; try "
        "again later. If it stays, a proxy or firewall in between answers in its place, or "
        f"{attempt.vendor} has an outage."
    )
    if not attempt.repeatable:
        raise LostAnswer(attempt.vendor, sentence, status=status, words=came, call=attempt.family)
    if attempt.unreadable >= MAX_UNREADABLE:
        raise UnexpectedAnswer(attempt.vendor, sentence, status=status, words=came, call=attempt.family)
    return growing_wait(attempt, random)


def after_no_answer(attempt: Attempt, host: str, words: str, *, sent: bool, random: Random) -> float:
    """Seconds to wait after a connection that failed; sent: the request may have reached the vendor."""
    if sent and not attempt.repeatable:
        raise LostAnswer(
            attempt.vendor,
            f"The answer of {attempt.vendor} to {attempt.family} was lost; it is looked up before it is sent again.",
            words=words,
            call=attempt.family,
        )
    if attempt.tries >= MAX_TRIES:
        raise RetryLater(
            attempt.vendor,
            f"{attempt.vendor} at {host} could not be reached for {attempt.family} in {attempt.tries} tries; "
            "try again later.",
            words=words,
            call=attempt.family,
        )
    return growing_wait(attempt, random)


def after_server_error(attempt: Attempt, status: int, headers: Mapping[str, str], words: str, random: Random) -> float:
    """Seconds to wait after one of RETRY_STATUSES. A create may have been done all the same: LostAnswer."""
    answered = f"{attempt.vendor} answered {status} to {attempt.family}"
    if not attempt.repeatable:
        sentence = f"{answered}, which may have been done; it is looked up before it is sent again."
        raise LostAnswer(attempt.vendor, sentence, status=status, words=words, call=attempt.family)
    # A rate header on a 5xx tells of the quota, not of the trouble: only Retry-After counts here.
    lower = {name.lower(): value for name, value in headers.items()}
    asked = told_wait({name: lower[name] for name in ("retry-after", "date") if name in lower})
    if attempt.tries >= MAX_TRIES or (asked or 0.0) > MAX_RATE_WAIT:
        sentence = f"{answered} in {attempt.tries} tries; try again later."
        raise RetryLater(attempt.vendor, sentence, retry_after=asked, status=status, words=words, call=attempt.family)
    return max(growing_wait(attempt, random), asked or 0.0)


def after_throttled(attempt: Attempt, headers: Mapping[str, str], words: str, random: Random) -> tuple[float, float]:
    """After a 429, which is never processed and so may always be sent again: (pause for everybody, wait of this call).

    The vendor's own number where it gives one, else exponential with full jitter. Raises RetryLater when all waits of
    this call together would pass MAX_RATE_WAIT.
    """
    attempt.throttled += 1
    attempt.tries -= 1
    # A window that is said to be over already, although it was not, is no help: back off as without headers.
    told = told_wait(headers) or None
    pause = told or backoff(attempt.throttled, random)
    if attempt.waited + pause > MAX_RATE_WAIT:
        raise RetryLater(
            attempt.vendor,
            f"{attempt.vendor} keeps refusing {attempt.family} because too much is asked at once; try again later.",
            retry_after=pause,
            status=429,
            words=words,
            call=attempt.family,
        )
    # A little apart from each other, or all that were refused together come back together.
    apart = random.uniform(0.0, min(1.0, RETRY_BASE * attempt.throttled)) if told else 0.0
    attempt.waited += max(pause + apart, 0.1)
    return pause, pause + apart


def growing_wait(attempt: Attempt, random: Random) -> float:
    """Seconds before the next try: 0.5, 1.5, 4.5 for reads, twice that for writes, less up to half of it at random."""
    base = RETRY_BASE if attempt.safe else RETRY_BASE * 2
    return base * 3 ** (attempt.tries - 1) * (0.5 + random.random() / 2)
