"""python -m bcsync.embedded demo | run | bench | latency | screenshots: what the Makefile calls."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from honcho.printer import Printer

from bcsync.embedded import bench, demo, latency, places, screenshots, setup, supervise
from bcsync.embedded.places import ROOT, CannotServe, Place, alone_in

# honcho's exit statuses for Ctrl-C and SIGTERM: we were asked to end.
ASKED_TO_END = (130, 143)
# Directories of their own in var/, so that neither disturbs the other's data.
NAMES = {"bench": "bench", "latency": "latency", "screenshots": "screenshots"}


class Announcing(Printer):
    """Prints every process's lines; once all have started, tells the address as soon as it answers."""

    def __init__(self, place: Place, password: str, processes: int) -> None:
        super().__init__(sys.stdout)
        self.place = place
        self.password = password
        self.waiting_for = processes

    def write(self, message: Any) -> None:
        super().write(message)
        if message.name == "system" and " started (pid=" in str(message.data):
            self.waiting_for -= 1
            # Not before: the supervisor forks, and a fork must not meet a second thread.
            if self.waiting_for == 0:
                threading.Thread(target=self.announce, daemon=True).start()

    def announce(self) -> None:
        try:
            setup.wait_until_up(self.place, lambda: True)
        except CannotServe as error:
            print(error, file=sys.stderr, flush=True)
            return
        lines = [f"bcsync serves at {self.place.web_url}", f"sign in as {setup.USER}, password {self.password}"]
        print("", *lines, "Ctrl-C ends it.", "", sep="\n", flush=True)


def serve(place: Place) -> int:
    """Serve the pages until Ctrl-C. Makes the demo's data first where there are none."""
    places.check_free(place.web_port)
    setup.prepare(place)
    if not setup.has_data():
        print("There are no data yet: the demo makes them first.", flush=True)
        for problem in first_data(place):
            print(f"  - {problem}", file=sys.stderr)
    setup.note_start()
    _, password = setup.sign_in()
    manager = supervise.manager(place, Announcing(place, password, len(supervise.commands(place))))
    manager.loop()
    print("Stopped.", flush=True)
    status = int(manager.returncode or 0)
    return 0 if status in ASKED_TO_END else status


def first_data(place: Place) -> list[str]:
    """Make the demo's data. Interrupted, they are taken away again: the next make run would take half for all."""
    place.sandbox_state.unlink(missing_ok=True)
    try:
        with demo.running(place):
            return demo.make_data(place)
    except BaseException:
        if place.own_database:
            demo.reset(place)
        raise


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bcsync.embedded", description=__doc__)
    parser.add_argument("what", choices=("demo", "run", "bench", "latency", "screenshots"))
    parser.add_argument("--port", type=int, default=8000, help="of the pages (run)")
    parser.add_argument("--only", default="", help="screenshots: only the pages whose name begins so")
    parser.add_argument("--target", type=Path, default=screenshots.DEFAULT_TARGET, help="screenshots: where they go")
    parser.add_argument("--directory", type=Path, help="holds database and sandbox; default var/demo, var/bench")
    options = parser.parse_args(arguments)
    directory = (options.directory or ROOT / "var" / NAMES.get(options.what, "demo")).resolve()
    # Also where a shell in the background ignores Ctrl-C for us, and for a plain kill: end in order.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        if options.what == "bench":
            return bench.bench(directory)
        with alone_in(directory):
            if options.what == "screenshots":
                return screenshots.screenshots(directory, options.target.resolve(), options.only)
            if options.what == "latency":
                return latency.latency(directory)
            if options.what == "demo":
                return demo.demo(Place(directory, places.free_port(), places.free_port()))
            return serve(places.place_as_given(directory, options.port, places.free_port()))
    except CannotServe as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
