"""How fast Import is, and how much memory it takes: `python -m benchmarks.import_customers [N ...]`.

Prints customers per second, the worker's peak memory and the sandbox's own time, for each N (default 20,000 100,000)
against the database of DATABASE_URL (a scratch one: its tables are emptied) and the Redis of REDIS_URL. Each N runs
in a process of its own, so that one peak does not hide another.
"""

import os
import re
import resource
import subprocess
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

HASH = "generated"
TOKEN = "token"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        one(int(arguments[1]))
        return
    for number in [int(text.replace("_", "").replace(",", "")) for text in arguments] or [20_000, 100_000]:
        subprocess.run([sys.executable, "-m", "benchmarks.import_customers", "--one", str(number)], check=True)


def one(number: int) -> None:
    """Serve `number` generated customers from a process of its own, import them, print the figures."""
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "bcsync.sandbox", "--port", "0", "--generate", str(number)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sandbox.stdout is not None
        found = re.search(r"at (http://\S+?):? ", sandbox.stdout.readline() + " ")
        assert found is not None
        run_import(number, found[1], sandbox.pid)
    finally:
        sandbox.terminate()
        sandbox.wait()


def run_import(number: int, url: str, sandbox_pid: int) -> None:
    os.environ["BIGCOMMERCE_API_URL"] = url
    # Django can only be set up once its environment is known.
    import django  # noqa: PLC0415

    django.setup()
    from benchmarks.stage import empty_store, run_to_rest  # noqa: PLC0415

    store = empty_store(HASH, TOKEN)
    before, worked, started = cpu_seconds(sandbox_pid), time.process_time(), time.monotonic()
    run = run_to_rest(store, "import_customers")
    seconds = time.monotonic() - started
    worked = time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{number:>9,} customers: {number / seconds:>7,.0f} a second in {seconds:.1f} s; peak memory {peak:,.0f} MB; "
        f"processor time: worker {worked:.1f} s, "
        f"sandbox {cpu_seconds(sandbox_pid) - before:.1f} s; {run.status}, "
        f"{run.counts}; {sum(run.calls.values())} calls, least {sum(run.least_calls.values())}",
        flush=True,
    )


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(sys.argv[1:])
