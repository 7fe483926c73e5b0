"""How fast every page answers at full size: `python -m benchmarks.pages [--customers N] [--keep] [--rounds N]`.

Seeds the database of DATABASE_URL (a scratch one, its tables are emptied) with two stores: N customers (default
1,000,000), half of them linked, five run records per customer; --keep measures what is there already. Prints the
server's p50 and p95 per page, filter and search in milliseconds, what the page and its database computed (what a busy
machine does not stretch) and the number of queries; ends with 1 where a p95 is above 300 ms. Warmed up; one reader.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
# Timing is of the product, not of the debugging aids.
os.environ.setdefault("DEBUG", "false")

PROMISED_MS = 300
LARGE, SMALL = "k3v9x1q7p2", "w8n4d2z6r5"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    chosen = parser.parse_args(arguments)
    # Django can only be set up once its environment is known.
    import django  # noqa: PLC0415

    django.setup()
    from benchmarks import pages_seed  # noqa: PLC0415

    if not chosen.keep:
        started = time.monotonic()
        pages_seed.seed(chosen.customers, LARGE, SMALL)
        print(f"seeded in {time.monotonic() - started:.0f} s")
    return measure(chosen.rounds, chosen.only)


def measure(rounds: int, only: str) -> int:
    """Ask for every page `rounds` times after a warm-up, and print a line for each."""
    from django.test import Client  # noqa: PLC0415

    from benchmarks.pages_addresses import administrator, asked  # noqa: PLC0415

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(administrator())
    slow = 0
    print(f"{'page':<52}{'p50 ms':>8}{'p95 ms':>8}{'cpu ms':>8}{'db cpu':>8}{'queries':>9}")
    for name, page in asked(LARGE, SMALL).items():
        if only in name:
            slow += _measured(client, name, page, rounds)
    print(f"{slow} above {PROMISED_MS} ms" if slow else f"every page within {PROMISED_MS} ms")
    return int(slow > 0)


def _measured(client: Any, name: str, page: Any, rounds: int) -> bool:
    """One line of the report; whether the page is slow or broken."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    for _ in range(2):
        status = answer(client, page)
    if status not in (200, 302 if page.form else 200):
        print(f"{name:<52}  answered {status}: {page.address}")
        return True
    with CaptureQueriesContext(connection) as counted:
        answer(client, page)
    # Now: the next request empties the log.
    queries = len(counted)
    times, worked = [], time.process_time()
    database = _database_worked()
    for _ in range(rounds):
        started = time.perf_counter()
        answer(client, page)
        times.append((time.perf_counter() - started) * 1000)
    worked = (time.process_time() - worked) * 1000 / rounds
    database = (_database_worked() - database) * 1000 / rounds
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    mark = "  above the promise" if p95 > PROMISED_MS else ""
    print(
        f"{name:<52}{statistics.median(times):>8.0f}{p95:>8.0f}{worked:>8.0f}{database:>8.0f}{queries:>9}{mark}",
        flush=True,
    )
    return p95 > PROMISED_MS


def _database_worked() -> float:
    """Seconds that the database's process for us has computed: 0 where it is on another machine, or is SQLite."""
    from django.db import connection  # noqa: PLC0415

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        try:
            values = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def answer(client: Any, page: Any) -> int:
    """Ask once; of a file only its first bytes are waited for."""
    answer = client.post(page.address, page.form) if page.form else client.get(page.address)
    if answer.streaming:
        next(iter(answer.streaming_content))
        # As the client itself ends it: answer.close() would close the database's connection, too.
        answer._iterator.close()
    return int(answer.status_code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
