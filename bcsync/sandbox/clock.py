"""The vendors' time: runs with the real clock until a test moves or freezes it."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Vendor time. `advance` moves it, `freeze` stops it; nothing here ever sleeps."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen: float | None = None

    def timestamp(self) -> float:
        """Unix seconds of vendor time."""
        base = time.time() if self._frozen is None else self._frozen
        return base + self._offset

    def now(self) -> datetime:
        """Vendor time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> None:
        """Move vendor time forward; a client's injected `sleep` may be this method."""
        self._offset += seconds

    def freeze(self, at: datetime | None = None) -> None:
        """Stop at `at` (default: now); afterwards only `advance` moves time."""
        self._frozen = at.timestamp() if at else self.timestamp()
        self._offset = 0.0

    def stamp(self, moment: datetime | None = None) -> str:
        """`2020-09-04T00:17:10Z`, second resolution, as BigCommerce writes it."""
        return (moment or self.now()).strftime("%Y-%m-%dT%H:%M:%SZ")

    def shift(self, seconds: float) -> datetime:
        """Now plus `seconds`, without moving the clock."""
        return self.now() + timedelta(seconds=seconds)
