"""How fast the sandbox itself is, so that other figures can be read: generating, serving pages, taking writes.

python benchmarks/sandbox_speed.py [customers]      (default 20000; server and client share the process)
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bcsync.sandbox.dispatch import dispatch
from bcsync.sandbox.messages import Request
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World

HEADERS = {"X-Auth-Token": "token", "Accept": "application/json", "User-Agent": "benchmark"}
INCLUDE = "include=addresses,attributes,formfields,storecredit&limit=250"


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "sandbox.sqlite3")
        store = world.add_store("speed", quota=10**9)
        before = _memory()
        seconds = _timed(lambda: store.generate(count))
        print(f"generate        {count / seconds:10,.0f} customers/s   (memory +{_memory() - before:.0f} MB)")
        seconds = _timed(lambda: _read(world))
        print(f"read, no socket {count / seconds:10,.0f} customers/s   include=all, limit=250")
        with serve(world) as server, requests.Session() as session:
            session.headers.update(HEADERS)
            url = f"{server.url}/stores/speed/v3/customers"
            seconds = _timed(lambda: _read_over_http(session, url))
            print(f"read over HTTP  {count / seconds:10,.0f} customers/s   the client parses, same process")
            seconds = _timed(lambda: _create(session, url, 200))
            print(f"create          {2000 / seconds:10,.0f} customers/s   ten per POST, one connection")
        world.close()


def _read(world: World) -> None:
    after = ""
    while True:
        query = f"{INCLUDE}&after={after}" if after else INCLUDE
        request = Request("GET", "/stores/speed/v3/customers", query, {name.lower(): v for name, v in HEADERS.items()})
        response = dispatch(world, request)
        assert response is not None
        _, found, rest = str(response.body).rpartition('"next":"?after=')
        if not found:
            return
        after = rest.partition("&")[0]


def _read_over_http(session: requests.Session, url: str) -> None:
    link = f"?{INCLUDE}"
    while link:
        answer = session.get(url + link).json()
        link = answer["meta"]["cursor_pagination"]["links"].get("next", "")


def _create(session: requests.Session, url: str, batches: int) -> None:
    address = {"first_name": "A", "last_name": "B", "address1": "1 St", "city": "Leeds", "country_code": "GB"}
    address |= {"state_or_province": "", "postal_code": "LS1 1AA"}
    for batch in range(batches):
        names = [f"new-{batch}-{number}@example.com" for number in range(10)]
        items = [{"email": name, "first_name": "A", "last_name": "B", "addresses": [address]} for name in names]
        session.post(url, json=items).raise_for_status()


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
