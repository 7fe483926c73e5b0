"""Keeps one process running: starts it again when it dies, stops it with us, and with the supervisor if that is killed.

python -m bcsync.embedded.keep COMMAND ...
"""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

CHECK_SECONDS = 0.5
# A process that dies this young, so many times in a row, will not get better by starting it again.
YOUNG_SECONDS = 3.0
MOST_YOUNG_DEATHS = 5
PATIENCE_SECONDS = 4.0


class Stop(Exception):
    """We were asked to end."""


def keep(command: list[str], supervisor: int) -> int:
    """Run the command again and again. Returns the exit status to end with. supervisor: process id, 0 for none."""
    young_deaths = 0
    while True:
        started = time.monotonic()
        process = subprocess.Popen(command)
        try:
            status = watch(process, supervisor)
        except Stop:
            stop(process)
            return 0
        young_deaths = young_deaths + 1 if time.monotonic() - started < YOUNG_SECONDS else 0
        if young_deaths >= MOST_YOUNG_DEATHS:
            print(f"ended {young_deaths} times in a row with exit status {status}; not started again", flush=True)
            return status or 1
        print(f"ended with exit status {status}; started again", flush=True)


def watch(process: subprocess.Popen[bytes], supervisor: int) -> int:
    """Wait for the process to end and return its status. Raises Stop when the supervisor is gone."""
    while True:
        try:
            return process.wait(timeout=CHECK_SECONDS)
        except subprocess.TimeoutExpired:
            if supervisor and not alive(supervisor):
                raise Stop from None


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end; kill it, and what it started, when it does not."""
    process.terminate()
    try:
        process.wait(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    if os.getpgrp() == os.getpid():
        # What the process itself started is in our group, which ends with us.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)


def alive(process_id: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    sys.exit(keep(sys.argv[1:], int(os.environ.get("BCSYNC_SUPERVISED_BY", "0"))))
