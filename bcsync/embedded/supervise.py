"""Runs broker, sandbox, web, worker and beat side by side and ends them together (honcho), each kept alive by itself.

python -m bcsync.embedded.supervise DIRECTORY WEB_PORT SANDBOX_PORT OWN_BROKER OWN_DATABASE: a process of its own.
"""

import os
import shlex
import sys
import threading
import time
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Printer

from bcsync.embedded import broker
from bcsync.embedded.keep import CHECK_SECONDS, alive
from bcsync.embedded.places import HOST, ROOT, Place

PYTHON = sys.executable
WEB_WORKERS = 2
WORKER_PROCESSES = 2


def commands(place: Place) -> dict[str, list[str]]:
    """Name -> command line of each process, in the order in which they start."""
    celery = [PYTHON, "-m", "celery", "-A", "bcsync"]
    state = str(place.sandbox_state)
    named = {
        "sandbox": [PYTHON, "-m", "bcsync.sandbox", "--port", str(place.sandbox_port), "--state", state, "--cast"],
        "web": [
            *(PYTHON, "-m", "gunicorn", "bcsync.wsgi", "--bind", f"{HOST}:{place.web_port}"),
            *("--workers", str(WEB_WORKERS), "--threads", "4", "--timeout", "60", "--log-level", "warning"),
        ],
        "worker": [
            *(*celery, "worker", "--concurrency", str(WORKER_PROCESSES), "--loglevel", "WARNING"),
            *("--without-mingle", "--without-gossip"),
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    }
    if place.own_broker:
        directory = place.directory / "broker"
        directory.mkdir(parents=True, exist_ok=True)
        named = {"broker": broker.command(directory), **named}
    return named


def manager(place: Place, printer: Printer) -> Manager:
    """A honcho manager with all processes; its loop() blocks until one gives up, or a signal ends them all."""
    manager = Manager(printer)
    environment = {**os.environ, **place.environment()}
    for name, command in commands(place).items():
        kept = shlex.join([PYTHON, "-m", "bcsync.embedded.keep", *command])
        manager.add_process(name, f"exec {kept}", env=environment, cwd=str(ROOT))
    return manager


def end_with(process_id: int, manager: Manager) -> None:
    """End everything when the process that wanted it is gone, even if it was killed."""

    def watch() -> None:
        while alive(process_id):
            time.sleep(CHECK_SECONDS)
        manager.terminate()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[2:]]
    where = Place(Path(sys.argv[1]), numbers[0], numbers[1], bool(numbers[2]), bool(numbers[3]))
    everything = manager(where, Printer(sys.stdout, colour=False))
    end_with(os.getppid(), everything)
    everything.loop()
