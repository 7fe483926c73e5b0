"""The door every call goes through: quota, pauses and slots, shared by all workers through Redis in atomic scripts.
Reservation as in GCRA: who enters is given the moment of its call, so that a crowd leaves one by one.
"""

from __future__ import annotations

import random as randomlib
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bcsync.clients.errors import RetryLater
from bcsync.clients.throttle import LOW_SHARE, Quota, read_quota

# Who could not enter for this long gives the work back, so that a job never hangs in a queue.
LONGEST_ENTRY = 300.0
# A killed process's slot is free again after this; longer than the transport's whole time-out for a read.
SLOT_LEASE = 120.0
SLOT_POLL = 0.05
# Nothing of a store's quota is worth keeping longer.
STATE_EXPIRY = 900
# After a pause, those who waited start this far apart.
RESTART_SPACING = 0.02

# KEYS: state, slots. ARGV: now (negative: Redis' clock), slots (0: no limit), token, lease, low share, restart spacing,
# expiry, "1" when the caller's moment was reserved by an earlier call.
# Answers seconds to wait and "go", "wait" (a pause), "reserved" (come at that moment) or "full" (no slot).
ENTER = """
local now = tonumber(ARGV[1])
if now < 0 then local t = redis.call('TIME'); now = tonumber(t[1]) + tonumber(t[2]) / 1000000 end
local s = redis.call('HMGET', KEYS[1], 'left', 'quota', 'reset_at', 'window', 'blocked_until', 'next_free')
local left, quota, reset_at, window = tonumber(s[1]), tonumber(s[2]), tonumber(s[3]), tonumber(s[4])
local blocked, next_free = tonumber(s[5]) or 0, tonumber(s[6]) or 0
if blocked > now then
  return {tostring(blocked - now), 'wait'}
end
local slots = tonumber(ARGV[2])
if slots > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= slots then return {'0', 'full'} end
end
local wait = 0
if ARGV[8] ~= '1' then
  local gap = 0
  local at = now
  if next_free > now then at = next_free end
  if left and reset_at then
    if now >= reset_at then
      left = quota; reset_at = now + window
      redis.call('HSET', KEYS[1], 'guessed', '1')
    end
    if left <= 0 then
      return {tostring(reset_at - now), 'wait'}
    end
    if left < quota * tonumber(ARGV[5]) and at < reset_at then gap = (reset_at - at) / left end
    left = left - 1
    redis.call('HSET', KEYS[1], 'left', left, 'reset_at', tostring(reset_at))
  end
  if gap == 0 and blocked > 0 and now - blocked < 1 then gap = tonumber(ARGV[6]) end
  if at > now or gap > 0 then redis.call('HSET', KEYS[1], 'next_free', tostring(at + gap)) end
  redis.call('EXPIRE', KEYS[1], ARGV[7])
  wait = at - now
end
if wait > 0 then return {tostring(wait), 'reserved'} end
if slots > 0 then
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[7])
end
return {'0', 'go'}
"""

# KEYS: state. ARGV: now, left, quota, reset in, window, expiry. Answers come out of order: within one window the
# smallest number left is the newest and the earliest end told the truest; a clearly later end is a new window. An end
# that ENTER guessed is before the vendor's, whose window begins when the call arrives: the first answer corrects it.
OBSERVE = """
local now = tonumber(ARGV[1])
if now < 0 then local t = redis.call('TIME'); now = tonumber(t[1]) + tonumber(t[2]) / 1000000 end
local s = redis.call('HMGET', KEYS[1], 'left', 'reset_at', 'guessed')
local left, reset_at = tonumber(s[1]), tonumber(s[2])
local seen, ends = tonumber(ARGV[2]), now + tonumber(ARGV[4])
if left and reset_at and now < reset_at and ends < reset_at + tonumber(ARGV[5]) / 10 then
  if seen > left then seen = left end
  if reset_at < ends and s[3] ~= '1' then ends = reset_at end
end
redis.call('HSET', KEYS[1], 'left', seen, 'quota', ARGV[3], 'reset_at', tostring(ends), 'window', ARGV[5])
redis.call('HDEL', KEYS[1], 'guessed')
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1
"""

