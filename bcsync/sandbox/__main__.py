"""`python -m bcsync.sandbox`: both vendors as a process of its own, on a port, with its state in a file."""

import argparse
import contextlib
import signal
import sys
import threading

from bcsync.sandbox import cast
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 2 when the port is taken."""
    options = _parser().parse_args(arguments)
    world = World(options.state)
    world.latency = options.latency
    if options.cast and not world.stores:
        cast.build(world)
    if options.generate:
        store = world.stores.get("generated") or world.add_store("generated", quota=options.quota)
        store.generate(max(0, options.generate - store.count()), seed=store.count())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with serve(world, options.host, options.port) as server:
            threading.Thread(target=world.webhooks.pump, args=(stop,), daemon=True).start()
            print(f"sandbox at {server.url}: stores {', '.join(world.stores) or 'none'}", flush=True)
            stop.wait()
    except OSError as error:
        print(f"The sandbox cannot listen on {options.host}:{options.port}: {error.strerror}.", file=sys.stderr)
        return 2
    finally:
        world.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bcsync.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one, which is printed")
    parser.add_argument("--state", default=":memory:", metavar="FILE", help="keep everything in this SQLite file")
    parser.add_argument(
        "--cast", action="store_true", help="build the demo's stores, company and cast when there are none"
    )
    parser.add_argument("--generate", type=int, default=0, metavar="N", help="a store `generated` of N customers")
    parser.add_argument("--quota", type=int, default=10_000_000, help="calls per 30 s of the generated store")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every vendor call takes")
    return parser


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
