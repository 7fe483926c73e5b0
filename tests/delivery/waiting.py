"""Waiting for other processes, and finding what they left behind."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
BETWEEN = 0.05


def until(value: Callable[[], T], seconds: float = 30.0) -> T:
    """The value as soon as it is true; fails when that takes too long."""
    deadline = time.monotonic() + seconds
    while not (found := value()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain"
        threading.Event().wait(BETWEEN)
    return found


def processes_with(variable: str) -> list[str]:
    """Command lines of the living processes that have this NAME=value in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ProcessLookupError):
            continue
    return found