# KEYS: state. ARGV: now, seconds, expiry. A pause only ever grows.
PENALIZE = """
local now = tonumber(ARGV[1])
if now < 0 then local t = redis.call('TIME'); now = tonumber(t[1]) + tonumber(t[2]) / 1000000 end
local until_ = now + tonumber(ARGV[2])
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked_until')) or 0
if until_ > blocked then redis.call('HSET', KEYS[1], 'blocked_until', tostring(until_)) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Gate(Protocol):
    """What the transport asks before and tells after each call. All methods may be called from several threads."""

    def enter(self) -> None: ...
    def leave(self) -> None: ...
    def observe(self, headers: Mapping[str, str]) -> None: ...
    def penalize(self, seconds: float) -> None: ...


class NoGate:
    """A gate that is always open: for tests and for one-off calls."""

    def enter(self) -> None:
        return None

    def leave(self) -> None:
        return None

    def observe(self, headers: Mapping[str, str]) -> None:
        return None

    def penalize(self, seconds: float) -> None:
        return None


class RedisGate:
    """One store's or company's gate, shared through Redis.

    key: who shares it, like "bigcommerce:HASH". slots: at most so many calls in flight at once, None for no limit.
    clock: seconds since the epoch; None takes Redis' own clock, the only one all workers share.
    """

    def __init__(
        self,
        redis: Any,
        key: str,
        slots: int | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] | None = None,
        random: randomlib.Random | None = None,
        slot_lease: float = SLOT_LEASE,
        longest_entry: float = LONGEST_ENTRY,
    ) -> None:
        self.key = key
        self.slots = slots or 0
        self.slot_lease = slot_lease
        self.longest_entry = longest_entry
        self._redis = redis
        self._sleep = sleep
        self._clock = clock
        self._random = random or randomlib.Random()
        self._held = threading.local()
        self._enter = redis.register_script(ENTER)
        self._observe = redis.register_script(OBSERVE)
        self._penalize = redis.register_script(PENALIZE)

    def enter(self) -> None:
        """Wait for this call's turn and take a slot. Raises RetryLater when that takes too long."""
        token = uuid.uuid4().hex
        waited = 0.0
        reserved = False
        while True:
            seconds, verdict = self._ask(token, reserved)
            if verdict == "go":
                self._held.token = token
                return
            # After a pause everybody queues again, so that the crowd does not start at once.
            reserved = verdict == "reserved" or (reserved and verdict == "full")
            pause = SLOT_POLL * (0.5 + self._random.random()) if verdict == "full" else max(seconds, 0.001)
            waited += pause
            if waited > self.longest_entry:
                sentence = f"The shared rate limit of {self.key} stayed exhausted; try again later."
                raise RetryLater(self.key, sentence, retry_after=pause)
            self._sleep(pause)

    def leave(self) -> None:
        """Give the slot back."""
        token = getattr(self._held, "token", None)
        if token and self.slots:
            self._redis.zrem(self._slots_key, token)
        self._held.token = None

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer's headers say about the quota left."""
        quota = read_quota(headers)
        if quota is not None:
            arguments = [self._now(), quota.left, quota.quota, quota.reset_in, quota.window, STATE_EXPIRY]
            self._observe(keys=[self._state_key], args=arguments)

    def penalize(self, seconds: float) -> None:
        """Nobody enters for this many seconds."""
        self._penalize(keys=[self._state_key], args=[self._now(), seconds, STATE_EXPIRY])

    def state(self) -> Quota | None:
        """The quota as the last answers told it, for a page to show; None while no answer told one.

        A window that has ended counts as a new one.
        """
        found = self._redis.hmget(self._state_key, ["left", "quota", "reset_at", "window", "blocked_until"])
        left, quota, reset_at, window, blocked = (float(each) if each is not None else None for each in found)
        if left is None or quota is None or reset_at is None or window is None:
            return None
        now = self._clock() if self._clock else _seconds(*self._redis.time())
        fresh = now >= reset_at
        return Quota(
            left=int(quota if fresh else left), quota=int(quota), reset_in=window if fresh else reset_at - now,
            window=window, pause=max(0.0, (blocked or 0.0) - now),
        )  # fmt: skip

    @property
    def _state_key(self) -> str:
        # Braces keep both keys on one node of a Redis cluster.
        return f"bcsync:gate:{{{self.key}}}:quota"

    @property
    def _slots_key(self) -> str:
        return f"bcsync:gate:{{{self.key}}}:slots"

    def _now(self) -> float:
        return self._clock() if self._clock else -1.0

    def _ask(self, token: str, reserved: bool) -> tuple[float, str]:
        keys = [self._state_key, self._slots_key]
        flag = "1" if reserved else "0"
        arguments = [self._now(), self.slots, token, self.slot_lease, LOW_SHARE, RESTART_SPACING, STATE_EXPIRY, flag]
        seconds, verdict = self._enter(keys=keys, args=arguments)
        return float(seconds), verdict.decode() if isinstance(verdict, bytes) else verdict


def _seconds(seconds: int, microseconds: int) -> float:
    return seconds + microseconds / 1_000_000
